"""Browsers in which a person signed in before: what strangers guess elsewhere does not count for them (accounts.md 5).

The cookie says nothing of the account. Each of its entries is a random name, the day until which it counts, and a
code over both, the person and the area, which only we can make. A sign-in writes a new one in the place of the last.
"""

import secrets
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare, salted_hmac

from commerce.kit import clock
from commerce.portal.base.middleware.requests import GetResponse
from commerce.portal.base.sign_in.areas import sign_in_area_of

DEVICE_COOKIE, STAFF_DEVICE_COOKIE = "__Host-commerce_device", "__Host-commerce_staff_device"
DEVICE_SALT = "commerce.known_device"
DEVICE_LASTS = timedelta(days=90)
MAX_PEOPLE = 5
"""People of whom a browser keeps an entry: the last ones who signed in."""
MAX_COOKIE_CHARACTERS = 1_000

_SIGNED_IN = "_commerce_signed_in_email"
"""Attribute of a request: the address of the person who has just signed in."""


def known_device(request: HttpRequest, email: str) -> str | None:
    """The name of this browser if the person with this address signed in here before, in this area; None otherwise."""
    today = clock.now().date()
    for entry in _entries(request):
        name = _name_of(request, entry, email, today)
        if name is not None:
            return name
    return None


def note_known_device(request: HttpRequest, email: str) -> None:
    """The person with this address has just signed in here: the answer carries a new entry for them."""
    setattr(request, _SIGNED_IN, email)


class KnownDeviceMiddleware:
    """Writes the cookie of a browser in which somebody has just signed in."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        email = getattr(request, _SIGNED_IN, None)
        if email is not None:
            response.set_cookie(
                _cookie_name(request),
                "~".join(_with_new_entry(request, email)),
                max_age=DEVICE_LASTS,
                secure=True,
                httponly=True,
                samesite="Lax",
            )
        return response


def _cookie_name(request: HttpRequest) -> str:
    return STAFF_DEVICE_COOKIE if sign_in_area_of(request).is_staff else DEVICE_COOKIE


def _entries(request: HttpRequest) -> list[str]:
    kept = request.COOKIES.get(_cookie_name(request), "")
    return kept.split("~")[:MAX_PEOPLE] if 0 < len(kept) <= MAX_COOKIE_CHARACTERS else []


def _code(request: HttpRequest, name: str, until: str, email: str) -> str:
    told = f"{_cookie_name(request)} {name} {until} {email.strip().lower()}"
    return salted_hmac(DEVICE_SALT, told, algorithm="sha256").hexdigest()[:40]


def _name_of(request: HttpRequest, entry: str, email: str, today: date) -> str | None:
    name, _, rest = entry.partition(".")
    until, _, code = rest.partition(".")
    if not constant_time_compare(code, _code(request, name, until, email)):
        return None
    return name if today.isoformat() <= until else None


def _with_new_entry(request: HttpRequest, email: str) -> list[str]:
    today = clock.now().date()
    name, until = secrets.token_urlsafe(16), (today + DEVICE_LASTS).isoformat()
    others = [one for one in _entries(request) if _name_of(request, one, email, today) is None]
    return [f"{name}.{until}.{_code(request, name, until, email)}", *others][:MAX_PEOPLE]
