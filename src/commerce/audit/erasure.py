"""Erasing what is personal in audit entries: what was done stays, who it was does not (accounts.md 10)."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.db.models import Q

from commerce.audit.models import AuditEntry, AuditEntryQuerySet

_AT_ONCE = 500
_NUMBERED_KINDS = ("invoice", "credit_note", "order", "erasure")
"""Records whose name is a number of ours."""

_KINDS_OF_BOOKS = ("invoice", "credit_note", "credit", "payment", "service", "domain", "promo_code")
"""Records of whose history the nightly proof asks; without names, it goes with ``retention.audit_years``."""

type TextEraser = Callable[[Mapping[str, Any]], dict[str, Any]]


def erase_from_entries(
    *, client_id: int, user_ids: Collection[int], marker: str, without_text: TextEraser
) -> int:
    """Take names, addresses and free text out of the entries about a client and of users; how many there are.

    Call it within ``db.triggers.allow_retention``. What staff and the system did is still theirs. Of what the users did
    for another client it stays what was done.
    """
    entries = list(_entries(client_id, user_ids))
    for entry in entries:
        is_theirs = entry.actor_kind in ("guest", "token") or (
            entry.actor_kind == "member" and entry.actor_id in user_ids
        )
        if is_theirs:
            entry.actor_name = marker if entry.actor_name else ""
            entry.address = None
        if _is_elsewhere(entry, client_id, user_ids):
            continue
        if entry.record_kind not in _NUMBERED_KINDS:
            entry.record_name = marker if entry.record_name else ""
        entry.reason = marker if entry.reason else ""
        entry.before, entry.after = without_text(entry.before), without_text(entry.after)
    AuditEntry.objects.bulk_update(
        entries,
        ["actor_name", "address", "record_name", "reason", "before", "after"],
        batch_size=_AT_ONCE,
    )
    return len(entries)


def delete_entries(*, client_id: int, user_ids: Collection[int]) -> int:
    """Delete the entries about a client and of users, but for the nameless ones of the books and those about other
    clients; how many there were.

    Call it within ``db.triggers.allow_retention``.
    """
    of_it = Q(client_id=client_id) | Q(client_id=None)
    entries = _entries(client_id, user_ids).filter(of_it).exclude(record_kind__in=_KINDS_OF_BOOKS)
    deleted, _ = entries.delete()
    return deleted


def _is_elsewhere(entry: AuditEntry, client_id: int, user_ids: Collection[int]) -> bool:
    """Whether an entry is about another client, and not about one of the users."""
    is_about_user = entry.record_kind == "user" and entry.record_id in user_ids
    return entry.client_id not in (None, client_id) and not is_about_user


def _entries(client_id: int, user_ids: Collection[int]) -> AuditEntryQuerySet:
    return AuditEntry.objects.filter(
        Q(client_id=client_id)
        | Q(actor_kind="member", actor_id__in=user_ids)
        | Q(record_kind="user", record_id__in=user_ids)
    )
