"""The cookie by which a guest finds his cart again: it outlives his session by far (catalog-and-orders.md 6)."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import get_random_string, salted_hmac

from commerce.preferences.current import get

NAME = "__Host-commerce_cart"
SALT = "commerce.guest_cart"

_ANSWERS = "guest_cart_key"
"""Attribute of a request: the key that the answer shall carry; an empty one takes the cookie away."""


def key_of(request: HttpRequest) -> str:
    """The key of this browser's guest cart; empty if it has none that we gave out."""
    try:
        sent = request.get_signed_cookie(NAME, "", salt=SALT)
    except BadSignature:
        sent = ""
    return str(getattr(request, _ANSWERS, sent))


def new_key(request: HttpRequest) -> str:
    """The key of this browser's next cart: the same in all its tabs, as they share the cookie against forged forms."""
    shared = request.COOKIES.get(settings.CSRF_COOKIE_NAME) or get_random_string(40)
    return salted_hmac(SALT, shared, algorithm="sha256").hexdigest()


def keep(request: HttpRequest, key: str) -> None:
    """Let the browser keep this key for ``orders.cart_days`` from now on."""
    setattr(request, _ANSWERS, key)


def forget(request: HttpRequest) -> None:
    """The cart is a client's now, or is no more."""
    setattr(request, _ANSWERS, "")


class GuestCart:
    """Writes the cookie of a guest who filled or changed his cart, and takes it back once it is of no more use."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.answer(request)
        key = getattr(request, _ANSWERS, None)
        if key:
            days = timedelta(days=get("orders.cart_days"))
            response.set_signed_cookie(
                NAME, key, salt=SALT, max_age=days, secure=True, httponly=True, samesite="Lax"
            )
        elif key is not None and NAME in request.COOKIES:
            response.delete_cookie(NAME, samesite="Lax")
        return response
