"""States of jobs, their order, and how long a failed one waits (invariants.md 3, services-and-provisioning.md 5)."""

from collections.abc import Mapping, Sequence
from enum import IntEnum, StrEnum


class JobStatus(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    PARKED = "parked"
    DROPPED = "dropped"


JOB_MOVES = {
    JobStatus.QUEUED: frozenset({JobStatus.RUNNING, JobStatus.DROPPED}),
    JobStatus.RUNNING: frozenset(
        {JobStatus.SUCCEEDED, JobStatus.WAITING, JobStatus.PARKED, JobStatus.QUEUED}
    ),
    JobStatus.WAITING: frozenset({JobStatus.RUNNING, JobStatus.DROPPED}),
    JobStatus.PARKED: frozenset({JobStatus.QUEUED, JobStatus.SUCCEEDED, JobStatus.DROPPED}),
}

OPEN_STATES = (JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.WAITING)
"""States of a job that the worker still deals with; a parked one is staff's."""

UNFINISHED_STATES = (*OPEN_STATES, JobStatus.PARKED)
"""States of a job that may still be done, by the worker or by staff."""

ENDED_STATES = (JobStatus.SUCCEEDED, JobStatus.DROPPED)

_PERMISSIONS: Mapping[str, str] = {
    **dict.fromkeys(("domain", "zone"), "domains.manage"),
    "refund": "invoices.refund",
    "dataexport": "clients.erase",
    **dict.fromkeys(
        (
            "payment",
            "dispute",
            "attempt",
            "savedcard",
            "cardsetup",
            "gatewaycustomer",
            "gatewayevent",
        ),
        "payments.manage",
    ),
}

_USUAL_PERMISSION = "services.provision"
KINDS_DECIDED_ONE_BY_ONE = ("dataexport",)
"""Subjects of jobs that nobody decides about together with others: hardly anybody has their permission."""
PERMISSIONS_TO_DECIDE_MANY = (
    _USUAL_PERMISSION,
    *sorted({each for kind, each in _PERMISSIONS.items() if kind not in KINDS_DECIDED_ONE_BY_ONE}),
)
"""What deciding about all other jobs needs."""


def permission_to_decide(subject_kind: str) -> str:
    """Which permission of staff deciding about a job needs: the same as other work on what it is about."""
    return _PERMISSIONS.get(subject_kind, _USUAL_PERMISSION)


class JobPriority(IntEnum):
    """Which job a worker takes first. Within one of these: what waited and is due, then the oldest."""

    URGENT = 0
    """Somebody sits before a page and waits for it."""
    NORMAL = 1
    BULK = 2
    """What comes by the thousand after a daily run, and takes its time."""
    MAIL = 3
    """Mails, of which only so many may go out in a minute."""


LOCAL_PRIORITIES = (JobPriority.NORMAL, JobPriority.BULK)
MAIL_PRIORITIES = (JobPriority.URGENT, JobPriority.MAIL)
"""What asks no server or registrar: what is urgent of it are mails with links, for which somebody waits."""
MAIL_THREADS = 2
"""Mails of a worker that are sent at the same time, beside one with a link: a mail server may be slow, or silent."""

RETRY_SECONDS = (60, 300, 900)
"""Seconds before the second try, the third and the fourth."""
CLOCK_SKEW_SECONDS = 60
"""Seconds by which clocks of two machines may differ; what lies further ahead was written by a clock that was wrong."""

MAX_RUN_SECONDS = 540
"""A run that takes longer ends its process; kinds of jobs may have less. Its lease ends a minute later."""

MAX_LOST_RUNS = 5
"""Workers that a job may lose before it is taken for their murderer, and parked."""


class RestCause(StrEnum):
    """Why a server or registrar is left alone, as staff are told."""

    SILENCE = "silence"
    REFUSED = "refused"
    """It does not accept our credentials."""
    MOVED = "moved"
    """Something else answers at its address, or one that has nothing of ours."""


REMOTE_PLACES = 2
"""Jobs that may ask one server or registrar at the same time."""
REMOTE_THREADS = 8
"""Jobs of a worker that ask servers and registrars at the same time: most of it is waiting for their answers."""
SILENCES_UNTIL_REST, REST_SECONDS = 5, 300
"""Times in a row that one gives no answer before it is left alone, and for how long; then one job probes it."""
SILENT_SECONDS = 60
"""Until a job asks again whose server gave no answer, and is not left alone yet."""
MAY_STILL_RUN_SECONDS = 600
"""Until a job asks again whose last act may still be under way at the server, which gave no answer to it."""
SILENT_HOURS = 6
"""How long jobs wait for it before they park."""


def retry_seconds(tries: int, chance_milli: int, pauses: Sequence[int] = RETRY_SECONDS) -> int:
    """Seconds until the next try after ``tries`` failed ones; up to a fifth longer, by ``chance_milli`` of 1000."""
    pause = pauses[min(tries, len(pauses)) - 1]
    return pause + pause * chance_milli // 5000
