"""Commands about money that came and belongs to no invoice as it is."""

from datetime import datetime

import click

from commerce.billing.changes.plan_changes.finding import find_what_is_paid
from commerce.billing.invoices.finding import find_invoice
from commerce.cli.lookup import date_or_today, find_unallocated_payment, operator_context
from commerce.cli.money.payment_input import method, received
from commerce.cli.output import json_option, print_record, print_rows
from commerce.cli.param_types import EnumChoice, WholeNumber
from commerce.config import console
from commerce.kit.money import parse_amount
from commerce.payments.actions.unallocated import (
    assign_unallocated_payment,
    keep_unallocated_payment,
    return_unallocated_payment,
)
from commerce.payments.gateways.registry import gateway_of_method
from commerce.payments.models import UnallocatedPayment
from commerce.payments.records.payments import PAYMENT_FIELDS, UNALLOCATED_PAYMENT_FIELDS
from commerce.payments.rules import UnallocatedPaymentReason


@click.group()
def unallocated() -> None:
    """Manage payments without a matching invoice."""


@unallocated.command("record")
@click.argument("amount")
@click.argument("currency")
@click.option("--transaction", required=True, metavar="TEXT", help="Transaction ID from the bank.")
@click.option("--reference", default="", metavar="TEXT", help="Reference from the payer.")
@method
@click.option("--invoice", default="", metavar="INVOICE", help="Invoice that it may be meant for.")
@click.option(
    "--reason",
    type=EnumChoice(UnallocatedPaymentReason),
    default="reference",
    show_default=True,
    help="Why it can't be recorded on an invoice.",
)
@received
@click.option("--note", default="", metavar="TEXT")
@json_option
def record_unallocated(
    *,
    amount: str,
    currency: str,
    transaction: str,
    reference: str,
    method: str,
    invoice: str,
    reason: str,
    received_on: datetime | None,
    note: str,
    as_json: bool,
) -> None:
    """Record a payment of AMOUNT in CURRENCY without a known invoice. Safe to repeat.

    \b
    Example:
      commerce payment unallocated record 12.50 EUR --transaction "SEPA 7" --reference "my invoice"
    """
    code = currency.upper()
    row = keep_unallocated_payment(
        gateway=gateway_of_method(method),
        transaction_id=transaction,
        amount=parse_amount(amount, code),
        currency_code=code,
        received_on=date_or_today(received_on),
        reason=reason,
        invoice=find_invoice(invoice) if invoice else None,
        reference=reference,
        note=note,
        ctx=operator_context(),
    )
    print_record(UNALLOCATED_PAYMENT_FIELDS.read(row), as_json=as_json)


@unallocated.command("list")
@click.option("--all", "every", is_flag=True, help="Include assigned and returned ones.")
@json_option
def list_unallocated(*, every: bool, as_json: bool) -> None:
    """List unallocated payments, newest first."""
    found = UnallocatedPayment.objects.select_related(
        "invoice", "plan_change", "payment__invoice", "payment__plan_change__invoice"
    ).order_by("-id")
    found = found if every else found.open()
    shown = "id amount transaction_id reference received_on reason status invoice plan_change"
    print_rows(
        UNALLOCATED_PAYMENT_FIELDS, found, shown, as_json=as_json, none="No unallocated payments."
    )


@unallocated.command()
@click.argument("unallocated_payment_id", metavar="ID", type=WholeNumber(min=1))
@click.argument("invoice")
@json_option
def assign(unallocated_payment_id: int, invoice: str, *, as_json: bool) -> None:
    """Assign an unallocated payment to INVOICE in the same currency.

    INVOICE is the number, payment reference, or ID of an invoice, or the reference of a plan change.
    """
    row, paid = find_unallocated_payment(unallocated_payment_id), find_what_is_paid(invoice)
    booked = assign_unallocated_payment(unallocated=row, to=paid, ctx=operator_context())
    print_record(PAYMENT_FIELDS.read(booked), as_json=as_json)


@unallocated.command("return")
@click.argument("unallocated_payment_id", metavar="ID", type=WholeNumber(min=1))
@click.option("--note", required=True, metavar="TEXT", help="How the payment was returned.")
def return_(unallocated_payment_id: int, *, note: str) -> None:
    """Record that an unallocated payment was returned to the payer."""
    return_unallocated_payment(
        unallocated=find_unallocated_payment(unallocated_payment_id),
        note=note,
        ctx=operator_context(),
    )
    console.print_message(f"Marked unallocated payment {unallocated_payment_id} as returned.")
