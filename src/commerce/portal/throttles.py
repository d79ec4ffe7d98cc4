"""Limits on what strangers may try: sign-in, second factor, resets, registration (accounts.md 4 and 5).

They count in the same store as the API's. A store that is down limits nobody; it logs its failures.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as later

from commerce.kit import counters, transport
from commerce.portal import pages

JUST_MAILED = later("We just sent an email to this address. Try again in a minute.")


class TooMany(Exception):
    """A limit is used up; ``retry_after`` is in seconds. Raised anywhere in a page, it becomes the 429 page."""

    def __init__(self, retry_after: int, *, of_person: bool = False) -> None:
        super().__init__(f"too many attempts; again in {retry_after} seconds")
        self.retry_after = retry_after
        self.of_person = of_person
        """Whether the limit is the person's (his address's attempts at him, or everybody's) and not the network's."""


@dataclass(frozen=True, slots=True)
class Limit:
    """``quota`` attempts in ``window`` seconds, counted under ``key``."""

    key: str
    quota: int
    window: int
    of_person: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that was counted. What succeeds is given back, so that only failures count."""

    keys: Sequence[str]

    def succeeded(self) -> None:
        for key in self.keys:
            _store().give_back(key)


def _store() -> counters.Counters:
    return counters.store(settings.COMMERCE_COUNTERS)


def network(request: HttpRequest) -> str:
    """What anonymous callers are counted by: an IPv4 address, or the /64 of an IPv6 one."""
    return transport.network_of(request.META.get("REMOTE_ADDR", ""))


def person(email: str) -> str:
    """A person in a key of the counters, without the address itself."""
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]


def count(limits: Sequence[Limit]) -> Attempt:
    """Count one attempt under each limit, or under none. Raises ``TooMany``."""
    taken: list[str] = []
    for limit in limits:
        window = _store().take(limit.key, limit.quota, limit.window)
        if window is not None and not window.admitted:
            Attempt(taken).succeeded()
            raise TooMany(window.reset, of_person=limit.of_person)
        taken.append(limit.key)
    return Attempt(taken)


def guess(request: HttpRequest, kind: str, email: str) -> Attempt:
    """Count a guess at something of the person with this e-mail: ``sign-in``, ``factor``, ``reset`` or ``password``.

    5 a minute for each address and e-mail pair, 30 a minute for each address, 20 an hour for each e-mail.
    """
    here, whom = network(request), person(email)
    return count(
        [
            Limit(f"{kind}:pair:{here}:{whom}", 5, 60, of_person=True),
            Limit(f"{kind}:from:{here}", 30, 60),
            Limit(f"{kind}:at:{whom}", 20, 3600, of_person=True),
        ]
    )


def nameless_guess(request: HttpRequest, kind: str) -> Attempt:
    """Count a guess that names nobody, such as a passkey: 30 a minute for each address."""
    return count([Limit(f"{kind}:from:{network(request)}", 30, 60)])


def posted(request: HttpRequest, form: str) -> None:
    """Count an anonymous form: 5 a minute and 20 an hour for each address."""
    here = network(request)
    count([Limit(f"{form}:minute:{here}", 5, 60), Limit(f"{form}:hour:{here}", 20, 3600)])


def first_in(key: str, seconds: int) -> bool:
    """Whether this is the first of its kind in so many seconds; true when the store is down."""
    window = _store().take(key, 1, seconds)
    return window is None or window.admitted


@contextmanager
def once(key: str, seconds: int) -> Iterator[bool]:
    """Whether this is the first of its kind in so many seconds; one that fails does not count."""
    first = first_in(key, seconds)
    try:
        yield first
    except BaseException:
        if first:
            _store().clear(key)
        raise


EXEMPT: frozenset[str] = frozenset()
"""Paths to which strangers may post without the limit of all posts; whoever adds one has thought of another limit."""

POSTS_A_MINUTE = 120
"""Posts of strangers from one address in a minute, whatever they are for; most forms allow far fewer."""


class Limits:
    """Limits the posts of strangers, and answers ``TooMany`` with the 429 page and a true ``Retry-After``."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method == "POST" and request.path not in EXEMPT and not self._known(request):
            try:
                count([Limit(f"posts:from:{network(request)}", POSTS_A_MINUTE, 60)])
            except TooMany as too_many:
                return pages.too_many(request, too_many.retry_after)
        return self.answer(request)

    @staticmethod
    def _known(request: HttpRequest) -> bool:
        return bool(request.user.is_authenticated)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, TooMany):
            return pages.too_many(request, exception.retry_after)
        return None
