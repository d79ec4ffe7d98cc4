"""Limits on what strangers may try: sign-in, second factor, resets, registration (accounts.md 4 and 5).

Each of the two doors counts by itself, and a browser in which a person signed in before has a budget of its own. They
count in the same store as the API's. A store that is down limits nobody; it logs its failures.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy

from commerce.kit import counter_store, proxy_headers
from commerce.payments import gateway_calls
from commerce.portal.base.limits.known_devices import known_device
from commerce.portal.base.sign_in.areas import sign_in_area_of

JUST_MAILED_MESSAGE = _lazy("We just sent an email to this address. Try again in a minute.")


class TooManyAttempts(Exception):
    """A limit is used up; ``retry_after`` is in seconds. Raised anywhere in a page, it becomes the 429 page."""

    def __init__(self, retry_after: int, *, of_person: bool = False) -> None:
        super().__init__(f"too many attempts; again in {retry_after} seconds")
        self.retry_after = retry_after
        self.of_person = of_person
        """Whether the limit is the person's (of one address at them, or of all) and not the network's."""
        self.why: str | Promise = ""
        """A sentence for the page that says what there was too much of; empty where that is plain."""


@dataclass(frozen=True, slots=True)
class ThrottleLimit:
    """``quota`` attempts in ``window`` seconds, counted under ``key``."""

    key: str
    quota: int
    window: int
    of_person: bool = False


@dataclass(frozen=True, slots=True)
class CountedAttempt:
    """An attempt that was counted. What succeeds is given back, so that only failures count."""

    keys: Sequence[str]

    def succeeded(self) -> None:
        for key in self.keys:
            _store().give_back(key)


def _store() -> counter_store.CounterStore:
    return counter_store.counter_store_for(settings.COMMERCE_COUNTERS)


def network_key(request: HttpRequest) -> str:
    """What anonymous callers are counted by: an IPv4 address, or the /64 of an IPv6 one."""
    return proxy_headers.rate_limit_network(request.META.get("REMOTE_ADDR", ""))


def person_key(email: str) -> str:
    """A person in a key of the counters, without the address itself."""
    return hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]


def count_attempt(limits: Sequence[ThrottleLimit], *, units: int = 1) -> CountedAttempt:
    """Count one attempt under each limit, or under none; with 0 units it only looks. Raises ``TooManyAttempts``."""
    taken: list[str] = []
    for limit in limits:
        window = _store().take(limit.key, limit.quota, limit.window, units=units)
        if window is not None and not window.admitted:
            CountedAttempt(taken).succeeded()
            raise TooManyAttempts(window.seconds_to_reset, of_person=limit.of_person)
        taken.append(limit.key)
    return CountedAttempt(taken)


def count_units(limits: Sequence[ThrottleLimit], units: int) -> bool:
    """Count so many units at once under each limit; false if one of them was used up before."""
    counted = [_store().take(one.key, one.quota, one.window, units=units) for one in limits]
    return all(window is None or window.admitted for window in counted)


def count_guess(request: HttpRequest, kind: str, email: str) -> CountedAttempt:
    """Count a guess at something of the person with this e-mail: ``sign-in``, ``factor``, ``reset`` or ``password``.

    5 a minute for each address and e-mail pair, 30 a minute for each address, 20 an hour for each e-mail. From a
    browser in which this person signed in before: 5 a minute and 20 an hour of its own, 100 an hour of all such.
    """
    kind, whom = _in_area(request, kind), person_key(email)
    device = known_device(request, email)
    if device is not None:
        return count_attempt(
            [
                ThrottleLimit(f"{kind}:device:minute:{device}", 5, 60, of_person=True),
                ThrottleLimit(f"{kind}:device:hour:{device}", 20, 3600, of_person=True),
                ThrottleLimit(f"{kind}:devices:{whom}", 100, 3600, of_person=True),
            ]
        )
    here = network_key(request)
    return count_attempt(
        [
            ThrottleLimit(f"{kind}:pair:{here}:{whom}", 5, 60, of_person=True),
            ThrottleLimit(f"{kind}:from:{here}", 30, 60),
            ThrottleLimit(f"{kind}:at:{whom}", 20, 3600, of_person=True),
        ]
    )


def _in_area(request: HttpRequest, kind: str) -> str:
    return f"staff:{kind}" if sign_in_area_of(request).is_staff else kind


def count_anonymous_guess(request: HttpRequest, kind: str) -> CountedAttempt:
    """Count a guess that names nobody, such as a passkey: 30 a minute for each address."""
    kind = _in_area(request, kind)
    return count_attempt([ThrottleLimit(f"{kind}:from:{network_key(request)}", 30, 60)])


def count_anonymous_post(request: HttpRequest, form: str) -> None:
    """Count an anonymous form: 5 a minute and 20 an hour for each address."""
    here = network_key(request)
    count_attempt(
        [
            ThrottleLimit(f"{form}:minute:{here}", 5, 60),
            ThrottleLimit(f"{form}:hour:{here}", 20, 3600),
        ]
    )


def require_room_for_sign_in(request: HttpRequest, email: str) -> None:
    """Raise ``TooManyAttempts`` for a person who signed in so often that the next password is not even looked at."""
    count_attempt([_sign_ins(request, email)], units=0)


def count_sign_in(request: HttpRequest, email: str) -> None:
    """Count a sign-in that succeeded: 60 an hour for each person, since each costs work and is kept."""
    count_attempt([_sign_ins(request, email)])


def _sign_ins(request: HttpRequest, email: str) -> ThrottleLimit:
    return ThrottleLimit(_in_area(request, f"signed-in:{person_key(email)}"), 60, 3600)


def count_gateway_call(client_id: int) -> None:
    """Count what has a payment provider asked for a client, here and by the API together. Raises
    ``TooManyAttempts``.
    """
    if wait := gateway_calls.count_gateway_call(client_id):
        raise TooManyAttempts(wait)


def has_room(key: str, quota: int, seconds: int) -> bool:
    """Whether this is among the first ``quota`` of its kind in so many seconds; true when the store is down."""
    window = _store().take(key, quota, seconds)
    return window is None or window.admitted


def is_first_within(key: str, seconds: int) -> bool:
    """Whether this is the first of its kind in so many seconds; true when the store is down."""
    return has_room(key, 1, seconds)


@contextmanager
def first_time_within(key: str, seconds: int) -> Iterator[bool]:
    """Whether this is the first of its kind in so many seconds; one that fails does not count."""
    first = is_first_within(key, seconds)
    try:
        yield first
    except BaseException:
        if first:
            _store().clear(key)
        raise
