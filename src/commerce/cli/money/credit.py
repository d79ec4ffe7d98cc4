"""Commands about credit: money that a client has with us."""

import hashlib
from datetime import datetime

import click

from commerce.accounts.finding import find_client
from commerce.billing.credit.actions import add_credit, apply_credit, pay_out_credit, remove_credit
from commerce.billing.invoices.finding import find_invoice
from commerce.billing.models import CreditEntry
from commerce.cli.lookup import find_currency, operator_context
from commerce.cli.money.records import credit_entry_record
from commerce.cli.output import json_option, print_list, print_record
from commerce.cli.param_types import WholeNumber
from commerce.config import console
from commerce.kit.money import Money, parse_amount
from commerce.site_settings import current

currency = click.option(
    "--currency", default="", metavar="CODE", help="[default: the client's currency]"
)
key = click.option(
    "--key",
    default="",
    metavar="TEXT",
    help="Idempotency key. [default: from client, amount, note, and day]",
)
note = click.option("--note", required=True, metavar="TEXT", help="Note that the client sees.")


@click.group()
def credit() -> None:
    """Manage credit balances of clients."""


@credit.command()
@click.argument("client")
@click.option("--limit", type=WholeNumber(1, 10_000), default=50, show_default=True)
@json_option
def show(client: str, *, limit: int, as_json: bool) -> None:
    """List credit entries of CLIENT (ID or billing email), newest first."""
    found = CreditEntry.objects.filter(account__client=find_client(client)).select_related(
        "account"
    )
    records = [credit_entry_record(entry) for entry in found.order_by("-id")[:limit]]
    print_list(records, as_json=as_json, none="No credit entries.")


@credit.command()
@click.argument("client")
@click.argument("amount")
@currency
@note
@key
@json_option
def add(client: str, amount: str, *, currency: str, note: str, key: str, as_json: bool) -> None:
    """Add AMOUNT to the credit balance of CLIENT (ID or billing email). Safe to repeat.

    \b
    Example:
      commerce credit add alice@example.com 12.50 --note "Sorry for the outage"
    """
    _by_staff("add", client, amount, currency, note, key, as_json=as_json)


@credit.command()
@click.argument("client")
@click.argument("amount")
@currency
@note
@key
@json_option
def remove(client: str, amount: str, *, currency: str, note: str, key: str, as_json: bool) -> None:
    """Remove AMOUNT from the credit balance of CLIENT. Safe to repeat.

    \b
    Example:
      commerce credit remove alice@example.com 12.50 --note "Added twice"
    """
    _by_staff("remove", client, amount, currency, note, key, as_json=as_json)


def _by_staff(
    verb: str, client: str, amount: str, currency: str, note: str, key: str, *, as_json: bool
) -> None:
    ctx, owner = operator_context(), find_client(client)
    code = find_currency(currency or owner.currency_code).pk
    value = parse_amount(amount, code)
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
    _print(entry, ctx.at, "To record it again, pass a different --key.", as_json=as_json)


def _print(entry: CreditEntry, at: datetime, advice: str, *, as_json: bool) -> None:
    if entry.at != at:
        console.print_message(f"Already done; nothing changed. {advice}")
    print_record(credit_entry_record(entry), as_json=as_json)


@credit.command()
@click.argument("client")
@click.argument("amount")
@click.option(
    "--reference", required=True, metavar="TEXT", help="Bank reference; can be used only once."
)
@currency
@json_option
def payout(client: str, amount: str, *, reference: str, currency: str, as_json: bool) -> None:
    """Record that AMOUNT of the credit balance of CLIENT was paid out manually.

    \b
    Example:
      commerce credit payout alice@example.com 12.50 --reference "SEPA 2030-01-31 7"
    """
    ctx, owner = operator_context(), find_client(client)
    code = find_currency(currency or owner.currency_code).pk
    entry = pay_out_credit(
        client=owner,
        currency_code=code,
        amount=parse_amount(amount, code),
        reference=reference,
        ctx=ctx,
    )
    _print(entry, ctx.at, "To record another payout, use a different --reference.", as_json=as_json)


@credit.command()
@click.argument("invoice")
@click.option("--amount", default="", metavar="AMOUNT", help="[default: as much as possible]")
def apply(invoice: str, *, amount: str) -> None:
    """Apply credit to INVOICE (number, payment reference, or ID)."""
    row = find_invoice(invoice)
    value = parse_amount(amount, row.currency_id) if amount else None
    paid = apply_credit(invoice=row, amount=value, ctx=operator_context())
    row.refresh_from_db()
    console.print_message(
        f"Applied {Money(paid, row.currency_id)}. Invoice {row} is {row.status}; the amount due is"
        f" {Money(row.amount_due, row.currency_id)}."
    )
