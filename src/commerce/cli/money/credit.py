"""Commands about credit: money that a client has with us."""

import hashlib
from datetime import datetime

import click

from commerce.accounts.finding import find_client
from commerce.billing.credit.actions import add_credit, apply_credit, pay_out_credit, remove_credit
from commerce.billing.invoices.finding import find_invoice
from commerce.billing.models import CreditEntry
from commerce.billing.records import CREDIT_ENTRY_FIELDS
from commerce.catalog.finding import find_currency
from commerce.cli.lookup import operator_context
from commerce.cli.money.payment_input import confirm, yes
from commerce.cli.money.refunds import expect, expected_offer
from commerce.cli.output import json_option, print_record, print_rows
from commerce.cli.param_types import WholeNumber
from commerce.config import console
from commerce.kit.money import Money, parse_amount
from commerce.payments.actions.paid_back import pay_back_credit
from commerce.payments.credit.origins import ways_back
from commerce.payments.gateways.registry import gateway_name
from commerce.payments.records.payments import REFUND_FIELDS
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
    found = CreditEntry.objects.filter(account__client=find_client(client)).order_by("-id")
    rows = CREDIT_ENTRY_FIELDS.with_related(found)[:limit]
    shown = "id at reason amount balance source note"
    print_rows(CREDIT_ENTRY_FIELDS, rows, shown, as_json=as_json, none="No credit entries.")


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


def _print_known(done: datetime, at: datetime, advice: str) -> None:
    if done != at:
        console.print_message(f"Already done; nothing changed. {advice}")


def _print(entry: CreditEntry, at: datetime, advice: str, *, as_json: bool) -> None:
    _print_known(entry.at, at, advice)
    print_record(CREDIT_ENTRY_FIELDS.read(entry), as_json=as_json)


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
@click.argument("client")
@click.option(
    "--amount", default="", metavar="AMOUNT", help="[default: all that can be refunded this way]"
)
@click.option("--reason", required=True, metavar="TEXT", help="Reason, kept with the refunds.")
@click.option(
    "--key", default="", help="Idempotency key. [default: from client, amount, reason, and day]"
)
@currency
@expect
@yes
@json_option
def refund(
    client: str,
    *,
    amount: str,
    reason: str,
    key: str,
    currency: str,
    expect: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Refund credit of CLIENT (ID or billing email) to the payments behind it. Safe to repeat.

    Only credit that came from credit notes is refunded, through the payments that paid what they reduced, without a
    further credit note. Gateways are asked in the background. For the rest, use `commerce credit payout`.

    \b
    Example:
      commerce credit refund alice@example.com --amount 12.50 --reason "Downgraded"
    """
    ctx, owner = operator_context(), find_client(client)
    code = find_currency(currency or owner.currency_code).pk
    value = parse_amount(amount, code) if amount else None
    typed = f"refund {owner.pk} {value} {code} {reason} {current.business_date(ctx.at)}"
    key = key or f"typed-{hashlib.sha256(typed.encode()).hexdigest()[:32]}"
    if not yes:
        _confirm_refund(owner.pk, code, value, ctx.at)
    made = pay_back_credit(
        client=owner,
        currency_code=code,
        amount=value,
        reason=reason,
        idempotency_key=key,
        expected=expected_offer(expect, code),
        ctx=ctx,
    )
    _print_known(made[0].created_at, ctx.at, "To refund more, pass a different --key.")
    shown = "payment id amount method status reason reference failure"
    print_rows(REFUND_FIELDS, made, shown, as_json=as_json, none="Nothing was refunded.")


def _confirm_refund(client_id: int, code: str, value: int | None, at: datetime) -> None:
    ways = ways_back(client_id, code, at)
    most = Money(sum(way.amount for way in ways), code)
    for way in ways:
        name = gateway_name(way.payment.gateway)
        console.print_message(f"Payment {way.payment.pk} ({name}): up to {Money(way.amount, code)}")
    confirm(f"Refund {most if value is None else Money(value, code)} of the credit balance?")


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
