"""What lists of the staff API are narrowed by: the filters of the lists of the staff area, by their own names."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.contrib.admin import SimpleListFilter
from django.db.models import DateTimeField, IntegerField, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RangeDateFilter, RangeDateTimeFilter

from commerce.api.v2.reading.filters import FilterError
from commerce.backoffice.api.words import has_words, having
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.changelist import GREATEST

type Rows = QuerySet[Any]

MAX_TEXT = 200
"""Characters of a value that is compared or searched for."""


class ListFilter(NamedTuple):
    """One parameter of a list. ``apply`` raises ``FilterError`` for a value that it cannot have."""

    about: str
    schema: dict[str, Any]
    apply: Callable[[HttpRequest, Rows, str], Rows]


@cache
def filters_of(admin: RecordAdmin) -> Mapping[str, ListFilter]:
    """The filters of a list, by the name of their parameter."""
    found: dict[str, ListFilter] = {}
    for one in admin.list_filter:
        if isinstance(one, tuple):
            path, kind = one
            is_range = issubclass(kind, RangeDateFilter | RangeDateTimeFilter)
            found |= _range(admin, path) if is_range else _relation(admin, path)
        elif isinstance(one, type) and issubclass(one, SimpleListFilter):
            found[str(one.parameter_name)] = _simple(admin, one)
    if has_words(admin.model):
        found["reference"] = ListFilter(
            "Those with this reference of the client.",
            {"type": "string", "minLength": 1, "maxLength": MAX_TEXT},
            lambda _request, rows, text: having(rows, "reference", text),
        )
    return found


def _simple(admin: RecordAdmin, kind: type[SimpleListFilter]) -> ListFilter:
    def apply(request: HttpRequest, rows: Rows, text: str) -> Rows:
        if not text or len(text) > MAX_TEXT:
            raise FilterError(f"It must have 1 to {MAX_TEXT} characters.")
        asked = kind(request, {str(kind.parameter_name): [text]}, admin.model, admin)
        known = [str(value) for value, _words in asked.lookups(request, admin) or ()]
        if known and text not in known:
            raise FilterError(f"It must be one of {', '.join(known)}.")
        chosen = asked.queryset(request, rows)
        return rows if chosen is None else chosen

    return ListFilter(str(kind.title), {"type": "string"}, apply)


def _relation(admin: RecordAdmin, path: str) -> Mapping[str, ListFilter]:
    """Records of another one, by its id."""
    field: Any = admin.model._meta.get_field(path.partition("__")[0])
    for step in path.split("__")[1:]:
        field = field.related_model._meta.get_field(step)
    is_number = isinstance(field.related_model._meta.pk, IntegerField)
    name = path.rpartition("__")[2]

    def apply(_request: HttpRequest, rows: Rows, text: str) -> Rows:
        key = _number(text) if is_number else text[:MAX_TEXT]
        return rows.filter(**{path: key})

    schema = {"type": "integer"} if is_number else {"type": "string"}
    return {name: ListFilter(f"The id of the {name.replace('_', ' ')}.", schema, apply)}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= GREATEST):
        raise FilterError("It must be an id.")
    return int(text)


def _range(admin: RecordAdmin, path: str) -> Mapping[str, ListFilter]:
    """From a day, or until one; both are counted."""
    is_instant = isinstance(admin.model._meta.get_field(path), DateTimeField)

    def begin(_request: HttpRequest, rows: Rows, text: str) -> Rows:
        day = _day(text)
        return rows.filter(**{f"{path}__gte": _midnight(day) if is_instant else day})

    def end(_request: HttpRequest, rows: Rows, text: str) -> Rows:
        day = _day(text)
        if is_instant:
            return rows.filter(**{f"{path}__lt": _midnight(day) + timedelta(days=1)})
        return rows.filter(**{f"{path}__lte": day})

    schema = {"type": "string", "format": "date"}
    zone = " (UTC)" if is_instant else ""
    return {
        f"{path}_from": ListFilter(f"On this day{zone} or later.", schema, begin),
        f"{path}_to": ListFilter(f"On this day{zone} or earlier.", schema, end),
    }


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    if day is None or not 1900 <= day.year <= 9998:
        raise FilterError("It must be a day as 2026-12-31.")
    return day


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
