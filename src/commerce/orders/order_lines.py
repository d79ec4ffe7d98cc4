"""Order lines, which are priced cart lines, and the lines of an invoice that each becomes (billing.md 3).

Amounts are minor units, before tax (with it, where prices include it). Discounts are positive. Lines speak the active
language: that of the client when their invoice is priced.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from commerce.billing.invoices.rules import (
    NO_DAYS,
    OUTSIDE_SCOPE,
    BilledDays,
    DraftLine,
    LineTax,
)
from commerce.catalog.quote import DomainPrice, ProductPrice
from commerce.catalog.rules import OrderItemAction, ProductType
from commerce.kit.periods import MONTHS_PER_CYCLE, BillingCycle
from commerce.presentation.labels import Text

FIRST_PERIOD_TEXTS: dict[str, Text] = {
    BillingCycle.MONTHLY: _lazy("%(product)s, monthly (billing starts on activation)"),
    BillingCycle.QUARTERLY: _lazy("%(product)s, quarterly (billing starts on activation)"),
    BillingCycle.SEMI_ANNUALLY: _lazy("%(product)s, every 6 months (billing starts on activation)"),
    BillingCycle.ANNUALLY: _lazy("%(product)s, yearly (billing starts on activation)"),
    BillingCycle.BIENNIALLY: _lazy("%(product)s, every 2 years (billing starts on activation)"),
    BillingCycle.TRIENNIALLY: _lazy("%(product)s, every 3 years (billing starts on activation)"),
    BillingCycle.ONE_TIME: _lazy("%(product)s, one-time"),
}
"""What the line of a product says, by its billing cycle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductOrderLine(ProductPrice):
    """Units of a product with their price, as orders and invoices name it, and how they are taxed."""

    product_name: str
    domain: str = ""
    price_reason: str = ""
    """Why staff agreed on another price than ``list_amount``; for staff alone."""
    discount_reason: str = ""
    """Why staff take something off; for staff alone."""
    tax: LineTax = OUTSIDE_SCOPE
    tax_kind: str = ""
    home_rate_milli: int = 0

    action: ClassVar[str] = OrderItemAction.PRODUCT
    whois_privacy: ClassVar[bool] = False

    def lines(self) -> list[DraftLine]:
        """The lines of the order's invoice: product, priced options, setup fee, discounts."""
        name, milli = self.product_name, self.qty * 1000
        text = str(FIRST_PERIOD_TEXTS[self.billing_cycle]) % {"product": name}
        if free := ", ".join(f"{o.name}: {o.value}" for o in self.options if not o.amount):
            text += f"; {free}"
        days = BilledDays(
            billing_cycle=self.billing_cycle if self.billing_cycle in MONTHS_PER_CYCLE else ""
        )
        found = [self._line("item", text, self.base, milli, days)]
        found += [
            self._line(
                "option", f"{name}: {option.name}, {option.value}", option.amount, milli, days
            )
            for option in self.options
            if option.amount
        ]
        if self.unit_setup_fee:
            text = _("%(product)s: setup fee") % {"product": name}
            found.append(self._line("setup", text, self.unit_setup_fee, milli, NO_DAYS))
        if self.total_group_discount:
            text = _("%(product)s: discount") % {"product": name}
            found.append(self._line("discount", text, -self.total_group_discount, 1000, days))
        if self.total_promo_discount:
            text = _promo_text(name, self.promo_code)
            line = self._line("discount", text, -self.total_promo_discount, 1000, days)
            found.append(replace(line, weights=self.promo_discounts))
        return found

    def _line(self, kind: str, text: str, amount: int, milli: int, days: BilledDays) -> DraftLine:
        line = _line(self, kind, text, amount, milli)
        return replace(line, weights=(1,) * self.qty, days=days)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainOrderLine(DomainPrice):
    """One domain name with its price, what its registrar is told, and how it is taxed; ``auth_code`` is sealed."""

    domain: str
    nameservers: tuple[str, ...] = ()
    has_own_nameservers: bool = False
    """Otherwise they are those of the server of a hosting service in the same order that uses the name, or ours."""
    whois_privacy: bool = False
    auto_renew: bool = True
    auth_code: str = ""
    registrant: tuple[tuple[str, str], ...] = ()
    extra_fields: tuple[tuple[str, str], ...] = ()
    price_reason: str = ""
    """As that of a product."""
    discount_reason: str = ""
    """As that of a product."""
    tax: LineTax = OUTSIDE_SCOPE
    home_rate_milli: int = 0

    tax_kind: ClassVar[str] = ProductType.DOMAIN
    product_id: ClassVar[None] = None

    @property
    def product_name(self) -> str:
        """As orders name it: "Domain registration" or "Domain transfer"."""
        is_transfer = self.action == OrderItemAction.TRANSFER
        return _("Domain transfer") if is_transfer else _("Domain registration")

    def lines(self) -> list[DraftLine]:
        """The lines of the order's invoice: the name, and a discount."""
        found = [_line(self, "domain", self._text(), self.unit_amount, self.qty * 1000)]
        if self.total_promo_discount:
            text = _promo_text(self.domain, self.promo_code)
            found.append(_line(self, "discount", text, -self.total_promo_discount))
        return found

    def _text(self) -> str:
        if self.action == OrderItemAction.TRANSFER:
            text = ngettext(
                "Domain transfer: %(name)s (%(years)s year)",
                "Domain transfer: %(name)s (%(years)s years)",
                self.years,
            )
        else:
            text = ngettext(
                "Domain registration: %(name)s (%(years)s year)",
                "Domain registration: %(name)s (%(years)s years)",
                self.years,
            )
        return text % {"name": self.domain, "years": self.years}


type OrderLine = ProductOrderLine | DomainOrderLine


def _promo_text(name: str, code: str) -> str:
    if not code:
        return _("%(product)s: discount") % {"product": name}
    return _("%(product)s: promo code %(code)s") % {"product": name, "code": code}


def _line(item: OrderLine, kind: str, text: str, amount: int, milli: int = 1000) -> DraftLine:
    return DraftLine(
        text,
        amount,
        item.tax,
        milli,
        kind=kind,
        tax_kind=item.tax_kind,
        home_rate_milli=item.home_rate_milli,
        product_id=item.product_id,
    )


def invoice_lines(items: Sequence[OrderLine]) -> list[DraftLine]:
    """The lines of the order's invoice, in the order of the items."""
    return [line for item in items for line in item.lines()]


def services_of_lines(
    items: Sequence[OrderLine], services: Sequence[int]
) -> dict[int, Sequence[int]]:
    """By the position of each line of the order's invoice: the units of its item, of ``services`` in their order."""
    found: dict[int, Sequence[int]] = {}
    units, position = iter(services), 0
    for item in items:
        own = list(islice(units, item.qty)) if isinstance(item, ProductOrderLine) else []
        for _line_of_item in item.lines():
            position += 1
            if own:
                found[position] = own
    return found
