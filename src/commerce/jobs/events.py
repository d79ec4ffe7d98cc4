"""What happened, and who wants to know: events are published in the transaction of what they tell of.

Each app has its events, frozen dataclasses that hold ids, in its ``events.py``; what follows from which stands in
``commerce/reactions.py`` alone, which registers itself here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from commerce.jobs.actions import queue_each
from commerce.jobs.registry import Work, handles
from commerce.kit.actor import SYSTEM, Actor

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

type Reaction = Callable[[Any, datetime, Actor], None]
"""Called as ``(event, at, actor)``, in one transaction with the end of its job: no network in it."""

_reactions: dict[type, list[str]] = {}
_telling: set[Reaction] = set()


@dataclass(frozen=True, slots=True)
class JobParked:
    """A job stopped trying and waits for staff."""

    job_id: int


def register(reactions: Mapping[type, Sequence[Reaction]]) -> None:
    """Say what follows from which event; each reaction becomes a job of its own, so that none stops another."""
    for event, functions in reactions.items():
        _reactions[event] = [_handler_for(event, function) for function in functions]


def as_of_event[R: Reaction](reaction: R) -> R:
    """Mark a reaction that tells people: its ``at`` is the instant of the event, however late it runs.

    What it says of days is then as it was, and a text made from ``at`` tells one occasion from the next.
    """
    _telling.add(reaction)
    return reaction


def _handler_for(event: "type[DataclassInstance]", reaction: Reaction) -> str:
    action = f"{event.__name__}: {reaction.__name__}"
    tells = reaction in _telling

    def react(work: Work) -> None:
        reaction(event(**work.args), work.made_at if tells else work.at, SYSTEM)

    handles(action, in_transaction=True)(react)
    return action


def publish(event: "DataclassInstance", *, at: datetime, once: str = "") -> None:
    """Tell that this happened at ``at``: its reactions run after commit, each until it has succeeded.

    The same event again is another occasion, unless ``once`` (or ``at``, without it) is the same.
    """
    actions = _reactions.get(type(event), ())
    if not actions:
        return
    args = asdict(event)
    subject = (type(event).__name__, int(args[fields(event)[0].name]))
    queue_each(subject, actions, once or at.isoformat(), at, args)
