"""What a price looks like to one visitor: with tax or without, to the unit as on the invoice (billing.md 5.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from commerce.accounts.models import Client
from commerce.billing.invoices.rules import InvoiceLineKind, LineTax, PricedInvoice, price_lines
from commerce.billing.tax.queries import (
    tax_buyer_of_client,
    tax_rates,
    tax_seller,
    taxes_by_state,
)
from commerce.billing.tax.rules import (
    Taxation,
    TaxBuyer,
    determine_taxation,
    shows_prices_with_tax,
)
from commerce.catalog.models import Product
from commerce.catalog.offers import OfferedOption, UnitPrice
from commerce.orders.order_lines import ProductOrderLine
from commerce.site_settings.current import get_setting


@dataclass(frozen=True, slots=True)
class PriceDisplay:
    """How prices are shown to one visitor. ``state_decides``: tax may come on top once their state is known."""

    with_tax: bool
    taxation: Taxation
    group_discount: int = 0
    state_decides: bool = False

    def tax_of(self, product: Product) -> LineTax:
        """The tax that a price of this product holds, or that comes on top of it."""
        return self.taxation.taxes([product.effective_tax_kind])[0]

    def unit_prices(
        self, product: Product, prices: Mapping[str, UnitPrice]
    ) -> dict[str, UnitPrice]:
        """The prices of one unit as they are shown, less the percentage of the client's group.

        The setup fee is what the first invoice has more than a later one, so that both shown amounts add up to it.
        """
        return {cycle: self._unit(product, cycle, price) for cycle, price in prices.items()}

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
            before, after = shown[cycle], self._unit(product, cycle, more)
            found[cycle] = (after.base - before.base, after.setup_fee - before.setup_fee)
        return found

    def _unit(self, product: Product, cycle: str, price: UnitPrice) -> UnitPrice:
        kind = product.effective_tax_kind
        line = ProductOrderLine(
            product_id=product.pk,
            product_name=product.name,
            billing_cycle=cycle,
            base=price.base,
            setup_fee=price.setup_fee,
            is_group_price=price.is_group_price,
            tax=self.tax_of(product),
            tax_kind=kind,
            home_rate_milli=self.taxation.home_rate_milli(kind),
        ).with_group_discount(self.group_discount)
        first = line.lines()
        later = [one for one in first if one.kind != InvoiceLineKind.SETUP]
        inclusive = self.taxation.prices_include_tax
        amount = self._shown(price_lines(later, prices_include_tax=inclusive))
        if len(later) == len(first):
            return replace(price, base=amount, setup_fee=0)
        total = self._shown(price_lines(first, prices_include_tax=inclusive))
        return replace(price, base=amount, setup_fee=total - amount)

    def _shown(self, invoice: PricedInvoice) -> int:
        return invoice.total if self.with_tax else invoice.subtotal


def price_display(*, client: Client | None, country: str, on: date) -> PriceDisplay:
    """How prices are shown to a client, or to a guest of a country, who is taken for a consumer."""
    seller = tax_seller()
    buyer = tax_buyer_of_client(client, seller, on) if client else TaxBuyer(country=country)
    return PriceDisplay(
        with_tax=shows_prices_with_tax(get_setting("portal.show_prices"), buyer, seller, on),
        taxation=determine_taxation(buyer, seller, tax_rates(), on),
        group_discount=client.group.discount if client and client.group else 0,
        state_decides=seller.taxes and not buyer.state and taxes_by_state(buyer.country),
    )
