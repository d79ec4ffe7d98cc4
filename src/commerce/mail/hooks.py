"""What other apps give mail, by ``commerce.wiring``: when a mail is no longer true, how an attachment is made, and what
follows when it was sent.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

type ObsoleteReason = Callable[[int, Mapping[str, Any]], str]
type AttachmentBuilder = Callable[[int], tuple[str, bytes]]
type GatheringSeconds = Callable[[int, datetime, datetime], int]
type SentHook = Callable[[int, datetime], None]
type MergeMails = Callable[[int, Sequence[Mapping[str, Any]]], Mapping[str, Any]]

_obsolete_reasons: dict[str, ObsoleteReason] = {}
_attachments: dict[str, AttachmentBuilder] = {}
_gathering: dict[str, GatheringSeconds] = {}
_sent_hooks: dict[str, SentHook] = {}
_merged_events: dict[str, str] = {}
_merges: dict[str, MergeMails] = {}


def register_obsolete_reason(event: str, function: ObsoleteReason) -> None:
    """``function(about_id, values)`` says just before sending why this mail is no longer true; an empty text lets it
    go. ``values`` are those that it was written with, as they are kept: days as ``{"date": "2027-04-08"}``.
    """
    _obsolete_reasons[event] = function


def register_gathering(event: str, function: GatheringSeconds) -> None:
    """``function(about_id, created_at, at)`` says how many seconds a mail of this event still waits for more of the
    same cause; 0 lets it go.
    """
    _gathering[event] = function


def is_gathered(event: str) -> bool:
    """Whether what follows from one cause is told in one mail of this event."""
    return event in _gathering


def gathering_seconds(event: str, about_id: int | None, created_at: datetime, at: datetime) -> int:
    """How long a mail waits for more to tell."""
    function = _gathering.get(event)
    return 0 if function is None or about_id is None else function(about_id, created_at, at)


def register_merging(events: Sequence[str], to: str, function: MergeMails) -> None:
    """Mails of these events that one act brings to a reader are told in one of the event ``to``, about the client:
    ``function(client_id, values)`` gives what it says, of the values of each as they are kept.
    """
    _merged_events.update(dict.fromkeys(events, to))
    _merges[to] = function


def merged_event(event: str) -> str:
    """In which event a mail is told with others; empty where it stays by itself."""
    return _merged_events.get(event, "")


def merge_values(
    event: str, client_id: int, values: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any]:
    """What a mail of a merged event says."""
    return _merges[event](client_id, values)


def register_sent_hook(event: str, function: SentHook) -> None:
    """``function(about_id, at)`` keeps that a mail of this event was sent, in the same transaction as here."""
    _sent_hooks[event] = function


def register_attachment(kind: str, function: AttachmentBuilder) -> None:
    """``function(id)`` gives file name and content, or raises ``jobs.handlers.RetryLater`` while there is none yet."""
    _attachments[kind] = function


def obsolete_reason(event: str, about_id: int | None, values: Mapping[str, Any]) -> str:
    """Why a mail must not go out any more; empty when it may."""
    check = _obsolete_reasons.get(event)
    return check(about_id, values) if check is not None and about_id is not None else ""


def run_sent_hook(event: str, about_id: int | None, at: datetime) -> None:
    """Tell the app whose record the mail is about, if it wants to know."""
    function = _sent_hooks.get(event)
    if function is not None and about_id is not None:
        function(about_id, at)


def build_attachment(kind: str, pk: int) -> tuple[str, bytes]:
    """One attachment; ``KeyError`` for a kind that no app makes."""
    return _attachments[kind](pk)


def has_attachment_kind(kind: str) -> bool:
    """Whether some app makes attachments of this kind."""
    return kind in _attachments
