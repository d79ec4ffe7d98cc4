"""Commands about custom fields: what clients are asked besides, and what staff write into their records."""

from typing import Any

import click
from django.db.models import Count

from commerce.accounts.actions.custom_fields import set_custom_value
from commerce.accounts.finding import find_client
from commerce.accounts.models import CustomField, CustomValue
from commerce.cli.acts import add_acts
from commerce.cli.lookup import find_custom_field, operator_context
from commerce.cli.output import json_option, print_list
from commerce.config import console
from commerce.record_acts.clients import CUSTOM_FIELD_ACTS


@click.group()
def field() -> None:
    """Manage custom client fields.

    Fields are identified by name, clients by ID or billing email.
    """


@field.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List custom fields with the number of clients that have a value."""
    counts = dict(CustomValue.objects.values_list("field").annotate(Count("pk")))
    records = [
        field_record(row) | {"values": counts.get(row.pk, 0)}
        for row in CustomField.objects.in_order()
    ]
    print_list(records, as_json=as_json, none="No custom fields.")


@field.command("set")
@click.argument("client")
@click.argument("name")
@click.argument("value")
def set_(client: str, *, name: str, value: str) -> None:
    """Set the field NAME of CLIENT to VALUE. Use "" to clear it.

    Works for staff-only fields, too. Write dates as 2026-12-31 and checkboxes as yes or no.

    \b
    Example:
      commerce field set alice@example.com "Order number" PO-4711
    """
    ctx = operator_context()
    found, row = find_client(client), find_custom_field(name)
    set_custom_value(client=found, field=row, value=value, ctx=ctx)
    console.print_message(f"{row.name} of {found.name} is now {value or 'empty'}.")


@field.command()
@click.argument("client")
@json_option
def show(client: str, *, as_json: bool) -> None:
    """List the custom field values of CLIENT."""
    rows = CustomValue.objects.for_client(find_client(client)).select_related("field")
    records = [
        {"name": row.field.name, "value": row.value, "admin_only": row.field.admin_only}
        for row in rows.order_by("field__position", "field_id")
    ]
    print_list(records, as_json=as_json, none="No values.")


def field_record(row: CustomField) -> dict[str, Any]:
    return {
        "position": row.position,
        "name": row.name,
        "type": row.type,
        "options": row.options,
        "required": row.required,
        "on_registration": row.show_on_registration,
        "on_order": row.show_on_order,
        "on_invoice": row.show_on_invoice,
        "admin_only": row.admin_only,
    }


add_acts(
    field, CUSTOM_FIELD_ACTS, find_custom_field, field_record, id_type=click.STRING, id_name="field"
)
