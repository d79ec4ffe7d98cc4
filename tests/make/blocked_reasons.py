"""What an action's ``…_blocked_reason`` says, compared with what the action raises."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from commerce.kit.context import Context
from commerce.kit.errors import StateConflict

type Blocked = Callable[[Any, Context], StateConflict | None]
type Acts = Mapping[str, tuple[Blocked, Callable[[Any], object]]]
"""For each action what is asked before it, and the action itself."""


def blocked_codes(acts: Acts, record: Any, ctx: Context) -> dict[str, str]:
    """The code of each action that the record does not take now; each says before what it raises, in the same words.

    ``record`` is None for actions on none.
    """
    found = {}
    for name, (blocked, act) in acts.items():
        said, raised = blocked(record, ctx), _raised(act, record)
        assert (said and said.code) == (raised and raised.code), name
        assert (said and said.staff_text) == (raised and raised.staff_text), name
        if said:
            found[name] = said.code
    return found


def _raised(act: Callable[[Any], object], record: Any) -> StateConflict | None:
    """What an action raises of a record's state; what it did is undone."""
    conflict = None
    with transaction.atomic():
        try:
            with transaction.atomic():
                act(record and type(record)._default_manager.get(pk=record.pk))
        except StateConflict as error:
            conflict = error
        transaction.set_rollback(True)
    return conflict
