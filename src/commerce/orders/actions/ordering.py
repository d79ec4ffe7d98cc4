"""Ordering: wishes become an order under locks, at the price of this moment (catalog-and-orders.md 7)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from commerce.accounts.countries import COUNTRIES
from commerce.accounts.models import Client, User
from commerce.accounts.rules import address_needed
from commerce.accounts.words import ADDRESS
from commerce.audit.actions import record
from commerce.audit.again import tried_again
from commerce.billing.tax import uses_states
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
from commerce.orders.agreed import checked
from commerce.orders.models import Cart, Order
from commerce.orders.quoting import OrderQuote, quote_for
from commerce.orders.review import reason_to_hold
from commerce.orders.rules import MOST_ITEMS
from commerce.orders.wishes import DomainWish, ProductWish, Wish, mark_of
from commerce.preferences import current


class PriceChanged(Refused):
    """The total is not the one that was shown: ``quote`` is what holds now, for another look."""

    def __init__(self, quote: OrderQuote) -> None:
        super().__init__(_("The price has changed. Look at the new total before you order."))
        self.quote, self.total = quote, quote.sums.total


class PromoRefused(Refused):
    """The code cannot be used (any more): nothing was ordered, so that the person sees the price without it first."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the person saw in the review, in minor units; staff see none, and accept no terms."""

    total: int | None
    terms_accepted: bool = False

    @property
    def lacks_terms(self) -> bool:
        return self.total is not None and not self.terms_accepted


def place_cart(
    *,
    cart: Cart,
    placed_by: User | None,
    shown_total: int,
    shown_items: str,
    key: str,
    at: datetime,
    actor: Actor,
    terms_accepted: bool = False,
    address: str | None = None,
    network_country: str = "",
    user_agent: str = "",
) -> Order:
    """Order what is in a client's cart; the same one-time ``key`` again gives the same order.

    ``shown_total`` and ``shown_items`` (``wishes.mark_of``) are what the person saw; ``network_country`` is that of the
    ``address``, where a proxy tells it. Raises ``PriceChanged``, ``PromoRefused`` (the code is out of the cart then),
    ``Moved`` for a cart that was ordered with another key, and ``Refused`` for everything else. Nothing of the order is
    left in any of these cases.
    """
    if cart.client is None:
        raise Refused(_("Sign in or register before you order."))
    placing = Placing(
        client=cart.client,
        placed_by=placed_by,
        currency_code=cart.currency_id,
        key=key,
        at=at,
        actor=actor,
        address=address,
        network_country=network_country,
        user_agent=user_agent,
    )
    try:
        return _place_cart(
            cart, placing, Shown(shown_total, terms_accepted=terms_accepted), shown_items
        )
    except PromoRefused:
        Cart.objects.open().filter(pk=cart.pk).update(promo_code="", changed_at=at)
        raise


@tried_again
def _place_cart(cart: Cart, placing: Placing, shown: Shown, shown_items: str) -> Order:
    row = Cart.objects.select_for_update(of=("self",)).select_related("client").get(pk=cart.pk)
    assert row.client is not None  # a guest's cart is merged, it never changes hands
    if row.status != Cart.Status.OPEN:
        return _ordered_before(placing)
    if row.confirm_currency or row.currency_id != row.client.currency_code:
        raise Refused(_("Your cart is in another currency now; confirm that first."))
    wishes = wishes_of(row)
    if mark_of(wishes) != shown_items:
        raise Refused(_("Your cart has changed since you saw it. Look at it before you order."))
    order = _place(replace(placing, promo_code=row.promo_code), wishes, shown)
    move_cart(cart=row, to=Cart.Status.ORDERED, at=placing.at, actor=placing.actor, order=order)
    return order


def _ordered_before(placing: Placing) -> Order:
    """The order that this form has made of a cart that is closed by now (R14). Raises ``Moved`` if another did."""
    known = placing.known_order()
    if known is None:
        raise Moved(_("This cart was ordered already."))
    return known


@tried_again
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
    invoiced: bool = True,
    terms_accepted: bool = False,
    address: str | None = None,
    network_country: str = "",
    user_agent: str = "",
) -> Order:
    """Order wishes at the price that holds once promo code, stock and client are locked (R13, R14, R15, R26).

    ``shown_total`` is what the person saw, in minor units; staff, who see no review, give None and accept no terms.
    Theirs alone are agreed prices, and an order that is not ``invoiced``: it waits for them, and its first periods are
    free.
    """
    placing = Placing(
        client=client,
        placed_by=placed_by,
        currency_code=client.currency_code,
        key=key,
        at=at,
        actor=actor,
        promo_code=promo_code,
        invoiced=invoiced,
        address=address,
        network_country=network_country,
        user_agent=user_agent,
    )
    return _place(placing, wishes, Shown(shown_total, terms_accepted=terms_accepted))


