"""What a module is: the one way to a control panel (services-and-provisioning.md 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from commerce.hosting.models import Server, Service


class ModuleOutcome(StrEnum):
    """What came of a call."""

    OK = "ok"
    ALREADY = "already"
    RETRY = "retry"
    """Time-out, 429, 5xx, connection: may work later."""
    REFUSED = "refused"
    """Will not get better by trying again."""
    MANUAL = "manual"
    """Nobody was called: the message is a to-do for staff."""


@dataclass(frozen=True, slots=True)
class ModuleResult:
    """An outcome with a message for staff, and for ``create`` the account; neither holds a secret."""

    outcome: ModuleOutcome
    message: str = ""
    remote_id: str = ""
    username: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


class HostingModule(Protocol):
    """A kind of control panel. A state already reached is a success, and so is removing what is gone.

    ``is_manual``: no panel is called, so the local state changes at once and staff get a to-do.
    """

    id: str
    label: str
    fields: tuple[str, ...]
    capabilities: frozenset[str]
    is_manual: bool

    def create(self, service: Service) -> ModuleResult:
        """Make the account; safe to repeat with the same ``provisioning_key``: a second one is never made."""

    def suspend(self, service: Service) -> ModuleResult:
        """Switch the account off and keep its data."""

    def resume(self, service: Service) -> ModuleResult:
        """Switch it on again."""

    def terminate(self, service: Service) -> ModuleResult:
        """Remove the account with its data."""

    def info(self, service: Service) -> ModuleResult:
        """What the panel knows of the account."""

    def test(self, server: Server) -> ModuleResult:
        """A harmless call."""
