"""Ordering: wishes become an order under locks, at the price of this moment (catalog-and-orders.md 7)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.accounts.models import Client, User
from commerce.audit.actions import record
from commerce.catalog.actions import take_stock
from commerce.catalog.models import Currency, Product, PromoCode, Stock
from commerce.catalog.promos import find
from commerce.domains.holders import check_extra, check_holder
from commerce.domains.models import Tld
from commerce.domains.offers import offers
from commerce.domains.rules import endings, tld_of
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused
from commerce.orders.actions.carts import move_cart, wishes_of
from commerce.orders.actions.writing import Placing, write_order
from commerce.orders.models import Cart, Order
from commerce.orders.quoting import OrderQuote, quote_for
from commerce.orders.review import reason_to_hold
from commerce.orders.wishes import DomainWish, ProductWish, Wish
from commerce.preferences import current


class PriceChanged(Refused):
    """The total is not the one that was shown: ``quote`` is what holds now, for another look."""

    def __init__(self, quote: OrderQuote) -> None:
        super().__init__(_("The price has changed. Look at the new total before you order."))
        self.quote, self.total = quote, quote.sums.total


class PromoRefused(Refused):
    """The code cannot be used (any more): nothing was ordered, so that the person sees the price without it first."""


def place_cart(
    *,
    cart: Cart,
    placed_by: User | None,
    shown_total: int,
    key: str,
    at: datetime,
    actor: Actor,
    terms_accepted: bool = False,
    address: str | None = None,
    user_agent: str = "",
) -> Order:
    """Order what is in a client's cart; the same one-time ``key`` again gives the same order.

    Raises ``PriceChanged``, ``PromoRefused`` (the code is out of the cart then), ``Moved`` for a cart that was ordered
    with another key, and ``Refused`` for everything else. Nothing of the order is left in any of these cases.
    """
    try:
        with transaction.atomic():
            row = Cart.objects.select_for_update().get(pk=cart.pk)
            if row.client is None:
                raise Refused(_("Sign in or register before you order."))
            if row.status != Cart.Status.OPEN:
                return _ordered_before(row.client, key)
            if row.confirm_currency or row.currency_id != row.client.currency_code:
                raise Refused(_("Your cart is in another currency now; confirm that first."))
            order = place_quoted_order(
                wishes=wishes_of(row),
                client=row.client,
                placed_by=placed_by,
                shown_total=shown_total,
                key=key,
                promo_code=row.promo_code,
                terms_accepted=terms_accepted,
                address=address,
                user_agent=user_agent,
                at=at,
                actor=actor,
            )
            move_cart(cart=row, to=Cart.Status.ORDERED, at=at, actor=actor, order=order)
            return order
    except PromoRefused:
        Cart.objects.open().filter(pk=cart.pk).update(promo_code="", changed_at=at)
        raise


def _ordered_before(client: Client, key: str) -> Order:
    """The order that this form has made of a cart that is closed by now (R14). Raises ``Moved`` if another did."""
    known = Order.objects.for_client(client).filter(key=key).first()
    if known is None:
        raise Moved(_("This cart was ordered already."))
    return known


@transaction.atomic
def place_quoted_order(
    *,
    wishes: Sequence[Wish],
    client: Client,
    placed_by: User | None,
    shown_total: int | None,
    key: str,
    at: datetime,
    actor: Actor,
    promo_code: str = "",
    terms_accepted: bool = False,
    address: str | None = None,
    user_agent: str = "",
) -> Order:
    """Order wishes at the price that holds once promo code, stock and client are locked (R13, R14, R15, R26).

    ``shown_total`` is what the person saw, in minor units; staff, who see no review, give None and accept no terms.
    """
    row = _lock_promo(promo_code)
    stocked = _lock_stock(wishes)
    locked = Client.objects.select_for_update(no_key=True).get(pk=client.pk)
    placing = Placing(
        client=locked,
        placed_by=placed_by,
        currency_code=locked.currency_code,
        key=key,
        at=at,
        actor=actor,
        promo_code=row.code if row else "",
        address=address,
        user_agent=user_agent,
    )
    if known := placing.known_order():
        return known
    _check_person(placing, needs_terms=shown_total is not None and not terms_accepted)
    quote = _quote(placing, wishes, promo_code, shown_total)
    if shown_total is not None:
        _check_holders(wishes, placing.currency_code)
    placing = replace(
        placing,
        hold_reason=reason_to_hold(placing.client, quote.sums.total, address, at),
        prices_include_tax=quote.taxation.prices_include_tax,
        evidence=quote.taxation.evidence | ({"network_address": address} if address else {}),
        notice=quote.taxation.notice,
        stocked=frozenset(stocked),
    )
    for product in Product.objects.filter(pk__in=stocked).order_by("pk"):
        take_stock(product=product, units=stocked[product.pk])
    order = write_order(placing, quote.items, use=quote.promo)
    if shown_total is not None and current.get("orders.terms_url"):
        _note_terms(order, at, actor)
    return order


def _check_holders(wishes: Sequence[Wish], currency_code: str) -> None:
    """That each name has a holder whom its registry takes. Raises ``Refused``. Staff may add that later."""
    names = [wish for wish in wishes if isinstance(wish, DomainWish)]
    if not names:
        return
    known = Tld.objects.among({end for wish in names for end in endings(wish.domain)})
    sold = offers(currency_code, known)
    for wish in names:
        check_holder(dict(wish.registrant))
        if offer := sold.get(tld_of(wish.domain, known)):
            check_extra(offer.extra_fields, dict(wish.extra_fields))


def _lock_promo(typed: str) -> PromoCode | None:
    """Whoever uses the same code waits here, so that its limits hold (U15)."""
    found = find(typed) if typed else None
    return PromoCode.objects.select_for_update().get(pk=found.pk) if found else None


def _lock_stock(wishes: Sequence[Wish]) -> dict[int, int]:
    """Units by product of those under stock control, locked in the order of their ids."""
    wanted: Counter[int] = Counter()
    for wish in wishes:
        if isinstance(wish, ProductWish):
            wanted[wish.product_id] += wish.qty
    rows = Stock.objects.filter(pk__in=wanted, product__stock_control=True).order_by("pk")
    return {row.pk: wanted[row.pk] for row in rows.select_for_update(of=("self",))}


def _check_person(placing: Placing, *, needs_terms: bool) -> None:
    """That this client and this person may order at all. Raises ``Refused``."""
    if placing.client.status != Client.Status.ACTIVE:
        raise Refused(_("This account cannot order at present; please contact us."))
    if placing.placed_by is not None and placing.placed_by.email_verified_at is None:
        raise Refused(_("Confirm your e-mail address before you order."))
    if needs_terms and current.get("orders.terms_url"):
        raise Refused(_("Accept the terms to order."), field="terms")
    if not Currency.objects.filter(pk=placing.currency_code, is_active=True).exists():
        raise Refused(_("We do not sell in your currency any more."))


def _quote(
    placing: Placing, wishes: Sequence[Wish], promo_code: str, shown_total: int | None
) -> OrderQuote:
    """The price under the locks. Raises ``Refused`` if anything of it cannot be ordered as it was shown."""
    if not wishes:
        raise Refused(_("An order needs at least one item."))
    quote = quote_for(
        wishes,
        currency_code=placing.currency_code,
        on=current.business_date(placing.at),
        client=placing.client,
        promo_code=promo_code,
    )
    for entry in quote.entries:
        if entry.problem:
            raise Refused(entry.problem, field=entry.field or None)
    if quote.promo_problem:
        raise PromoRefused(quote.promo_problem, field="promo_code")
    if shown_total is not None and quote.sums.total != shown_total:
        raise PriceChanged(quote)
    return quote


def _note_terms(order: Order, at: datetime, actor: Actor) -> None:
    record(
        at=at,
        actor=actor,
        action="order.terms_accepted",
        record=("order", order.pk),
        name=order.number,
        client_id=order.client_id,
        after={"terms": current.get("orders.terms_url")},
    )
