"""What was agreed for a name, whatever terms it has had since (domains.md 4).

The price of another term is counted from the agreed one and rounded, so counting on from that would lose units there
and back: 10.04 for 10 years is 1.00 for one, and 10.00 for 10 again. The audit log has each change of a term with what
was before it.
"""

from fractions import Fraction
from typing import NamedTuple

from django.db.models import BigIntegerField

from commerce.audit.models import AuditEntry
from commerce.billing.models import PriceChange
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet
from commerce.domains.models import Domain
from commerce.kit.money import round_half_up

TERM_CHANGED, PRICE_CHANGED = "domain.term_changed", "domain.price_changed"


class AgreedPrice(NamedTuple):
    """An amount, in minor units, that was agreed for so many years."""

    amount: int
    years: int

    def for_years(self, years: int) -> int:
        """What another term costs."""
        return round_half_up(Fraction(self.amount * years, self.years))


def agreed_price(domain: Domain) -> AgreedPrice:
    """What a name cost before the changes of its term since its price was last set."""
    price = AgreedPrice(domain.recurring_amount, domain.term_years)
    for entry in _CHANGES.instances(domain=domain.pk):
        if entry.action != TERM_CHANGED or _price(entry.after) != price:
            break
        price = _price(entry.before)
    return price


_CHANGES = CompiledQuerySet(
    lambda: AuditEntry.objects.filter(
        record_kind="domain",
        record_id=QueryParam("domain", BigIntegerField()),
        action__in=[TERM_CHANGED, PRICE_CHANGED],
    ).newest_first()
)


def announced_price(change: PriceChange, domain: Domain) -> AgreedPrice:
    """What was announced for a name: so much a year, so no term of it is rounded."""
    return AgreedPrice(change.amount, domain.term_years)


def _price(said: dict[str, int]) -> AgreedPrice:
    """What an entry about a term says of one of its sides."""
    return AgreedPrice(said["recurring_amount"], said["term_years"])
