"""What the client's services and domains will cost: by the month over the next half year, and each month on average."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import F, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from commerce.accounts.models import Client
from commerce.billing.models import PriceChange
from commerce.billing.tax.shown_amounts import ShownAmounts
from commerce.catalog.models import tax_kind_expression
from commerce.catalog.rules import ProductType
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.hosting.models import ServiceQuerySet
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES
from commerce.kit.money import round_half_up
from commerce.kit.periods import MONTHS_PER_CYCLE, add_months

MONTHS_SHOWN = 6
MAX_SUMMED = 5_000
"""Services, and domains, of a client whose charges are summed for a page; of more, nothing is said."""


@dataclass(frozen=True, slots=True)
class RecurringCharge:
    """What is charged from ``due`` on, every so many months, in minor units of its currency; of one tax kind;
    ``amount`` as it is shown, ``total`` as it is paid, ``net`` as it is taxed; ``tld`` of a domain's.
    """

    currency_code: str
    months: int
    due: date
    amount: int
    total: int = 0
    tax_kind: str = ""
    net: int = 0
    tld: str = ""


@dataclass(frozen=True, slots=True)
class MonthOfCharges:
    """A month, by its first day; ``share`` is its part of the dearest month, in percent."""

    month: date
    amount: int
    share: int


@dataclass(frozen=True, slots=True)
class ChargesOfCurrency:
    """The months to come in one currency, and what a month costs on average, in minor units."""

    currency_code: str
    monthly: int
    monthly_paid: int
    """The same with tax, however it is shown."""
    months: Sequence[MonthOfCharges]


def charges_by_currency(charges: Iterable[RecurringCharge], today: date) -> list[ChargesOfCurrency]:
    """What comes in each of the next months. What was due before today, and is not paid, counts to this month.

    Without ``months`` for a currency in which nothing comes.
    """
    first = today.replace(day=1)
    shown = [add_months(first, n) for n in range(MONTHS_SHOWN)]
    monthly: dict[str, Fraction] = defaultdict(Fraction)
    paid: dict[str, Fraction] = defaultdict(Fraction)
    sums: dict[str, dict[date, int]] = defaultdict(lambda: dict.fromkeys(shown, 0))
    for charge in charges:
        monthly[charge.currency_code] += Fraction(charge.amount, charge.months)
        paid[charge.currency_code] += Fraction(charge.total, charge.months)
        of_month = sums[charge.currency_code]
        month = charge.due.replace(day=1)
        while month <= shown[-1]:
            of_month[max(month, first)] += charge.amount
            month = add_months(month, charge.months)
    return [
        ChargesOfCurrency(
            code,
            round_half_up(monthly[code]),
            round_half_up(paid[code]),
            list(_months(sums[code])),
        )
        for code in sorted(sums)
        if monthly[code]
    ]


def _months(sums: dict[date, int]) -> Iterator[MonthOfCharges]:
    most = max(sums.values())
    for month, amount in sums.items():
        if most:
            yield MonthOfCharges(month, amount, max(1, 100 * amount // most) if amount else 0)


def _next_charge(client: Client, noun: str, column: str) -> Coalesce:
    """What a service or domain (``noun``) costs: an announced price, where it is that of the next period."""
    changes = PriceChange.objects.for_client(client).for_next_period(noun)
    return Coalesce(Subquery(changes.values("amount")[:1]), F(column))


def service_charges(
    client: Client, rows: ServiceQuerySet, shown: ShownAmounts
) -> list[RecurringCharge]:
    """The charges of running services that renew as the client is shown amounts, those of one day together."""
    planned = PriceChange.objects.for_client(client).planned().filter(service__isnull=False)
    charge = _next_charge(client, "service", "amount") if planned.exists() else F("amount")
    running = rows.filter(status__in=RUNNING_SERVICE_STATUSES).annotate(charge=charge)
    renewing = running.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=F("next_due_date")))
    kind = tax_kind_expression("product")
    by = ("currency_id", "billing_cycle", "next_due_date", "kind")
    groups = renewing.annotate(kind=kind).order_by().values(*by)
    return [
        RecurringCharge(
            one["currency_id"],
            MONTHS_PER_CYCLE[one["billing_cycle"]],
            one["next_due_date"],
            shown.amount(one["kind"], one["sum"]),
            shown.total(one["kind"], one["sum"]),
            one["kind"],
            one["sum"],
        )
        for one in groups.annotate(sum=Sum("charge"))
        if one["sum"] and one["next_due_date"] and one["billing_cycle"] in MONTHS_PER_CYCLE
    ]


def domain_charges(
    client: Client, rows: QuerySet[Domain], shown: ShownAmounts
) -> list[RecurringCharge]:
    """The charges of domains that renew by themselves, as the client is shown amounts."""
    renewing = rows.filter(status=DomainStatus.ACTIVE, auto_renew=True, next_due_date__isnull=False)
    charged = renewing.annotate(charge=_next_charge(client, "domain", "recurring_amount"))
    groups = charged.order_by().values("currency_id", "term_years", "next_due_date", "tld")
    return [
        RecurringCharge(
            one["currency_id"],
            12 * one["term_years"],
            one["next_due_date"],
            shown.amount(ProductType.DOMAIN, one["sum"]),
            shown.total(ProductType.DOMAIN, one["sum"]),
            ProductType.DOMAIN,
            one["sum"],
            one["tld"],
        )
        for one in groups.annotate(sum=Sum("charge"))
        if one["sum"] and one["next_due_date"]
    ]
