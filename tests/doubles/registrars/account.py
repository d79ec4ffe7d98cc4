"""The names that a registrar keeps for us, and what became of them: the same behind every protocol."""

import threading
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from commerce.domains.registrars.contract import RegistrarState
from commerce.domains.rules import VerificationState
from commerce.kit import clock
from commerce.kit.periods import add_months

type Charge = tuple[str, str, int]
"""What was paid for: ``register``, ``renew``, ``transfer`` or ``restore``, of which name, for how many years."""


class RemoteRefusal(Exception):
    """The registrar does not do it, for one of the reasons of the contract's ``RegistrarProblem``."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass
class HeldName:
    """A name in our account; what is queued has a state to come."""

    name: str
    number: int
    registered: date
    expiry: date
    state: RegistrarState = RegistrarState.ACTIVE
    queued: RegistrarState | None = None
    nameservers: list[str] = field(default_factory=list)
    is_locked: bool = False
    is_private: bool = False
    code: str = "K7x-Auth+42/z"
    contacts: dict[str, dict[str, str]] = field(default_factory=dict)
    extra_fields: dict[str, str] = field(default_factory=dict)
    ds_records: set[tuple[int, int, int, str]] = field(default_factory=set)
    given_code: str = ""
    years: int = 1
    holder: VerificationState = VerificationState.VERIFIED
    last_day: date | None = None
    """Until when its holder may confirm their address."""
    mails: int = 0
    """How often that mail was sent again."""


class RegistrarAccount:
    """Our names there, those that are others' (with their codes), and what was charged."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.names: dict[str, HeldName] = {}
        self.elsewhere: dict[str, str] = {}
        self.premium: dict[str, int] = {}
        self.charges: list[Charge] = []
        self.balance = 123_456
        self._number = 41_000

    def next_number(self) -> int:
        self._number += 1
        return self._number

    @property
    def today(self) -> date:
        return clock.now().date()

    def find(self, name: str) -> HeldName:
        """Ours, unless it has gone."""
        held = self.names.get(name)
        if held is None or held.state == RegistrarState.GONE:
            raise RemoteRefusal("not_found", name)
        return held

    def numbered(self, number: str) -> HeldName:
        found = [held for held in self.names.values() if str(held.number) == number]
        if not found:
            raise RemoteRefusal("not_found", number)
        return self.find(found[0].name)

    def is_free(self, name: str) -> bool:
        held = self.names.get(name)
        return name not in self.elsewhere and (held is None or held.state == RegistrarState.GONE)

    def hold(self, name: str, expiry: date, **about: Any) -> HeldName:
        """A name of ours, as if it had been there for long."""
        registered = add_months(expiry, -12)
        self.names[name] = HeldName(name, self.next_number(), registered, expiry, **about)
        return self.names[name]

    def register(self, name: str, years: int, *, is_queued: bool, **about: Any) -> HeldName:
        if not self.is_free(name):
            raise RemoteRefusal("taken", name)
        self.charges.append(("register", name, years))
        held = self.hold(name, add_months(self.today, 12 * years), years=years, **about)
        held.registered = self.today
        if is_queued:
            held.state, held.queued = RegistrarState.PENDING, RegistrarState.ACTIVE
        return held

    def renew(self, name: str, years: int) -> HeldName:
        held = self.find(name)
        self.charges.append(("renew", name, years))
        held.expiry = add_months(held.expiry, 12 * years)
        if held.state == RegistrarState.EXPIRED and held.expiry >= self.today:
            held.state = RegistrarState.ACTIVE
        return held

    def transfer(self, name: str, code: str, **about: Any) -> HeldName:
        """Asked for; ``work`` sees whether the code is right."""
        if name not in self.elsewhere:
            raise RemoteRefusal("refused", name)
        self.charges.append(("transfer", name, 1))
        held = self.hold(name, add_months(self.today, 18), given_code=code, **about)
        held.state, held.queued = RegistrarState.PENDING_TRANSFER, RegistrarState.ACTIVE
        return held

    def give_code(self, held: HeldName, code: str) -> None:
        held.given_code, held.state = code, RegistrarState.PENDING_TRANSFER
        held.queued = RegistrarState.ACTIVE

    def restore(self, name: str) -> HeldName:
        held = self.find(name)
        if held.state != RegistrarState.REDEMPTION:
            raise RemoteRefusal("refused", name)
        self.charges.append(("restore", name, 1))
        held.state, held.expiry = RegistrarState.ACTIVE, add_months(held.expiry, 12)
        return held

    def work(self) -> None:
        """What is queued is carried out."""
        for held in list(self.names.values()):
            if held.queued is None:
                continue
            is_transfer = held.state == RegistrarState.PENDING_TRANSFER
            if is_transfer and held.given_code != self.elsewhere[held.name]:
                held.state, held.queued = RegistrarState.TRANSFER_WRONG_CODE, None
            else:
                held.state, held.queued = held.queued, None
                self.elsewhere.pop(held.name, None)

    def reject(self, name: str) -> None:
        """The other registrar does not let it go."""
        held = self.find(name)
        self.names[name] = replace(held, state=RegistrarState.TRANSFER_REFUSED, queued=None)
