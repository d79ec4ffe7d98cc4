"""Ordering: cart lines become an order under locks, at the price of this moment (catalog-and-orders.md 7)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.actions.clients import change_client
from commerce.accounts.labels import ADDRESS_LABELS
from commerce.accounts.models import Client, User
from commerce.accounts.rules import ClientStatus, required_address_fields
from commerce.audit.actions import write_audit_entry
from commerce.billing.tax.queries import taxes_by_state
from commerce.billing.tax.rules import VatRefresh, check_vat_refresh
from commerce.catalog.actions.products import take_stock
from commerce.catalog.models import Currency, Product, PromoCode, Stock
from commerce.catalog.promo_checks import PromoCodeError, find_promo_code
from commerce.db.locks import lock
from commerce.db.retry import retry_on_deadlock
from commerce.domains.models import Tld
from commerce.domains.offers import tld_offers
from commerce.domains.registrants import (
    check_contact_fits,
    check_registrant,
)
from commerce.domains.registrars.registry import contact_limits_of, registrar_name_for_tld
from commerce.domains.registrars.registry_fields import filled_in
from commerce.domains.rules import possible_tlds, tld_of
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.orders.actions.carts import cart_lines_of, move_cart, set_cart_registrant
from commerce.orders.actions.creation import OrderRequest, create_order
from commerce.orders.cart_lines import (
    CartLine,
    DomainCartLine,
    ProductCartLine,
    cart_fingerprint,
    validate_price_override,
)
from commerce.orders.models import Cart, Order
from commerce.orders.name_checks import check_names_of_order
from commerce.orders.quote import OrderQuote, quote_order
from commerce.orders.rules import MAX_ORDER_ITEMS, CartStatus
from commerce.presentation.countries import COUNTRY_CODES
from commerce.site_settings import current
from commerce.support.consumers.actions import record_begin_consent


class PriceChangedError(BusinessError):
    """The total is not the one that was shown: ``quote`` is what holds now, for another look."""

    def __init__(self, quote: OrderQuote) -> None:
        super().__init__("order.price_changed")
        self.quote, self.total = quote, quote.sums.total


@dataclass(frozen=True, slots=True)
class ReviewedOrder:
    """What the person saw in the review, in minor units; staff see none, and accept no terms."""

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
    shown = ReviewedOrder(shown_total, terms_accepted=terms_accepted, begins_at_once=begin_at_once)
    try:
        if request.existing_order() is None and cart.status == CartStatus.OPEN:
            _check_fingerprint(quote.cart_lines, shown_fingerprint)
            _check_quote(quote, shown.total)
            check_names_of_order(quote)
        return _place_cart(cart, request, shown, shown_fingerprint, details)
    except PromoCodeError:
        Cart.objects.open().filter(pk=cart.pk).update(promo_code="", changed_at=ctx.at)
        raise


@retry_on_deadlock
def _place_cart(
    cart: Cart,
    request: OrderRequest,
    shown: ReviewedOrder,
    shown_fingerprint: str,
    details: CheckoutDetails,
) -> Order:
    row = Cart.objects.select_for_update(of=("self",)).select_related("client").get(pk=cart.pk)
    assert row.client is not None  # a guest's cart is merged, it never changes hands
    if row.status != CartStatus.OPEN:
        return _ordered_before(request)
    if row.confirm_currency or row.currency_id != row.client.currency_code:
        raise BusinessError("cart.currency_not_confirmed")
    cart_lines = cart_lines_of(row)
    _check_fingerprint(cart_lines, shown_fingerprint)
    if details.registrant is not None:
        set_cart_registrant(
            cart=row,
            registrant=details.registrant,
            extra_fields=details.extra_fields,
            at=request.ctx.at,
        )
        cart_lines = cart_lines_of(row)
    order = _place(replace(request, promo_code=row.promo_code), cart_lines, shown, details)
    move_cart(cart=row, to=CartStatus.ORDERED, ctx=request.ctx, order=order)
    return order


def _check_fingerprint(cart_lines: Sequence[CartLine], shown: str) -> None:
    if cart_fingerprint(cart_lines) != shown:
        raise BusinessError("cart.changed")


def _ordered_before(request: OrderRequest) -> Order:
    """The order that this form has made of a cart that is closed by now (R14). Raises ``StateConflict`` if another
    did.
    """
    known = request.existing_order()
    if known is None:
        raise StateConflict("cart.already_ordered")
    return known


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
    return _place(request, cart_lines, ReviewedOrder(shown_total, terms_accepted=terms_accepted))


def _place(
    request: OrderRequest,
    cart_lines: Sequence[CartLine],
    shown: ReviewedOrder,
    details: CheckoutDetails | None = None,
) -> Order:
    typed = request.promo_code
    row = _lock_promo(typed)
    stocked = _lock_stock(cart_lines)
    locked = lock_client(request.client.pk)
    request = replace(
        request,
        client=locked,
        currency_code=locked.currency_code,
        promo_code=row.code if row else "",
    )
    if known := request.existing_order():
        return known
    check_vat_refresh(request.vat_refresh, client_id=locked.pk, ctx=request.ctx)
    if details and (details.client or details.custom):
        locked = change_client(
            client=locked, ctx=request.ctx, custom=details.custom, **details.client
        )
        request = replace(request, client=locked)
    cart_lines = _check_overrides(cart_lines, request, shown)
    _check_person(request, needs_terms=shown.lacks_terms)
    quote = _quote(request, cart_lines, typed, shown.total)
    _check_holders(cart_lines, request.currency_code, of_all=shown.total is not None)
    hold_reason = _reason_to_hold(request, quote.sums.total)
    for product in Product.objects.filter(pk__in=stocked).order_by("pk"):
        take_stock(product=product, units=stocked[product.pk])
    order = create_order(request, quote, hold_reason=hold_reason, products_from_stock=stocked)
    if shown.total is not None and current.get_setting("orders.terms_url"):
        _note_terms(order, request.ctx)
    begins, record = shown.begins_at_once, ("order", order.pk)
    record_begin_consent(client=locked, record=record, given=begins, ctx=request.ctx)
    return order


def _check_overrides(
    cart_lines: Sequence[CartLine], request: OrderRequest, shown: ReviewedOrder
) -> list[CartLine]:
    """The lines, with what only staff may say looked at. Raises ``BusinessError`` if a client says it, or it is no
    price.
    """
    if shown.total is not None and (
        not request.with_invoice or any(line.price_override for line in cart_lines)
    ):
        raise BusinessError("price_override.staff_only")
    return [
        replace(line, price_override=validate_price_override(line.price_override))
        if line.price_override
        else line
        for line in cart_lines
    ]


def _check_holders(cart_lines: Sequence[CartLine], currency_code: str, *, of_all: bool) -> None:
    """That each name has a holder whom its registry takes. Raises ``BusinessError``. Staff may add all of it later."""
    names = [line for line in cart_lines if isinstance(line, DomainCartLine)]
    if not names:
        return
    known = Tld.objects.among({end for line in names for end in possible_tlds(line.domain)})
    sold = tld_offers(currency_code, known)
    for line in names:
        if of_all or line.registrant:
            holder = dict(line.registrant)
            check_registrant(holder)
            limits = contact_limits_of(registrar_name_for_tld(tld_of(line.domain, known)))
            check_contact_fits(holder, limits, field="registrant")
        offer = sold.get(tld_of(line.domain, known))
        if offer and (of_all or line.extra_fields):
            filled_in(offer.extra_fields, dict(line.extra_fields))


def _lock_promo(typed: str) -> PromoCode | None:
    """Whoever uses the same code waits here, so that its limits hold (U15)."""
    found = find_promo_code(typed) if typed else None
    return lock(found) if found else None


def _lock_stock(cart_lines: Sequence[CartLine]) -> dict[int, int]:
    """Units by product of those under stock control, locked in the order of their ids."""
    wanted: Counter[int] = Counter()
    for line in cart_lines:
        if isinstance(line, ProductCartLine):
            wanted[line.product_id] += line.qty
    rows = Stock.objects.filter(pk__in=wanted, product__stock_control=True).order_by("pk")
    return {row.pk: wanted[row.pk] for row in rows.select_for_update(of=("self",))}


def _check_person(request: OrderRequest, *, needs_terms: bool) -> None:
    """That this client and this person may order at all. Raises ``BusinessError``."""
    if request.client.status != ClientStatus.ACTIVE:
        raise BusinessError("order.client_cannot_order")
    if request.placed_by is not None and request.placed_by.email_verified_at is None:
        raise BusinessError("order.email_not_verified")
    _check_address(request.client)
    if needs_terms and current.get_setting("orders.terms_url"):
        raise BusinessError("order.terms_not_accepted", field="terms")
    if not Currency.objects.filter(pk=request.currency_code, is_active=True).exists():
        raise BusinessError("order.currency_not_sold")


def _check_address(client: Client) -> None:
    """That an invoice to this client would have a whole address. Raises ``BusinessError`` with what it lacks."""
    needed = required_address_fields(client.country, uses_states=taxes_by_state(client.country))
    if lacks := [str(ADDRESS_LABELS[name]) for name in needed if not getattr(client, name)]:
        raise BusinessError("order.address_incomplete", missing=", ".join(lacks))


def _quote(
    request: OrderRequest, cart_lines: Sequence[CartLine], promo_code: str, shown_total: int | None
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
        promo_code=promo_code,
    )
    _check_quote(quote, shown_total)
    return quote


def _check_quote(quote: OrderQuote, shown_total: int | None) -> None:
    """That all of it can be ordered, at the total that was shown. Raises ``BusinessError``."""
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


def _reason_to_hold(request: OrderRequest, total: int) -> str:
    """Why this order waits for a look of staff before it becomes active (``orders.review_rules``); empty if no rule
    matches. A rule never rejects, and a country that is not known matches nothing.
    """
    rules, client = current.get_setting("orders.review_rules"), request.client
    limit = rules.get(client.currency_code)
    if limit is not None and total > limit:
        return "The total is above the limit of the review rules."
    country = request.network_country
    if "country" in rules and country in COUNTRY_CODES and country != client.country:
        return f"It came from {country}, and the billing address is in {client.country}."
    most = rules.get("address")
    if most is not None and request.address and _is_new(request):
        since = request.ctx.at - timedelta(days=1)
        recent = Order.objects.filter(address=request.address, created_at__gt=since)
        if recent.of_new_clients().count() >= most:
            return (
                f"More than {most} orders of new clients came from {request.address} within a day."
            )
    return ""


def _is_new(request: OrderRequest) -> bool:
    """As in ``of_new_clients``: no order of theirs had become active before."""
    orders = Order.objects.for_client(request.client)
    return not orders.filter(activated_at__lt=request.ctx.at).exists()
