"""Entries about services say ``ends_on``, ``activated_on`` and ``price_parts``, as their fields are called."""

from typing import Any

from django.db import migrations
from django.db.models import Q

_NAMES = {"cancel_at": "ends_on", "registration_date": "activated_on", "parts": "price_parts"}
_AT_ONCE = 500


def rename_keys(apps: Any, schema_editor: Any) -> None:
    """In what was before and after."""
    _rename(apps, schema_editor, _NAMES)


def rename_back(apps: Any, schema_editor: Any) -> None:
    """The way back."""
    _rename(apps, schema_editor, {new: old for old, new in _NAMES.items()})


def _rename(apps: Any, schema_editor: Any, names: dict[str, str]) -> None:
    entries = apps.get_model("audit", "AuditEntry").objects.using(schema_editor.connection.alias)
    named = Q()
    for old in names:
        named |= Q(before__has_key=old) | Q(after__has_key=old)
    about = entries.filter(named, record_kind="service").order_by("pk")
    last = 0
    while found := list(about.filter(pk__gt=last)[:_AT_ONCE]):
        for entry in found:
            entry.before = {names.get(key, key): value for key, value in entry.before.items()}
            entry.after = {names.get(key, key): value for key, value in entry.after.items()}
        entries.bulk_update(found, ["before", "after"])
        last = found[-1].pk


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_nouns_of_two_words")]

    operations = [migrations.RunPython(rename_keys, rename_back)]
