"""What staff do with many failed jobs at once: those that a filter finds, each in a transaction of its own."""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated

from django.db.models import Count, Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.audit.reasons import REASON
from commerce.db.retry import retry_on_deadlock
from commerce.jobs.manual import drop_job, retry_job
from commerce.jobs.models import Job
from commerce.jobs.rules import (
    KINDS_DECIDED_ONE_BY_ONE,
    PERMISSIONS_TO_DECIDE_MANY,
    JobStatus,
)
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Day, Line
from commerce.kit.acts.shown import Confirmed
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, NeedsConfirmation, StateConflict

MOST_AT_ONCE = 500
_KINDS_NAMED = 5

type ActionInput = Annotated[
    str,
    Line(
        _lazy("Job"),
        about=_lazy("The name as listed, such as service.create. Leave empty for all."),
        most=100,
        least=0,
    ),
]
type ErrorInput = Annotated[
    str,
    Line(_lazy("Details contain"), about=_lazy("Part of the error message."), most=200, least=0),
]
type SinceInput = Annotated[date | None, Day(_lazy("Created on or after (UTC)"), or_none=True)]


@dataclass(frozen=True, slots=True)
class BulkResult:
    """How many jobs it was done to, and how many stay: another was first, or they cannot be discarded."""

    done: int
    left: int


def _found(
    action: str, error: str, since: date | None, confirmed: Collection[str]
) -> tuple[Job, ...]:
    """What these words find, oldest first. Raises unless there is some, and the person has seen how much: of more, or
    others, that failed meanwhile, they are asked anew.

    What a person does by hand has not failed.
    """
    jobs = Job.objects.filter(status=JobStatus.PARKED, is_to_do=False, error__icontains=error)
    jobs = jobs.exclude(subject_kind__in=KINDS_DECIDED_ONE_BY_ONE)
    if action:
        jobs = jobs.filter(action=action)
    if since:
        jobs = jobs.filter(created_at__gte=datetime.combine(since, time(), UTC))
    counted = jobs.order_by().values_list("action").annotate(number=Count("pk"), last=Max("pk"))
    kinds = list(counted.order_by("-number", "action"))
    if not kinds:
        raise BusinessError("job.none_found")
    number, named = (
        sum(each for _kind, each, _last in kinds),
        [f"{one[0]} ({one[1]})" for one in kinds],
    )
    question = NeedsConfirmation(
        "job.many_found",
        seen=f"{number}-{max(last for _kind, _number, last in kinds)}",
        number=number,
        kinds=", ".join([*named[:_KINDS_NAMED], *(["…"] if named[_KINDS_NAMED:] else [])]),
        most=MOST_AT_ONCE,
    )
    if question.answer not in confirmed:
        raise question
    return tuple(jobs.order_by("pk")[:MOST_AT_ONCE])


def _each(jobs: Collection[Job], do: Callable[[Job], None]) -> BulkResult:
    done = 0
    for job in jobs:
        with suppress(StateConflict):
            retry_on_deadlock(do)(job)
            done += 1
    return BulkResult(done, len(jobs) - done)


def _done_text(result: BulkResult, _record: None) -> str:
    words = {"done": result.done, "left": result.left}
    return _("Jobs changed: %(done)s. Left as they were: %(left)s.") % words


@act(
    "job.retry_failed",
    None,
    label=_lazy("Retry failed jobs"),
    intro=_lazy("You'll see how many jobs match before anything happens."),
    done=_done_text,
    staff=PERMISSIONS_TO_DECIDE_MANY,
    is_atomic=False,
    example='job retry-failed --action service.create --error "timed out"',
)
def retry_failed_jobs(
    *,
    ctx: Context,
    action: ActionInput = "",
    error: ErrorInput = "",
    since: SinceInput = None,
    confirmed: Annotated[Collection[str], Confirmed()] = (),
) -> BulkResult:
    """``retry_job`` for what these words find. Raises ``NeedsConfirmation`` with their number."""
    jobs = _found(action, error, since, confirmed)
    return _each(jobs, lambda job: retry_job(job=job, ctx=ctx))


@act(
    "job.discard_failed",
    None,
    label=_lazy("Discard failed jobs"),
    intro=_lazy(
        "The work of these jobs won't be done. You'll see how many match before anything happens."
    ),
    done=_done_text,
    staff=PERMISSIONS_TO_DECIDE_MANY,
    is_danger=True,
    is_atomic=False,
    example='job discard-failed --action domain.sync --reason "Registrar is gone"',
)
def discard_failed_jobs(
    *,
    reason: Annotated[str, REASON],
    ctx: Context,
    action: ActionInput = "",
    error: ErrorInput = "",
    since: SinceInput = None,
    confirmed: Annotated[Collection[str], Confirmed()] = (),
) -> BulkResult:
    """``drop_job`` for what these words find and can be dropped. Raises ``NeedsConfirmation`` with their number."""
    jobs = _found(action, error, since, confirmed)
    return _each(jobs, lambda job: drop_job(job=job, reason=reason, ctx=ctx))
