"""What the registry keeps, and how time changes it."""

import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from tests.doubles.epp.frames import EXTENSIONS, OBJECTS, Element, EppError

ADD_PERIOD, REDEMPTION, PENDING_DELETE = timedelta(days=5), timedelta(days=30), timedelta(days=5)
GRACE = timedelta(days=45)
TRANSFER_DAYS = timedelta(days=5)
LONGEST_YEARS = 10


@dataclass(slots=True)
class EppContact:
    """A contact object; ``details`` are the elements that it was made of."""

    id: str
    roid: str
    sponsor: str
    created: datetime
    details: list[Element]
    code: str
    updated: datetime | None = None


@dataclass(slots=True)
class EppHost:
    """A host object."""

    name: str
    roid: str
    sponsor: str
    created: datetime
    addresses: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class EppTransfer:
    """A transfer, running or over."""

    status: str
    asked_by: str
    asked: datetime
    losing: str
    until: datetime


@dataclass(slots=True)
class EppDomain:
    """A registered name. ``rgp``: until when it is in which period."""

    name: str
    roid: str
    sponsor: str
    creator: str
    created: datetime
    expires: datetime
    code: str
    registrant: str = ""
    contacts: set[tuple[str, str]] = field(default_factory=set)
    hosts: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    statuses: set[str] = field(default_factory=set)
    signers: list[tuple[str, str, str, str]] = field(default_factory=list)
    rgp: dict[str, datetime] = field(default_factory=dict)
    transfer: EppTransfer | None = None
    updated: datetime | None = None
    updater: str = ""
    language: str = ""
    """As the client told it."""
    transferred: datetime | None = None

    def shown_statuses(self) -> list[str]:
        """As an answer lists them: ``ok`` where there is nothing else."""
        shown = set(self.statuses)
        if self.transfer is not None and self.transfer.status == "pending":
            shown.add("pendingTransfer")
        if not self.hosts:
            shown.add("inactive")
        return sorted(shown) or ["ok"]


@dataclass(slots=True)
class EppMessage:
    """One in a registrar's queue."""

    id: str
    date: datetime
    text: str
    data: Element = None


