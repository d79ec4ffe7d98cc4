"""What a module is: the one way to a control panel (services-and-provisioning.md 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from commerce.hosting.models import Server, Service


class Outcome(StrEnum):
    """What came of a call."""

    OK = "ok"
    ALREADY = "already"
    RETRY = "retry"
    """Time-out, 429, 5xx, connection: may work later."""
    REFUSED = "refused"
    """Will not get better by trying again."""
    BY_HAND = "by_hand"
    """Nobody was called: the message is a to-do for staff."""


@dataclass(frozen=True, slots=True)
class Result:
    """An outcome with a message for staff, and for ``create`` the account; neither holds a secret."""

    outcome: Outcome
    message: str = ""
    remote_id: str = ""
    username: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


class Module(Protocol):
    """A kind of control panel. A state already reached is a success, and so is removing what is gone.

    ``by_hand``: no panel is called, so the local state changes at once and staff get a to-do.
    """

    id: str
    label: str
    fields: tuple[str, ...]
    capabilities: frozenset[str]
    by_hand: bool

    def create(self, service: Service) -> Result:
        """Make the account; safe to repeat with the same ``provisioning_key``: a second one is never made."""

    def suspend(self, service: Service) -> Result:
        """Switch the account off and keep its data."""

    def resume(self, service: Service) -> Result:
        """Switch it on again."""

    def terminate(self, service: Service) -> Result:
        """Remove the account with its data."""

    def info(self, service: Service) -> Result:
        """What the panel knows of the account."""

    def test(self, server: Server) -> Result:
        """A harmless call."""
