"""`/admin/audit`: who did what, to whom, when, from where (backoffice.md 7)."""

from contextlib import suppress
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _lazy
from unfold.contrib.filters.admin import RangeDateTimeFilter, TextFilter

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.kinds import record_kind
from commerce.audit.models import AuditEntry
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import Column, instant_column
from commerce.backoffice.lists.entry_columns import actor_kinds, entry_action, person_of
from commerce.backoffice.lists.filters import ClientIdFilter, choice_filter, is_record_number
from commerce.presentation.audit_actions import ACTION_LABELS

LONGEST_VALUE = 60
"""Characters of a value that the list shows; a file has the whole."""


def _who(entry: AuditEntry) -> str:
    name = person_of(entry)
    return f"{name} → #{entry.for_client_id}" if entry.for_client_id is not None else name


def _record(entry: AuditEntry) -> str:
    number = "" if entry.record_id is None else f" {entry.record_id}"
    return f"{entry.record_kind}{number} {entry.record_name}".strip()


def _linked_record(entry: AuditEntry) -> str:
    """The record by its name, with a link to its page if its kind has any."""
    name = entry.record_name or _record(entry)
    page = _record_pages().get(entry.record_kind)
    if page is None or entry.record_id is None:
        return name
    return format_html('<a href="{}">{}</a>', reverse(page, args=[entry.record_id]), name)


@cache
def _record_pages() -> dict[str, str]:
    """The URL name of a record's page, by its kind."""
    names: dict[str, str] = {}
    for model in apps.get_models():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        with suppress(NoReverseMatch):
            reverse(name, args=[1])
            names[record_kind(model)] = name
    return names


def _linked_client(entry: AuditEntry) -> str | None:
    if entry.client_id is None:
        return None
    url = reverse("admin:accounts_client_change", args=[entry.client_id])
    return format_html('<a href="{}">#{}</a>', url, entry.client_id)


def _changes(entry: AuditEntry, longest: int | None = None) -> str:
    """Each value that changed: ``status: active → suspended``."""
    told = entry.told
    names = dict.fromkeys([*entry.before, *told])

    def shown(value: Any) -> str:
        text = str(value)
        return f"{text[:longest]}…" if longest and len(text) > longest else text

    return "; ".join(
        f"{name}: {shown(entry.before[name])} → {shown(told[name])}"
        if name in entry.before and name in told
        else f"{name}: {shown(told.get(name, entry.before.get(name)))}"
        for name in names
    )


def _shown_changes(entry: AuditEntry) -> str:
    """They wrap: names and values can be long."""
    text = _changes(entry, LONGEST_VALUE)
    return format_html('<span class="changes">{}</span>', text) if text else ""


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
        return found.filter(record_id=int(number)) if is_record_number(number) else queryset.none()


class _ActionFilter(TextFilter):
    """Entries of the actions with these words, of one by its key (``invoice.paid``), or of all of a noun."""

    title = _lazy("Action, such as invoice paid")
    parameter_name = "action"

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        typed = (self.value() or "").strip().lower()
        if not typed:
            return queryset
        if "." in typed:
            return queryset.filter(action=typed)
        named = [key for key, words in ACTION_LABELS.items() if typed in str(words).lower()]
        return queryset.filter(Q(action__startswith=f"{typed}.") | Q(action__in=named))


class _PersonFilter(TextFilter):
    """Entries of a person, by the beginning of their address."""

    title = _lazy("Email of the person")
    parameter_name = "person"

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        typed = (self.value() or "").strip()
        return queryset.filter(actor_name__istartswith=typed) if typed else queryset


class AuditEntryAdmin(RecordAdmin):
    """The audit log, newest first. An entry has no page: the list says all of it."""

    model = AuditEntry
    slug = "audit"
    label = _lazy("Audit log")
    view_permission = StaffPermission.AUDIT_VIEW
    menu = MenuGroup.SYSTEM
    has_record_page = False
    list_per_page = 100
    ordering = ("-at", "-id")
    list_display = (
        instant_column(_lazy("Time"), "at"),
        entry_action(),
        Column(_lazy("Person"), _who),
        Column(_lazy("Record"), _linked_record, export=_record),
        Column(_lazy("Client"), _linked_client, export=lambda entry: entry.client_id),
        Column(_lazy("Changes"), _shown_changes, export=_changes),
        Column(_lazy("Reason"), "reason"),
        Column(_lazy("Address"), "address"),
    )
    list_filter = (
        choice_filter("actor_kind", _lazy("Person"), actor_kinds),
        _PersonFilter,
        _ActionFilter,
        ClientIdFilter,
        _RecordFilter,
        ("at", RangeDateTimeFilter),
    )
