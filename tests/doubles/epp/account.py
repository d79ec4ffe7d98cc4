"""A registry as the contract test of registrars plays it: by the account of the registrar that asks."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from commerce.domains.registrars.contract import RegistrarState
from commerce.kit import clock
from commerce.kit.periods import add_months
from tests.doubles.epp.certificates import certificates
from tests.doubles.epp.domain_answers import signer_shown
from tests.doubles.epp.frames import CONTACT
from tests.doubles.epp.registry import REDEMPTION, EppContact, EppDomain, EppRegistry, EppTransfer
from tests.doubles.epp.server import EppServer

OURS, THEIRS = "registrar-1", "registrar-2"
LOCK = "clientTransferProhibited"
OPERATIONS = {"create": "register"}


def settings_for(server: EppServer) -> dict[str, str]:
    """What staff would have set of the adapter for this registry."""
    paths = certificates()
    return {
        "host": "localhost",
        "port": str(server.port),
        "client_id": OURS,
        "password": server.registry.passwords[OURS],
        "certificate": paths.client.read_text(),
        "key": paths.client_key.read_text(),
        "authority": paths.authority.read_text(),
        "tlds": "",
        "idn_tlds": "com, .net co.uk com.au test",
    }


class EppHeld:
    """A name at the registry, in the words of the contract."""

    def __init__(self, registry: EppRegistry, domain: EppDomain) -> None:
        self._registry, self._domain = registry, domain
        self.code = domain.code

    @property
    def expiry(self) -> date:
        return self._domain.expires.date()

    @property
    def state(self) -> RegistrarState:
        return RegistrarState.REDEMPTION if self._domain.rgp else RegistrarState.ACTIVE

    @property
    def nameservers(self) -> list[str]:
        return sorted(self._domain.hosts)

    @property
    def is_locked(self) -> bool:
        return LOCK in self._domain.statuses

    @property
    def is_private(self) -> bool:
        holder = self._registry.contacts[self._domain.registrant]
        return any(
            one.tag.endswith("}disclose") and one.get("flag") == "0" for one in holder.details
        )

    @property
    def contacts(self) -> dict[str, dict[str, str]]:
        roles = {"registrant": self._domain.registrant, **dict(self._domain.contacts)}
        return {
            role: {
                one.tag: (one.text or "").strip()
                for detail in self._registry.contacts[handle].details
                if not detail.tag.endswith("}disclose")
                for one in detail.iter()
            }
            for role, handle in roles.items()
        }

    @contacts.setter
    def contacts(self, nobody: dict[str, Any]) -> None:
        """A registry keeps none without contacts."""

    @property
    def ds_records(self) -> set[tuple[int, int, int, str]]:
        assert all(signer_shown(signer) is not None for signer in self._domain.signers)
        return {(int(a), int(b), int(c), digest) for a, b, c, digest in self._domain.signers}


class OurNames:
    """The names of ours."""

    def __init__(self, registry: EppRegistry) -> None:
        self._registry = registry

    def __getitem__(self, name: str) -> EppHeld:
        return EppHeld(self._registry, self._registry.domains[name])

    def clear(self) -> None:
        self._registry.domains.clear()


class OthersNames(OurNames):
    """Names at another registrar, each with its code."""

    def __setitem__(self, name: str, code: str) -> None:
        self._registry.add_domain(name, THEIRS).code = code


class EppAccount:
    """What the contract test does to the registry, and what it asks of it."""

    def __init__(self, registry: EppRegistry) -> None:
        self.registry = registry
        registry.clock, registry.currency = clock.now, "USD"
        registry.premium = _Premium(registry.premium)
        self.names, self.elsewhere = OurNames(registry), OthersNames(registry)
        self.balance = 0

    @property
    def premium(self) -> dict[str, Decimal]:
        return self.registry.premium

    @property
    def charges(self) -> list[tuple[str, str, int]]:
        """What we have paid, and the transfers that are under way: those are paid when they are over."""
        spent = [
            (OPERATIONS.get(operation, operation), name, years)
            for registrar, operation, name, years in self.registry.spent
            if registrar == OURS
        ]
        return spent + [("transfer", domain.name, 1) for domain in self._asked_for()]

    def _asked_for(self) -> Iterator[EppDomain]:
        for domain in self.registry.domains.values():
            if domain.transfer is not None and domain.transfer.status == "pending":
                yield domain

    def hold(
        self,
        name: str,
        expiry: date,
        *,
        state: RegistrarState = RegistrarState.ACTIVE,
        nameservers: list[str] | None = None,
        is_locked: bool = False,
    ) -> EppHeld:
        """A name of ours, as if it had been there for long."""
        domain = self.registry.add_domain(name, OURS)
        domain.expires = datetime.combine(expiry, time(12), UTC)
        domain.created = datetime.combine(add_months(expiry, -12), time(12), UTC)
        domain.hosts = {host: [] for host in nameservers or ()}
        domain.registrant = self._person()
        domain.contacts = {(role, domain.registrant) for role in ("admin", "tech", "billing")}
        if is_locked:
            domain.statuses.add(LOCK)
        stand: dict[RegistrarState, Callable[[EppDomain], None]] = {
            RegistrarState.REDEMPTION: self._delete,
            RegistrarState.UNKNOWN: self._delete_for_good,
            RegistrarState.GONE: self._give_away,
        }
        if state in stand:
            stand[state](domain)
        return EppHeld(self.registry, domain)

    def _person(self) -> str:
        registry = self.registry
        address = CONTACT.addr(CONTACT.street("Way 1"), CONTACT.city("Bonn"), CONTACT.cc("DE"))
        details = [
            CONTACT.postalInfo(CONTACT.name("Ann Doe"), address, type="int"),
            CONTACT.email("ann@example.com"),
        ]
        registry.contacts["ANN-1"] = EppContact(
            "ANN-1", registry.roid(), OURS, registry.now(), details, "Contact-c0de"
        )
        return "ANN-1"

    def _delete(self, domain: EppDomain) -> None:
        domain.statuses = {"pendingDelete"}
        domain.rgp = {"redemptionPeriod": self.registry.now() + REDEMPTION}

    def _delete_for_good(self, domain: EppDomain) -> None:
        domain.statuses = {"pendingDelete"}
        domain.rgp = {"pendingDelete": self.registry.now() + timedelta(days=5)}

    def _give_away(self, domain: EppDomain) -> None:
        domain.sponsor = THEIRS

    def transfer(self, name: str, code: str) -> None:
        """Ask for a name, as the adapter does."""
        now = self.registry.now()
        domain = self.registry.domain(name)
        domain.transfer = EppTransfer("pending", OURS, now, THEIRS, now + timedelta(days=5))

    def work(self) -> None:
        """What is queued is carried out."""
        for domain in self.registry.domains.values():
            domain.statuses.discard("pendingCreate")
        for domain in list(self._asked_for()):
            self.registry.end_transfer(domain, "clientApproved")

    def reject(self, name: str) -> None:
        """The other registrar does not let it go."""
        self.registry.end_transfer(self.registry.domain(name), "clientRejected")


class _Premium(dict[str, Decimal]):
    """Prices that are given in cents."""

    def __setitem__(self, name: str, cents: object) -> None:
        super().__setitem__(name, Decimal(str(cents)) / 100)
