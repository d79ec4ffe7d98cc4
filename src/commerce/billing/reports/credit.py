"""Credit that clients have, and why it moved (backoffice.md 6)."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Count, Sum

from commerce.billing.credit.rules import CreditReason
from commerce.billing.models import CreditAccount, CreditEntry
from commerce.site_settings import current


@dataclass(slots=True)
class CreditOfCurrency:
    """One currency over a span, in minor units: before it, what each reason added or took, and after it.

    ``clients`` is how many have credit now.
    """

    opening: int = 0
    movements: dict[CreditReason, int] = field(default_factory=dict)
    clients: int = 0

    @property
    def closing(self) -> int:
        return self.opening + sum(self.movements.values())


def credit_movements(first: date, last: date) -> dict[str, CreditOfCurrency]:
    """By currency: what all clients together had as credit at both ends of a span, and what happened between."""
    start = current.start_of_business_date(first)
    end = current.start_of_business_date(last + timedelta(days=1))
    found: defaultdict[str, CreditOfCurrency] = defaultdict(CreditOfCurrency)
    entries = CreditEntry.objects.order_by()
    before = entries.filter(at__lt=start).values_list("account__currency_id")
    for code, amount in before.annotate(Sum("amount")):
        found[code].opening = amount
    within = entries.filter(at__gte=start, at__lt=end).values_list("account__currency_id", "reason")
    for code, reason, amount in within.annotate(Sum("amount")):
        found[code].movements[CreditReason(reason)] = amount
    holders = CreditAccount.objects.filter(balance__gt=0).order_by().values_list("currency_id")
    for code, clients in holders.annotate(Count("pk")):
        found[code].clients = clients
    return {code: found[code] for code in sorted(found)}


def largest_balances(currency_code: str, limit: int | None = None) -> list[CreditAccount]:
    """Whose credit in a currency is largest; at most so many, or all."""
    rows = CreditAccount.objects.filter(balance__gt=0, currency_id=currency_code)
    return list(rows.select_related("client").order_by("-balance", "pk")[:limit])
