"""Commands about credit: money that a client has with us."""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

import click

from commerce.cli.lookup import find_client, find_currency, operator_context
from commerce.cli.output import format_amount, print_rows
from commerce.cli.param_types import WholeNumber, parse_minor_units
from commerce.config import console

if TYPE_CHECKING:
    from commerce.billing.models import CreditEntry

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
currency = click.option(
    "--currency", default="", metavar="CODE", help="[default: the client's currency]"
)
key = click.option(
    "--key",
    default="",
    metavar="TEXT",
    help="The same key is the same entry. [default: made from client, amount, note and day]",
)
note = click.option("--note", required=True, metavar="TEXT", help="Why; the client sees it.")


@click.group()
def credit() -> None:
    """Look at credit of clients, add, remove, pay out, and apply it."""


@credit.command()
@click.argument("client")
@click.option("--limit", type=WholeNumber(1, 10_000), default=50, show_default=True)
@as_json
def show(client: str, *, limit: int, as_json: bool) -> None:
    """Show the entries of CLIENT (id or billing e-mail), the newest first, each with the balance after it."""
    console.load_django()
    from commerce.billing.models import CreditEntry

    found = CreditEntry.objects.filter(account__client=find_client(client)).select_related(
        "account"
    )
    print_rows(
        [_row(entry) for entry in found.order_by("-id")[:limit]],
        as_json=as_json,
        none="This client never had credit.",
    )


@credit.command()
@click.argument("client")
@click.argument("amount")
@currency
@note
@key
@as_json
def add(client: str, amount: str, *, currency: str, note: str, key: str, as_json: bool) -> None:
    """Give CLIENT (id or billing e-mail) credit of AMOUNT, such as 12.50. Repeating the command gives nothing twice."""
    console.load_django()
    _by_staff("add", client, amount, currency, note, key, as_json=as_json)


@credit.command()
@click.argument("client")
@click.argument("amount")
@currency
@note
@key
@as_json
def remove(client: str, amount: str, *, currency: str, note: str, key: str, as_json: bool) -> None:
    """Take credit of AMOUNT away, at most the balance. Repeating the command takes nothing twice."""
    console.load_django()
    _by_staff("remove", client, amount, currency, note, key, as_json=as_json)


def _by_staff(
    verb: str, client: str, amount: str, currency: str, note: str, key: str, *, as_json: bool
) -> None:
    from commerce.billing.credit.actions import add_credit, remove_credit
    from commerce.site_settings import current

    ctx, owner = operator_context(), find_client(client)
    code = find_currency(currency or owner.currency_code).pk
    value = parse_minor_units(amount, code)
    typed = f"{verb} {owner.pk} {value} {code} {note} {current.business_date(ctx.at)}"
    act = add_credit if verb == "add" else remove_credit
    entry = act(
        client=owner,
        currency_code=code,
        amount=value,
        note=note,
        idempotency_key=key or f"typed-{hashlib.sha256(typed.encode()).hexdigest()[:32]}",
        ctx=ctx,
    )
    _print(entry, ctx.at, "Another one needs a --key of its own.", as_json=as_json)


def _print(entry: "CreditEntry", at: datetime, advice: str, *, as_json: bool) -> None:
    if entry.at != at:
        console.print_message(f"This was done already; nothing was changed. {advice}")
    print_rows([_row(entry)], as_json=as_json)


@credit.command()
@click.argument("client")
@click.argument("amount")
@click.option("--reference", required=True, metavar="TEXT", help="The bank's; used once.")
@currency
@as_json
def payout(client: str, amount: str, *, reference: str, currency: str, as_json: bool) -> None:
    """Say that AMOUNT of the credit of CLIENT was paid back by hand."""
    console.load_django()
    from commerce.billing.credit.actions import pay_out_credit

    ctx, owner = operator_context(), find_client(client)
    code = find_currency(currency or owner.currency_code).pk
    entry = pay_out_credit(
        client=owner,
        currency_code=code,
        amount=parse_minor_units(amount, code),
        reference=reference,
        ctx=ctx,
    )
    _print(entry, ctx.at, "Another one has a reference of its own.", as_json=as_json)


@credit.command()
@click.argument("invoice")
@click.option("--amount", default="", metavar="AMOUNT", help="[default: as much as possible]")
def apply(invoice: str, *, amount: str) -> None:
    """Pay INVOICE (number, payment reference or id) from the credit of its client."""
    console.load_django()
    from commerce.billing.credit.actions import apply_credit
    from commerce.cli.lookup import find_invoice

    row = find_invoice(invoice)
    value = parse_minor_units(amount, row.currency_id) if amount else None
    paid = apply_credit(invoice=row, amount=value, ctx=operator_context())
    row.refresh_from_db()
    console.print_message(
        f"{format_amount(paid, row)} were applied. Invoice {row} is {row.status};"
        f" {format_amount(row.amount_due, row)} are due."
    )


def _row(entry: "CreditEntry") -> dict[str, object]:
    return {
        "id": entry.pk,
        "at": f"{entry.at:%Y-%m-%d %H:%M} UTC",
        "reason": entry.reason,
        "amount": format_amount(entry.amount, entry.account),
        "balance": format_amount(entry.balance, entry.account),
        "source": entry.source,
        "note": entry.note,
    }
