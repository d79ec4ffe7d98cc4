"""What a registry leaves in our queue, in our words (RFC 5730 2.9.2.3)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from epptools import Response

from commerce.domains.registrars.contract import RegistrarMessage
from commerce.domains.rules import MessageKind

MOST_AT_ONCE = 50
_LOW = re.compile(r"\b(balance|credit|funds|deposit|threshold)\b", re.IGNORECASE)
_DELETED = re.compile(
    r"\bdelet|\bpurg|\bredemption|\bpendingDelete|\bautodelete|\bremoved\b", re.IGNORECASE
)
_LEAVES = ("pending", "clientApproved", "serverApproved")


def read_queue(poll: Any, client_id: str, keep: Callable[[RegistrarMessage], None]) -> int:
    """Each message is acknowledged once it is kept, so that none is lost; how many there were, at most fifty."""
    number: int = poll.drain(lambda answer: keep(message_of(answer, client_id)), MOST_AT_ONCE)
    return number


def message_of(answer: Response, client_id: str) -> RegistrarMessage:
    """One as it stands first in the queue."""
    text = answer.queue_message() or ""
    return RegistrarMessage(
        id=answer.message_id() or "",
        kind=_kind(answer, text, client_id),
        about=(answer.object_name() or "").lower().rstrip("."),
        text=text,
        queued_at=_instant(answer.queue_date()),
    )


def _kind(answer: Response, text: str, client_id: str) -> MessageKind:
    """By what stands beside the text; its words decide where nothing does."""
    transfer = answer.transfer()
    if transfer is not None:
        leaves = transfer["status"] in _LEAVES and transfer["requested_by"] != client_id
        return MessageKind.TRANSFER_AWAY if leaves else MessageKind.OTHER
    change = answer.change()
    if (change is not None and change["operation"] in ("delete", "purge")) or _DELETED.search(text):
        return MessageKind.DELETION
    if not answer.object_name() and _LOW.search(text):
        return MessageKind.LOW_BALANCE
    return MessageKind.OTHER


def _instant(text: str | None) -> datetime | None:
    """``None`` for what nobody understands: a message is kept all the same."""
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)
