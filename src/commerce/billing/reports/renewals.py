"""What renews within the next days, with what it will cost (backoffice.md 6)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from commerce.accounts.rules import ClientStatus
from commerce.billing.models import PriceChange
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
    """Services that are billed again from today on, within so many days; what ends before isn't among them.

    ``charge`` is what the next period costs: an announced price, or theirs.
    """
    rows = Service.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gt=F("next_due_date")),
        status__in=RUNNING_SERVICE_STATUSES,
        next_due_date__gte=today,
        next_due_date__lte=today + timedelta(days=days),
    ).exclude(client__status=ClientStatus.CLOSED)
    rows = rows.annotate(charge=_next_charge("service", "amount"))
    return rows.order_by("next_due_date", "pk")


def domains_renewing(today: date, days: int = DAYS_AHEAD) -> QuerySet[Domain]:
    """The same of domains that renew by themselves."""
    rows = Domain.objects.filter(
        status=DomainStatus.ACTIVE,
        auto_renew=True,
        next_due_date__gte=today,
        next_due_date__lte=today + timedelta(days=days),
    ).exclude(client__status=ClientStatus.CLOSED)
    rows = rows.annotate(charge=_next_charge("domain", "recurring_amount"))
    return rows.order_by("next_due_date", "pk")


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
