"""What people put into carts: what is asked for, and no price; that is asked each time (catalog-and-orders.md 6)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from commerce.accounts.models import Client
from commerce.audit.states import move
from commerce.catalog.models import Currency, Product
from commerce.catalog.promo_checks import PromoCodeError, find_promo_code
from commerce.catalog.rules import OrderItemAction
from commerce.db.locks import lock
from commerce.domains.offers import offer_for_name
from commerce.domains.rules import normalize_name
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.periods import BillingCycle
from commerce.orders.cart_lines import CartLine, DomainCartLine, ProductCartLine
from commerce.orders.catalog_snapshot import check_quantity, read_catalog_snapshot
from commerce.orders.models import Cart, CartItem
from commerce.orders.quote import OrderQuote, encrypt_auth_code, quote_order
from commerce.orders.rules import CART_MOVES, MAX_ORDER_ITEMS, CartStatus
from commerce.site_settings import current


def get_or_create_cart(
    *,
    at: datetime,
    client: Client | None = None,
    guest_key: str = "",
    currency_code: str = "",
) -> Cart:
    """The open cart of a client or a guest, made if there is none; a guest's is in the default currency at first."""
    mine = Cart.objects.for_client(client) if client else Cart.objects.for_guest(guest_key)
    if found := mine.open().first():
        return found
    code = client.currency_code if client else currency_code or _default_currency()
    try:
        with transaction.atomic():
            return Cart.objects.create(
                client=client,
                guest_key="" if client else guest_key,
                currency_id=code,
                created_at=at,
                changed_at=at,
            )
    except IntegrityError:
        return mine.open().get()


def _default_currency() -> str:
    return str(Currency.objects.values_list("pk", flat=True).get(is_default=True))


@transaction.atomic
def add_product_to_cart(
    *,
    cart: Cart,
    product: Product,
    billing_cycle: str,
    at: datetime,
    options: Mapping[int, int] | None = None,
    qty: int = 1,
    domain: str = "",
) -> CartItem:
    """Put a product into the cart. Raises ``BusinessError`` for what it is not offered with, or when the cart is
    full.
    """
    lock_open_cart(cart)
    line = ProductCartLine(
        product_id=product.pk,
        billing_cycle=billing_cycle,
        options=tuple((options or {}).items()),
        qty=qty,
        domain=normalize_name(domain, field="domain") if domain else "",
    )
    _check(cart, line)
    return _add(
        cart,
        at,
        product=product,
        billing_cycle=billing_cycle,
        options={str(key): value for key, value in line.options},
        qty=qty,
        domain=line.domain,
    )


@transaction.atomic
def add_domain_to_cart(
    *,
    cart: Cart,
    action: str,
    domain: str,
    at: datetime,
    years: int | None = None,
    whois_privacy: bool = False,
    nameservers: Sequence[str] = (),
    auth_code: str = "",
    extra_fields: Mapping[str, str] | None = None,
) -> CartItem:
    """Put the registration or transfer of a name into the cart, each name once. The code of a transfer is encrypted.

    No ``years`` is the shortest term of a registration.
    """
    if action not in (OrderItemAction.REGISTER, OrderItemAction.TRANSFER):
        raise BusinessError("cart.action_unknown", field="action")
    lock_open_cart(cart)
    name = normalize_name(domain, field="domain")
    if cart.items.filter(domain=name).exclude(action=OrderItemAction.PRODUCT).exists():
        raise BusinessError("cart.domain_twice", name=name, field="domain")
    line = DomainCartLine(
        action=action,
        domain=name,
        years=years or _shortest_term(cart, action, name),
        whois_privacy=whois_privacy,
        nameservers=tuple(nameservers),
        auth_code=encrypt_auth_code(auth_code),
    )
    _check(cart, line)
    return _add(
        cart,
        at,
        action=action,
        domain=name,
        billing_cycle=BillingCycle.ANNUALLY,
        years=line.years,
        whois_privacy=whois_privacy,
        nameservers=list(nameservers),
        auth_code=line.auth_code,
        extra_fields=dict(extra_fields or {}),
    )


