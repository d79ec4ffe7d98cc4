"""Who does which work. An app registers its handlers when it is ready; ``jobs`` itself knows none of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from commerce.jobs.rules import TRIES, Priority
from commerce.kit.actor import Actor


class Later(Exception):
    """Not now: the job waits and uses up no try. After ``at_most`` seconds of waiting it parks with ``text``."""

    def __init__(self, seconds: float, text: str, *, at_most: float = 6 * 3600) -> None:
        super().__init__(text)
        self.seconds, self.at_most = seconds, at_most


class NoRoom(Exception):
    """There is no room for work of this priority for so many seconds.

    The job goes back to its place, and the worker leaves all others of its priority alone until then.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"There is room again in {seconds:.0f} seconds.")
        self.seconds = seconds


class Hopeless(Exception):
    """Trying again would not help: the job parks at once, for staff to decide."""


class Pointless(Exception):
    """The reason of the job is gone: it is dropped, and what the handler wrote in its transaction is undone."""


@dataclass(frozen=True, slots=True)
class Work:
    """One run of one job, as its handler sees it. ``at`` is the instant of this run, ``made_at`` that of its cause."""

    job_id: int
    subject_kind: str
    subject_id: int
    action: str
    cause: str
    args: Mapping[str, Any]
    at: datetime
    made_at: datetime
    tries: int
    claim: str = field(repr=False)

    def alive(self, at: datetime) -> None:
        """A sign of life, for work that may take minutes: renews the lease. Raises ``Moved`` if another has the job."""
        from commerce.jobs.actions import renew_lease

        renew_lease(job_id=self.job_id, claim=self.claim, at=at)


type Effect = Callable[[], object]
type Handler = Callable[[Work], Effect | None]
"""Does the work; what it gives back is run in one transaction with the end of the job: what the network's answer means
here."""
type ByHand = Callable[[Work, Mapping[str, str], Actor], None]
"""What staff's "done by hand" writes, in one transaction with the job's end; told what they typed."""


type Place = Callable[[int], str]
"""The server or registrar that a job asks, by its subject's id; empty where it asks none."""


def nowhere(subject_id: int) -> str:
    """Work that asks no server or registrar."""
    del subject_id
    return ""


def nothing_more(work: Work, typed: Mapping[str, str], actor: Actor) -> None:
    """Done by hand without anything to write."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How the jobs of one action are run."""

    handler: Handler
    in_order: bool = False
    in_transaction: bool = False
    audited: bool = False
    tries: int = TRIES
    by_hand: ByHand = nothing_more
    place: Place = nowhere
    priority: Priority = Priority.NORMAL


def _nobody(work: Work) -> Effect | None:
    raise Hopeless(f"Nothing in this release does {work.action}.")


_kinds: dict[str, Kind] = {}
_UNKNOWN = Kind(_nobody)


def handles(
    action: str,
    *,
    in_order: bool = False,
    in_transaction: bool = False,
    audited: bool = False,
    tries: int = TRIES,
    by_hand: ByHand = nothing_more,
    place: Place = nowhere,
    priority: Priority = Priority.NORMAL,
) -> Callable[[Handler], Handler]:
    """Register the function that does ``action``. It raises ``Later``, ``Hopeless`` or ``Pointless``; all else is a
    failed try.

    ``in_order``: jobs of one subject one after the other, as they were made. ``in_transaction``: its writes and the
    job's end are one transaction, so that no kill can make the effect happen twice; only for work without network.
    ``audited``: each state is in the audit log (calls of modules and registrars). ``place``: which of them it asks.
    ``priority``: of those jobs that are queued without one.
    """

    def register(handler: Handler) -> Handler:
        _kinds[action] = Kind(
            handler, in_order, in_transaction, audited, tries, by_hand, place, priority
        )
        return handler

    return register


def kind_of(action: str) -> Kind:
    """How jobs of this action are run; those that nobody registered park."""
    return _kinds.get(action, _UNKNOWN)
