"""`/admin/audit`: who did what, to whom, when, from where (backoffice.md 7)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _lazy
from unfold.contrib.filters.admin import RangeDateTimeFilter, TextFilter

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.models import AuditEntry
from commerce.backoffice.base.columns import Column, instant_column
from commerce.backoffice.base.filters import choice_filter
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin


def _kinds() -> Mapping[str, Any]:
    return {
        "member": _lazy("Member"),
        "staff": _lazy("Staff"),
        "token": _lazy("API token"),
        "system": _lazy("Automatic"),
        "guest": _lazy("Guest"),
    }


def _who(entry: AuditEntry) -> str:
    name = entry.actor_name or str(_kinds().get(entry.actor_kind, entry.actor_kind))
    return f"{name} → #{entry.for_client_id}" if entry.for_client_id is not None else name


def _record(entry: AuditEntry) -> str:
    number = "" if entry.record_id is None else f" {entry.record_id}"
    return f"{entry.record_kind}{number} {entry.record_name}".strip()


def _changes(entry: AuditEntry) -> str:
    """Each value that changed: ``status: active → suspended``."""
    names = dict.fromkeys([*entry.before, *entry.after])
    return "; ".join(
        f"{name}: {entry.before[name]} → {entry.after[name]}"
        if name in entry.before and name in entry.after
        else f"{name}: {entry.after.get(name, entry.before.get(name))}"
        for name in names
    )


class _ClientFilter(TextFilter):
    """Entries about a client, by id."""

    title = _lazy("Client ID")
    parameter_name = "client"

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        typed = self.value() or ""
        if not typed:
            return queryset
        return queryset.filter(client_id=int(typed)) if _is_number(typed) else queryset.none()


class _RecordFilter(TextFilter):
    """Entries about a record: ``invoice 12``, or all of a kind."""

    title = _lazy("Record, such as invoice 12")
    parameter_name = "record"

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        kind, _, number = (self.value() or "").strip().replace(":", " ").partition(" ")
        if not kind:
            return queryset
        found = queryset.filter(record_kind=kind.lower())
        if not number:
            return found
        return found.filter(record_id=int(number)) if _is_number(number) else queryset.none()


class _ActionFilter(TextFilter):
    """Entries of an action, such as ``invoice.voided``, or of all actions of a noun."""

    title = _lazy("Action, such as invoice.voided")
    parameter_name = "action"

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        typed = (self.value() or "").strip().lower()
        if not typed:
            return queryset
        exact = {"action": typed} if "." in typed else {"action__startswith": f"{typed}."}
        return queryset.filter(**exact)


class _PersonFilter(TextFilter):
    """Entries of a person, by the beginning of their address."""

    title = _lazy("Email of the person")
    parameter_name = "person"

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        typed = (self.value() or "").strip()
        return queryset.filter(actor_name__istartswith=typed) if typed else queryset


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdecimal() and len(typed) <= 18


class AuditEntryAdmin(RecordAdmin):
    """The audit log, newest first. An entry has no page: the list says all of it."""

    model = AuditEntry
    slug = "audit"
    label = _lazy("Audit log")
    view_permission = StaffPermission.AUDIT_VIEW
    menu = MenuGroup.SYSTEM
    icon = "history"
    has_record_page = False
    list_per_page = 100
    ordering = ("-at", "-id")
    list_display = (
        instant_column(_lazy("Time"), "at"),
        Column(_lazy("Action"), "action"),
        Column(_lazy("Person"), _who),
        Column(_lazy("Record"), _record),
        Column(_lazy("Client"), "client_id"),
        Column(_lazy("Changes"), _changes),
        Column(_lazy("Reason"), "reason"),
        Column(_lazy("Address"), "address"),
    )
    list_filter = (
        choice_filter("actor_kind", _lazy("Person"), _kinds),
        _PersonFilter,
        _ActionFilter,
        _ClientFilter,
        _RecordFilter,
        ("at", RangeDateTimeFilter),
    )
