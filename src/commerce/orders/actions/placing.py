"""Ordering: cart lines become an order under locks, at the price of this moment (catalog-and-orders.md 7)."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.actions.clients import change_client
from commerce.accounts.models import Client, User
from commerce.audit.actions import write_audit_entry
from commerce.billing.tax.rules import VatRefresh, check_vat_refresh
from commerce.catalog.actions.products import take_stock
from commerce.catalog.models import Stock
from commerce.catalog.promo_checks import PromoCodeError, find_promo_code
from commerce.db.later_rows import rows_written_at_end
from commerce.db.locks import lock
from commerce.db.retry import retry_on_deadlock
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.orders.actions.carts import cart_lines_of, move_cart, set_cart_registrant
from commerce.orders.actions.creation import OrderRequest, create_order
from commerce.orders.actions.placing_checks import check_holders, check_person, reason_to_hold
from commerce.orders.cart_lines import (
    CartLine,
    ProductCartLine,
    cart_fingerprint,
    validate_staff_prices,
)
from commerce.orders.frozen_prices import FrozenPrice
from commerce.orders.models import Cart, Order
from commerce.orders.name_checks import check_names_of_order
from commerce.orders.quote import OrderQuote, quote_order
from commerce.orders.rules import MAX_ORDER_ITEMS, MAX_ORDER_UNITS, CartStatus
from commerce.orders.sales_quotes.actions.accepting import lock_accepted_quote, mark_accepted
from commerce.site_settings import current
from commerce.support.consumers.actions import record_begin_consent


class PlacedOrder(NamedTuple):
    """An order with the quote that it was placed at."""

    order: Order
    quote: OrderQuote


class PriceChangedError(BusinessError):
    """The total is not the one that was shown: ``quote`` is what holds now, for another look."""

    def __init__(self, quote: OrderQuote) -> None:
        super().__init__("order.price_changed")
        self.quote, self.total = quote, quote.sums.total


@dataclass(frozen=True, slots=True)
class ShownTotal:
    """The total that the person saw, in minor units, and what they said to it; staff see none, and accept no terms."""

    total: int | None
    terms_accepted: bool = False
    begins_at_once: bool = False

    @property
    def lacks_terms(self) -> bool:
        return self.total is not None and not self.terms_accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutDetails:
    """What was typed beside the order, and is kept with it or not at all.

    ``client`` and ``custom`` are changes of the client as of ``change_client``; ``registrant`` holds the domain names,
    and ``extra_fields`` are what their registries ask for, by cart item.
    """

    client: Mapping[str, str] = field(default_factory=dict)
    custom: Mapping[int, str] = field(default_factory=dict)
    registrant: Mapping[str, str] | None = None
    extra_fields: Mapping[int, Mapping[str, str]] = field(default_factory=dict)


def place_cart(
    *,
    cart: Cart,
    placed_by: User | None,
    quote: OrderQuote,
    shown_total: int,
    shown_fingerprint: str,
    idempotency_key: str,
    vat_refresh: VatRefresh | None,
    ctx: Context,
    details: CheckoutDetails | None = None,
    terms_accepted: bool = False,
    begin_at_once: bool = False,
    address: str | None = None,
    network_country: str = "",
    user_agent: str = "",
) -> Order:
    """Order what is in a client's cart; the same one-time ``idempotency_key`` again gives the same order.

    ``shown_total`` and ``shown_fingerprint`` (``cart_lines.cart_fingerprint``) are what the person saw, and ``quote``
    is what the cart costs now with their ``details``: where these differ, nothing is locked and no registrar asked. It
    is quoted once more under the locks. ``network_country`` is that of the ``address``, where a proxy tells it;
    ``begin_at_once`` is what a consumer asks for, without which a member cannot order for them. Raises
    ``PriceChangedError``, ``PromoCodeError`` (the code is out of the cart then), ``StateConflict`` for a cart that was
    ordered with another key, and ``BusinessError`` for everything else. Nothing of the order is left in any of these
    cases. Registrars are asked about its names once more, so it is not called inside a transaction.
    """
    if cart.client is None:
        raise BusinessError("order.not_signed_in")
    request = OrderRequest(
        client=cart.client,
        placed_by=placed_by,
        currency_code=cart.currency_id,
        idempotency_key=idempotency_key,
        vat_refresh=vat_refresh,
        ctx=ctx,
        address=address,
        network_country=network_country,
        user_agent=user_agent,
    )
    details = details or CheckoutDetails()
    shown = ShownTotal(shown_total, terms_accepted=terms_accepted, begins_at_once=begin_at_once)
    try:
        if cart.status == CartStatus.OPEN:
            _check_fingerprint(quote.cart_lines, shown_fingerprint)
            check_quote(quote, shown.total)
            check_names_of_order(quote)
        return _place_cart(cart, request, shown, quote, details)
    except BusinessError as error:
        if known := request.existing_order():  # this form was sent twice, and that is why
            return known
        if isinstance(error, PromoCodeError):
            Cart.objects.open().filter(pk=cart.pk).update(promo_code="", changed_at=ctx.at)
        raise


@retry_on_deadlock
def _place_cart(
    cart: Cart,
    request: OrderRequest,
    shown: ShownTotal,
    quote: OrderQuote,
    details: CheckoutDetails,
) -> Order:
    row = Cart.objects.select_for_update(of=("self",)).select_related("client").get(pk=cart.pk)
    assert row.client is not None  # a guest's cart is merged, it never changes hands
    if row.status != CartStatus.OPEN:
        raise StateConflict("cart.already_ordered")
    if row.confirm_currency or row.currency_id != row.client.currency_code:
        raise BusinessError("cart.currency_not_confirmed")
    cart_lines = cart_lines_of(row)
    _check_fingerprint(cart_lines, cart_fingerprint(quote.cart_lines))
    if details.registrant is not None:
        set_cart_registrant(
            cart=row,
            registrant=details.registrant,
            extra_fields=details.extra_fields,
            at=request.ctx.at,
        )
        cart_lines = cart_lines_of(row)
    offered = lock_accepted_quote(row.quote_id, row.client, request.ctx) if row.quote_id else None
    # What comes under stock control only now is taken from stock all the same, without waiting here.
    stocked = [key for key, product in quote.products.items() if product.stock_control]
    request = _lock(replace(request, promo_code=row.promo_code), stocked)
    prices = offered.frozen_prices if offered else ()
    order = _place(request, cart_lines, shown, details=details, frozen_prices=prices).order
    if offered:
        mark_accepted(offered, order, request.placed_by, request.ctx)
    move_cart(cart=row, to=CartStatus.ORDERED, ctx=request.ctx, order=order)
    return order


def _check_fingerprint(cart_lines: Sequence[CartLine], shown: str) -> None:
    if cart_fingerprint(cart_lines) != shown:
        raise BusinessError("cart.changed")


@retry_on_deadlock
def place_cart_lines(
    *,
    cart_lines: Sequence[CartLine],
    client: Client,
    placed_by: User | None,
    shown_total: int | None,
    idempotency_key: str,
    vat_refresh: VatRefresh | None,
    ctx: Context,
    promo_code: str = "",
    with_invoice: bool = True,
    terms_accepted: bool = False,
    address: str | None = None,
    network_country: str = "",
    user_agent: str = "",
) -> Order:
    """Order cart lines at the price that holds once promo code, stock and client are locked (R13, R14, R15, R26).

    ``shown_total`` is what the person saw, in minor units; staff, who see no review, give None and accept no terms.
    Theirs alone are agreed prices, and an order that is not ``with_invoice``: it waits for them, and its first periods
    are free.
    """
    request = OrderRequest(
        client=client,
        placed_by=placed_by,
        currency_code=client.currency_code,
        idempotency_key=idempotency_key,
        vat_refresh=vat_refresh,
        ctx=ctx,
        promo_code=promo_code,
        with_invoice=with_invoice,
        address=address,
        network_country=network_country,
        user_agent=user_agent,
    )
    shown = ShownTotal(shown_total, terms_accepted=terms_accepted)
    request = _lock(request, _units(cart_lines))
    return request.existing_order() or _place(request, cart_lines, shown).order


def place_program_order(
    *,
    request: OrderRequest,
    cart_lines: Sequence[CartLine],
    shown: ShownTotal,
    frozen_prices: Sequence[FrozenPrice] = (),
) -> PlacedOrder:
    """Order cart lines as a program of the client's asked for, at ``frozen_prices`` if they were quoted to it.

    Refused as ``place_cart`` is, but the caller has asked registrars and the VAT service, and locked first what
    ``lock_offer`` locks, then the client of the request, in the same transaction. Raises ``StateConflict`` if the
    one-time key has made an order before.
    """
    if request.existing_order():
        raise StateConflict("order.form_used")
    bump_revision(request.client.pk, request.ctx)
    return _place(request, cart_lines, shown, frozen_prices=frozen_prices)


def lock_offer(product_ids: Collection[int], promo_code: str) -> None:
    """Lock what is limited of what is ordered: promo code, then stock in the order of products. Whoever locks the
    client as well does it after this.
    """
    found = find_promo_code(promo_code) if promo_code else None
    if found:
        lock(found)  # Whoever uses the same code waits here, so that its limits hold (U15).
    if product_ids:
        rows = Stock.objects.filter(pk__in=product_ids, product__stock_control=True)
        list(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk"))


def _units(cart_lines: Sequence[CartLine]) -> Counter[int]:
    """How many units of each product these are."""
    wanted: Counter[int] = Counter()
    for line in cart_lines:
        if isinstance(line, ProductCartLine):
            wanted[line.product_id] += line.qty
    return wanted


def _lock(request: OrderRequest, product_ids: Collection[int]) -> OrderRequest:
    """The request with its client as they are now, locked behind what is ordered."""
    lock_offer(product_ids, request.promo_code)
    client = bump_revision(request.client.pk, request.ctx)
    return replace(request, client=client, currency_code=client.currency_code)


def _place(
    request: OrderRequest,
    cart_lines: Sequence[CartLine],
    shown: ShownTotal,
    *,
    details: CheckoutDetails | None = None,
    frozen_prices: Sequence[FrozenPrice] = (),
) -> PlacedOrder:
    """The order, once all that it depends on is locked: each row is read once, and what is read is what is charged."""
    client = request.client
    check_vat_refresh(request.vat_refresh, client_id=client.pk, ctx=request.ctx)
    if details and (details.client or details.custom):
        client = change_client(
            client=client, ctx=request.ctx, custom=details.custom, **details.client
        )
        request = replace(request, client=client)
    cart_lines = _check_overrides(cart_lines, request, shown)
    check_person(request, needs_terms=shown.lacks_terms)
    quote = _quote(request, cart_lines, shown.total, frozen_prices)
    check_holders(cart_lines, request.currency_code, of_all=shown.total is not None)
    hold_reason = reason_to_hold(request, quote.sums.total)
    products = sorted(quote.products.items())
    stocked = {key: _units(cart_lines)[key] for key, one in products if one.stock_control}
    for key, units in stocked.items():
        take_stock(product=quote.products[key], units=units)
    with rows_written_at_end():
        order = create_order(request, quote, hold_reason=hold_reason, products_from_stock=stocked)
        if shown.total is not None and current.get_setting("orders.terms_url"):
            _note_terms(order, request.ctx)
        begins, record = shown.begins_at_once, ("order", order.pk)
        record_begin_consent(client=client, record=record, given=begins, ctx=request.ctx)
    return PlacedOrder(order, quote)


def _check_overrides(
    cart_lines: Sequence[CartLine], request: OrderRequest, shown: ShownTotal
) -> list[CartLine]:
    """The lines, with what only staff may say looked at. Raises ``BusinessError`` if a client says it, or it is no
    price.
    """
    if shown.total is not None and (
        not request.with_invoice or any(line.price_override or line.discount for line in cart_lines)
    ):
        raise BusinessError("price_override.staff_only")
    return [validate_staff_prices(line) for line in cart_lines]


def _quote(
    request: OrderRequest,
    cart_lines: Sequence[CartLine],
    shown_total: int | None,
    frozen_prices: Sequence[FrozenPrice],
) -> OrderQuote:
    """The price under the locks. Raises ``BusinessError`` if anything of it cannot be ordered as it was shown."""
    if not cart_lines:
        raise BusinessError("order.no_items")
    if len(cart_lines) > MAX_ORDER_ITEMS:
        raise BusinessError("order.too_many_items", most=MAX_ORDER_ITEMS)
    quote = quote_order(
        cart_lines,
        currency_code=request.currency_code,
        on=current.business_date(request.ctx.at),
        client=request.client,
        promo_code=request.promo_code,
        frozen_prices=frozen_prices,
    )
    check_quote(quote, shown_total)
    return quote


def check_quote(quote: OrderQuote, shown_total: int | None) -> None:
    """That all of it can be ordered, at the total that was shown. Raises ``BusinessError``."""
    if _units(quote.cart_lines).total() > MAX_ORDER_UNITS:
        raise BusinessError("order.too_many_units", most=MAX_ORDER_UNITS)
    if problem := quote.problem or quote.promo_problem:
        raise problem
    if shown_total is not None and quote.sums.total != shown_total:
        raise PriceChangedError(quote)


def _note_terms(order: Order, ctx: Context) -> None:
    write_audit_entry(
        ctx=ctx,
        action="order.terms_accepted",
        record=("order", order.pk),
        name=order.number,
        client_id=order.client_id,
        after={"terms": current.get_setting("orders.terms_url")},
    )
