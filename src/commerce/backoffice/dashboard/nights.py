"""Last night and tomorrow: what the daily run did, and what the next one will do by what is known, in sentences."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import ngettext_lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may
from commerce.backoffice.reports.tables import list_url
from commerce.billing.invoices.rules import InvoiceKind, InvoiceStatus
from commerce.billing.models import Invoice
from commerce.hosting.models import Service
from commerce.hosting.rules import ServiceStatus
from commerce.orders.models import Order
from commerce.orders.rules import OrderStatus
from commerce.payments.rules import AttemptStatus
from commerce.presentation.amounts import format_money
from commerce.runs.models import RunSummary
from commerce.runs.report import RunAmount

type Words = Any
"""Of ``ngettext_lazy`` by ``count``."""
RENEWALS, CHARGES = "renewals", "charges"


@dataclass(frozen=True, slots=True)
class NightSentence:
    """One thing that a run did or would do, with its sums and the list of it."""

    text: str
    amounts: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class NightSummary:
    """The sentences of one run; ``url`` leads to what a forecast has of each client. ``clients_left``: those whom
    it has not come to.
    """

    day: date
    sentences: list[NightSentence]
    url: str
    made_at: datetime
    clients_left: int = 0


@dataclass(frozen=True, slots=True)
class _Fact:
    """What steps count, as "step name": in words for what was and for what comes, and the list of it afterwards."""

    counted: tuple[str, ...]
    past: Words
    coming: Words
    list_url: Callable[[date], str] = lambda _day: ""


_FACTS = (
    _Fact(
        ("overdue invoices",),
        ngettext_lazy(
            "%(count)s invoice became overdue.", "%(count)s invoices became overdue.", "count"
        ),
        ngettext_lazy(
            "%(count)s invoice becomes overdue.", "%(count)s invoices become overdue.", "count"
        ),
        lambda day: list_url(
            Invoice, status=InvoiceStatus.OVERDUE, due_date=day - timedelta(days=1)
        ),
    ),
    _Fact(
        ("late-fees invoices",),
        ngettext_lazy(
            "%(count)s late fee was charged.", "%(count)s late fees were charged.", "count"
        ),
        ngettext_lazy(
            "%(count)s late fee is charged.", "%(count)s late fees are charged.", "count"
        ),
        lambda day: list_url(Invoice, kind=InvoiceKind.LATE_FEE, issue_date=day),
    ),
    _Fact(
        ("remind reminders",),
        ngettext_lazy(
            "%(count)s payment reminder was sent.",
            "%(count)s payment reminders were sent.",
            "count",
        ),
        ngettext_lazy(
            "%(count)s payment reminder is sent.", "%(count)s payment reminders are sent.", "count"
        ),
    ),
    _Fact(
        ("suspend services",),
        ngettext_lazy(
            "%(count)s service was suspended for an unpaid invoice.",
            "%(count)s services were suspended for unpaid invoices.",
            "count",
        ),
        ngettext_lazy(
            "%(count)s service is suspended for an unpaid invoice.",
            "%(count)s services are suspended for unpaid invoices.",
            "count",
        ),
        lambda _day: list_url(Service, status=ServiceStatus.SUSPENDED),
    ),
    _Fact(
        ("resume services",),
        ngettext_lazy(
            "%(count)s service was resumed.", "%(count)s services were resumed.", "count"
        ),
        ngettext_lazy("%(count)s service is resumed.", "%(count)s services are resumed.", "count"),
    ),
    _Fact(
        ("terminate notices",),
        ngettext_lazy(
            "%(count)s client was warned that a suspended service will be deleted.",
            "%(count)s clients were warned that suspended services will be deleted.",
            "count",
        ),
        ngettext_lazy(
            "%(count)s client is warned that a suspended service will be deleted.",
            "%(count)s clients are warned that suspended services will be deleted.",
            "count",
        ),
    ),
    _Fact(
        ("terminate services",),
        ngettext_lazy(
            "%(count)s suspended service was deleted.",
            "%(count)s suspended services were deleted.",
            "count",
        ),
        ngettext_lazy(
            "%(count)s suspended service is deleted.",
            "%(count)s suspended services are deleted.",
            "count",
        ),
        lambda _day: list_url(Service, status=ServiceStatus.TERMINATED),
    ),
    _Fact(
        ("cancel services ended",),
        ngettext_lazy(
            "%(count)s canceled service ended.", "%(count)s canceled services ended.", "count"
        ),
        ngettext_lazy(
            "%(count)s canceled service ends.", "%(count)s canceled services end.", "count"
        ),
        lambda _day: list_url(Service, status=ServiceStatus.CANCELLED),
    ),
    _Fact(
        ("expire-orders orders",),
        ngettext_lazy(
            "%(count)s unpaid order was canceled.",
            "%(count)s unpaid orders were canceled.",
            "count",
        ),
        ngettext_lazy(
            "%(count)s unpaid order is canceled.", "%(count)s unpaid orders are canceled.", "count"
        ),
        lambda _day: list_url(Order, status=OrderStatus.CANCELLED),
    ),
    _Fact(
        ("send-expiry-notices notices",),
        ngettext_lazy(
            "%(count)s notice of a domain that expires was sent.",
            "%(count)s notices of domains that expire were sent.",
            "count",
        ),
        ngettext_lazy(
            "%(count)s notice of a domain that expires is sent.",
            "%(count)s notices of domains that expire are sent.",
            "count",
        ),
    ),
)
_RENEWALS = _Fact(
    (),
    ngettext_lazy(
        "%(count)s renewal invoice was issued.", "%(count)s renewal invoices were issued.", "count"
    ),
    ngettext_lazy(
        "%(count)s renewal invoice is issued.", "%(count)s renewal invoices are issued.", "count"
    ),
    lambda day: list_url(
        Invoice, kind__in=f"{InvoiceKind.RENEWAL},{InvoiceKind.DOMAIN_RENEWAL}", issue_date=day
    ),
)
_CHARGES = _Fact(
    (),
    ngettext_lazy(
        "%(count)s saved card was charged.", "%(count)s saved cards were charged.", "count"
    ),
    ngettext_lazy(
        "%(count)s saved card is charged.", "%(count)s saved cards are charged.", "count"
    ),
)
_OUTCOMES: Mapping[str, Words] = {
    AttemptStatus.SUCCEEDED: ngettext_lazy(
        "%(count)s charge succeeded.", "%(count)s charges succeeded.", "count"
    ),
    AttemptStatus.FAILED: ngettext_lazy(
        "%(count)s charge failed.", "%(count)s charges failed.", "count"
    ),
}


def nights(request: HttpRequest, today: date) -> tuple[NightSummary | None, NightSummary | None]:
    """Last night's run and tomorrow's, for whoever sees runs; None for what is not worked out yet."""
    if not may(request, StaffPermission.RUNS_VIEW):
        return None, None
    tomorrow = today + timedelta(days=1)
    summaries = {
        row.is_forecast: row
        for row in RunSummary.objects.filter(date__lte=tomorrow).order_by("date")
        if not row.is_forecast or row.date == tomorrow
    }
    done, coming = summaries.get(False), summaries.get(True)
    sees_money = may(request, StaffPermission.REPORTS_MONEY)
    return (
        _night(done, sees_money=sees_money) if done else None,
        _night(coming, sees_money=sees_money) if coming else None,
    )


def _night(summary: RunSummary, *, sees_money: bool) -> NightSummary:
    amounts = [RunAmount(*row) for row in summary.amounts]
    is_past = not summary.is_forecast
    day = summary.date
    told = list(
        night_sentences(summary.counts, amounts, day, is_past=is_past, sees_money=sees_money)
    )
    url = "" if is_past else f"{reverse('admin:dry_run')}?{urlencode({'day': day})}"
    return NightSummary(day, told, url, summary.made_at, summary.clients_left)


def night_sentences(
    counts: Mapping[str, int],
    amounts: Iterable[RunAmount],
    day: date,
    *,
    is_past: bool,
    sees_money: bool,
) -> Iterator[NightSentence]:
    """What a run did or would do, most important first; lists are of what there is already."""
    rows = list(amounts)

    def sentence(words: Words, count: int, url: str = "", sums: str = "") -> NightSentence:
        return NightSentence(words % {"count": count}, sums, url)

    def of(fact: _Fact, found: list[RunAmount]) -> NightSentence:
        words = fact.past if is_past else fact.coming
        url = fact.list_url(day) if is_past else ""
        return sentence(
            words, sum(one.count for one in found), url, _sums(found, sees_money=sees_money)
        )

    if renewals := [one for one in rows if one.name == RENEWALS]:
        yield of(_RENEWALS, renewals)
    if charges := [one for one in rows if one.name == CHARGES]:
        yield of(_CHARGES, charges)
        for status, words in _OUTCOMES.items() if is_past else ():
            if found := [one for one in charges if one.state == status]:
                count = sum(one.count for one in found)
                yield sentence(words, count, sums=_sums(found, sees_money=sees_money))
    for fact in _FACTS:
        if count := sum(counts.get(name, 0) for name in fact.counted):
            words = fact.past if is_past else fact.coming
            yield sentence(words, count, fact.list_url(day) if is_past else "")


def _sums(rows: Iterable[RunAmount], *, sees_money: bool) -> str:
    sums: dict[str, int] = {}
    for one in rows if sees_money else ():
        sums[one.currency] = sums.get(one.currency, 0) + one.amount
    return " · ".join(format_money(amount, code) for code, amount in sorted(sums.items()))
