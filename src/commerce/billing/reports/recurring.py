"""Monthly recurring revenue: what active services and domains bring in a month, on any day, and why it changed.

How a row stood on a past day is read from the audit log, which has every change of its state and its terms with the
values before it (backoffice.md 7).
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import batched
from typing import Any, NamedTuple

from django.db.models import Count

from commerce.audit.models import AuditEntry
from commerce.billing.reports.net_prices import INCLUSIVE_COLUMNS, NetPrices
from commerce.billing.reports.rules import (
    NOT_THERE,
    MovementKind,
    RecurringKind,
    RecurringStanding,
    monthly_amount,
    movement,
)
from commerce.catalog.rules import ProductType
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.hosting.models import Service
from commerce.hosting.rules import ServiceStatus
from commerce.kit.periods import MONTHS_PER_CYCLE, add_months
from commerce.site_settings import current

type Row = Mapping[str, Any]

ROWS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class SoldByPeriod:
    """What is sold by the period: where its rows are, and what decides what one brings in a month.

    ``amount`` names the price of a period, ``months`` gives how long that is, none for what is paid once. ``actions``
    are those of the audit log that change one of ``columns``; ``tax_kind`` is empty where it is the product's.
    """

    name: RecurringKind
    model: type[Service] | type[Domain]
    amount: str
    columns: tuple[str, ...]
    months: Callable[[Row], int | None]
    never_ran: frozenset[str]
    actions: tuple[str, ...]
    tax_kind: str = ""


SERVICES = SoldByPeriod(
    name=RecurringKind.SERVICE,
    model=Service,
    amount="amount",
    columns=("status", "amount", "billing_cycle", "currency_id"),
    months=lambda row: MONTHS_PER_CYCLE.get(row["billing_cycle"]),
    never_ran=frozenset({ServiceStatus.PENDING}),
    actions=(
        *(f"service.{status}" for status in ServiceStatus),
        *("service.edited", "service.plan_changed", "service.price_changed"),
    ),
)
DOMAINS = SoldByPeriod(
    name=RecurringKind.DOMAIN,
    model=Domain,
    amount="recurring_amount",
    columns=("status", "recurring_amount", "term_years", "currency_id"),
    months=lambda row: 12 * int(row["term_years"]),
    never_ran=frozenset({DomainStatus.PENDING, DomainStatus.PENDING_TRANSFER, DomainStatus.FRAUD}),
    actions=(
        *(f"domain.{status}" for status in DomainStatus),
        *("domain.price_changed", "domain.term_changed"),
    ),
    tax_kind=ProductType.DOMAIN,
)
SOLD_BY_PERIOD = (SERVICES, DOMAINS)
ACTIVE = "active"


@dataclass(slots=True)
class RecurringRevenue:
    """In one currency: what comes in a month in minor units, and how many services or domains bring it."""

    amount: int = 0
    count: int = 0


@dataclass(slots=True)
class MonthOfRecurring:
    """One currency between two days: what there was, what there is, and each kind of movement with its count."""

    before: RecurringRevenue = field(default_factory=RecurringRevenue)
    after: RecurringRevenue = field(default_factory=RecurringRevenue)
    movements: dict[MovementKind, RecurringRevenue] = field(
        default_factory=lambda: {kind: RecurringRevenue() for kind in MovementKind}
    )

    @property
    def lost(self) -> RecurringRevenue:
        """What churn is counted from."""
        return self.movements[MovementKind.LOST]


def recurring_today(sold: SoldByPeriod, today: date) -> dict[str, RecurringRevenue]:
    """What all active rows bring in a month, by currency."""
    prices = NetPrices(today, sold.tax_kind)
    # Nothing but what an index has: the rows themselves aren't read.
    columns = [name for name in _columns(sold, prices) if name != "status"]
    rows = sold.model._default_manager.filter(status=ACTIVE).values(*columns)
    found: defaultdict[str, RecurringRevenue] = defaultdict(RecurringRevenue)
    for row in rows.annotate(rows=Count("*")).order_by():
        monthly = _monthly(sold, {**row, "status": ACTIVE}, prices)
        if monthly is not None:
            found[row["currency_id"]].amount += monthly * row["rows"]
            found[row["currency_id"]].count += row["rows"]
    return dict(found)


def _columns(sold: SoldByPeriod, prices: NetPrices) -> tuple[str, ...]:
    return (*sold.columns, *(INCLUSIVE_COLUMNS[sold.name] if prices.hold_tax else ()))


def _monthly(sold: SoldByPeriod, row: Row, prices: NetPrices) -> int | None:
    months = sold.months(row)
    if row["status"] != ACTIVE or not months:
        return None
    return monthly_amount(prices.net_of(int(row[sold.amount]), row), months)


@dataclass(frozen=True, slots=True)
class _ChangedRow:
    """One row that changed: the instants of its changes, and how it stood before each, and stands after the last."""

    pk: int
    currency_code: str
    created_at: datetime
    changed_at: list[datetime]
    standings: list[RecurringStanding]

    def at(self, instant: datetime) -> RecurringStanding:
        """How it stood at an instant, before what happened at that instant."""
        if self.created_at >= instant:
            return NOT_THERE
        return self.standings[bisect_left(self.changed_at, instant)]


class MovedRow(NamedTuple):
    """One service or domain whose revenue differs between two days: by ``amount``, from ``before`` to ``after``."""

    pk: int
    currency_code: str
    kind: MovementKind
    amount: int
    before: int
    after: int


class RecurringHistory:
    """How the recurring revenue of services, or of domains, stood on any day since ``first``."""

    def __init__(self, sold: SoldByPeriod, first: date, today: date) -> None:
        self.sold = sold
        self.prices = NetPrices(today, sold.tax_kind)
        self.now = recurring_today(sold, today)
        self.changed = list(self._changed_since(current.start_of_business_date(first)))

    def _changed_since(self, instant: datetime) -> Iterator[_ChangedRow]:
        entries = AuditEntry.objects.filter(action__in=self.sold.actions, at__gte=instant)
        entries = entries.filter(record_kind=self.sold.name).order_by("at", "pk")
        changes: defaultdict[int, list[tuple[datetime, Row]]] = defaultdict(list)
        for pk, at, before in entries.values_list("record_id", "at", "before").iterator():
            known = {name: before[name] for name in self.sold.columns if name in before}
            if known and pk is not None:
                changes[pk].append((at, known))
        columns = ("pk", "created_at", *_columns(self.sold, self.prices))
        for keys in batched(changes, ROWS_AT_ONCE):
            for row in self.sold.model._default_manager.filter(pk__in=keys).values(*columns):
                yield self._unwound(row, changes[row["pk"]])

    def _unwound(self, row: Row, changes: list[tuple[datetime, Row]]) -> _ChangedRow:
        stood, standings = row, [self._standing(row)]
        for _at, before in reversed(changes):
            stood = {**stood, **before}
            standings.append(self._standing(stood))
        instants = [at for at, _before in changes]
        about = (row["pk"], row["currency_id"], row["created_at"])
        return _ChangedRow(*about, instants, standings[::-1])

    def _standing(self, row: Row) -> RecurringStanding:
        monthly = _monthly(self.sold, row, self.prices)
        return RecurringStanding(monthly, has_run=row["status"] not in self.sold.never_ran)

    def at_start_of(self, day: date) -> dict[str, RecurringRevenue]:
        """What there was when a business date began, by currency."""
        instant = current.start_of_business_date(day)
        found = {code: RecurringRevenue(one.amount, one.count) for code, one in self.now.items()}
        for changed in self.changed:
            total = found.setdefault(changed.currency_code, RecurringRevenue())
            _add(total, changed.standings[-1], -1)
            _add(total, changed.at(instant), 1)
        return {code: total for code, total in found.items() if total.count}

    def between(self, first: date, after: date) -> dict[str, MonthOfRecurring]:
        """From the start of one business date to that of a later one, by currency: both ends, and each movement."""
        found: defaultdict[str, MonthOfRecurring] = defaultdict(MonthOfRecurring)
        for code, total in self.at_start_of(first).items():
            found[code].before = total
        for code, total in self.at_start_of(after).items():
            found[code].after = total
        for moved in self.moved_between(first, after):
            total = found[moved.currency_code].movements[moved.kind]
            total.amount += moved.amount
            total.count += 1
        return dict(found)

    def moved_between(self, first: date, after: date) -> Iterator[MovedRow]:
        """Each service or domain whose revenue differs at both ends."""
        start, end = (current.start_of_business_date(day) for day in (first, after))
        for changed in self.changed:
            before, later = changed.at(start), changed.at(end)
            if moved := movement(before, later):
                amounts = (before.monthly or 0, later.monthly or 0)
                yield MovedRow(changed.pk, changed.currency_code, *moved, *amounts)


def _add(total: RecurringRevenue, standing: RecurringStanding, sign: int) -> None:
    if standing.monthly is not None:
        total.amount += sign * standing.monthly
        total.count += sign


def end_of_month(month: date, today: date) -> date:
    """The day at whose start a month has ended: the first of the next one, or tomorrow while it lasts."""
    return min(add_months(month, 1), today + timedelta(days=1))


def months_of(
    sold: SoldByPeriod, months: Iterable[date], today: date
) -> dict[date, dict[str, MonthOfRecurring]]:
    """The movements of each month, given by its first day, by currency."""
    asked = sorted(months)
    history = RecurringHistory(sold, asked[0], today)
    return {month: history.between(month, end_of_month(month, today)) for month in asked}