@transaction.atomic
def change_cart_product(
    *,
    cart: Cart,
    item_id: int,
    billing_cycle: str,
    options: Mapping[int, int],
    qty: int,
    domain: str,
    at: datetime,
) -> None:
    """Another cycle, other options, quantity or domain of a product in the cart, which keeps its place. Raises
    ``BusinessError`` for what the product is not offered with.
    """
    lock_open_cart(cart)
    item = _item(cart, item_id)
    if item.product is None:
        raise BusinessError("cart.qty_is_one", field="qty")
    line = ProductCartLine(
        product_id=item.product.pk,
        billing_cycle=billing_cycle,
        options=tuple(options.items()),
        qty=qty,
        domain=normalize_name(domain, field="domain") if domain else "",
    )
    _check_price(cart, line)
    CartItem.objects.filter(pk=item.pk).update(
        billing_cycle=billing_cycle,
        options={str(key): value for key, value in line.options},
        qty=qty,
        domain=line.domain,
    )
    _touched(cart, at)


@transaction.atomic
def change_cart_quantity(*, cart: Cart, item_id: int, qty: int, at: datetime) -> None:
    """Another quantity of a product in the cart. Raises ``BusinessError`` for one that it cannot have."""
    lock_open_cart(cart)
    item = _item(cart, item_id)
    if item.product is None:
        raise BusinessError("cart.qty_is_one", field="qty")
    check_quantity(item.product, qty)
    CartItem.objects.filter(pk=item.pk).update(qty=qty)
    _touched(cart, at)


@transaction.atomic
def change_cart_term(*, cart: Cart, item_id: int, years: int, at: datetime) -> None:
    """Another term of a registration in the cart. Raises ``BusinessError`` for one that its ending is not sold for."""
    lock_open_cart(cart)
    item = _item(cart, item_id)
    if item.action != OrderItemAction.REGISTER:
        raise BusinessError("cart.term_fixed", field="years")
    offer = offer_for_name(item.domain, cart.currency_id)
    if offer is not None:
        offer.domain_price(item.action, years)
    CartItem.objects.filter(pk=item.pk).update(years=years)
    _touched(cart, at)


@transaction.atomic
def remove_cart_item(*, cart: Cart, item_id: int, at: datetime) -> None:
    """Take an item out of the cart; one that is not in it is no error: it was taken out already."""
    lock_open_cart(cart)
    cart.items.filter(pk=item_id).delete()
    _touched(cart, at)


@transaction.atomic
def set_cart_registrant(
    *,
    cart: Cart,
    registrant: Mapping[str, str],
    at: datetime,
    extra_fields: Mapping[int, Mapping[str, str]] | None = None,
) -> None:
    """The holder of all names in the cart, as typed at checkout, and by item what its registry asks for besides."""
    lock_open_cart(cart, changes_items=False)
    names = cart.items.exclude(action=OrderItemAction.PRODUCT)
    names.update(registrant=dict(registrant))
    for item_id, fields in (extra_fields or {}).items():
        names.filter(pk=item_id).update(extra_fields=dict(fields))
    _touched(cart, at)


def set_cart_promo(*, cart: Cart, code: str, at: datetime) -> None:
    """One code for each cart. Raises ``BusinessError`` with the reason when it does not fit; the cart then has none."""
    code = code.strip().upper()[:50]
    problem = quote_cart(cart, at=at, promo_code=code).promo_problem if code else None
    if code and not problem and find_promo_code(code) is None:
        problem = PromoCodeError("promo_code.not_valid", field="promo_code")
    with transaction.atomic():
        lock_open_cart(cart)
        Cart.objects.filter(pk=cart.pk).update(promo_code="" if problem else code)
        _touched(cart, at)
    if problem:
        raise problem


@transaction.atomic
def set_cart_currency(*, cart: Cart, currency_code: str, at: datetime, country: str = "") -> None:
    """A guest chooses among active currencies, and the country for the estimate of tax; a client has one."""
    lock_open_cart(cart)
    if cart.client_id is not None:
        raise BusinessError("cart.one_currency", field="currency")
    if not Currency.objects.filter(pk=currency_code, is_active=True).exists():
        raise BusinessError("cart.currency_not_sold", field="currency")
    Cart.objects.filter(pk=cart.pk).update(
        currency_id=currency_code, country=country or cart.country
    )
    _touched(cart, at)


@transaction.atomic
def confirm_cart_currency(*, cart: Cart, at: datetime) -> None:
    """The person has seen that the cart is in another currency now."""
    lock_open_cart(cart)
    Cart.objects.filter(pk=cart.pk).update(confirm_currency=False)
    _touched(cart, at)


@transaction.atomic
def follow_client_currency(*, cart: Cart, at: datetime) -> None:
    """The client's currency is another one now: their cart is priced in it, which they have to confirm."""
    lock_open_cart(cart)
    code = cart.client.currency_code if cart.client else cart.currency_id
    if code != cart.currency_id:
        Cart.objects.filter(pk=cart.pk).update(
            currency_id=code, confirm_currency=cart.items.exists()
        )
    _touched(cart, at)


