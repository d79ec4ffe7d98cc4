"""The limit of all posts of strangers, and the page for whoever reached a limit (accounts.md 4)."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from commerce.portal.base import errors
from commerce.portal.base.middleware.requests import GetResponse
from commerce.portal.base.throttles import (
    ThrottleLimit,
    TooManyAttempts,
    count_attempt,
    network_key,
)

THROTTLE_EXEMPT_PATHS: frozenset[str] = frozenset()
"""Paths to which strangers may post without the limit of all posts; whoever adds one has thought of another limit."""

MAX_POSTS_PER_MINUTE = 120
"""Posts of strangers from one address in a minute, whatever they are for; most forms allow far fewer."""


class ThrottleMiddleware:
    """Limits the posts of strangers, and answers ``TooManyAttempts`` with the 429 page and a true ``Retry-After``."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if (
            request.method == "POST"
            and request.path not in THROTTLE_EXEMPT_PATHS
            and not self._known(request)
        ):
            try:
                count_attempt(
                    [ThrottleLimit(f"posts:from:{network_key(request)}", MAX_POSTS_PER_MINUTE, 60)]
                )
            except TooManyAttempts as too_many:
                return errors.too_many(request, too_many.retry_after)
        return self.get_response(request)

    @staticmethod
    def _known(request: HttpRequest) -> bool:
        return bool(request.user.is_authenticated)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, TooManyAttempts):
            return errors.too_many(request, exception.retry_after)
        return None
