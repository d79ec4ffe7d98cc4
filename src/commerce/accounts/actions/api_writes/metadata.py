"""A client's own words about its records: a reference, and up to 20 pairs of metadata (client-api-v2.md 1)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.models.metadata import REFERENCE, RecordMetadata
from commerce.audit.actions import write_audit_entry
from commerce.audit.kinds import record_kind
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.text import clean_line

MAX_PAIRS = 20
MAX_KEY_LENGTH = 40
MAX_VALUE_LENGTH = 500
MAX_REFERENCE_LENGTH = 255


@transaction.atomic
def change_metadata(
    *, record: Any, values: Mapping[str, str | None], ctx: Context, part: Any = None
) -> None:
    """Set these keys of a record, or of a ``part`` of it, and take away those whose value is None; the others stay.

    The key ``""`` is the reference. Raises ``BusinessError`` for too many, or too long ones.
    """
    wanted = {key: None if value is None else _value(key, value) for key, value in values.items()}
    named = part or record
    bump_revision(record.client_id, ctx)
    rows = RecordMetadata.objects.of(named._meta.model_name, named.pk)
    stored = dict(rows.values_list("key", "value"))
    kept = {key: value for key, value in (stored | wanted).items() if value is not None}
    if len(kept.keys() - {REFERENCE}) > MAX_PAIRS:
        raise BusinessError("metadata.too_many", most=MAX_PAIRS, field="metadata")
    changed = [key for key in wanted if stored.get(key) != wanted[key]]
    if not changed:
        return
    rows.filter(key__in=[key for key in changed if key in stored]).delete()
    RecordMetadata.objects.bulk_create(
        RecordMetadata(
            client_id=record.client_id,
            kind=named._meta.model_name,
            record_id=named.pk,
            key=key,
            value=kept[key],
        )
        for key in changed
        if key in kept
    )
    row = type(record)._default_manager.filter(pk=record.pk)
    row.update(changed_at=ctx.at, version=F("version") + 1)
    kind = record_kind(record)
    # The values are the client's own, and may be about people: the log has the keys alone.
    write_audit_entry(
        ctx=ctx,
        action=f"{kind}.metadata_changed",
        record=(kind, record.pk),
        name=str(record),
        client_id=record.client_id,
        after={"keys": sorted(key or "reference" for key in changed)}
        | ({} if part is None else {"item": part.position}),
    )


def _value(key: str, value: str) -> str:
    if key == REFERENCE:
        return _checked(value, MAX_REFERENCE_LENGTH, "reference")
    if not 1 <= len(key) <= MAX_KEY_LENGTH or not key.isprintable() or key != key.strip():
        raise BusinessError("metadata.key_not_valid", most=MAX_KEY_LENGTH, field="metadata")
    return _checked(value, MAX_VALUE_LENGTH, "metadata")


def _checked(value: str, most: int, field: str) -> str:
    text = clean_line(value)
    if not 1 <= len(text) <= most:
        raise BusinessError("metadata.value_not_valid", most=most, field=field)
    return text
