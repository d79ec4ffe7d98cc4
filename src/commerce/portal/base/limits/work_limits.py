"""What one client may have this installation do, so that the pages of all others stay as fast as they are.

Members are known and may ask for much, but not for all threads of a worker at once, nor for files without end. The
counters are those of all workers; a member who asks for one page after the other is never looked up in them.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial, wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _lazy

from commerce.kit.remote.page_limits import waits_counted_by
from commerce.portal.base.access import ACTING_CLIENT_KEY
from commerce.portal.base.impersonating.impersonation import impersonation_of
from commerce.portal.base.limits.running_requests import this_process
from commerce.portal.base.sign_in.areas import sign_in_area_of
from commerce.portal.base.throttles import (
    ThrottleLimit,
    TooManyAttempts,
    count_attempt,
    count_units,
)

FULL_TURNS, FULL_TURNS_SECONDS = 30, 30
"""How often in so many seconds a client's request may take the last thread of a worker: a browser that opens a handful
of tabs does, too."""

FILES_A_MINUTE, FILES_AN_HOUR = 20, 200
"""Files that are made when somebody asks for them, of one client."""

MEMBER_POSTS_A_MINUTE, MEMBER_POSTS_AN_HOUR = 240, 2_000
"""Forms that one member may send; most of them leave an entry in the audit log."""

WAITS_A_MINUTE = 16_000
"""Milliseconds in a minute for which pages of a member and of a client may wait for others over the network: two that
wait for all the time that a page has. Whose name servers are silent decides how long that is, and the turns to wait
are few: payments need them, too."""

MAKES_A_FILE = "makes_a_file"
"""Set on views that are limited so."""

_BUSY = _lazy("Too many pages are loading for your account at once.")
_WAITS = _lazy("Your account has waited a long time for other servers.")
_MANY_FILES = _lazy("Your account has downloaded many files in a short time.")


def _names(request: HttpRequest) -> list[str]:
    """Who a request is counted for: a member and the client they act for. Nobody for guests and staff."""
    if not request.user.is_authenticated or sign_in_area_of(request).is_staff:
        return []
    if impersonation_of(request) is not None:
        return []
    client_id = request.session.get(ACTING_CLIENT_KEY)
    return [f"user:{request.user.pk}"] + ([f"client:{client_id}"] if client_id else [])


@contextmanager
def turn_of_member(request: HttpRequest) -> Iterator[None]:
    """The time in which a request is answered. Raises ``TooManyAttempts`` when this member or their client keeps taking
    the last thread of a worker.
    """
    names = _names(request)
    full = this_process.begin(names)
    try:
        if full:
            turns = [ThrottleLimit(f"full:{one}", FULL_TURNS, FULL_TURNS_SECONDS) for one in full]
            _count(turns, why=_BUSY)
        with waits_counted_by(partial(_waiting, names)):
            yield
    finally:
        this_process.end(names)


@contextmanager
def _waiting(names: Sequence[str]) -> Iterator[None]:
    """A block in which a page of a member waits for others. Raises ``TooManyAttempts`` before it begins."""
    limits = [ThrottleLimit(f"waits:{one}", WAITS_A_MINUTE, 60) for one in names]
    _count(limits, why=_WAITS, units=0)
    began = time.monotonic()
    try:
        yield
    finally:
        count_units(limits, int(1000 * (time.monotonic() - began)) + 1)


def _count(limits: Sequence[ThrottleLimit], *, why: Promise, units: int = 1) -> None:
    try:
        count_attempt(limits, units=units)
    except TooManyAttempts as too_many:
        too_many.why = why
        raise


def count_member_post(request: HttpRequest) -> None:
    """Count a form of a member. Raises ``TooManyAttempts``."""
    count_attempt(
        [
            limit
            for name in _names(request)[:1]
            for limit in (
                ThrottleLimit(f"posts:minute:{name}", MEMBER_POSTS_A_MINUTE, 60),
                ThrottleLimit(f"posts:hour:{name}", MEMBER_POSTS_AN_HOUR, 3600),
            )
        ]
    )


def makes_a_file(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page that makes a file when it is asked for one: limited for each client. Stands below ``client_page``."""

    @wraps(view)
    def counted(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        client_id = request.acting.client.pk
        limits = [
            ThrottleLimit(f"files:minute:{client_id}", FILES_A_MINUTE, 60),
            ThrottleLimit(f"files:hour:{client_id}", FILES_AN_HOUR, 3600),
        ]
        _count(limits, why=_MANY_FILES)
        return view(request, *args, **kwargs)

    setattr(counted, MAKES_A_FILE, True)
    return counted
