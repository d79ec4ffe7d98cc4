"""Audit entries in plain words, for the client whom they concern (accounts.md 8). Staff-only ones never come here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Value, When
from django.utils.translation import gettext as _

from commerce.accounts import labels
from commerce.accounts.models import Client, CustomField
from commerce.audit.models import AuditEntry, AuditEntryQuerySet
from commerce.billing.models import Invoice
from commerce.portal.account.history_labels import (
    FIELD_LABELS,
    KIND_BY_NOUN,
    RIGHT_BY_KIND,
)
from commerce.portal.base.access import ActingMember
from commerce.presentation.client_actions import CLIENT_ACTION_LABELS
from commerce.presentation.labels import Text

CUSTOM_FIELDS_ACTION = "client.fields_changed"
"""The action whose fields are custom ones, by their names."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field with what it held before and after."""

    field: Text
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One audit entry as its client reads it."""

    what: Text
    name: str
    who: str
    address: str
    at: datetime
    changes: list[FieldChange]


def kinds_shown(acting: ActingMember) -> list[str]:
    """The kinds of things of which this member has the right to read."""
    return [kind for kind, right in RIGHT_BY_KIND.items() if acting.may(right)]


def history_of(acting: ActingMember) -> AuditEntryQuerySet:
    """The entries that concern the client and that this member has the right to read, newest first, with their kind."""
    actions: dict[str, list[str]] = {kind: [] for kind in kinds_shown(acting)}
    for action in CLIENT_ACTION_LABELS:
        kind = KIND_BY_NOUN[action.partition(".")[0]]
        if kind in actions:
            actions[kind].append(action)
    rows = AuditEntry.objects.for_client(acting.client)
    rows = rows.filter(action__in=[action for each in actions.values() for action in each])
    kinds = [When(action__in=each, then=Value(kind)) for kind, each in actions.items()]
    return rows.annotate(kind=Case(*kinds, default=Value(""))).newest_first()


def latest_history(acting: ActingMember, number: int) -> list[HistoryEntry]:
    """The last entries that concern the client and that this member has the right to read."""
    return describe_entries(acting, history_of(acting)[:number])


def describe_entries(acting: ActingMember, rows: Iterable[AuditEntry]) -> list[HistoryEntry]:
    """These entries as this member reads them."""
    entries = list(rows)
    numbers, custom = _numbers(acting.client, entries), _custom(entries)
    return [_described(entry, acting, numbers, custom) for entry in entries]


def _numbers(client: Client, entries: Sequence[AuditEntry]) -> Mapping[int, str]:
    """Numbers of the invoices that these entries are about: some were drafts without one when it was written."""
    about = [e.record_id for e in entries if e.record_kind == "invoice" and e.record_id]
    if not about:
        return {}
    rows = Invoice.objects.for_client(client).filter(pk__in=about)
    return {pk: number or "" for pk, number in rows.values_list("pk", "number")}


def _custom(entries: Sequence[AuditEntry]) -> frozenset[str]:
    """Names of the custom fields that a client may read of; one that was made admin-only meanwhile is none (T9)."""
    if not any(entry.action == CUSTOM_FIELDS_ACTION for entry in entries):
        return frozenset()
    return frozenset(CustomField.objects.for_clients().values_list("name", flat=True))


def _described(
    entry: AuditEntry, acting: ActingMember, numbers: Mapping[int, str], custom: frozenset[str]
) -> HistoryEntry:
    issued = entry.action == "invoice.unpaid" and entry.before.get("status") == "draft"
    return HistoryEntry(
        what=CLIENT_ACTION_LABELS["invoice.issued" if issued else entry.action],
        name=_name(entry, numbers),
        who=_who(entry),
        address=_address(entry, acting),
        at=entry.at,
        changes=_changes(entry, custom),
    )


def _name(entry: AuditEntry, numbers: Mapping[int, str]) -> str:
    name = entry.record_name
    match entry.record_kind:
        case "invoice":
            return numbers.get(entry.record_id or 0, "")
        case "payment":  # a gateway's key and its reference
            gateway, blank, reference = name.partition(" ")
            return f"{gateway.replace('_', ' ')}{blank}{reference}"
        case "cancellation_request":  # the service, and when it ends
            return name.rpartition(" ")[0]
        case "consumer_statement":
            return ""
        case "plan_change":  # the service, and what it becomes
            return name.partition(" to ")[0]
    return name


def _who(entry: AuditEntry) -> str:
    """Members by their address; people of ours without their names."""
    if entry.actor_kind == "member":
        return entry.actor_name
    return {"staff": _("Staff"), "system": _("Automatic")}.get(entry.actor_kind, "")


def _address(entry: AuditEntry, acting: ActingMember) -> str:
    """From where a member did it, for themselves and for who manages members; never that of anybody else."""
    own = entry.actor_id == acting.user.pk
    readable = entry.actor_kind == "member" and (own or acting.may("members.manage"))
    return entry.address or "" if readable else ""


def _changes(entry: AuditEntry, custom: frozenset[str]) -> list[FieldChange]:
    if entry.action == CUSTOM_FIELDS_ACTION:
        return [_change(key, key, entry, _shown) for key in entry.after if key in custom]
    if entry.record_kind not in ("client", "membership", "user"):
        return []
    return [
        _change(key, FIELD_LABELS[key], entry, _role if key == "role" else _shown)
        for key in entry.after
        if key in FIELD_LABELS
    ]


def _change(key: str, label: Text, entry: AuditEntry, show: Callable[[Any], str]) -> FieldChange:
    return FieldChange(label, show(entry.before.get(key)), show(entry.after.get(key)))


def _role(stored: Any) -> str:
    return str(labels.ROLE_LABELS.get(stored, "–"))


def _shown(stored: Any) -> str:
    return str(stored) if stored else "–"
