"""What a registrar is: eleven operations with one form of result (domains.md 6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from commerce.domains.models import Domain
from commerce.domains.order_data import DomainOrderData


class RegistrarProblem(StrEnum):
    """Why an operation did not succeed."""

    RETRY = "retry"
    REFUSED = "refused"
    TAKEN = "taken"
    NOT_FOUND = "not_found"
    AUTH = "auth"
    MANUAL = "manual"
    """Nobody was called: the message is a to-do for staff."""


@dataclass(frozen=True, slots=True)
class RegistrarResult:
    """What came of an operation, with a message for staff that holds no secret."""

    ok: bool
    message: str = ""
    problem: RegistrarProblem | None = None
    remote_id: str = ""
    expiry: date | None = None
    state: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


class Registrar(Protocol):
    """One way to register names. After a lost answer ``info`` is asked before anything that costs money is repeated.

    ``idempotency_key`` names the attempt, so that a registrar which knows such keys does it once.
    """

    id: str
    label: str
    fields: tuple[str, ...]

    def check_one(self, label: str, tld: str) -> RegistrarResult:
        """Whether one name is free, and what it costs."""

    def check_bulk(self, label: str, tlds: Sequence[str]) -> Mapping[str, RegistrarResult]:
        """The same under several TLDs; partial answers are fine."""

    def register(
        self, domain: Domain, *, years: int, order_data: DomainOrderData, idempotency_key: str
    ) -> RegistrarResult:
        """Register the name with its holder and nameservers."""

    def renew(
        self, domain: Domain, *, years: int, current_expiry: date, idempotency_key: str
    ) -> RegistrarResult:
        """Renew it from the expiry that is known here."""

    def transfer(
        self, domain: Domain, *, order_data: DomainOrderData, idempotency_key: str
    ) -> RegistrarResult:
        """Ask for its transfer to us, with the code that was given."""

    def info(self, domain: Domain) -> RegistrarResult:
        """State, dates, lock, privacy and nameservers as the registrar has them."""

    def set_nameservers(self, domain: Domain, hosts: Sequence[str]) -> RegistrarResult:
        """Send all nameservers."""

    def get_code(self, domain: Domain) -> RegistrarResult:
        """The authorisation code, in ``data``; never logged or stored."""

    def set_lock(self, domain: Domain, *, locked: bool) -> RegistrarResult:
        """Lock or unlock transfers."""

    def set_privacy(self, domain: Domain, *, enabled: bool) -> RegistrarResult:
        """Hide or show the holder."""

    def test(self) -> RegistrarResult:
        """A harmless call; the balance, if the registrar tells it."""
