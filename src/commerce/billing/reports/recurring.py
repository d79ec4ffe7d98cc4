"""Monthly recurring revenue: what active services and domains bring in a month, on any day, and why it changed.

How a row stood on a past day is read from the audit log, which has every change of its state and its terms with the
values before it (backoffice.md 7).
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import batched, groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.db.models import Count, QuerySet

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

    @property
    def is_empty(self) -> bool:
        """Whether nothing was there at either end."""
        return not (self.before.count or self.after.count)


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
    """One service or domain whose revenue differs between two days."""

    pk: int
    currency_code: str
    kind: MovementKind
    before: int
    after: int


type TellMoved = Callable[[int, MovedRow], None]
"""Is told of each row that moved, with the number of the span of days in which it did."""


def entries_since(sold: SoldByPeriod, first: date) -> "QuerySet[AuditEntry]":
    """What the audit log has of changes since a business date began."""
    found = AuditEntry.objects.filter(action__in=sold.actions, record_kind=sold.name)
    return found.filter(at__gte=current.start_of_business_date(first))


class RecurringHistory:
    """How the recurring revenue of services, or of domains, stood on any day since ``first``."""

    def __init__(self, sold: SoldByPeriod, first: date, today: date) -> None:
        self.sold, self.first = sold, first
        self.prices = NetPrices(today, sold.tax_kind)
        self.now = recurring_today(sold, today)

    def _changed(self) -> Iterator[_ChangedRow]:
        """However many changed since the first day, no more of them than ``ROWS_AT_ONCE`` are held."""
        columns = ("pk", "created_at", *_columns(self.sold, self.prices))
        for some in batched(self._changes(), ROWS_AT_ONCE):
            changes = dict(some)
            for row in self.sold.model._default_manager.filter(pk__in=changes).values(*columns):
                yield self._unwound(row, changes[row["pk"]])

    def _changes(self) -> Iterator[tuple[int, list[tuple[datetime, Row]]]]:
        """Of each row the instants of its changes, with what was before."""
        entries = entries_since(self.sold, self.first).exclude(record_id=None)
        entries = entries.order_by("record_id", "at", "pk")
        found = entries.values_list("record_id", "at", "before").iterator(ROWS_AT_ONCE)
        for pk, of_row in groupby(found, key=itemgetter(0)):
            told: list[tuple[datetime, Row]] = [
                (at, known)
                for _pk, at, before in of_row
                if (known := {name: before[name] for name in self.sold.columns if name in before})
            ]
            if told:
                yield pk, told

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

    def between(self, first: date, after: date) -> dict[str, MonthOfRecurring]:
        """From the start of one business date to that of a later one, by currency: both ends, and each movement."""
        return self.over([(first, after)])[0]

    def over(
        self, spans: Sequence[tuple[date, date]], tell: TellMoved = lambda _number, _moved: None
    ) -> list[dict[str, MonthOfRecurring]]:
        """``between`` for several spans, by reading once what changed."""
        ends = [tuple(map(current.start_of_business_date, span)) for span in spans]
        found = [defaultdict(MonthOfRecurring, self._as_now()) for _ in spans]
        for changed in self._changed():
            for number, (start, end) in enumerate(ends):
                total = found[number][changed.currency_code]
                before, later = changed.at(start), changed.at(end)
                for side, standing in ((total.before, before), (total.after, later)):
                    _add(side, changed.standings[-1], -1)
                    _add(side, standing, 1)
                if moved := movement(before, later):
                    kind, amount = moved
                    total.movements[kind].amount += amount
                    total.movements[kind].count += 1
                    amounts = (before.monthly or 0, later.monthly or 0)
                    tell(number, MovedRow(changed.pk, changed.currency_code, kind, *amounts))
        return [{code: one for code, one in each.items() if not one.is_empty} for each in found]

    def _as_now(self) -> dict[str, MonthOfRecurring]:
        return {
            code: MonthOfRecurring(replace(one), replace(one)) for code, one in self.now.items()
        }


def _add(total: RecurringRevenue, standing: RecurringStanding, sign: int) -> None:
    if standing.monthly is not None:
        total.amount += sign * standing.monthly
        total.count += sign


def end_of_month(month: date, today: date) -> date:
    """The day at whose start a month has ended: the first of the next one, or tomorrow while it lasts."""
    return min(add_months(month, 1), today + timedelta(days=1))


def months_of(
    sold: SoldByPeriod,
    months: Iterable[date],
    today: date,
    tell: Callable[[date, MovedRow], None] | None = None,
) -> dict[date, dict[str, MonthOfRecurring]]:
    """The movements of each month, given by its first day, by currency; ``tell`` is told of each row that moved."""
    asked = sorted(months)
    spans = [(month, end_of_month(month, today)) for month in asked]

    def told(number: int, moved: MovedRow) -> None:
        if tell:
            tell(asked[number], moved)

    return dict(zip(asked, RecurringHistory(sold, asked[0], today).over(spans, told), strict=True))
