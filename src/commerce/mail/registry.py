"""What other apps tell mail when they are ready: when a mail is no longer true, and how an attachment is made."""

from collections.abc import Callable

type StillTrue = Callable[[int], str]
type Attachment = Callable[[int], tuple[str, bytes]]

_drops: dict[str, StillTrue] = {}
_attachments: dict[str, Attachment] = {}


def drop_if(event: str, function: StillTrue) -> None:
    """``function(about_id)`` says just before sending why this mail is no longer true; an empty text lets it go."""
    _drops[event] = function


def attachment(kind: str, function: Attachment) -> None:
    """``function(id)`` gives file name and content, or raises ``jobs.registry.Later`` while there is none yet."""
    _attachments[kind] = function


def reason_to_drop(event: str, about_id: int | None) -> str:
    """Why a mail must not go out any more; empty when it may."""
    check = _drops.get(event)
    return check(about_id) if check is not None and about_id is not None else ""


def attached(kind: str, pk: int) -> tuple[str, bytes]:
    """One attachment; ``KeyError`` for a kind that no app makes."""
    return _attachments[kind](pk)


def makes(kind: str) -> bool:
    """Whether some app makes attachments of this kind."""
    return kind in _attachments
