"""The cookie by which a guest finds their cart again: it outlives the session by far (catalog-and-orders.md 6)."""

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import get_random_string, salted_hmac

from commerce.portal.base.middleware.requests import GetResponse
from commerce.site_settings.current import get_setting

GUEST_CART_COOKIE = "__Host-commerce_cart"
GUEST_CART_SALT = "commerce.guest_cart"

_ANSWERS = "guest_cart_key"
"""Attribute of a request: the key that the answer shall carry; an empty one takes the cookie away."""


def guest_cart_key(request: HttpRequest) -> str:
    """The key of this browser's guest cart; empty if it has none that we gave out."""
    try:
        sent = request.get_signed_cookie(GUEST_CART_COOKIE, "", salt=GUEST_CART_SALT)
    except BadSignature:
        sent = ""
    return str(getattr(request, _ANSWERS, sent))


def new_guest_cart_key(request: HttpRequest) -> str:
    """The key of this browser's next cart: the same in all its tabs, as they share the cookie against forged forms."""
    shared = request.COOKIES.get(settings.CSRF_COOKIE_NAME) or get_random_string(40)
    return salted_hmac(GUEST_CART_SALT, shared, algorithm="sha256").hexdigest()


def store_guest_cart(request: HttpRequest, key: str) -> None:
    """Let the browser keep this key for ``orders.cart_days`` from now on."""
    setattr(request, _ANSWERS, key)


def forget_guest_cart(request: HttpRequest) -> None:
    """The cart is a client's now, or is no more."""
    setattr(request, _ANSWERS, "")


class GuestCartMiddleware:
    """Writes the cookie of a guest who filled or changed their cart, and takes it back once it is of no more use."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        key = getattr(request, _ANSWERS, None)
        if key:
            days = timedelta(days=get_setting("orders.cart_days"))
            response.set_signed_cookie(
                GUEST_CART_COOKIE,
                key,
                salt=GUEST_CART_SALT,
                max_age=days,
                secure=True,
                httponly=True,
                samesite="Lax",
            )
        elif key is not None and GUEST_CART_COOKIE in request.COOKIES:
            response.delete_cookie(GUEST_CART_COOKIE, samesite="Lax")
        return response
