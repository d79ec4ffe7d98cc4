"""Doing an act for a door: once, in one transaction that is tried again, or tried without keeping it."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from django.db import transaction

from commerce.db.retry import retry_on_deadlock
from commerce.kit.acts.act import act_of
from commerce.kit.context import Context


class OneTimeKey(Protocol):
    """The key of a form or a request that is done once, however often it is sent."""

    def claim(self) -> bool:
        """Whether it was not claimed before; whoever comes second waits for the first."""

    def release(self) -> None:
        """What it was for did not happen: it may be sent again."""


class AlreadyDone(Exception):
    """The one-time key was claimed before: nothing was done now."""


def do_act(action: Callable[..., Any], record: Any, values: Mapping[str, Any], ctx: Context) -> Any:
    """What the act of an action returns for a record and what a person gave, after it asked what it has to ask."""
    act = act_of(action)
    given = {**values, **act.ask(record, values, ctx)}
    return run_act(lambda: act.call(record, given, ctx), is_atomic=act.is_atomic)


def run_act[R](do: Callable[[], R], *, is_atomic: bool, once: OneTimeKey | None = None) -> R:
    """What ``do`` returns. It finds its record itself, so that each try sees it as it is then.

    Key and act are one transaction; of an act that is not atomic the key is claimed before, and given back if it
    fails. Raises ``AlreadyDone``, and whatever ``do`` raises.
    """
    if is_atomic:
        return _in_one_transaction(do, once)
    _claim(once)
    try:
        return do()
    except BaseException:
        if once:
            once.release()
        raise


@retry_on_deadlock
def _in_one_transaction[R](do: Callable[[], R], once: OneTimeKey | None) -> R:
    _claim(once)
    return do()


def _claim(once: OneTimeKey | None) -> None:
    if once and not once.claim():
        raise AlreadyDone


class _RollBack(Exception):
    """Ends a try."""


@retry_on_deadlock
def try_act(do: Callable[[], Any]) -> Any:
    """What ``do`` returns, of which nothing is kept: for ``--dry-run``. Only for atomic acts."""
    result: list[Any] = []
    try:
        with transaction.atomic():
            result.append(do())
            raise _RollBack
    except _RollBack:
        return result[0]
