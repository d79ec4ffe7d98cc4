"""A registrar at the edge of the network: it has names in memory, remembers its orders, and may lose an answer."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Event
from typing import Any, ClassVar

from commerce.domains.registrars.contract import (
    Availability,
    Contacts,
    Cost,
    DomainInfo,
    DomainName,
    RegistrarCapabilities,
    RegistrarProblem,
    RegistrarResult,
    RegistrarState,
    RegistrationOrder,
    VerificationInfo,
)
from commerce.domains.registrars.manual.adapter import ManualRegistrar
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.domains.rules import VerificationState, end_of_term
from commerce.site_settings.adapter_fields import AdapterField, register_adapter_settings
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from tests import make


def _set_event() -> Event:
    event = Event()
    event.set()
    return event


@dataclass
class RemoteRegistry:
    """What the registrar has: the names with what is known of them, and each order that it carried out."""

    names: dict[str, DomainInfo] = field(default_factory=dict)
    orders: list[tuple[str, str, Any]] = field(default_factory=list)
    contacts: dict[str, Contacts] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    """Names that somebody else has elsewhere."""
    balance: Cost | None = None
    asked: list[str] = field(default_factory=list)
    premium: set[str] = field(default_factory=set)
    questions: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """Each label with the TLDs that it was asked about under."""
    answers_after: Event = field(default_factory=_set_event)
    """Questions about several TLDs are answered once it is set."""
    loses_answers: bool = False
    is_down: bool = False
    account: str = ""
    """Whose names these are: the settings of another account find none of them."""
    key: str = ""
    """Another one is not accepted."""
    refuses: bool = False
    queues: bool = False
    """It only queues registrations."""
    restore_renews: bool = True
    holders: dict[str, VerificationInfo] = field(default_factory=dict)
    """Names whose holder is to confirm their address."""
    mailed: list[str] = field(default_factory=list)
    """Names whose holder was mailed again."""
    today: date = field(default_factory=make.AT.date)

    def bought(self, what: str = "") -> list[str]:
        """The names of the orders that it carried out, each as often as it did."""
        return [name for order, name, _ in self.orders if what in ("", order)]


FIELDS = (
    AdapterField("account", "Account"),
    AdapterField("key", "Key", secret=True),
    AdapterField("sandbox", "Sandbox", kind="switch", directs_secrets=True),
)


class RegistrarDouble(ManualRegistrar):
    """It registers and renews by the term, and takes each transfer, which then is under way."""

    slug: ClassVar[str] = "remote"
    capabilities: ClassVar[RegistrarCapabilities] = RegistrarCapabilities(
        contacts=True, restore=True, balance=True, cancel_transfer=True, verification=True
    )
    remote: ClassVar[RemoteRegistry]

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.given = settings

    @property
    def is_sandbox(self) -> bool:
        return bool(self.given.get("sandbox"))

    def check_one(self, label: str, tld: str) -> RegistrarResult[Availability]:
        name = f"{label}.{tld}"
        self.remote.asked.append(f"check {name}")
        if self.remote.is_down:
            return _silence()
        return RegistrarResult(self._availability(name))

    def check_bulk(
        self, label: str, tlds: Sequence[str]
    ) -> Mapping[str, RegistrarResult[Availability]]:
        self.remote.questions.append((label, tuple(tlds)))
        self.remote.answers_after.wait(10)
        if self.remote.is_down:
            return {tld: _silence() for tld in tlds}
        return {tld: RegistrarResult(self._availability(f"{label}.{tld}")) for tld in tlds}

    def _availability(self, name: str) -> Availability:
        is_known = name in self.remote.names or name in self.remote.taken
        return Availability(not is_known, name in self.remote.premium)

    def info(self, domain: DomainName) -> RegistrarResult[DomainInfo]:
        self.remote.asked.append(f"info {domain}")
        if silence := self._no_answer():
            return silence
        is_ours = not self.is_sandbox and self.given.get("account", "") == self.remote.account
        found = self.remote.names.get(domain.name) if is_ours else None
        return RegistrarResult(found, None if found else RegistrarProblem.NOT_FOUND)

    def register(
        self, domain: DomainName, order: RegistrationOrder, *, key: str
    ) -> RegistrarResult[DomainInfo]:
        if domain.name in self.remote.taken or domain.name in self.remote.names:
            return self._no() or RegistrarResult(None, RegistrarProblem.TAKEN, "taken")
        state = RegistrarState.PENDING if self.remote.queues else RegistrarState.ACTIVE
        made = DomainInfo(
            state=state,
            remote_id=self._next_id(),
            registration_date=self.remote.today,
            expiry=end_of_term(self.remote.today, order.years),
            is_locked=True,
            whois_privacy=order.whois_privacy,
            nameservers=tuple(order.nameservers),
        )
        return self._carry_out("register", domain, order, made)

    def renew(
        self, domain: DomainName, *, years: int, current_expiry: date, key: str
    ) -> RegistrarResult[DomainInfo]:
        known = self.remote.names[domain.name]
        assert known.expiry is not None
        if known.expiry != current_expiry or known.state == RegistrarState.REDEMPTION:
            return self._no() or RegistrarResult(None, RegistrarProblem.REFUSED, "not from there")
        made = replace(known, state=RegistrarState.ACTIVE, expiry=end_of_term(known.expiry, years))
        return self._carry_out("renew", domain, years, made)

    def restore(
        self, domain: DomainName, *, current_expiry: date, key: str
    ) -> RegistrarResult[DomainInfo]:
        known = self.remote.names[domain.name]
        assert known.expiry is not None
        if known.state != RegistrarState.REDEMPTION:
            return self._no() or RegistrarResult(None, RegistrarProblem.REFUSED, "not deleted")
        years = 1 if self.remote.restore_renews else 0
        made = replace(known, state=RegistrarState.ACTIVE, expiry=end_of_term(known.expiry, years))
        return self._carry_out("restore", domain, years, made)

    def transfer(
        self,
        domain: DomainName,
        *,
        code: str,
        contacts: Contacts,
        key: str,
        extra_fields: Mapping[str, str] | None = None,
        whois_privacy: bool = False,
    ) -> RegistrarResult[DomainInfo]:
        if code != self.remote.codes.get(domain.name, code):
            return self._no() or RegistrarResult(None, RegistrarProblem.WRONG_CODE, "wrong code")
        made = DomainInfo(state=RegistrarState.PENDING_TRANSFER, remote_id=self._next_id())
        return self._carry_out("transfer", domain, (code, contacts), made)

    def cancel_transfer(self, domain: DomainName) -> RegistrarResult[None]:
        if no := self._no():
            return no
        self.remote.names.pop(domain.name, None)
        return self._told("cancel transfer", domain, None)

    def verification(self, domain: DomainName) -> RegistrarResult[VerificationInfo]:
        nothing = VerificationInfo(state=VerificationState.VERIFIED)
        return self._no() or RegistrarResult(self.remote.holders.get(domain.name, nothing))

    def resend_verification(self, domain: DomainName) -> RegistrarResult[None]:
        if no := self._no():
            return no
        self.remote.mailed.append(domain.name)
        return RegistrarResult()

    def set_nameservers(self, domain: DomainName, hosts: Sequence[str]) -> RegistrarResult[None]:
        return self._change(domain, nameservers=tuple(hosts))

    def set_lock(self, domain: DomainName, *, locked: bool) -> RegistrarResult[None]:
        return self._change(domain, is_locked=locked)

    def set_privacy(self, domain: DomainName, *, enabled: bool) -> RegistrarResult[None]:
        return self._change(domain, whois_privacy=enabled)

    def set_contacts(self, domain: DomainName, contacts: Contacts) -> RegistrarResult[None]:
        if no := self._no():
            return no
        self.remote.contacts[domain.name] = contacts
        return self._told("contacts", domain, contacts)

    def get_code(self, domain: DomainName) -> RegistrarResult[str]:
        return self._no() or RegistrarResult(self.remote.codes.get(domain.name, "c0de"))

    def test(self) -> RegistrarResult[Cost]:
        return self._no() or RegistrarResult(self.remote.balance)

    def _change(self, domain: DomainName, **changes: Any) -> RegistrarResult[None]:
        if no := self._no():
            return no
        self.remote.names[domain.name] = replace(self.remote.names[domain.name], **changes)
        return self._told("change", domain, changes)

    def _next_id(self) -> str:
        return f"r{len(self.remote.names) + 1}"

    def _told(self, what: str, domain: DomainName, told: Any) -> RegistrarResult[None]:
        self.remote.orders.append((what, domain.name, told))
        return _silence() if self.remote.loses_answers else RegistrarResult()

    def _no_answer(self) -> RegistrarResult[Any] | None:
        if self.remote.is_down:
            return _silence()
        if self.given.get("key", "") != self.remote.key:
            return RegistrarResult(None, RegistrarProblem.AUTH, "The key is not accepted.")
        return None

    def _no(self) -> RegistrarResult[Any] | None:
        if silence := self._no_answer():
            return silence
        if self.remote.refuses:
            return RegistrarResult(None, RegistrarProblem.REFUSED, "not this one")
        return None

    def _carry_out(
        self, what: str, domain: DomainName, told: Any, made: DomainInfo
    ) -> RegistrarResult[DomainInfo]:
        if no := self._no():
            return no
        self.remote.orders.append((what, domain.name, told))
        self.remote.names[domain.name] = made
        return _silence() if self.remote.loses_answers else RegistrarResult(made)


def _silence[T]() -> RegistrarResult[T]:
    return RegistrarResult(None, RegistrarProblem.RETRY, "no answer")


@contextmanager
def remote_registrar() -> Iterator[RemoteRegistry]:
    """The registrar ``remote`` exists within the block."""
    remote = RemoteRegistry()
    REGISTRAR_CLASSES["remote"] = type(
        "RegistrarDouble", (RegistrarDouble,), {"remote": remote, "fields": FIELDS}
    )
    register_adapter_settings("registrar.remote", FIELDS)
    try:
        yield remote
    finally:
        del REGISTRAR_CLASSES["remote"]
        for each in FIELDS:
            del SETTING_DEFINITIONS[f"registrar.remote.{each.name}"]
