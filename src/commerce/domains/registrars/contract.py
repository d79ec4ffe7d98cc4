"""What a registrar is: eleven operations with one form of result (domains.md 6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from commerce.domains.models import Domain
from commerce.domains.ordered import Ordered


class Trouble(StrEnum):
    """Why an operation did not succeed."""

    RETRY = "retry"
    REFUSED = "refused"
    TAKEN = "taken"
    NOT_FOUND = "not_found"
    AUTH = "auth"
    BY_HAND = "by_hand"
    """Nobody was called: the message is a to-do for staff."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an operation, with a message for staff that holds no secret."""

    ok: bool
    message: str = ""
    trouble: Trouble | None = None
    remote_id: str = ""
    expiry: date | None = None
    state: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


class Registrar(Protocol):
    """One way to register names. After a lost answer ``info`` is asked before anything that costs money is repeated.

    ``key`` names the attempt, so that a registrar which knows such keys does it once.
    """

    id: str
    label: str
    fields: tuple[str, ...]

    def check_one(self, label: str, tld: str) -> Result:
        """Whether one name is free, and what it costs."""

    def check_bulk(self, label: str, tlds: Sequence[str]) -> Mapping[str, Result]:
        """The same under several TLDs; partial answers are fine."""

    def register(self, domain: Domain, *, years: int, ordered: Ordered, key: str) -> Result:
        """Register the name with its holder and nameservers."""

    def renew(self, domain: Domain, *, years: int, current_expiry: date, key: str) -> Result:
        """Renew it from the expiry that is known here."""

    def transfer(self, domain: Domain, *, ordered: Ordered, key: str) -> Result:
        """Ask for its transfer to us, with the code that was given."""

    def info(self, domain: Domain) -> Result:
        """State, dates, lock, privacy and nameservers as the registrar has them."""

    def set_nameservers(self, domain: Domain, hosts: Sequence[str]) -> Result:
        """Send all nameservers."""

    def get_code(self, domain: Domain) -> Result:
        """The authorisation code, in ``data``; never logged or stored."""

    def set_lock(self, domain: Domain, *, on: bool) -> Result:
        """Lock or unlock transfers."""

    def set_privacy(self, domain: Domain, *, on: bool) -> Result:
        """Hide or show the holder."""

    def test(self) -> Result:
        """A harmless call; the balance, if the registrar tells it."""
