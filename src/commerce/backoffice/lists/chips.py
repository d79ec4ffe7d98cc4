"""What narrows a list, as chips above it: "Status: overdue", each with the address of the list without it."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.utils import NotRelationField, get_fields_from_path
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.backoffice.base.access import may
from commerce.backoffice.base.pages import Text
from commerce.presentation.formats import format_day
from commerce.presentation.records import STATUS

_LABELS: Mapping[str, Text] = {
    "client": _lazy("Client"),
    "currency": _lazy("Currency"),
    "number": _lazy("Number"),
    "status": STATUS,
    "category": _lazy("Category"),
    "rate_milli": _lazy("Tax rate"),
}
"""Of columns that links compare and no list shows."""
COMPARISONS = {"gte": "≥", "gt": ">", "lte": "≤", "lt": "<"}


class FilterChip(NamedTuple):
    """A filter that is on."""

    label: Text
    value: Text
    query: str
    """The list without it."""


def filter_chips(changelist: Any) -> Iterator[FilterChip]:
    """Those of a list's own filters, then those of links to it."""
    asked: dict[str, list[str]] = changelist.get_filters_params()
    for spec in changelist.filter_specs:
        names = [str(name) for name in spec.expected_parameters() if name]
        given = {name: asked.pop(name) for name in names if name in asked}
        values = {name: typed[-1] for name, typed in given.items() if typed[-1]}
        if text := _text_of(changelist, spec, names, values):
            yield FilterChip(spec.title, text, _without(changelist, spec, names))
    for name, typed in asked.items():
        label, value = _compared(changelist, name, typed[-1])
        yield FilterChip(label, value, changelist.get_query_string({name: None, "p": None}))


def _without(changelist: Any, spec: Any, names: list[str]) -> str:
    """A filter with a usual value is off only with an empty one."""
    off = "" if names[0] in changelist.model_admin.usual_parameters else None
    return str(changelist.get_query_string({**dict.fromkeys(names), names[0]: off, "p": None}))


def _text_of(changelist: Any, spec: Any, names: list[str], values: dict[str, str]) -> str:
    if isinstance(spec, SimpleListFilter):
        value = str(spec.value() or "")
        return str(dict(spec.lookup_choices).get(value, value))
    if any(name.endswith(("_from", "_from_0")) for name in names):
        return _span(values)
    typed = next(iter(values.values()), "")
    return _record(changelist, spec.field, typed) if typed else ""


def _span(values: dict[str, str]) -> str:
    begin = next((_day(typed) for name, typed in values.items() if "_from" in name), "")
    end = next((_day(typed) for name, typed in values.items() if "_to" in name), "")
    if begin and end:
        return begin if begin == end else f"{begin} – {end}"
    return f"≥ {begin}" if begin else f"≤ {end}" if end else ""


def _day(typed: str) -> str:
    try:
        return format_day(date.fromisoformat(typed))
    except ValueError:
        return typed


def _compared(changelist: Any, name: str, typed: str) -> tuple[Text, str]:
    """A column that a link to the list compares: by the label of its field, if it has one."""
    path, _sign, comparison = name.rpartition("__")
    if comparison not in (*COMPARISONS, "exact", "in", "isnull"):
        path, comparison = name, "exact"
    path = path.removesuffix("__id")
    spec = next((one for one in changelist.filter_specs if path in _paths_of(one)), None)
    field = _field_of(changelist.model, path)
    label = spec.title if spec else label_of(changelist, path, field)
    if comparison == "isnull":
        return label, _("empty") if typed in ("1", "True", "true") else _("not empty")
    words = dict(getattr(spec, "lookup_choices", None) or getattr(field, "flatchoices", None) or ())
    if field is not None and field.is_relation and comparison == "exact":
        return label, _record(changelist, field, typed)
    shown = [str(words.get(one, _day(one))) for one in typed.split(",")]
    return label, f"{COMPARISONS.get(comparison, '')} {', '.join(shown)}".strip()


def _paths_of(spec: Any) -> tuple[str, ...]:
    return (getattr(spec, "field_path", ""), getattr(spec, "parameter_name", "") or "")


def _field_of(model: Any, path: str) -> Any:
    try:
        return get_fields_from_path(model, path)[-1]
    except (FieldDoesNotExist, NotRelationField):
        return None


def label_of(changelist: Any, path: str, field: Any) -> Text:
    """What a column is called that a list is narrowed by: as its column, if it may have one, or that of its record's
    name; the last part of its path otherwise has words here.
    """
    columns = {one.getter: one for one in reversed(changelist.model_admin.known_columns)}
    if column := columns.get(path) or columns.get(f"{path}__name"):
        return str(column.short_description)
    words = _LABELS.get(path.rpartition("__")[2])
    return str(words or getattr(field, "verbose_name", path)).capitalize()


def _record(changelist: Any, field: Any, typed: str) -> str:
    """Another record by its name, for who may see it; otherwise by its ID."""
    kind = field.related_model
    admin = changelist.model_admin.admin_site._registry.get(kind)
    if admin is None or not may(changelist.request, admin.view_permission):
        return f"#{typed}"
    found = admin.get_queryset(changelist.request).filter(pk=typed).first()
    return f"#{typed}" if found is None else str(admin.record_title(found))
