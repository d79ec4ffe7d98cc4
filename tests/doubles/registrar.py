"""A registrar at the edge of the network: it has names in memory, remembers its orders, and may lose an answer."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from commerce.domains.registrars.contract import (
    Contacts,
    DomainInfo,
    DomainName,
    RegistrarProblem,
    RegistrarResult,
    RegistrarState,
    RegistrationOrder,
)
from commerce.domains.registrars.manual.adapter import ManualRegistrar
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.domains.rules import end_of_term
from tests import make


@dataclass
class RemoteRegistry:
    """What the registrar has: the names with what is known of them, and each order that it carried out."""

    names: dict[str, DomainInfo] = field(default_factory=dict)
    orders: list[tuple[str, str, Any]] = field(default_factory=list)
    loses_answers: bool = False
    is_down: bool = False
    refuses: bool = False
    today: date = field(default_factory=make.AT.date)


class RegistrarDouble(ManualRegistrar):
    """It registers and renews by the term, and takes each transfer, which then is under way."""

    slug: ClassVar[str] = "remote"
    remote: ClassVar[RemoteRegistry]

    def info(self, domain: DomainName) -> RegistrarResult[DomainInfo]:
        if self.remote.is_down:
            return _silence()
        found = self.remote.names.get(domain.name)
        return RegistrarResult(found, None if found else RegistrarProblem.NOT_FOUND)

    def register(
        self, domain: DomainName, order: RegistrationOrder, *, key: str
    ) -> RegistrarResult[DomainInfo]:
        ends = end_of_term(self.remote.today, order.years)
        return self._carry_out("register", domain, order, RegistrarState.ACTIVE, ends)

    def renew(
        self, domain: DomainName, *, years: int, current_expiry: date, key: str
    ) -> RegistrarResult[DomainInfo]:
        before = self.remote.names[domain.name].expiry
        assert before is not None
        ends = end_of_term(before, years)
        return self._carry_out("renew", domain, years, RegistrarState.ACTIVE, ends)

    def transfer(
        self,
        domain: DomainName,
        *,
        code: str,
        contacts: Contacts,
        key: str,
        extra_fields: Mapping[str, str] | None = None,
    ) -> RegistrarResult[DomainInfo]:
        told = (code, contacts)
        return self._carry_out("transfer", domain, told, RegistrarState.PENDING_TRANSFER, None)

    def _carry_out(
        self, what: str, domain: DomainName, told: Any, state: RegistrarState, expiry: date | None
    ) -> RegistrarResult[DomainInfo]:
        if self.remote.is_down:
            return _silence()
        if self.remote.refuses:
            return RegistrarResult(None, RegistrarProblem.REFUSED, "not this one")
        self.remote.orders.append((what, domain.name, told))
        self.remote.names[domain.name] = DomainInfo(state=state, remote_id="r1", expiry=expiry)
        return _silence() if self.remote.loses_answers else self.info(domain)


def _silence[T]() -> RegistrarResult[T]:
    return RegistrarResult(None, RegistrarProblem.RETRY, "no answer")


@contextmanager
def remote_registrar() -> Iterator[RemoteRegistry]:
    """The registrar ``remote`` exists within the block."""
    remote = RemoteRegistry()
    REGISTRAR_CLASSES["remote"] = type("RegistrarDouble", (RegistrarDouble,), {"remote": remote})
    try:
        yield remote
    finally:
        del REGISTRAR_CLASSES["remote"]
