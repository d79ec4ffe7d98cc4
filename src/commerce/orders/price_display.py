"""What a price looks like to one visitor: with tax or without, to the unit as on the invoice (billing.md 5.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from commerce.accounts.models import Client
from commerce.billing.invoices.rules import DraftLine, InvoiceLineKind, LineTax, price_lines
from commerce.billing.tax.shown_amounts import ShownAmounts, how_shown
from commerce.catalog.models import Product
from commerce.catalog.offers import OfferedOption, UnitPrice
from commerce.catalog.rules import ProductType
from commerce.kit.periods import BillingCycle
from commerce.orders.order_lines import ProductOrderLine


@dataclass(frozen=True, slots=True)
class PriceDisplay(ShownAmounts):
    """How prices are shown to one visitor, less the percentage of the client's group where they are the list's."""

    group_discount: int = 0

    def tax_of(self, product: Product) -> LineTax:
        """The tax that a price of this product holds, or that comes on top of it."""
        return self.tax_of_kind(product.effective_tax_kind)

    def unit_prices(
        self, product: Product, prices: Mapping[str, UnitPrice]
    ) -> dict[str, UnitPrice]:
        """The prices of one unit as they are shown, less the percentage of the client's group."""
        return {cycle: self._unit(product, price) for cycle, price in prices.items()}

    def recurring(self, product: Product, amount: int) -> int:
        """What each period of a product costs as it is shown; ``amount`` is what the service or the offer has."""
        return self.amount(product.effective_tax_kind, amount)

    def name_amount(self, amount: int | None) -> int | None:
        """What is charged for a domain name as it is shown; a price that is not offered stays none."""
        return None if amount is None else self.amount(ProductType.DOMAIN, amount)

    def options(
        self,
        product: Product,
        prices: Mapping[str, UnitPrice],
        offered: Sequence[OfferedOption],
    ) -> tuple[OfferedOption, ...]:
        """The options with what each value adds to the shown price of one unit."""
        shown = self.unit_prices(product, prices)
        return tuple(
            replace(
                option,
                values=tuple(
                    replace(value, prices=self._added(product, prices, shown, value.prices))
                    for value in option.values
                ),
            )
            for option in offered
        )

    def _added(
        self,
        product: Product,
        prices: Mapping[str, UnitPrice],
        shown: Mapping[str, UnitPrice],
        added: Mapping[str, tuple[int, int]],
    ) -> dict[str, tuple[int, int]]:
        found = {}
        for cycle, (price, fee) in added.items():
            if (unit := prices.get(cycle)) is None:
                continue
            more = replace(unit, base=unit.base + price, setup_fee=unit.setup_fee + fee)
            if more.base < 0:  # such a choice is refused
                found[cycle] = (price, fee)
                continue
            before, after = shown[cycle], self._unit(product, more)
            found[cycle] = (after.base - before.base, after.setup_fee - before.setup_fee)
        return found

    def _unit(self, product: Product, price: UnitPrice) -> UnitPrice:
        return _shown_price(
            price,
            tax=self.tax_of(product),
            home_rate_milli=self.taxation.home_rate_milli(product.effective_tax_kind),
            group_discount=self.group_discount,
            prices_include_tax=self.taxation.prices_include_tax,
            with_tax=self.with_tax,
        )


@lru_cache(
    maxsize=4096
)  # nothing but these values decides, and each page of the store asks for the same
def _shown_price(
    price: UnitPrice,
    *,
    tax: LineTax,
    home_rate_milli: int,
    group_discount: int,
    prices_include_tax: bool,
    with_tax: bool,
) -> UnitPrice:
    """The price of one unit as invoices say it.

    The setup fee is what the first invoice has more than a later one, so that both shown amounts add up to it.
    """

    def amount(lines: Sequence[DraftLine]) -> int:
        invoice = price_lines(lines, prices_include_tax=prices_include_tax)
        return invoice.total if with_tax else invoice.subtotal

    line = ProductOrderLine(
        product_id=0,
        product_name="",
        billing_cycle=BillingCycle.MONTHLY,
        base=price.base,
        setup_fee=price.setup_fee,
        is_group_price=price.is_group_price,
        tax=tax,
        home_rate_milli=home_rate_milli,
    ).with_group_discount(group_discount)
    first = line.lines()
    later = [one for one in first if one.kind != InvoiceLineKind.SETUP]
    base = amount(later)
    setup_fee = amount(first) - base if len(later) < len(first) else 0
    return replace(price, base=base, setup_fee=setup_fee)


def price_display(*, client: Client | None, country: str, on: date) -> PriceDisplay:
    """How prices are shown to a client, or to a guest of a country, who is taken for a consumer."""
    shown = how_shown(client, country, on)
    return PriceDisplay(
        with_tax=shown.with_tax,
        taxation=shown.taxation,
        state_decides=shown.state_decides,
        group_discount=client.group.discount if client and client.group else 0,
    )
