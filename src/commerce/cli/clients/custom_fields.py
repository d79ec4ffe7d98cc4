"""Commands about custom fields: what clients are asked besides, and what staff write into their records."""

from collections.abc import Callable
from typing import Any

import click
from django.db.models import Count

from commerce.accounts.actions.custom_fields import (
    change_custom_field,
    create_custom_field,
    remove_custom_field,
    set_custom_value,
)
from commerce.accounts.finding import find_client
from commerce.accounts.models import CustomField, CustomValue
from commerce.accounts.rules import CustomFieldType
from commerce.cli.lookup import find_custom_field, operator_context
from commerce.cli.output import json_option, print_list
from commerce.cli.param_types import POSITION, EnumChoice, typed_options
from commerce.config import console


def _or_none(_context: Any, _option: Any, typed: tuple[str, ...]) -> list[str] | None:
    return list(typed) or None


def field_options[F: Callable[..., Any]](command: F) -> F:
    """The options that say how a field behaves; what is not named stays."""
    for option in reversed(
        (
            click.option(
                "--option",
                "options",
                multiple=True,
                callback=_or_none,
                help="Option of a dropdown, in order. Can be repeated.",
            ),
            click.option("--required/--optional", default=None, help="Make it required."),
            click.option(
                "--on-registration/--not-on-registration",
                "show_on_registration",
                default=None,
                help="Show it at registration.",
            ),
            click.option(
                "--on-order/--not-on-order",
                "show_on_order",
                default=None,
                help="Show it at checkout.",
            ),
            click.option(
                "--on-invoice/--not-on-invoice",
                "show_on_invoice",
                default=None,
                help="Show it on new invoices.",
            ),
            click.option(
                "--admin-only/--for-clients",
                default=None,
                help="Visible to staff only.",
            ),
            click.option(
                "--position", type=POSITION, help="Sort position; lower numbers come first."
            ),
        )
    ):
        command = option(command)
    return command


@click.group()
def field() -> None:
    """Manage custom client fields.

    Fields are identified by name, clients by ID or billing email.
    """


@field.command()
@click.argument("name")
@click.option(
    "--type",
    "type_",
    type=EnumChoice(CustomFieldType),
    default=CustomFieldType.TEXT.value,
    show_default=True,
)
@field_options
def add(name: str, *, type_: str, **fields: Any) -> None:
    """Add the custom field NAME to the client profile."""
    ctx = operator_context()
    made = create_custom_field(name=name, **typed_options(fields | {"type": type_}), ctx=ctx)
    console.print_message(f"{describe_field(made)}.")


@field.command()
@click.argument("name")
@click.option("--name", "new_name", help="New name.")
@click.option(
    "--type",
    "type_",
    type=EnumChoice(CustomFieldType),
    help="Only possible while no client has a value.",
)
@field_options
def change(name: str, *, new_name: str | None, type_: str | None, **fields: Any) -> None:
    """Change the custom field NAME.

    Issued invoices don't change. The options you specify replace all existing options.
    """
    ctx = operator_context()
    row = find_custom_field(name)
    fields |= {"name": new_name, "type": type_}
    if type_ and type_ != row.type == CustomFieldType.DROPDOWN:
        fields["options"] = []  # only a dropdown has them
    change_custom_field(field=row, **typed_options(fields), ctx=ctx)
    console.print_message(f"{describe_field(row)}.")


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


@field.command()
@click.argument("name")
@click.option("--with-values", is_flag=True, help="Delete the values too.")
def remove(name: str, *, with_values: bool) -> None:
    """Delete the custom field NAME. Issued invoices don't change."""
    ctx = operator_context()
    row = find_custom_field(name)
    remove_custom_field(field=row, with_values=with_values, ctx=ctx)
    console.print_message(f"Deleted {row.name}.")


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


def describe_field(row: CustomField) -> str:
    """One field in a line."""
    record = field_record(row)
    traits = [name.replace("_", " ") for name, holds in record.items() if holds is True]
    offers = f" [{' | '.join(row.options)}]" if row.options else ""
    return f"{row.name} ({', '.join([row.type, *traits])}){offers}"
