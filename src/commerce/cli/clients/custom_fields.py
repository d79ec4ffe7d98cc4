"""Commands about custom fields: what clients are asked besides, and what staff write into their records."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from commerce.accounts.rules import CustomFieldType
from commerce.cli.lookup import find_client, find_custom_field, operator_context
from commerce.cli.param_types import POSITION, EnumChoice, typed_options
from commerce.config import console

if TYPE_CHECKING:
    from commerce.accounts.models import CustomField


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
                help="What a dropdown offers, in order.",
            ),
            click.option("--required/--optional", default=None, help="Whether it must be filled."),
            click.option(
                "--on-registration/--not-on-registration",
                "show_on_registration",
                default=None,
                help="Asked for when a client registers.",
            ),
            click.option(
                "--on-order/--not-on-order",
                "show_on_order",
                default=None,
                help="Asked for at the checkout.",
            ),
            click.option(
                "--on-invoice/--not-on-invoice",
                "show_on_invoice",
                default=None,
                help="Written on invoices from now on.",
            ),
            click.option(
                "--admin-only/--for-clients",
                default=None,
                help="For staff alone: no client sees the field or its values.",
            ),
            click.option("--position", type=POSITION, help="Lower ones come first."),
        )
    ):
        command = option(command)
    return command


@click.group()
def field() -> None:
    """Custom fields of clients.

    A field is named by its name; a client by id or billing e-mail.
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
    """Ask clients for NAME, on their profile and where the options say."""
    ctx = operator_context()
    from commerce.accounts.actions.custom_fields import create_custom_field

    made = create_custom_field(name=name, **typed_options(fields | {"type": type_}), ctx=ctx)
    console.print_message(f"{describe_field(made)}.")


@field.command()
@click.argument("name")
@click.option("--name", "new_name", help="Call it so from now on.")
@click.option(
    "--type", "type_", type=EnumChoice(CustomFieldType), help="Only while no client has a value."
)
@field_options
def change(name: str, *, new_name: str | None, type_: str | None, **fields: Any) -> None:
    """Change the field NAME; what is not named stays.

    Issued invoices stay as they are. Options given replace all that there are.
    """
    ctx = operator_context()
    from commerce.accounts.actions.custom_fields import change_custom_field

    row = find_custom_field(name)
    fields |= {"name": new_name, "type": type_}
    if type_ and type_ != row.type == CustomFieldType.DROPDOWN:
        fields["options"] = []  # only a dropdown has them
    change_custom_field(field=row, **typed_options(fields), ctx=ctx)
    console.print_message(f"{describe_field(row)}.")


@field.command("list")
def list_() -> None:
    """List the fields in order, with how many clients have a value."""
    console.load_django()
    from django.db.models import Count

    from commerce.accounts.models import CustomField, CustomValue

    counts = dict(CustomValue.objects.values_list("field").annotate(Count("pk")))
    for row in CustomField.objects.in_order():
        click.echo(f"{describe_field(row)}, with a value: {counts.get(row.pk, 0)}")


@field.command()
@click.argument("name")
@click.option("--with-values", is_flag=True, help="Throw the values of clients away with it.")
def remove(name: str, *, with_values: bool) -> None:
    """Ask for NAME no longer. Issued invoices keep what they say."""
    ctx = operator_context()
    from commerce.accounts.actions.custom_fields import remove_custom_field

    row = find_custom_field(name)
    remove_custom_field(field=row, with_values=with_values, ctx=ctx)
    console.print_message(f"{row.name} is gone.")


@field.command("set")
@click.argument("client")
@click.argument("name")
@click.argument("value")
def set_(client: str, *, name: str, value: str) -> None:
    """Write VALUE into the field NAME of CLIENT; "" takes it away.

    Admin-only fields too. A day is written as 2026-12-31, a box is yes or no.
    """
    ctx = operator_context()
    from commerce.accounts.actions.custom_fields import set_custom_value

    found, row = find_client(client), find_custom_field(name)
    set_custom_value(client=found, field=row, value=value, ctx=ctx)
    console.print_message(f"{row.name} of {found.name} is {value or 'empty'}.")


@field.command()
@click.argument("client")
def show(client: str) -> None:
    """List what the record of CLIENT says in all fields."""
    console.load_django()
    from commerce.accounts.models import CustomValue

    rows = CustomValue.objects.for_client(find_client(client)).select_related("field")
    for row in rows.order_by("field__position", "field_id"):
        note = "  (admin only)" if row.field.admin_only else ""
        click.echo(f"{row.field.name}: {row.value}{note}")


def describe_field(row: "CustomField") -> str:
    """One field in a line."""
    words = {
        "required": row.required,
        "on registration": row.show_on_registration,
        "on order": row.show_on_order,
        "on invoice": row.show_on_invoice,
        "admin only": row.admin_only,
    }
    traits = ", ".join([row.type, *(word for word, holds in words.items() if holds)])
    offers = f" [{' | '.join(row.options)}]" if row.options else ""
    return f"{row.position:>3}  {row.name}  ({traits}){offers}"
