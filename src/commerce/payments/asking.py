"""Asking gateways what became of attempts: when a client comes back, and for whoever does not (payments.md 2.8)."""

from datetime import datetime, timedelta
from functools import partial

from commerce.billing.rules import OPEN
from commerce.jobs.actions import queue
from commerce.jobs.registry import Effect, Later, Pointless, Work, handles
from commerce.kit.actor import SYSTEM
from commerce.payments import gateways
from commerce.payments.actions import act_on_fact
from commerce.payments.gateways.contract import Fact
from commerce.payments.models import Attempt
from commerce.payments.rules import next_look
from commerce.payments.tasks import FOLLOW, LOOK

AGAIN = 15
"""Seconds within which pages that are reloaded ask once."""
SILENT = timedelta(hours=1)
FOR_YEARS = timedelta(days=3650)
"""An attempt is asked about until it ends; its job never parks for the time that this takes."""


def ask_soon(*, attempt: Attempt, at: datetime) -> None:
    """The client is back from the gateway: have it asked, once within some seconds, however often he looks."""
    if gateways.known(attempt.gateway).capabilities.answers:
        queue(("attempt", attempt.pk), LOOK, f"{int(at.timestamp()) // AGAIN}", at)


@handles(LOOK)
def look(work: Work) -> Effect | None:
    """Ask once; the page shows what came of it. A gateway that is silent is asked again by ``follow``."""
    attempt = _attempt(work)
    try:
        fact = _asked(attempt)
    except OSError as silent:
        raise Pointless(f"{attempt.gateway}: {silent}") from silent
    return _truth(attempt, fact, work)


@handles(FOLLOW)
def follow(work: Work) -> Effect | None:
    """Ask from time to time until the attempt has ended; what is still pending when its time is over is closed."""
    attempt = _attempt(work)
    if work.at < (first := _next(attempt, attempt.created_at) or work.at):
        raise _later(first, work, "It was started just now.")
    when = _next(attempt, work.at)
    try:
        fact = _asked(attempt, is_over=when is None)
    except OSError as silent:
        raise _later(when or work.at + SILENT, work, f"{attempt.gateway}: {silent}") from silent
    if fact.kind == "pending":
        raise _later(when or work.at + SILENT, work, "The gateway says: pending.")
    return _truth(attempt, fact, work)


def _attempt(work: Work) -> Attempt:
    """The attempt, while the gateway can tell anything new of it; one that expired here may have been paid there."""
    attempt = Attempt.objects.select_related("invoice").get(pk=work.subject_id)
    if not attempt.is_live and attempt.status != Attempt.Status.EXPIRED:
        raise Pointless(f"The attempt is {attempt.status}.")
    return attempt


def _asked(attempt: Attempt, *, is_over: bool = False) -> Fact:
    """What the gateway says; what is pending there for nothing is closed, so that nobody pays twice or too late."""
    adapter, reference = gateways.known(attempt.gateway), attempt.reference or ""
    fact = adapter.fetch(reference)
    if fact.kind == "pending" and (is_over or attempt.invoice.status not in OPEN):
        return adapter.close(reference)
    return fact


def _truth(attempt: Attempt, fact: Fact, work: Work) -> Effect:
    return partial(act_on_fact, gateway=attempt.gateway, fact=fact, at=work.at, actor=SYSTEM)


def _next(attempt: Attempt, after: datetime) -> datetime | None:
    return next_look(attempt.created_at, attempt.expires_at, after)


def _later(when: datetime, work: Work, text: str) -> Later:
    return Later((when - work.at).total_seconds(), text, at_most=FOR_YEARS.total_seconds())
