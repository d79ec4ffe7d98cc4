"""``include``: records that a record names, embedded in it, one level, as far as the caller may see them."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.db.models import ForeignKey

from commerce.backoffice.api.caller import StaffCaller
from commerce.backoffice.api.kinds import Json, RecordKind, kind_of_model


@cache
def related_kinds(kind: RecordKind) -> Mapping[str, RecordKind]:
    """What ``include`` takes: the kinds of the records that these name, by the name they have there."""
    found = {}
    for field in kind.admin.model._meta.concrete_fields:
        other = field.related_model if isinstance(field, ForeignKey) else None
        named = kind_of_model(kind.site, other) if isinstance(other, type) else None
        if named is not None:
            found[field.name] = named
    return found


def check_may_include(caller: StaffCaller, kind: RecordKind, names: Sequence[str]) -> None:
    """Raise ``ApiProblem`` 403 unless the caller may read what is to be embedded."""
    for name in names:
        caller.check_may(related_kinds(kind)[name].needed)


def embed(
    caller: StaffCaller,
    kind: RecordKind,
    rows: Sequence[Any],
    told: Sequence[Json],
    names: Sequence[str],
) -> None:
    """Put into each record what it names: null where it names none, or one that the caller may not see."""
    for name in names:
        other = related_kinds(kind)[name]
        keys = [getattr(row, f"{name}_id") for row in rows]
        found = other.admin.record_queryset(caller.request).filter(pk__in={*keys} - {None})
        shown = {row.pk: other.shown(row, caller) for row in found}
        for record, key in zip(told, keys, strict=True):
            record.setdefault("included", {})[name] = shown.get(key)
