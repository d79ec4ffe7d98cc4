"""The command that sends money of a payment back: through its gateway, or into the client's credit."""

import click

from commerce.billing.invoices.finding import find_invoice
from commerce.cli.lookup import find_payment, operator_context
from commerce.cli.money.payment_input import confirm, yes
from commerce.cli.output import json_option, print_record
from commerce.cli.param_types import EnumChoice, WholeNumber
from commerce.config import console
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money, parse_amount
from commerce.payments.actions.refunds import (
    RefundOffer,
    amount_left,
    refund_idempotency_key,
    refund_payment,
)
from commerce.payments.gateways.registry import gateway_name
from commerce.payments.records.payments import REFUND_FIELDS
from commerce.payments.rules import RefundMethod, RefundStatus

expect = click.option(
    "--expect",
    default="",
    metavar="AMOUNT",
    help="Refund only if this is the amount that can be refunded.",
)


def expected_offer(amount: str, currency_code: str) -> RefundOffer | None:
    """What ``--expect`` says; None without it."""
    return RefundOffer(parse_amount(amount, currency_code)) if amount else None


@click.command()
@click.argument("payment_id", metavar="ID", type=WholeNumber(min=1))
@click.option(
    "--amount",
    default="",
    metavar="AMOUNT",
    help="Amount, such as 12.50. [default: the remaining amount]",
)
@click.option(
    "--method",
    type=EnumChoice(RefundMethod),
    help="Where the money goes: back through the gateway, or to the client's credit balance.",
)
@click.option(
    "--invoice",
    "number",
    default="",
    metavar="INVOICE",
    help="Invoice to refund, if the payment was for several.",
)
@click.option("--to-credit", default="", metavar="AMOUNT", help="Same as --method credit --amount.")
@click.option("--reason", required=True, metavar="TEXT", help="Reason, shown on the credit note.")
@click.option(
    "--key", default="", help="Idempotency key. [default: from payment, amount, and reason]"
)
@expect
@yes
@json_option
def refund(
    payment_id: int,
    *,
    amount: str,
    method: str | None,
    number: str,
    to_credit: str,
    reason: str,
    key: str,
    expect: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Refund a payment in full or in part, with a credit note. Safe to repeat.

    Refunds through a gateway ask for confirmation, and are sent in the background. If the gateway refuses one, nothing
    is booked and a task is created (`commerce job list`).

    \b
    Examples:
      commerce payment refund 7 --method gateway --amount 12.50 --reason outage
      commerce payment refund 7 --to-credit 12.50 --reason outage
    """
    row, ctx = find_payment(payment_id), operator_context()
    if bool(method) == bool(to_credit):
        raise click.UsageError("Pass either --method or --to-credit.")
    way, amount = RefundMethod(method or RefundMethod.CREDIT), to_credit or amount
    invoice = find_invoice(number) if number else None
    minor = parse_amount(amount, row.currency_id) if amount else amount_left(row, invoice)
    key = key or refund_idempotency_key(row, minor, reason, invoice)
    if not minor:
        raise BusinessError("refund.amount_not_valid", field="amount")
    sum_ = Money(minor, row.currency_id)
    if way == RefundMethod.GATEWAY and not yes:
        confirm(f"Refund {sum_} of payment {row.pk} through {gateway_name(row.gateway)}?")
    made = refund_payment(
        payment=row,
        method=way,
        amount=minor,
        reason=reason,
        idempotency_key=key,
        invoice=invoice,
        expected=expected_offer(expect, row.currency_id),
        ctx=ctx,
    )
    if made.status == RefundStatus.REQUESTED:
        console.print_message(f"{gateway_name(row.gateway)} is asked in the background.")
    print_record(REFUND_FIELDS.read(made), as_json=as_json)
