"""Filters of lists, in words that are translated. For related records use unfold's ``AutocompleteSelectFilter``."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.admin.widgets import get_select2_language
from django.db.models import QuerySet
from django.forms import Media
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _lazy
from unfold.contrib.filters.admin import DropdownFilter, TextFilter

from commerce.backoffice.base.pages import Text
from commerce.presentation.labels import status_labels
from commerce.presentation.records import STATUS


def choice_filter(
    field: str, label: Text, labels: Callable[[], Mapping[Any, Any]], *, parameter: str = ""
) -> type[DropdownFilter]:
    """A drop-down of the values of a column: ``labels`` gives their texts. ``?<parameter>=<value>``, by default the
    field's name.
    """

    class ChoiceFilter(DropdownFilter):
        title = label
        parameter_name = parameter or field

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
            return [(str(value), text) for value, text in labels().items()]

        def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
            chosen = {str(value): value for value in labels()}.get(self.value() or "")
            return queryset if chosen is None else queryset.filter(**{field: chosen})

    return ChoiceFilter


class ClientIdFilter(TextFilter):
    """Rows of a client, by id: of models that name it without a foreign key."""

    title = _lazy("Client ID")
    parameter_name = "client"

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        typed = self.value() or ""
        if not typed:
            return queryset
        return queryset.filter(client_id=int(typed)) if is_record_number(typed) else queryset.none()


def is_record_number(typed: str) -> bool:
    """Whether what was typed can be the id of a record."""
    return typed.isascii() and typed.isdecimal() and len(typed) <= 18


def with_select2_words(media: Media) -> Media:
    """Scripts of a list, with the words of select2 in the reader's language where a filter uses it."""
    program, code = "admin/js/vendor/select2/select2.full.js", get_select2_language()
    if not code or program not in media._js:  # type: ignore[attr-defined]
        return media
    words = f"admin/js/vendor/select2/i18n/{code}.js"
    return media + Media(js=[program, words, "admin/js/jquery.init.js"])


def status_filter(kind: str) -> type[DropdownFilter]:
    """A filter of a list by the state of its records, in the words of ``STATUS_LABELS``."""
    return choice_filter("status", STATUS, lambda: status_labels(kind))
