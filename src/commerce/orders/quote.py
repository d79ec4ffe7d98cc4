"""What cart lines cost today: the one answer for cart, checkout, order and invoice (catalog-and-orders.md 5).

Rows are read here and priced by ``catalog.quote``, ``billing.tax`` and ``billing.rules.price``; nothing is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from commerce.accounts.models import Client
from commerce.billing.invoices.rules import PricedInvoice, price_lines
from commerce.billing.tax.queries import taxation_for_buyer, taxation_for_client
from commerce.billing.tax.rules import Taxation, TaxBuyer
from commerce.catalog import promo_checks, quote
from commerce.catalog.models import PromoCode
from commerce.catalog.rules import OrderItemAction
from commerce.hosting.rules import first_due_date
from commerce.kit.errors import BusinessError
from commerce.kit.periods import BillingCycle, add_months
from commerce.orders.cart_lines import CartLine, DomainCartLine
from commerce.orders.catalog_snapshot import CatalogSnapshot, read_catalog_snapshot
from commerce.orders.models import Order, PromoUse
from commerce.orders.rules import (
    DomainOrderLine,
    OrderLine,
    OrderOption,
    OrderStatus,
    OrderTotals,
    ProductOrderLine,
    invoice_lines,
    order_totals,
)
from commerce.site_settings import current
from commerce.site_settings.encryption import key_ring


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line with what it costs, or with the error of who orders it so (``problem``)."""

    cart_line: CartLine
    item: OrderLine | None = None
    problem: BusinessError | None = None
    name: str = ""
    """Of the product, or of the domain."""


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
    """The whole cart. ``can_be_ordered``: it could be ordered so. ``promo``: the code that counts, if one does."""

    currency_code: str
    entries: tuple[QuoteLine, ...]
    priced_invoice: PricedInvoice
    renewals: tuple[RenewalQuote, ...]
    taxation: Taxation = field(repr=False)
    promo: PromoCode | None = None
    promo_problem: promo_checks.PromoCodeError | None = None

    @property
    def items(self) -> list[OrderLine]:
        """Those without a problem, in the order of the cart."""
        return [entry.item for entry in self.entries if entry.item is not None]

    @property
    def problem(self) -> BusinessError | None:
        """The first problem of an item; ``None`` if there is none."""
        return next((entry.problem for entry in self.entries if entry.problem), None)

    @property
    def can_be_ordered(self) -> bool:
        return not (self.problem or self.promo_problem)

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
) -> OrderQuote:
    """Price cart lines for a client, or for a guest of a country (the company's own, if they chose none).

    Lines with a problem are marked and left out of the sums. A code that does not fit is left out as well, and
    ``promo_problem`` says why.
    """
    snapshot = read_catalog_snapshot(cart_lines, currency_code=currency_code, client=client)
    priced_or_not = [_price_or_problem(snapshot, line) for line in cart_lines]
    good = [item for item, _ in priced_or_not if item is not None]
    promo, row, promo_problem = _promo(promo_code, good, currency_code, on, client)
    percent = client.group.discount if client and client.group else 0
    quoted = iter(quote.quote_items(good, group_percent=percent, promo=promo).items)
    taxation = (
        taxation_for_client(client, on) if client else taxation_for_buyer(_guest(country), on)
    )
    items = _taxed(
        [
            _order_line(snapshot, line, next(quoted)) if item is not None else None
            for line, (item, _) in zip(cart_lines, priced_or_not, strict=True)
        ],
        taxation,
    )
    entries = tuple(
        QuoteLine(line, item, wrong, _name(snapshot, line))
        for line, item, (_, wrong) in zip(cart_lines, items, priced_or_not, strict=True)
    )
    sold = [item for item in items if item is not None]
    return OrderQuote(
        currency_code=currency_code,
        entries=entries,
        priced_invoice=price_lines(
            invoice_lines(sold), prices_include_tax=taxation.prices_include_tax
        ),
        renewals=_renewals(sold, taxation, on),
        taxation=taxation,
        promo=row,
        promo_problem=promo_problem,
    )


def _price_or_problem(
    snapshot: CatalogSnapshot, line: CartLine
) -> tuple[quote.QuoteItem | None, BusinessError | None]:
    try:
        return snapshot.price_line(line), None
    except BusinessError as refused:
        return None, refused


def _guest(country: str) -> TaxBuyer:
    return TaxBuyer(country=country or current.get_setting("company.country"))


