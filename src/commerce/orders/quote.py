"""What cart lines cost today: the one answer for cart, checkout, order and invoice (catalog-and-orders.md 5).

A cart line becomes an order line at the catalog's price (``catalog_snapshot``), then with its discounts
(``catalog.quote``), then with its tax (``billing.tax``). The invoice of all of them is priced here, once, and written
by ``actions.creation`` as it is.
"""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import date

from commerce.accounts.locale import client_language
from commerce.accounts.models import Client
from commerce.billing.invoices.rules import PricedInvoice, price_lines
from commerce.billing.tax.queries import taxation_for_buyer, taxation_for_client
from commerce.billing.tax.rules import Taxation, TaxBuyer
from commerce.catalog import promo_checks
from commerce.catalog.models import Product, PromoCode
from commerce.catalog.quote import PromoDiscount, apply_discounts
from commerce.hosting.rules import first_due_date
from commerce.kit.errors import BusinessError
from commerce.kit.periods import BillingCycle, add_months
from commerce.orders.cart_lines import CartLine
from commerce.orders.catalog_snapshot import CatalogSnapshot, read_catalog_snapshot
from commerce.orders.frozen_prices import FrozenPrice, at_frozen_price
from commerce.orders.models import Order, PromoUse
from commerce.orders.order_lines import DomainOrderLine, OrderLine, invoice_lines
from commerce.orders.rules import OrderStatus, OrderTotals, order_totals
from commerce.site_settings import current
from commerce.site_settings.encryption import key_ring


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One cart line as the order line that it becomes, or with the error of who orders it so (``problem``)."""

    cart_line: CartLine
    name: str
    """Of the product, or of the domain."""
    order_line: OrderLine | None = None
    problem: BusinessError | None = None


@dataclass(frozen=True, slots=True)
class RenewalQuote:
    """What renews when and for how much: ``amount`` as prices are stated, ``total`` with tax, for all units."""

    name: str
    billing_cycle: str
    years: int
    first_on: date | None
    amount: int
    total: int


@dataclass(frozen=True, slots=True)
class OrderQuote:
    """The whole cart: ``order_lines`` are those without a problem. ``promo``: the code that counts, if one does."""

    currency_code: str
    entries: tuple[QuoteLine, ...]
    order_lines: tuple[OrderLine, ...]
    priced_invoice: PricedInvoice
    taxation: Taxation = field(repr=False)
    products: Mapping[int, Product] = field(default_factory=dict, repr=False)
    """Those of its lines, by id, as they were when it was priced."""
    renewals: tuple[RenewalQuote, ...] = ()
    promo: PromoCode | None = None
    promo_problem: promo_checks.PromoCodeError | None = None

    @property
    def cart_lines(self) -> list[CartLine]:
        """What was asked for, also what cannot be ordered."""
        return [entry.cart_line for entry in self.entries]

    @property
    def problem(self) -> BusinessError | None:
        """The first problem of a line; ``None`` if there is none."""
        return next((entry.problem for entry in self.entries if entry.problem), None)

    @property
    def sums(self) -> OrderTotals:
        """Subtotal, discount, tax and total due now: those of the order and of its invoice (M7)."""
        return order_totals(self.priced_invoice)


def quote_order(
    cart_lines: Sequence[CartLine],
    *,
    currency_code: str,
    on: date,
    client: Client | None = None,
    country: str = "",
    promo_code: str = "",
    frozen_prices: Sequence[FrozenPrice] = (),
) -> OrderQuote:
    """Price cart lines for a client, or for a guest of a country (the company's own, if they chose none).

    Lines with a problem are marked and left out of the sums. A code that does not fit is left out as well, and
    ``promo_problem`` says why. ``frozen_prices`` are those of each line with its discounts, as they were quoted before;
    whether it is still sold, and its tax, are those of today.
    """
    snapshot = read_catalog_snapshot(cart_lines, currency_code=currency_code, client=client)
    entries = [_entry(snapshot, line) for line in cart_lines]
    lines = [entry.order_line for entry in entries if entry.order_line]
    promo, row, promo_problem = _promo(promo_code, lines, currency_code, on, client)
    percent = client.group.discount if client and client.group else 0
    taxation = (
        taxation_for_client(client, on) if client else taxation_for_buyer(_guest(country), on)
    )
    if frozen_prices:
        kept = zip(entries, frozen_prices, strict=True)
        lines = [at_frozen_price(one.order_line, price) for one, price in kept if one.order_line]
    else:
        lines = apply_discounts(lines, group_percent=percent, promo=promo)
    lines = _taxed(lines, taxation)
    with client_language(client) if client else nullcontext():
        invoiced = invoice_lines(lines)
    priced = iter(lines)
    return OrderQuote(
        currency_code=currency_code,
        entries=tuple(
            replace(entry, order_line=next(priced)) if entry.order_line else entry
            for entry in entries
        ),
        order_lines=tuple(lines),
        priced_invoice=price_lines(invoiced, prices_include_tax=taxation.prices_include_tax),
        taxation=taxation,
        products=snapshot.products,
        renewals=_renewals(lines, taxation, on),
        promo=row,
        promo_problem=promo_problem,
    )


def _entry(snapshot: CatalogSnapshot, line: CartLine) -> QuoteLine:
    """The line at its price before discounts and tax, or its problem."""
    name = snapshot.name_of(line)
    try:
        return QuoteLine(line, name, snapshot.price_line(line))
    except BusinessError as refused:
        return QuoteLine(line, name, problem=refused)


def _guest(country: str) -> TaxBuyer:
    return TaxBuyer(country=country or current.get_setting("company.country"))


def _promo(
    typed: str,
    lines: Sequence[OrderLine],
    currency_code: str,
    on: date,
    client: Client | None,
) -> tuple[PromoDiscount | None, PromoCode | None, promo_checks.PromoCodeError | None]:
    if not typed:
        return None, None, None
    row = promo_checks.find_promo_code(typed)

    def used() -> promo_checks.PromoUseCounts:
        uses = PromoUse.objects.filter(promo=row).exclude(order__status=OrderStatus.CANCELLED)
        return promo_checks.PromoUseCounts(
            uses.count(), uses.for_client(client).count() if client else 0
        )

    try:
        promo = promo_checks.check_promo_code(
            row,
            lines=lines,
            currency_code=currency_code,
            on=on,
            count_uses=used,
            new_client=client is None
            or not Order.objects.for_client(client).exclude(activated_at=None).exists(),
        )
    except promo_checks.PromoCodeError as refused:
        return None, None, refused
    return promo, row, None


def _taxed(lines: Sequence[OrderLine], taxation: Taxation) -> list[OrderLine]:
    """The lines with their tax, asked for all of them at once: what one is taxed by may depend on the others."""
    taxes = taxation.taxes([line.tax_kind for line in lines])
    return [
        replace(line, tax=tax, home_rate_milli=taxation.home_rate_milli(line.tax_kind))
        for line, tax in zip(lines, taxes, strict=True)
    ]


def _renewals(lines: Sequence[OrderLine], taxation: Taxation, on: date) -> tuple[RenewalQuote, ...]:
    return tuple(
        _renewal(line, taxation, on)
        for line in lines
        if line.billing_cycle != BillingCycle.ONE_TIME
    )


def _renewal(line: OrderLine, taxation: Taxation, on: date) -> RenewalQuote:
    if isinstance(line, DomainOrderLine):
        amount, years, name = line.recurring(), line.years, line.domain
        first: date | None = add_months(on, 12 * years)
    else:
        amount, years = sum(line.recurring(unit) for unit in range(line.qty)), 0
        name, first = line.product_name, first_due_date(on, line.billing_cycle)
    charged = replace(line.lines()[0], unit_amount=amount, quantity_milli=1000)
    total = price_lines([charged], prices_include_tax=taxation.prices_include_tax).total
    return RenewalQuote(name, line.billing_cycle, years, first, amount, total)


def encrypt_auth_code(auth_code: str) -> str:
    """An authorization code as it is kept; empty stays empty."""
    return key_ring().encrypt(auth_code) if auth_code else ""


def decrypt_auth_code(encrypted: str) -> str:
    """The code again, for the registrar."""
    return key_ring().decrypt(encrypted) if encrypted else ""
