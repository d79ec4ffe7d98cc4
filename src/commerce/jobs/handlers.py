"""Who does which work. `wiring.HANDLER_MODULES` lists the files that register them; ``jobs`` knows none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Self

from commerce.jobs.models import Job
from commerce.jobs.rules import (
    MAX_RUN_SECONDS,
    MAY_STILL_RUN_SECONDS,
    RETRY_SECONDS,
    SILENT_HOURS,
    SILENT_SECONDS,
    JobPriority,
    RestCause,
)
from commerce.kit.context import Actor


class RetryLater(Exception):
    """Not now: the job waits and uses up no try. After ``max_seconds`` of waiting it parks with ``text``."""

    def __init__(self, seconds: float, text: str, *, max_seconds: float = 6 * 3600) -> None:
        super().__init__(text)
        self.seconds, self.max_seconds = seconds, max_seconds


class RemoteSilent(RetryLater):
    """The server or registrar of the job gave no answer at all: counted against it (``commerce/jobs/remotes.py``).

    The job uses up no try; it waits for a minute, or as long as the remote is left alone, and parks after 6 hours.
    ``may_still_run``: what it asked for may be under way there, so it waits longer before it asks again.
    """

    cause: ClassVar[RestCause] = RestCause.SILENCE
    is_certain = False
    """Whether the remote is left alone without further silences."""

    def __init__(self, text: str, *, may_still_run: bool = False) -> None:
        seconds = MAY_STILL_RUN_SECONDS if may_still_run else SILENT_SECONDS
        super().__init__(seconds, text, max_seconds=SILENT_HOURS * 3600)


class CredentialsRefused(RemoteSilent):
    """The server or registrar of the job does not accept our credentials: nothing that it is asked has a chance.

    Counted as a silence. Once it is left alone for that, its jobs wait until they are set right, however long.
    """

    cause: ClassVar[RestCause] = RestCause.REFUSED


class RemoteMoved(RemoteSilent):
    """Something else answers at the address of the server: the same, until that is set right.

    ``is_certain``: it has nothing of ours, as several questions have shown.
    """

    cause: ClassVar[RestCause] = RestCause.MOVED

    def __init__(self, text: str, *, is_certain: bool = False) -> None:
        super().__init__(text)
        self.is_certain = is_certain


class RateLimitReached(Exception):
    """There is no room for work of this priority for so many seconds.

    The job goes back to its place, and the worker leaves all others of its priority alone until then.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"There is room again in {seconds:.0f} seconds.")
        self.seconds = seconds


class PermanentFailure(Exception):
    """Trying again would not help: the job parks at once, for staff to decide."""


class ManualWork(PermanentFailure):
    """No failure: a person does it, and the job waits for their word."""


class Obsolete(Exception):
    """The reason of the job is gone: it is dropped, and what the handler wrote in its transaction is undone."""


@dataclass(frozen=True, slots=True)
class JobRun:
    """A run of a job, as its handler sees it: ``at`` is the instant of this run, ``created_at`` that of its cause."""

    job_id: int
    subject_kind: str
    subject_id: int
    action: str
    idempotency_key: str
    args: Mapping[str, Any]
    at: datetime
    created_at: datetime
    tries: int
    claim: str = field(repr=False)
    lost_runs: int = 0
    has_waited: bool = False

    @property
    def is_repeated(self) -> bool:
        """Whether an earlier run may have had its effect on the remote side."""
        return self.tries > 0 or self.lost_runs > 0 or self.has_waited

    @classmethod
    def of(cls, job: Job, at: datetime) -> Self:
        """This job, run at this instant."""
        return cls(
            job_id=job.pk,
            subject_kind=job.subject_kind,
            subject_id=job.subject_id,
            action=job.action,
            idempotency_key=job.idempotency_key,
            args=job.args,
            at=at,
            created_at=job.created_at,
            tries=job.tries,
            claim=job.claim,
            lost_runs=job.lost_runs,
            has_waited=job.waiting_since is not None,
        )


