"""Who is shopping: the client of the session or a guest, his currency, and his one cart (catalog-and-orders.md 6)."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.crypto import get_random_string

from commerce.accounts.models import Client
from commerce.catalog.models import Currency
from commerce.kit import clock
from commerce.orders.actions import carts
from commerce.orders.models import Cart
from commerce.portal.access import Acting, acting_of, actor_of
from commerce.preferences.current import get

GUEST_KEY = "guest_cart"
"""Where a visitor's session keeps the key of his cart."""

CURRENCY_KEY = "currency"
"""Where a visitor's session keeps the currency that he chose."""

HAS_CART_KEY = "has_cart"
"""Set once this session has used a cart: only then do pages count its items."""


@dataclass(frozen=True, slots=True)
class Shopper:
    """The visitor of a public page as a buyer; ``acting`` is his membership when he is signed in for a client."""

    request: HttpRequest
    acting: Acting | None

    @property
    def client(self) -> Client | None:
        """The client that would be billed."""
        return self.acting.client if self.acting else None

    @property
    def group_id(self) -> int | None:
        """The client's group, whose prices he sees."""
        return self.client.group_id if self.client else None

    @property
    def may_order(self) -> bool:
        """Whether his membership covers placing orders; a guest is asked later."""
        return self.acting is None or self.acting.may("orders.place")

    def currency(self) -> str:
        """The client's own currency; a guest's choice, or the default one."""
        if self.client:
            return self.client.currency_code
        on_sale = list(Currency.objects.on_sale().values_list("code", "is_default"))
        chosen = self.request.session.get(CURRENCY_KEY)
        if chosen in [code for code, _ in on_sale]:
            return str(chosen)
        return next((code for code, is_default in on_sale if is_default), on_sale[0][0])

    def choose_currency(self, code: str, country: str = "") -> None:
        """A guest's choice, for the store and for his cart."""
        cart = self.cart()
        if cart is not None:
            carts.set_currency(cart=cart, currency_code=code, country=country, at=clock.now())
        self.request.session[CURRENCY_KEY] = code

    def cart(self) -> Cart | None:
        """His open cart, if there is one. The cart that a guest filled becomes the client's once he has signed in."""
        key = self.request.session.get(GUEST_KEY, "")
        if self.client is None:
            return Cart.objects.for_guest(key).open().first() if key else None
        if key:
            cart = carts.join_cart(
                guest_key=key, client=self.client, at=clock.now(), actor=actor_of(self.request)
            )
            del self.request.session[GUEST_KEY]
            return cart
        return Cart.objects.for_client(self.client).open().first()

    def open_cart(self) -> Cart:
        """His open cart, made if there is none."""
        self.request.session[HAS_CART_KEY] = True
        if found := self.cart():
            return found
        if self.client:
            return carts.open_cart(client=self.client, at=clock.now())
        key = self.request.session.setdefault(GUEST_KEY, get_random_string(40))
        return carts.open_cart(guest_key=key, currency_code=self.currency(), at=clock.now())

    def country(self) -> str:
        """Where he is billed, as far as is known: for the estimate of tax."""
        if self.client:
            return self.client.country
        cart = self.cart()
        return (cart and cart.country) or get("company.country")


def shopper(request: HttpRequest) -> Shopper:
    """The visitor of this request as a buyer."""
    return Shopper(request, acting_of(request))


def count_items(request: HttpRequest) -> int:
    """How many items the cart of this session has; without a look into the database if it never had any."""
    if not request.session.get(HAS_CART_KEY):
        return 0
    cart = shopper(request).cart()
    return cart.items.count() if cart else 0