def move_cart(*, cart: Cart, to: CartStatus, ctx: Context, **changes: Any) -> None:
    """Move an open cart, which the caller has locked, along its table; its rows are their own record.

    Codes of transfers are kept by the order from then on, or by nobody.
    """
    move(
        cart,
        to,
        allowed=CART_MOVES,
        ctx=ctx,
        client_id=cart.client_id,
        without_audit=True,
        stored_state=CartStatus.OPEN,
        changed_at=ctx.at,
        **changes,
    )
    if any(item.auth_code for item in cart.items_in_order()):
        cart.items.exclude(auth_code="").update(auth_code="")


@transaction.atomic
def expire_cart(*, cart: Cart, ctx: Context) -> None:
    """Nobody came back to it within ``orders.cart_days``; what it held is forgotten. Raises ``StateConflict`` if one
    did.
    """
    lock_open_cart(cart, changes_items=False)
    if cart.changed_at > ctx.at - timedelta(days=current.get_setting("orders.cart_days")):
        raise StateConflict("cart.just_used")
    move_cart(cart=cart, to=CartStatus.EXPIRED, ctx=ctx)
    cart.items.all().delete()


def cart_lines_of(cart: Cart) -> list[CartLine]:
    """What is in the cart, in its order."""
    return [_cart_line(item) for item in cart.items_in_order()]


def quote_cart(
    cart: Cart, *, at: datetime, promo_code: str | None = None, buyer: Client | None = None
) -> OrderQuote:
    """What the cart costs now; each entry's ``cart_line.cart_item_id`` is the id of its item.

    ``buyer`` is its client as details that are not saved yet would make them; of a guest, the client to be.
    """
    return quote_order(
        cart_lines_of(cart),
        currency_code=cart.currency_id,
        on=current.business_date(at),
        client=buyer or cart.client,
        country=cart.country,
        promo_code=cart.promo_code if promo_code is None else promo_code,
        frozen_prices=cart.quote.frozen_prices if cart.quote else (),
    )


def _cart_line(item: CartItem) -> CartLine:
    if item.product_id is not None:
        return ProductCartLine(
            product_id=item.product_id,
            billing_cycle=item.billing_cycle,
            options=tuple((int(key), int(value)) for key, value in item.options.items()),
            qty=item.qty,
            domain=item.domain,
            cart_item_id=item.pk,
        )
    return DomainCartLine(
        action=item.action,
        domain=item.domain,
        years=item.years,
        whois_privacy=item.whois_privacy,
        nameservers=tuple(item.nameservers),
        auth_code=item.auth_code,
        registrant=tuple(item.registrant.items()),
        extra_fields=tuple(item.extra_fields.items()),
        cart_item_id=item.pk,
    )


def lock_open_cart(cart: Cart, *, changes_items: bool = True) -> None:
    """One change of a cart at a time. Raises ``StateConflict`` once it is not open any more, or where what a quote
    offers would change.
    """
    row = lock(cart)
    if row.status != CartStatus.OPEN:
        raise StateConflict("cart.already_ordered")
    if row.quote_id is not None and changes_items:
        raise StateConflict("cart.of_quote")
    cart.refresh_from_db()


def _shortest_term(cart: Cart, action: str, name: str) -> int:
    offer = offer_for_name(name, cart.currency_id) if action == OrderItemAction.REGISTER else None
    return offer.min_years if offer else 1


def _check(cart: Cart, line: CartLine) -> None:
    """That this could be ordered, had the cart nothing else in it."""
    if cart.items.count() >= MAX_ORDER_ITEMS:
        raise BusinessError("cart.too_many_items", most=MAX_ORDER_ITEMS)
    _check_price(cart, line)


def _check_price(cart: Cart, line: CartLine) -> None:
    read_catalog_snapshot([line], currency_code=cart.currency_id, client=cart.client).price_line(
        line
    )


def _add(cart: Cart, at: datetime, **values: Any) -> CartItem:
    last = cart.items.aggregate(last=Max("position"))["last"] or 0
    item = CartItem.objects.create(cart=cart, position=last + 1, **values)
    _touched(cart, at)
    return item


def _item(cart: Cart, item_id: int) -> CartItem:
    found = cart.items.select_related("product").filter(pk=item_id).first()
    if found is None:
        raise BusinessError("cart.item_gone")
    return found


def _touched(cart: Cart, at: datetime) -> None:
    Cart.objects.filter(pk=cart.pk).update(changed_at=at)
    cart.refresh_from_db()
