"""What clients owe: by how late it is, and for each client (backoffice.md 6)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, Q, QuerySet, Sum, Value, When

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.billing.reports.rules import AGE_BANDS, AgeBand


@dataclass(slots=True)
class AmountOwed:
    """What is left to pay in one currency, in minor units, and of how many invoices."""

    amount: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True)
class ClientAgeing:
    """What one client owes in one currency, by the names of ``AGE_BANDS``."""

    client: Client
    currency_code: str
    bands: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.bands.values())


@dataclass(frozen=True, slots=True)
class AgeingSums:
    """What is owed on a day, by currency and the names of ``AGE_BANDS``."""

    today: date
    bands: Mapping[str, Mapping[str, AmountOwed]]


def in_band(band: AgeBand, today: date) -> Q:
    """The open invoices that are so late on a day."""
    earliest, latest = band.due_dates(today)
    found = Q()
    if earliest is not None:
        found &= Q(due_date__gte=earliest)
    if latest is not None:
        found &= Q(due_date__lte=latest)
    return found


def _with_band(today: date) -> "QuerySet[Any]":
    whens = [When(in_band(band, today), then=Value(band.name)) for band in AGE_BANDS]
    return Invoice.objects.open().annotate(band=Case(*whens, default=Value(""))).order_by()


def ageing(today: date) -> AgeingSums:
    """What is owed, by how late it is."""
    rows = _with_band(today).values_list("currency_id", "band")
    found: defaultdict[str, dict[str, AmountOwed]] = defaultdict(
        lambda: {band.name: AmountOwed() for band in AGE_BANDS}
    )
    for code, band, amount, count in rows.annotate(sum=Sum("amount_due"), count=Count("*")):
        found[code][band] = AmountOwed(amount, count)
    return AgeingSums(today, {code: found[code] for code in sorted(found)})


def overdue_by_currency(today: date) -> dict[str, AmountOwed]:
    """What is late, by currency: open invoices whose due date has passed."""
    late = Invoice.objects.open().filter(due_date__lt=today).order_by().values_list("currency_id")
    rows = late.annotate(sum=Sum("amount_due"), count=Count("*"))
    return {code: AmountOwed(amount, count) for code, amount, count in sorted(rows)}


def ageing_by_client(
    today: date, currency_code: str, limit: int | None = None
) -> list[ClientAgeing]:
    """The same of each client in one currency, who owes most first; at most so many, or all."""
    bands: defaultdict[int, dict[str, int]] = defaultdict(
        lambda: {band.name: 0 for band in AGE_BANDS}
    )
    rows = _with_band(today).filter(currency_id=currency_code)
    for pk, band, amount in rows.values_list("client_id", "band").annotate(Sum("amount_due")):
        bands[pk][band] = amount
    keys = sorted(bands, key=lambda pk: (-sum(bands[pk].values()), pk))[:limit]
    clients = Client.objects.in_bulk(keys)
    return [ClientAgeing(clients[pk], currency_code, bands[pk]) for pk in keys]
