"""What other apps tell mail when they are ready: when a mail is no longer true, how an attachment is made, and what
follows when it was sent.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

type StillTrue = Callable[[int, Mapping[str, Any]], str]
type Attachment = Callable[[int], tuple[str, bytes]]
type Sent = Callable[[int, datetime], None]

_drops: dict[str, StillTrue] = {}
_attachments: dict[str, Attachment] = {}
_sent: dict[str, Sent] = {}


def drop_if(event: str, function: StillTrue) -> None:
    """``function(about_id, values)`` says just before sending why this mail is no longer true; an empty text lets it
    go. ``values`` are those that it was written with, as they are kept: days as ``{"date": "2027-04-08"}``.
    """
    _drops[event] = function


def when_sent(event: str, function: Sent) -> None:
    """``function(about_id, at)`` notes that a mail of this event was sent, in the transaction that notes it here."""
    _sent[event] = function


def attachment(kind: str, function: Attachment) -> None:
    """``function(id)`` gives file name and content, or raises ``jobs.registry.Later`` while there is none yet."""
    _attachments[kind] = function


def reason_to_drop(event: str, about_id: int | None, values: Mapping[str, Any]) -> str:
    """Why a mail must not go out any more; empty when it may."""
    check = _drops.get(event)
    return check(about_id, values) if check is not None and about_id is not None else ""


def was_sent(event: str, about_id: int | None, at: datetime) -> None:
    """Tell the app whose record the mail is about, if it wants to know."""
    function = _sent.get(event)
    if function is not None and about_id is not None:
        function(about_id, at)


def attached(kind: str, pk: int) -> tuple[str, bytes]:
    """One attachment; ``KeyError`` for a kind that no app makes."""
    return _attachments[kind](pk)


def makes(kind: str) -> bool:
    """Whether some app makes attachments of this kind."""
    return kind in _attachments
