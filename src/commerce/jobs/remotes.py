"""Servers and registrars that jobs ask: two jobs at a time for each, and rest for one that gives no answer.

After five silences in a row nobody asks it for five minutes; then one job probes it, and so on until it answers. Its
jobs wait without using up tries, for at most six hours (services-and-provisioning.md 5).
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from commerce.db.fast_paths import CompiledQuerySet
from commerce.jobs.engine_calls import tell_engine_what_is_due
from commerce.jobs.events import RemoteRested
from commerce.jobs.models import Job, RemoteState
from commerce.jobs.rules import (
    REMOTE_PLACES,
    REST_SECONDS,
    SILENCES_UNTIL_REST,
    JobStatus,
    RestCause,
)

_PROBLEM = 2000
_when_rested: list[Callable[..., None]] = []


def when_rested(publish: Callable[..., None]) -> None:
    """Have ``publish(RemoteRested(…), at=…, client_id=None)`` called in the transaction that first leaves one alone.

    Events lie above jobs.
    """
    _when_rested[:] = [publish]


def places_of(remote: str, at: datetime, *, most: int = REMOTE_PLACES) -> list[int]:
    """How many more jobs may ask this remote now, of ``most``; none while it rests, one while it is probed."""
    for state in RemoteState.objects.filter(name=remote):
        if state.rests_until is not None:
            most = 0 if state.rests_until > at else 1
    running = Job.objects.filter(status=JobStatus.RUNNING, remote=remote)
    taken = set(running.values_list("remote_place", flat=True)) if most else set()
    if len(taken) >= most:
        return []
    return [place for place in range(REMOTE_PLACES) if place not in taken]


def unavailable_remotes(at: datetime, *, most: int = REMOTE_PLACES) -> list[str]:
    """Those that no further job may ask now."""
    busy = Counter(remote for (remote,) in _ASKED.tuples())
    rests = {state.name: state.rests_until or at for state in _RESTING.instances()}
    full = {name for name, number in busy.items() if number >= (1 if name in rests else most)}
    return sorted(full | {name for name, until in rests.items() if until > at})


_ASKED: CompiledQuerySet[Any] = CompiledQuerySet(
    lambda: Job.objects.filter(status=JobStatus.RUNNING).exclude(remote="").values_list("remote")
)
_RESTING = CompiledQuerySet(lambda: RemoteState.objects.filter(rests_until__isnull=False))
"""Each look for work asks both."""


@transaction.atomic
def note_silence(
    *,
    remote: str,
    at: datetime,
    cause: RestCause = RestCause.SILENCE,
    is_certain: bool = False,
    problem: str = "",
    rest_seconds: int = REST_SECONDS,
) -> datetime | None:
    """It gave no answer; until when it is left alone, if it is. Staff are told when that begins, and once more when it
    turns out that it refuses us, or is another one.

    Another ``cause`` than silence is none that its jobs would give up for. ``is_certain``: no further silence is needed
    to leave it alone. ``problem``: what staff read of it.
    """
    if not remote:
        return None
    RemoteState.objects.bulk_create(
        [RemoteState(name=remote, silent_since=at, cause=cause, began_at=at)], ignore_conflicts=True
    )
    known = RemoteState.objects.filter(name=remote)
    known.exclude(cause=cause).update(began_at=at)
    is_patient = cause != RestCause.SILENCE
    began = {"silent_since": at} if is_patient else {}
    known.update(silences=F("silences") + 1, cause=cause, problem=problem[:_PROBLEM], **began)
    state = known.select_for_update().get()
    if state.silences < SILENCES_UNTIL_REST and not is_certain:
        return None
    is_news = state.told == "" or (is_patient and state.told != cause)
    told = {"told": cause} if is_news else {}
    state.rests_until = max(at + timedelta(seconds=rest_seconds), state.rests_until or at)
    known.update(rests_until=state.rests_until, **told)
    if is_news:
        for tell in _when_rested:
            tell(RemoteRested(state.pk, remote, cause), at=at, client_id=None)
    return state.rests_until


@transaction.atomic
def rest_remote(*, remote: str, until: datetime, at: datetime) -> None:
    """It asked to be left alone until then: none of its jobs asks it before, and the next one does so alone."""
    if not remote:
        return
    RemoteState.objects.bulk_create(
        [RemoteState(name=remote, silent_since=at)], ignore_conflicts=True
    )
    earlier = Q(rests_until__isnull=True) | Q(rests_until__lt=until)
    RemoteState.objects.filter(earlier, name=remote).update(rests_until=until)


def troubled_remote(remote: str) -> RemoteState | None:
    """What is wrong with a server, registrar or gateway, if its last answer was none."""
    return RemoteState.objects.filter(name=remote, silences__gt=0).first()


def rests_until(remote: str) -> datetime | None:
    """Until when a remote is left alone, or was last."""
    return RemoteState.objects.filter(name=remote).values_list("rests_until", flat=True).first()


def forget_silences(*, remote: str) -> None:
    """It gave an answer, whatever it said, or staff want it asked at once: nothing is counted against it any more."""
    if remote:
        RemoteState.objects.filter(name=remote).delete()


@transaction.atomic
def wake_remote(*, remote: str, at: datetime) -> None:
    """What it is asked with was set right: its jobs go on at once."""
    forget_silences(remote=remote)
    waiting = Job.objects.filter(remote=remote, status=JobStatus.WAITING, next_try_at__gt=at)
    waiting.filter(waiting_since__isnull=False).update(next_try_at=at, waiting_since=at)
    tell_engine_what_is_due()