type JobEffect = Callable[[], object]
type JobHandler = Callable[[JobRun], JobEffect | None]
"""Does the work; what it gives back is run in one transaction with the end of the job: what the network's answer means
here."""
type ManualCompletion = Callable[[JobRun, Mapping[str, str], Actor], None]
"""What staff's "done by hand" writes, in one transaction with the job's end; told what they typed."""
type ManualDrop = Callable[[JobRun, Actor], None]
"""What staff's "drop" writes, in one transaction with the job's end."""


type RemoteName = Callable[[int], str]
"""The server or registrar that a job asks, by its subject's id; empty where it asks none."""


def no_remote(subject_id: int) -> str:
    """Work that asks no server or registrar."""
    del subject_id
    return ""


def no_manual_effect(run: JobRun, answers: Mapping[str, str], actor: Actor) -> None:
    """Done by hand without anything to write."""


def no_drop_effect(run: JobRun, actor: Actor) -> None:
    """Dropped without anything to write."""


@dataclass(frozen=True, slots=True)
class JobType:
    """How the jobs of one action are run."""

    handler: JobHandler
    one_at_a_time: bool = False
    in_transaction: bool = False
    audited: bool = False
    pauses: Sequence[int] = RETRY_SECONDS
    on_manual_completion: ManualCompletion = no_manual_effect
    on_drop: ManualDrop = no_drop_effect
    remote: RemoteName = no_remote
    priority: JobPriority = JobPriority.NORMAL
    can_be_dropped: bool = True
    manual_answers: Sequence[str] = ()
    limit_seconds: int = MAX_RUN_SECONDS

    @property
    def tries(self) -> int:
        """How often it is tried before it parks."""
        return 1 + len(self.pauses)

    @property
    def asks_remote(self) -> bool:
        """Whether it asks a server or registrar, and so may have to wait for that."""
        return self.remote is not no_remote


def _park_unknown(run: JobRun) -> JobEffect | None:
    raise PermanentFailure(f"Nothing in this release does {run.action}.")


_types: dict[str, JobType] = {}
_UNKNOWN = JobType(_park_unknown)


def job_handler(
    action: str,
    *,
    one_at_a_time: bool = False,
    in_transaction: bool = False,
    audited: bool = False,
    pauses: Sequence[int] = RETRY_SECONDS,
    on_manual_completion: ManualCompletion = no_manual_effect,
    on_drop: ManualDrop = no_drop_effect,
    remote: RemoteName = no_remote,
    priority: JobPriority = JobPriority.NORMAL,
    can_be_dropped: bool = True,
    manual_answers: Sequence[str] = (),
    limit_seconds: int = MAX_RUN_SECONDS,
) -> Callable[[JobHandler], JobHandler]:
    """Register the function that does ``action``. It raises ``RetryLater``, ``PermanentFailure`` or ``Obsolete``;
    all else is a failed try.

    ``one_at_a_time``: jobs of one subject run in the order in which they were made. ``in_transaction``: its writes and
    the job's end are one transaction, so that no kill can make the effect happen twice; only for work without network.
    ``audited``: each state is in the audit log (calls of modules and registrars). ``remote``: which of them it asks.
    ``pauses``: seconds before each further try. ``priority``: of those jobs that are queued without one.
    ``can_be_dropped``: false for what may have had its effect already, so that staff must look before they end it.
    ``manual_answers``: what a person who did it is asked for, of the parameters of ``mark_job_done``.
    ``limit_seconds``: a run that takes longer is stuck, and its worker's process ends.
    """

    def register(handler: JobHandler) -> JobHandler:
        _types[action] = JobType(
            handler,
            one_at_a_time,
            in_transaction,
            audited,
            pauses,
            on_manual_completion,
            on_drop,
            remote,
            priority,
            can_be_dropped,
            manual_answers,
            limit_seconds,
        )
        return handler

    return register


def job_type_of(action: str) -> JobType:
    """How jobs of this action are run; those that nobody registered park."""
    return _types.get(action, _UNKNOWN)
