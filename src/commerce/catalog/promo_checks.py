"""Whether a promo code may be used now, and if not, why (catalog-and-orders.md 5).

Uses belong to the orders, above this floor: whoever asks gives a function that counts them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from commerce.catalog.models import PromoCode
from commerce.catalog.quote import LinePrice, PromoDiscount
from commerce.kit.errors import BusinessError


class PromoCodeError(BusinessError):
    """The code cannot be used (any more)."""


@dataclass(frozen=True, slots=True)
class PromoUseCounts:
    """How many orders that are not cancelled use a code: of all clients, and of the one who asks."""

    total: int = 0
    by_client: int = 0


def find_promo_code(text: str) -> PromoCode | None:
    """The code as a person typed it: blanks around it and small letters do not matter."""
    return PromoCode.objects.filter(code=text.strip().upper()).first()


def check_promo_code(
    row: PromoCode | None,
    *,
    lines: Sequence[LinePrice],
    currency_code: str,
    on: date,
    count_uses: Callable[[], PromoUseCounts] = PromoUseCounts,
    new_client: bool = True,
) -> PromoDiscount:
    """The code as the quote takes it; ``on`` is the business date, ``count_uses`` is asked only if the code has a
    limit.

    Raises ``PromoCodeError``, which says why. An unknown and an inactive code get the same one.
    """
    if row is None or not row.is_active:
        raise PromoCodeError("promo_code.not_valid", field="promo_code")
    if row.starts_on and on < row.starts_on:
        raise PromoCodeError("promo_code.not_begun", field="promo_code")
    if row.ends_on and on > row.ends_on:
        raise PromoCodeError("promo_code.ended", field="promo_code")
    if row.max_uses is not None or row.max_uses_per_client is not None:
        _check_uses(row, count_uses())
    if row.new_clients_only and not new_client:
        raise PromoCodeError("promo_code.for_new_clients", field="promo_code")
    promo = promo_discount_of(row, currency_code)
    if not (promo.percent or promo.amount):
        raise PromoCodeError(
            "promo_code.not_in_currency", currency=currency_code, field="promo_code"
        )
    if not any(promo.applies_to(line) for line in lines):
        raise PromoCodeError("promo_code.not_for_this_cart", field="promo_code")
    return promo


def promo_discount_of(row: PromoCode, currency_code: str) -> PromoDiscount:
    """The code as the quote takes it, in one currency; a fixed one without an amount in it takes nothing off."""
    amount = row.amounts.filter(currency_id=currency_code).first() if not row.percent else None
    return PromoDiscount(
        code=row.code,
        percent=row.percent,
        amount=amount.amount if amount else 0,
        recurring=row.recurring,
        products=frozenset(row.products.values_list("pk", flat=True)),
        cycles=frozenset(row.cycles),
        tlds=frozenset(row.tlds),
    )


def _check_uses(row: PromoCode, uses: PromoUseCounts) -> None:
    if row.max_uses is not None and uses.total >= row.max_uses:
        raise PromoCodeError("promo_code.used_up", field="promo_code")
    if row.max_uses_per_client is not None and uses.by_client >= row.max_uses_per_client:
        raise PromoCodeError("promo_code.used_by_client", field="promo_code")
