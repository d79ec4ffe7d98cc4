"""What the invoice of a service's next period says (billing.md 3)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from commerce.billing.invoices.rules import DraftLine, LineTax, SubjectKey
from commerce.presentation.formats import format_period

MAX_LINE_LENGTH = 500
"""Characters of a line's text."""


def service_renewal_lines(
    *,
    subject: SubjectKey,
    product: str,
    product_id: int | None = None,
    own_name: str = "",
    domain: str,
    amount: int,
    options: Sequence[Mapping[str, Any]],
    price_parts: Mapping[str, Any],
    start: date,
    end: date,
    tax: LineTax,
    tax_kind: str,
    home_rate_milli: int = 0,
) -> list[DraftLine]:
    """Product, domain and period; priced options; discounts. They sum to ``amount``, what each period costs.

    ``own_name`` is what the client calls the service, if they gave it a name: it stands last, as far as there is room.
    ``price_parts`` and ``options`` are the service's; where they do not sum to its amount, one line says it all. They
    speak the active language.
    """

    def line(text: str, money: int, kind: str) -> DraftLine:
        return DraftLine(
            text,
            money,
            tax,
            kind=kind,
            tax_kind=tax_kind,
            subject=subject,
            home_rate_milli=home_rate_milli,
            product_id=product_id,
        )

    period = format_period(start, end - timedelta(days=1))
    head = ", ".join(part for part in (product, domain, period) if part)
    if own_name not in ("", domain) and len(named := f"{head} ({own_name})") <= MAX_LINE_LENGTH:
        head = named
    rest = [
        line(f"{product}: {option['name']}, {option['value']}", option["amount"], "option")
        for option in options
        if option.get("amount")
    ]
    code = price_parts.get("promo_code")
    about = {"product": product, "code": code}
    promo = _("%(product)s: promo code %(code)s") if code else _("%(product)s: discount")
    for name, text in (
        ("group_discount", _("%(product)s: discount")),
        ("promo_discount", promo),
    ):
        if price_parts.get(name):
            rest.append(line(text % about, -abs(price_parts[name]), "discount"))
    base = amount - sum(row.unit_amount for row in rest)
    if base < 0 or price_parts.get("base", base) != base:
        return [line(head, amount, "renewal")]
    return [line(head, base, "renewal"), *rest]
