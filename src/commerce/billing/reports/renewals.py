"""What is billed for the next days, with what it will cost (backoffice.md 6)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from commerce.accounts.rules import ClientStatus
from commerce.billing.models import BilledPeriod, PriceChange
from commerce.billing.periods.rules import BilledPeriodStatus
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.hosting.models import Service
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES

DAYS_AHEAD = 30


@dataclass(slots=True)
class RenewalsDue:
    """Of one currency: what renews, in minor units as prices are kept, and how many there are."""

    services: int = 0
    services_amount: int = 0
    domains: int = 0
    domains_amount: int = 0


def services_renewing(today: date, days: int = DAYS_AHEAD) -> QuerySet[Service]:
    """Services of which a period is billed that begins within so many days, or began and was never billed.

    ``due`` is the first day of the first period that is not billed yet: of a service with an open renewal the one after
    it. ``charge`` is what it costs: an announced price, or theirs. What ends before isn't among them, nor what is free.
    """
    rows = Service.objects.filter(
        status__in=RUNNING_SERVICE_STATUSES, next_due_date__lte=today + timedelta(days=days)
    ).exclude(client__status=ClientStatus.CLOSED)
    return _unbilled(rows, "service", "amount", today, days).filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=F("due"))
    )


def domains_renewing(today: date, days: int = DAYS_AHEAD) -> QuerySet[Domain]:
    """The same of domains that renew by themselves."""
    rows = Domain.objects.filter(
        status=DomainStatus.ACTIVE,
        auto_renew=True,
        next_due_date__lte=today + timedelta(days=days),
    ).exclude(client__status=ClientStatus.CLOSED)
    return _unbilled(rows, "domain", "recurring_amount", today, days)


def _unbilled[R: (Service, Domain)](
    rows: QuerySet[R], noun: str, column: str, today: date, days: int
) -> QuerySet[R]:
    billed = BilledPeriod.objects.filter(
        **{noun: OuterRef("pk")}, status=BilledPeriodStatus.OPEN
    ).values("period_end")
    due = Coalesce(Subquery(billed[:1]), F("next_due_date"))
    found = rows.annotate(due=due, charge=_next_charge(noun, column))
    found = found.filter(due__lte=today + timedelta(days=days), charge__gt=0)
    return found.order_by("due", "pk")


def _next_charge(noun: str, column: str) -> Coalesce:
    announced = PriceChange.objects.for_next_period(noun).values("amount")[:1]
    return Coalesce(Subquery(announced), F(column))


def renewals_due(today: date, days: int = DAYS_AHEAD) -> dict[str, RenewalsDue]:
    """How many there are, and their sum, by currency."""
    found: defaultdict[str, RenewalsDue] = defaultdict(RenewalsDue)
    for name, rows in (
        ("services", services_renewing(today, days)),
        ("domains", domains_renewing(today, days)),
    ):
        for code, count, amount in _sums(rows):
            setattr(found[code], name, count)
            setattr(found[code], f"{name}_amount", amount)
    return {code: found[code] for code in sorted(found)}


def _sums(rows: QuerySet[Service] | QuerySet[Domain]) -> list[tuple[str, int, int]]:
    grouped = rows.order_by().values_list("currency_id")
    return list(grouped.annotate(Count("pk"), Sum("charge")))
