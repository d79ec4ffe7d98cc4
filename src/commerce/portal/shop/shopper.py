"""Who is shopping: the client of the session or a guest, their currency and one cart (catalog-and-orders.md 6)."""

from contextlib import suppress
from functools import cached_property
from typing import Any, cast

from django.contrib import messages
from django.db.models import BigIntegerField, CharField
from django.http import HttpRequest
from django.utils.translation import gettext as _

from commerce.accounts.models import Client
from commerce.accounts.rules import ClientStatus
from commerce.catalog.models import Currency
from commerce.catalog.queries import currencies_on_sale
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet
from commerce.kit import clock
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.orders.actions import carts
from commerce.orders.actions.cart_merging import merge_carts
from commerce.orders.models import Cart
from commerce.orders.price_display import PriceDisplay, price_display
from commerce.portal.base.access import ActingMember, acting_member_of, actor_of
from commerce.portal.shop import guest_cart
from commerce.site_settings import current
from commerce.site_settings.current import get_setting

CHOSEN_CURRENCY_KEY = "currency"
"""Where a visitor's session keeps the currency that they chose."""

CHOSEN_COUNTRY_KEY = "country"
"""The country that they chose: its tax is shown."""

HAS_CART_KEY = "has_cart"
"""Set once this session has used a cart: only then do pages count its items."""

_CART_OF_CLIENT = CompiledQuerySet(
    lambda: Cart.objects.for_client(QueryParam("client", BigIntegerField())).open().order_by("pk")
)
_CART_OF_GUEST = CompiledQuerySet(
    lambda: Cart.objects.for_guest(QueryParam("key", CharField())).open().order_by("pk")
)


