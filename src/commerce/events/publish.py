"""Publishing events, and running what follows from them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from msgspec import Struct
from msgspec.structs import asdict

from commerce.db.fast_paths import insert_new_rows
from commerce.db.later_rows import write_rows
from commerce.events.models import StoredEvent
from commerce.jobs.handlers import JobRun, PermanentFailure, job_handler
from commerce.jobs.queue import enqueue_each
from commerce.kit.context import SYSTEM, Context

type EventReaction = Callable[[Any, Context], None]
"""Called as ``(event, ctx)``, in one transaction with the end of its job: no network in it."""

_reactions: dict[type, list[str]] = {}
_telling: set[EventReaction] = set()


def register_reactions(reactions: Mapping[type, Sequence[EventReaction]]) -> None:
    """Say what follows from which event; each reaction becomes a job of its own, so that none stops another."""
    for event, functions in reactions.items():
        _reactions[event] = [_handler_for(event, function) for function in functions]


def at_event_time[R: EventReaction](reaction: R) -> R:
    """Mark a reaction that tells people: its ``ctx.at`` is the instant of the event, however late it runs.

    What it says of days is then as it was, and a text made from ``at`` tells one occasion from the next.
    """
    _telling.add(reaction)
    return reaction


def _handler_for(event: type[Struct], reaction: EventReaction) -> str:
    action = f"{event.__name__}: {reaction.__name__}"
    tells = reaction in _telling

    def react(run: JobRun) -> None:
        stored = StoredEvent.objects.filter(pk=run.args["event_id"]).first()
        if stored is None:
            raise PermanentFailure("The event of this job is no longer stored.")
        reaction(stored.rebuild(event), Context(stored.at if tells else run.at, SYSTEM))

    job_handler(action, in_transaction=True)(react)
    return action


@transaction.atomic(savepoint=False)
def publish(
    event: Struct,
    *,
    at: datetime,
    client_id: int | None,
    idempotency_key: str = "",
) -> None:
    """Store that this happened at ``at``; call it in the transaction of its cause. ``client_id`` is whom it concerns.

    Its reactions run after commit, each until it has succeeded. The same event again is another occasion, unless
    ``idempotency_key`` (or ``at``, without it) is the same: then nothing more is stored or done.
    """
    data = asdict(event)
    stored = StoredEvent(
        at=at,
        kind=type(event).__name__,
        subject_id=data[event.__struct_fields__[0]],
        client_id=client_id,
        idempotency_key=idempotency_key or at.isoformat(),
        data=data,
    )
    write_rows(_store, [(stored, _reactions.get(type(event), []))])


def _store(events: Sequence[tuple[StoredEvent, Sequence[str]]]) -> None:
    """Store what is new of these, each with the jobs of its reactions."""
    insert_new_rows(
        [stored for stored, _actions in events], "kind", "subject_id", "idempotency_key"
    )
    for stored, actions in events:
        if actions and stored.pk is not None:
            subject = (stored.kind, stored.subject_id)
            args = {"event_id": stored.pk}
            enqueue_each(subject, actions, stored.idempotency_key, stored.at, args)