def _promo(
    typed: str,
    items: Sequence[quote.QuoteItem],
    currency_code: str,
    on: date,
    client: Client | None,
) -> tuple[quote.PromoDiscount | None, PromoCode | None, promo_checks.PromoCodeError | None]:
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
            items=items,
            currency_code=currency_code,
            on=on,
            count_uses=used,
            new_client=client is None
            or not Order.objects.for_client(client).exclude(activated_at=None).exists(),
        )
    except promo_checks.PromoCodeError as refused:
        return None, None, refused
    return promo, row, None


def _name(snapshot: CatalogSnapshot, line: CartLine) -> str:
    if isinstance(line, DomainCartLine):
        return line.domain
    product = snapshot.products.get(line.product_id)
    return product.name if product else ""


def _order_line(snapshot: CatalogSnapshot, line: CartLine, quoted: quote.QuotedItem) -> OrderLine:
    """The item of the order that a cart line becomes, before it is known how it is taxed."""
    code = quoted.promo.code if quoted.promo else ""
    reason = line.price_override.reason if line.price_override else ""
    if isinstance(line, DomainCartLine):
        assert isinstance(quoted.item, quote.DomainQuoteItem)
        return DomainOrderLine(
            action=line.action,
            domain=line.domain,
            unit_amount=quoted.item.price,
            renewal=quoted.item.renewal,
            years=quoted.item.years,
            nameservers=line.nameservers or _own_nameservers(line),
            has_own_nameservers=bool(line.nameservers),
            whois_privacy=line.whois_privacy,
            auth_code=line.auth_code,
            registrant=line.registrant,
            extra_fields=line.extra_fields,
            total_promo_discount=quoted.promo_discount,
            promo_code=code,
            list_amount=quoted.item.list_price,
            price_reason=reason,
        )
    assert isinstance(quoted.item, quote.ProductQuoteItem)
    product = snapshot.products[line.product_id]
    return ProductOrderLine(
        product_id=product.pk,
        product_name=product.name,
        billing_cycle=line.billing_cycle,
        base=quoted.item.base,
        qty=line.qty,
        options=tuple(OrderOption(o.name, o.value, o.amount) for o in quoted.item.options),
        setup_fee=quoted.item.setup_amount,
        group_discount=quoted.units[0].group_discount,
        promo_discounts=tuple(unit.promo_discount for unit in quoted.units),
        promo_code=code,
        promo_recurs=bool(quoted.promo and quoted.promo.recurring),
        domain=line.domain,
        list_amount=quoted.item.list_price,
        price_reason=reason,
        tax_kind=product.effective_tax_kind,
    )


def _own_nameservers(line: DomainCartLine) -> tuple[str, ...]:
    """Ours, for a registration without any; a transfer keeps those that the name has."""
    if line.action == OrderItemAction.TRANSFER:
        return ()
    return tuple(filter(None, (current.get_setting(f"domains.ns{n}") for n in range(1, 5))))


def _taxed(items: Sequence[OrderLine | None], taxation: Taxation) -> list[OrderLine | None]:
    """The items with their tax, asked for all of them at once: what one is taxed by may depend on the others."""
    taxes = iter(taxation.taxes([item.tax_kind for item in items if item is not None]))
    return [
        item
        and replace(item, tax=next(taxes), home_rate_milli=taxation.home_rate_milli(item.tax_kind))
        for item in items
    ]


def _renewals(items: Sequence[OrderLine], taxation: Taxation, on: date) -> tuple[RenewalQuote, ...]:
    return tuple(
        _renewal(item, taxation, on)
        for item in items
        if item.billing_cycle != BillingCycle.ONE_TIME
    )


def _renewal(item: OrderLine, taxation: Taxation, on: date) -> RenewalQuote:
    if isinstance(item, DomainOrderLine):
        amount, years, name = item.recurring(), item.years, item.domain
        first: date | None = add_months(on, 12 * years)
    else:
        amount, years = sum(item.recurring(unit) for unit in range(item.qty)), 0
        name, first = item.product_name, first_due_date(on, item.billing_cycle)
    line = replace(item.lines()[0], unit_amount=amount, quantity_milli=1000)
    total = price_lines([line], prices_include_tax=taxation.prices_include_tax).total
    return RenewalQuote(name, item.billing_cycle, years, first, amount, total)


def encrypt_auth_code(auth_code: str) -> str:
    """An authorisation code as it is kept; empty stays empty."""
    return key_ring().encrypt(auth_code) if auth_code else ""


def decrypt_auth_code(encrypted: str) -> str:
    """The code again, for the registrar."""
    return key_ring().decrypt(encrypted) if encrypted else ""
