"""The lines by which a service is renewed for one more period (billing.md 3)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from commerce.billing.rules.lines import ClaimKey, Line, Tax


def renewal_lines(
    *,
    claim: ClaimKey,
    product: str,
    domain: str,
    amount: int,
    options: Sequence[Mapping[str, Any]],
    parts: Mapping[str, Any],
    start: date,
    following: date,
    tax: Tax,
    tax_kind: str,
    home_rate_milli: int = 0,
) -> list[Line]:
    """Product, domain and period; priced options; discounts. They sum to ``amount``, what each period costs.

    ``parts`` and ``options`` are the service's; where they do not sum to its amount, one line says it all.
    """

    def line(text: str, money: int, kind: str) -> Line:
        about = {"kind": kind, "tax_kind": tax_kind, "claim": claim}
        return Line(text, money, tax, home_rate_milli=home_rate_milli, **about)  # type: ignore[arg-type]

    period = f"{start} to {following - timedelta(days=1)}"
    head = ", ".join(part for part in (product, domain, period) if part)
    rest = [
        line(f"{product}: {option['name']}, {option['value']}", option["amount"], "option")
        for option in options
        if option.get("amount")
    ]
    code = parts.get("promo_code")
    for name, text in (
        ("group_discount", f"{product}: discount"),
        ("promo_discount", f"{product}: promo {code}" if code else f"{product}: promo"),
    ):
        if parts.get(name):
            rest.append(line(text, -abs(parts[name]), "discount"))
    base = amount - sum(row.unit_amount for row in rest)
    if base < 0 or parts.get("base", base) != base:
        return [line(head, amount, "renewal")]
    return [line(head, base, "renewal"), *rest]