class EppRegistry:
    """A registry of ``tlds``, in memory. What it does otherwise than another one is said by its fields."""

    def __init__(self, *tlds: str) -> None:
        self.lock = threading.RLock()
        self.tlds = tlds
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.passwords = {"registrar-1": "Pass-w0rd!1", "registrar-2": "Pass-w0rd!2"}
        self.services: tuple[str, ...] = OBJECTS
        self.extensions: tuple[str, ...] = EXTENSIONS
        self.domains: dict[str, EppDomain] = {}
        self.contacts: dict[str, EppContact] = {}
        self.hosts: dict[str, EppHost] = {}
        self.queues: dict[str, list[EppMessage]] = {name: [] for name in self.passwords}
        self.funds: dict[str, Decimal] = {}
        """What a registrar may still spend; who is not in it may spend what it will."""
        self.spent: list[tuple[str, str, str, int]] = []
        """Registrar, operation, name and years of each that costs."""
        self.premium: dict[str, Decimal] = {}
        """Names with a price of their own."""
        self.price, self.currency = Decimal("8.00"), "EUR"
        self.silent_tlds: tuple[str, ...] = ()
        """Nothing is said of names under these."""
        self.queues_creates = False
        self.transfers_at_once = False
        self.wants_restore_report = False
        self.renews_at_expiry = False
        self.shows_codes = True
        self.shows_names_of_others = True
        self.session_limit = 4
        self._numbers = count(1)

    def roid(self) -> str:
        return f"{next(self._numbers)}-TEST"

    def next_id(self) -> str:
        """The server's own number of an answer."""
        return f"TEST-{next(self._numbers)}"

    def now(self) -> datetime:
        return self.clock().replace(microsecond=0)

    def domain(self, name: str) -> EppDomain:
        """The name as it stands now. Raises ``EppError`` 2303."""
        found = self.domains.get(name.lower())
        if found is None:
            raise EppError(2303)
        return found

    def own_domain(self, name: str, registrar: str) -> EppDomain:
        """One that the registrar sponsors. Raises ``EppError`` 2201."""
        found = self.domain(name)
        if found.sponsor != registrar:
            raise EppError(2201)
        return found

    def add_domain(self, name: str, registrar: str, *, years: int = 1) -> EppDomain:
        """A name that was registered before the test began, long enough ago to be transferred."""
        made = self.now() - timedelta(days=200)
        domain = EppDomain(
            name,
            self.roid(),
            registrar,
            registrar,
            made,
            add_years(made, years),
            secrets.token_hex(8),
            hosts={"ns1.elsewhere.example": []},
        )
        self.domains[name] = domain
        return domain

    def charge(self, registrar: str, operation: str, name: str, years: int = 1) -> Decimal:
        """Take the price of something. Raises ``EppError`` 2104."""
        price = self.premium.get(name, self.price) * years
        left = self.funds.get(registrar)
        if left is not None:
            if left < price:
                raise EppError(2104)
            self.funds[registrar] = left - price
        self.spent.append((registrar, operation, name, years))
        return price

    def tell(self, registrar: str, text: str, data: Element = None) -> None:
        """Put a message into a registrar's queue."""
        message = EppMessage(str(next(self._numbers)), self.now(), text, data)
        self.queues[registrar].append(message)

    def settle(self) -> None:
        """Let happen what time has brought since the last command."""
        now = self.now()
        for domain in list(self.domains.values()):
            for period, until in list(domain.rgp.items()):
                if until <= now:
                    self._end_period(domain, period, until)
            if self.renews_at_expiry and "pendingDelete" not in domain.statuses:
                while domain.expires <= now:
                    domain.rgp["autoRenewPeriod"] = domain.expires + GRACE
                    domain.expires = add_years(domain.expires, 1)
            running = domain.transfer
            if running and running.status == "pending" and running.until <= now:
                self.end_transfer(domain, "serverApproved")

    def _end_period(self, domain: EppDomain, period: str, until: datetime) -> None:
        del domain.rgp[period]
        if period == "redemptionPeriod":
            domain.rgp["pendingDelete"] = until + PENDING_DELETE
            if until + PENDING_DELETE <= self.now():
                self._end_period(domain, "pendingDelete", until + PENDING_DELETE)
        elif period == "pendingDelete":
            del self.domains[domain.name]
        elif period == "pendingRestore":
            domain.rgp["redemptionPeriod"] = until + REDEMPTION

    def end_transfer(self, domain: EppDomain, status: str) -> None:
        """End the running transfer: the name moves if it was approved; both registrars are told."""
        from tests.doubles.epp.domain_answers import transfer_data

        running = domain.transfer
        assert running is not None
        running.status, running.until = status, self.now()
        if status.endswith("Approved"):
            self.charge(running.asked_by, "transfer", domain.name)
            domain.sponsor, domain.transferred = running.asked_by, self.now()
            domain.expires = add_years(domain.expires, 1)
            domain.rgp["transferPeriod"] = self.now() + ADD_PERIOD
        for registrar in (running.asked_by, running.losing):
            self.tell(registrar, f"Transfer: {status}", transfer_data(domain))

    def expire(self, name: str, *, days: int = 1) -> None:
        """Let a name have expired some days ago."""
        self.domain(name).expires = self.now() - timedelta(days=days)

    def delete(self, name: str) -> None:
        """Put a name into redemption, as its deletion does."""
        domain = self.domain(name)
        domain.statuses = {"pendingDelete"}
        domain.updated = self.now()
        domain.rgp = {"redemptionPeriod": self.now() + REDEMPTION}

    def subordinates(self, name: str) -> Iterator[str]:
        """The host objects below a name."""
        return (host for host in self.hosts if host.endswith(f".{name}"))


def add_years(moment: datetime, years: int) -> datetime:
    """The same day of a later year; the last of February for its 29th."""
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, day=28)