class Shopper:
    """The visitor as a buyer; ``acting`` is the membership when they are signed in for a client."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        known = getattr(request, "acting", None)
        self.acting: ActingMember | None = known or acting_member_of(request)
        # The frame of the page names the client, and has its navigation.
        cast(Any, request).acting = self.acting
        self._cart: Cart | None = None
        self._price_display: PriceDisplay | None = None

    @property
    def client(self) -> Client | None:
        """The client that would be billed."""
        return self.acting.client if self.acting else None

    @property
    def group_id(self) -> int | None:
        """The client's group, whose prices they see."""
        return self.client.group_id if self.client else None

    @cached_property
    def blocked_reason(self) -> str:
        """Why they could not order whatever they chose; empty if nothing is in the way. A guest is asked later."""
        if self.acting is None:
            return ""
        if self.acting.client.status != ClientStatus.ACTIVE:
            return _("This account can't place orders right now. Please contact us.")
        if not self.acting.may("orders.place"):
            return _("You don't have permission to place orders. Ask an owner of this account.")
        if self.acting.impersonation is not None:
            return _("You can't order while you act for a client.")
        if self.currency not in currencies_on_sale():
            return _("We no longer sell in your account's currency. Please contact us.")
        return ""

    @cached_property
    def currencies_on_sale(self) -> list[Currency]:
        """The currencies among which a guest chooses; a client has its own."""
        return [] if self.client else [*currencies_on_sale().values()]

    @property
    def currency(self) -> str:
        """The client's own currency; a guest's choice, that of the cart they filled before, or the default one."""
        if self.client:
            return self.client.currency_code
        cart, codes = self.cart(), [one.code for one in self.currencies_on_sale]
        for chosen in (self.request.session.get(CHOSEN_CURRENCY_KEY), cart and cart.currency_id):
            if chosen in codes:
                return str(chosen)
        return next((one.code for one in self.currencies_on_sale if one.is_default), codes[0])

    def choose_currency(self, code: str, country: str = "") -> None:
        """A guest's choice, for the store and for their cart; an empty country leaves theirs. Raises ``BusinessError``
        for a currency that is not on sale.
        """
        cart = self.cart()
        if cart is not None:
            carts.set_cart_currency(cart=cart, currency_code=code, country=country, at=clock.now())
        self.request.session[CHOSEN_CURRENCY_KEY] = code
        if country:
            self.request.session[CHOSEN_COUNTRY_KEY] = country

    def cart(self) -> Cart | None:
        """Their open cart, if there is one. The cart that a guest filled becomes the client's on signing in.

        A GET only reads: what a cart must follow, such as another currency of the client, is written by the next POST.
        """
        if self._cart is None:
            self._cart = self._find_cart()
        return self._cart

    def use_cart(self, cart: Cart) -> None:
        """Order what is in another cart of theirs: that of a quote."""
        self._cart = cart

    def _find_cart(self) -> Cart | None:
        key = guest_cart.guest_cart_key(self.request)
        if self.client is None:
            return self._of_guest(key) if key else None
        posts = self.request.method == "POST"
        if key and posts:
            # Of two requests at once one joins them; the other finds it done. If the client's own cart was ordered
            # meanwhile, the guest's is still open, and kept for the next request.
            with suppress(StateConflict):
                self._join(key, self.client)
            self._of_guest(key)
        found = next(iter(_CART_OF_CLIENT.instances(client=self.client.pk)), None)
        if found is not None:
            found.client = self.client
            if found.currency_id != self.client.currency_code:
                if posts:
                    carts.follow_client_currency(cart=found, at=clock.now())
                else:
                    found.currency = Currency.objects.get(pk=self.client.currency_code)
                    found.confirm_currency = found.items.exists()
        return found

    def _join(self, key: str, client: Client) -> None:
        joined = merge_carts(
            guest_key=key, client=client, ctx=Context(clock.now(), actor_of(self.request))
        )
        if joined.left_out:
            text = _("Your cart is full. These items weren't added: %(names)s.")
            messages.warning(self.request, text % {"names": ", ".join(joined.left_out)})

    def _of_guest(self, key: str) -> Cart | None:
        """The cart of this key; one that is changed is kept for the whole time again."""
        found = next(iter(_CART_OF_GUEST.instances(key=key)), None)
        if found is None:
            guest_cart.forget_guest_cart(self.request)
        elif self.request.method == "POST":
            guest_cart.store_guest_cart(self.request, key)
        return found

    def open_cart(self) -> Cart:
        """Their open cart, made if there is none."""
        self.request.session[HAS_CART_KEY] = True
        if self.cart() is None:
            self._cart = self._new_cart()
        assert self._cart is not None
        return self._cart

    def _new_cart(self) -> Cart:
        if self.client:
            return carts.get_or_create_cart(client=self.client, at=clock.now())
        key = guest_cart.new_guest_cart_key(self.request)
        made = carts.get_or_create_cart(guest_key=key, currency_code=self.currency, at=clock.now())
        if (country := self._chosen_country()) and not made.country:
            carts.set_cart_currency(
                cart=made, currency_code=made.currency_id, country=country, at=clock.now()
            )
        guest_cart.store_guest_cart(self.request, key)
        return made

    def country(self) -> str:
        """Where they are billed, as far as is known: for prices with tax and the estimate of it."""
        if self.client:
            return self.client.country
        cart = self.cart()
        return (cart and cart.country) or self._chosen_country() or get_setting("company.country")

    def _chosen_country(self) -> str:
        return str(self.request.session.get(CHOSEN_COUNTRY_KEY, ""))

    def price_display(self) -> PriceDisplay:
        """How prices are shown to them: with tax or without."""
        if self._price_display is None:
            day = current.business_date(clock.now())
            self._price_display = price_display(client=self.client, country=self.country(), on=day)
        return self._price_display


def shopper(request: HttpRequest) -> Shopper:
    """The visitor of this request as a buyer: read once for each request."""
    found = getattr(request, "shopper", None)
    if found is None:
        found = Shopper(request)
        cast(Any, request).shopper = found
    return cast(Shopper, found)


def merge_guest_cart(request: HttpRequest) -> None:
    """Somebody signed in, or acts for another client now: the guest cart joins, and pages count what it has."""
    for name in ("acting", "shopper"):
        if hasattr(request, name):
            delattr(request, name)
    cart = shopper(request).cart()
    request.session[HAS_CART_KEY] = cart is not None and cart.items.exists()


def count_cart_items(request: HttpRequest) -> int:
    """How many items the cart of this visitor has; without a look into the database if they never had any."""
    if not request.session.get(HAS_CART_KEY) and not guest_cart.guest_cart_key(request):
        return 0
    cart = shopper(request).cart()
    return cart.items.count() if cart else 0