def _place(placing: Placing, wishes: Sequence[Wish], shown: Shown) -> Order:
    typed = placing.promo_code
    row = _lock_promo(typed)
    stocked = _lock_stock(wishes)
    locked = Client.objects.select_for_update(no_key=True).get(pk=placing.client.pk)
    placing = replace(
        placing,
        client=locked,
        currency_code=locked.currency_code,
        promo_code=row.code if row else "",
    )
    if known := placing.known_order():
        return known
    wishes = _said(wishes, placing, shown)
    _check_person(placing, needs_terms=shown.lacks_terms)
    quote = _quote(placing, wishes, typed, shown.total)
    _check_holders(wishes, placing.currency_code, of_all=shown.total is not None)
    placing = replace(
        placing,
        hold_reason=reason_to_hold(
            placing.client,
            quote.sums.total,
            address=placing.address,
            network_country=placing.network_country,
            at=placing.at,
        ),
        prices_include_tax=quote.taxation.prices_include_tax,
        evidence=quote.taxation.evidence | _seen_from(placing),
        notice=quote.taxation.notice,
        stocked=frozenset(stocked),
    )
    for product in Product.objects.filter(pk__in=stocked).order_by("pk"):
        take_stock(product=product, units=stocked[product.pk])
    order = write_order(placing, quote.items, use=quote.promo)
    if shown.total is not None and current.get("orders.terms_url"):
        _note_terms(order, placing.at, placing.actor)
    return order


def _said(wishes: Sequence[Wish], placing: Placing, shown: Shown) -> list[Wish]:
    """The wishes, with what only staff may say looked at. Raises ``Refused`` if a client says it, or it is no price."""
    if shown.total is not None and (not placing.invoiced or any(wish.agreed for wish in wishes)):
        raise Refused(_("Only staff agree on other prices, or order without an invoice."))
    return [replace(one, agreed=checked(one.agreed)) if one.agreed else one for one in wishes]


def _seen_from(placing: Placing) -> dict[str, str]:
    """What is known of where the order came from: evidence beside the billing country (billing.md 5.2)."""
    known = placing.network_country in COUNTRIES
    said = {
        "network_address": placing.address,
        "network_country": placing.network_country if known else "",
    }
    return {name: value for name, value in said.items() if value}


def _check_holders(wishes: Sequence[Wish], currency_code: str, *, of_all: bool) -> None:
    """That each name has a holder whom its registry takes. Raises ``Refused``. Staff may add all of it later."""
    names = [wish for wish in wishes if isinstance(wish, DomainWish)]
    if not names:
        return
    known = Tld.objects.among({end for wish in names for end in endings(wish.domain)})
    sold = offers(currency_code, known)
    for wish in names:
        if of_all or wish.registrant:
            check_holder(dict(wish.registrant))
        offer = sold.get(tld_of(wish.domain, known))
        if offer and (of_all or wish.extra_fields):
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
    _check_address(placing.client)
    if needs_terms and current.get("orders.terms_url"):
        raise Refused(_("Accept the terms to order."), field="terms")
    if not Currency.objects.filter(pk=placing.currency_code, is_active=True).exists():
        raise Refused(_("We do not sell in your currency any more."))


def _check_address(client: Client) -> None:
    """That an invoice to this client would have a whole address. Raises ``Refused`` with what it lacks."""
    needed = address_needed(client.country, uses_states=uses_states(client.country))
    if lacks := [str(ADDRESS[name]) for name in needed if not getattr(client, name)]:
        raise Refused(_("The billing address lacks this: %s.") % ", ".join(lacks))


def _quote(
    placing: Placing, wishes: Sequence[Wish], promo_code: str, shown_total: int | None
) -> OrderQuote:
    """The price under the locks. Raises ``Refused`` if anything of it cannot be ordered as it was shown."""
    if not wishes:
        raise Refused(_("An order needs at least one item."))
    if len(wishes) > MOST_ITEMS:
        raise Refused(_("An order has at most %(most)s items.") % {"most": MOST_ITEMS})
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
