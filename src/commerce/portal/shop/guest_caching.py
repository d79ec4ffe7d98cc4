"""Public pages of visitors of whom we know nothing: the same for each of them, so caches between may keep them."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers

from commerce.portal.base.message_storage import HostCookieStorage
from commerce.portal.shop.guest_cart import GUEST_CART_COOKIE

SHARED_SECONDS = 60
"""For so long a cache between may answer without asking us; a browser asks each time."""

type GuestView = Callable[[HttpRequest], HttpResponse]


def cacheable_for_guests(view: GuestView) -> GuestView:
    """Let the page be kept when its visitor has no session, cart or message here; of anybody else it is never stored.

    The reply says that it varies with cookies and language, and has a tag: who has it already gets a 304.
    """

    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponse:
        response = view(request)
        # A form on the page would bring a secret of its own for this visitor.
        secret = request.META.get("CSRF_COOKIE_NEEDS_UPDATE") or response.cookies
        if response.status_code != 200 or not is_stranger(request) or secret:
            return response
        patch_vary_headers(response, ("Cookie", "Accept-Language"))
        response["Cache-Control"] = f"public, max-age=0, s-maxage={SHARED_SECONDS}"
        response["ETag"] = f'W/"{sha256(response.content).hexdigest()[:32]}"'
        known = get_conditional_response(request, etag=response["ETag"], response=response)
        return cast(HttpResponse, known)

    return answered


def is_stranger(request: HttpRequest) -> bool:
    """Whether this visitor brought nothing by which a page of theirs could differ from that of others."""
    own = {settings.SESSION_COOKIE_NAME, GUEST_CART_COOKIE, HostCookieStorage.cookie_name}
    return not own & request.COOKIES.keys() and not request.user.is_authenticated
