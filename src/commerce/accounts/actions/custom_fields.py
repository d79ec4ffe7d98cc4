"""Custom fields: what an installation asks of its clients, and what staff write into them (accounts.md 9)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.actions.custom_values import lock_custom_fields, write_custom_values
from commerce.accounts.events import ClientChanged
from commerce.accounts.labels import CUSTOM_FIELD_TYPE_LABELS
from commerce.accounts.models import Client, CustomField
from commerce.accounts.rules import CustomFieldType
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.events.publish import publish
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Choice, Flag, Integer, Line
from commerce.kit.acts.lists import Lines
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict

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


NAME = Line(_("Name"), most=MAX_NAME_LENGTH)
TYPE = Choice(_("Type"), labels=CUSTOM_FIELD_TYPE_LABELS)
OPTIONS = Lines(_("Options"), about=_("For a dropdown: one per line."), most=MAX_NAME_LENGTH)
REQUIRED = Flag(_("Required"))
ON_REGISTRATION = Flag(_("Ask at registration"))
ON_ORDER = Flag(_("Ask with an order"))
ON_INVOICE = Flag(_("Show on invoices"))
ADMIN_ONLY = Flag(_("For staff only"))
POSITION = Integer(_("Position"), most=MAX_POSITION)


@act(
    "custom_field.new",
    None,
    label=_("New custom field"),
    submit=_("Create"),
    done=_("Custom field created."),
    staff=StaffPermission.SETTINGS_MANAGE,
    example="field new --name Trade --type dropdown --options Baker --options Butcher",
)
@transaction.atomic
def create_custom_field(
    *,
    name: Annotated[str, NAME],
    ctx: Context,
    type: Annotated[str, TYPE] = CustomFieldType.TEXT,  # noqa: A002 - what people call it
    options: Annotated[Sequence[str], OPTIONS] = (),
    required: Annotated[bool, REQUIRED] = False,
    show_on_registration: Annotated[bool, ON_REGISTRATION] = False,
    show_on_order: Annotated[bool, ON_ORDER] = False,
    show_on_invoice: Annotated[bool, ON_INVOICE] = False,
    admin_only: Annotated[bool, ADMIN_ONLY] = False,
    position: Annotated[
        int | None, replace(POSITION, about=_("Leave empty to put it last."))
    ] = None,
) -> CustomField:
    """A field that clients, or staff alone, fill in; without a ``position`` it is the last one.

    Raises ``BusinessError`` for what does not fit together.
    """
    last = CustomField.objects.aggregate(last=Max("position"))["last"] or 0
    field = CustomField(
        name=name,
        type=type,
        options=list(options),
        required=required,
        show_on_registration=show_on_registration,
        show_on_order=show_on_order,
        show_on_invoice=show_on_invoice,
        admin_only=admin_only,
        position=min(last + 1, MAX_POSITION) if position is None else position,
    )
    _check_field(field)
    field.save(force_insert=True)
    _note(field, "created", ctx, after=_state(field))
    return field


@act(
    "custom_field.edit",
    CustomField,
    label=_("Edit"),
    done=_("Custom field saved."),
    staff=StaffPermission.SETTINGS_MANAGE,
)
@transaction.atomic
def change_custom_field(
    *,
    field: CustomField,
    ctx: Context,
    name: Annotated[str | None, replace(NAME, edits="name")] = None,
    type: Annotated[str | None, replace(TYPE, edits="type")] = None,  # noqa: A002 - as above
    options: Annotated[Sequence[str] | None, replace(OPTIONS, edits="options")] = None,
    required: Annotated[bool | None, replace(REQUIRED, edits="required")] = None,
    show_on_registration: Annotated[
        bool | None, replace(ON_REGISTRATION, edits="show_on_registration")
    ] = None,
    show_on_order: Annotated[bool | None, replace(ON_ORDER, edits="show_on_order")] = None,
    show_on_invoice: Annotated[bool | None, replace(ON_INVOICE, edits="show_on_invoice")] = None,
    admin_only: Annotated[bool | None, replace(ADMIN_ONLY, edits="admin_only")] = None,
    position: Annotated[int | None, replace(POSITION, edits="position")] = None,
) -> None:
    """Change some of it; issued invoices keep what they say. Raises ``BusinessError``.

    While clients have values, the type stays, an option that one of them has stays, and what staff wrote for
    themselves is not opened to clients. What becomes another type than a dropdown loses its options.
    """
    given = {
        "name": name,
        "type": type,
        "options": options,
        "required": required,
        "show_on_registration": show_on_registration,
        "show_on_order": show_on_order,
        "show_on_invoice": show_on_invoice,
        "admin_only": admin_only,
        "position": position,
    }
    row = _lock(field)
    old = _state(row)
    if options is None and type not in (None, row.type) and row.type == CustomFieldType.DROPDOWN:
        given["options"] = []
    for key, value in given.items():
        if value is not None:
            setattr(row, key, value)
    _check_field(row)
    after = {key: value for key, value in _state(row).items() if old[key] != value}
    if after:
        before = {key: old[key] for key in after}
        _check_values(row, before)
        row.save(force_update=True)
        _note(row, "changed", ctx, before=before, after=after)
    field.refresh_from_db()


def _what_goes(field: CustomField) -> str:
    count = field.values.count()
    text = ngettext(
        "The answer of %(count)d client is deleted with it. Issued invoices keep what they say.",
        "The answers of %(count)d clients are deleted with it. Issued invoices keep what they say.",
        count,
    )
    return text % {"count": count}


@act(
    "custom_field.delete",
    CustomField,
    label=_("Delete"),
    intro=_what_goes,
    done=_("Custom field deleted."),
    staff=StaffPermission.SETTINGS_MANAGE,
    is_danger=True,
)
@transaction.atomic
def delete_custom_field(*, field: CustomField, ctx: Context) -> None:
    """Take a field away with clients' values; issued invoices keep what they say."""
    row = _lock(field)
    count, _kinds = row.values.all().delete()
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


def _check_field(field: CustomField) -> None:
    """Raises ``BusinessError`` for what does not fit together."""
    if CustomField.objects.filter(name__iexact=field.name).exclude(pk=field.pk).exists():
        raise BusinessError("custom_field.name_taken", name=field.name, field="name")
    if field.admin_only and any(getattr(field, key) for key in SHOW_FIELDS):
        raise BusinessError("custom_field.staff_only_is_not_shown", field="admin_only")
    _check_options(field.type, field.options)


def _check_options(type_: str, options: Sequence[str]) -> None:
    if type_ != CustomFieldType.DROPDOWN:
        if options:
            raise BusinessError("custom_field.takes_no_options", field="options")
        return
    if not 0 < len(options) <= MAX_OPTIONS or len(set(options)) < len(options):
        raise BusinessError("custom_field.options_not_valid", maximum=MAX_OPTIONS, field="options")


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
        action=f"custom_field.{verb}",
        record=("custom_field", field.pk),
        name=field.name,
        before=before,
        after=after,
    )
