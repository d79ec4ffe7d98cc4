"""The limits of all posts and of what a member takes of a worker, and the page for whoever reached a limit."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from commerce.portal.base import errors
from commerce.portal.base.limits import work_limits
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
    """Limits the posts of strangers and members, and how much of a worker one member takes; answers
    ``TooManyAttempts`` with the 429 page and a true ``Retry-After``.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            if request.method == "POST" and request.path not in THROTTLE_EXEMPT_PATHS:
                self._count_post(request)
            with work_limits.turn_of_member(request):
                return self.get_response(request)
        except TooManyAttempts as too_many:
            return _refused(request, too_many)

    @staticmethod
    def _count_post(request: HttpRequest) -> None:
        if request.user.is_authenticated:
            work_limits.count_member_post(request)
            return
        count_attempt(
            [ThrottleLimit(f"posts:from:{network_key(request)}", MAX_POSTS_PER_MINUTE, 60)]
        )

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return _refused(request, exception) if isinstance(exception, TooManyAttempts) else None


def _refused(request: HttpRequest, too_many: TooManyAttempts) -> HttpResponse:
    return errors.too_many(request, too_many.retry_after, why=str(too_many.why))
