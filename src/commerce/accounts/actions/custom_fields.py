"""Custom fields: what an installation asks of its clients, and what staff write into them (accounts.md 9)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.actions.custom_values import lock_custom_fields, write_custom_values
from commerce.accounts.events import ClientChanged
from commerce.accounts.models import Client, CustomField
from commerce.accounts.rules import CustomFieldType
from commerce.audit.actions import write_audit_entry
from commerce.events.publish import publish
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.text import clean_line

MAX_NAME_LENGTH = 100
MAX_OPTIONS = 100
MAX_POSITION = 1_000_000
SHOW_FIELDS = ("show_on_registration", "show_on_order", "show_on_invoice")
CUSTOM_FIELD_FIELDS = (
    "name",
    "type",
    "options",
    "required",
    *SHOW_FIELDS,
    "admin_only",
    "position",
)


@transaction.atomic
def create_custom_field(*, name: str, ctx: Context, **fields: Any) -> CustomField:
    """A field that clients, or staff alone, fill in, with these ``FIELDS``; without a ``position`` it is the last one.

    Raises ``BusinessError`` for what does not fit together.
    """
    last = CustomField.objects.aggregate(last=Max("position"))["last"] or 0
    field = CustomField(**{"position": min(last + 1, MAX_POSITION), **fields, "name": name})
    _tidy(field)
    field.save(force_insert=True)
    _note(field, "created", ctx, after=_state(field))
    return field


@transaction.atomic
def change_custom_field(*, field: CustomField, ctx: Context, **fields: Any) -> None:
    """Change some of ``FIELDS``; issued invoices keep what they say. Raises ``BusinessError``.

    While clients have values, the type stays, an option that one of them has stays, and what staff wrote for
    themselves is not opened to clients.
    """
    if wrong := fields.keys() - set(CUSTOM_FIELD_FIELDS):
        raise TypeError(f"unknown fields: {', '.join(sorted(wrong))}")
    row = _lock(field)
    old = _state(row)
    for key, value in fields.items():
        setattr(row, key, value)
    _tidy(row)
    after = {key: value for key, value in _state(row).items() if old[key] != value}
    if after:
        before = {key: old[key] for key in after}
        _check_values(row, before)
        row.save(force_update=True)
        _note(row, "changed", ctx, before=before, after=after)
    field.refresh_from_db()


@transaction.atomic
def remove_custom_field(*, field: CustomField, ctx: Context, with_values: bool = False) -> None:
    """Take a field away; issued invoices keep what they say. Clients' values go with it only ``with_values``."""
    row = _lock(field)
    count = row.values.count()
    if count and not with_values:
        raise BusinessError("custom_field.in_use", name=row.name, count=count)
    row.values.all().delete()
    _note(row, "removed", ctx, before=_state(row) | {"values": count})
    row.delete()


def set_custom_value(*, client: Client, field: CustomField, value: str, ctx: Context) -> None:
    """``set_custom_values`` of one field."""
    set_custom_values(client=client, values={field: value}, ctx=ctx)


def set_custom_values_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why there is nothing to fill in about a client."""
    return None if CustomField.objects.exists() else StateConflict("custom_field.none")


@transaction.atomic
def set_custom_values(*, client: Client, values: Mapping[CustomField, str], ctx: Context) -> None:
    """Staff write what a client's record says, in admin-only fields too; empty takes a value away. All are written, or
    none. Raises ``BusinessError``, and ``StateConflict`` while there are no fields.
    """
    row = lock_client(client.pk)
    if blocked := set_custom_values_blocked_reason(row, ctx):
        raise blocked
    held = lock_custom_fields(CustomField.objects.filter(pk__in=[field.pk for field in values]))
    if len(held) < len(values):
        raise BusinessError("custom_field.removed")
    if write_custom_values(row, {field: values[field] for field in held}, ctx=ctx):
        publish(ClientChanged(row.pk), at=ctx.at, client_id=row.pk)


def _lock(field: CustomField) -> CustomField:
    rows = lock_custom_fields(CustomField.objects.filter(pk=field.pk))
    if not rows:
        raise BusinessError("custom_field.removed")
    return rows[0]


def _state(field: CustomField) -> dict[str, Any]:
    return {key: getattr(field, key) for key in CUSTOM_FIELD_FIELDS}


def _tidy(field: CustomField) -> None:
    """Make the texts uniform. Raises ``BusinessError`` for what does not fit together."""
    field.name = clean_line(field.name)
    field.options = [clean_line(option) for option in field.options]
    if not 0 < len(field.name) <= MAX_NAME_LENGTH:
        raise BusinessError("custom_field.name_not_valid", maximum=MAX_NAME_LENGTH, field="name")
    if CustomField.objects.filter(name__iexact=field.name).exclude(pk=field.pk).exists():
        raise BusinessError("custom_field.name_taken", name=field.name, field="name")
    if field.type not in CustomFieldType:
        names = ", ".join(CustomFieldType)
        raise BusinessError("custom_field.type_unknown", types=names, field="type")
    if field.admin_only and any(getattr(field, key) for key in SHOW_FIELDS):
        raise BusinessError("custom_field.staff_only_is_not_shown", field="admin_only")
    if not 0 <= field.position <= MAX_POSITION:
        raise BusinessError(
            "custom_field.position_out_of_range", maximum=MAX_POSITION, field="position"
        )
    _check_options(field.type, field.options)


def _check_options(type_: str, options: Sequence[str]) -> None:
    if type_ != CustomFieldType.DROPDOWN:
        if options:
            raise BusinessError("custom_field.takes_no_options", field="options")
        return
    if not 0 < len(options) <= MAX_OPTIONS or len(set(options)) < len(options):
        raise BusinessError("custom_field.options_not_valid", maximum=MAX_OPTIONS, field="options")
    if not all(0 < len(option) <= MAX_NAME_LENGTH for option in options):
        raise BusinessError(
            "custom_field.option_not_valid", maximum=MAX_NAME_LENGTH, field="options"
        )


def _check_values(field: CustomField, before: dict[str, Any]) -> None:
    """Raise ``BusinessError`` for a change that the values which clients have would not survive."""
    if "type" in before and field.values.exists():
        raise BusinessError("custom_field.type_in_use", field="type")
    lost = set(before.get("options", ())) - set(field.options)
    if lost and field.values.filter(value__in=lost).exists():
        names = ", ".join(sorted(lost))
        raise BusinessError("custom_field.options_in_use", options=names, field="options")
    if before.get("admin_only") and field.values.exists():
        raise BusinessError("custom_field.has_staff_values", field="admin_only")


def _note(
    field: CustomField,
    verb: str,
    ctx: Context,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"customfield.{verb}",
        record=("customfield", field.pk),
        name=field.name,
        before=before,
        after=after,
    )
