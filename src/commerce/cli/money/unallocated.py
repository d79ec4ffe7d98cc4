"""Commands about money that came and belongs to no invoice as it is."""

from datetime import datetime

import click

from commerce.cli.lookup import (
    date_or_today,
    find_invoice,
    find_unallocated_payment,
    operator_context,
)
from commerce.cli.money.payment_input import method, received
from commerce.cli.money.records import (
    payment_record,
    unallocated_payment_record,
)
from commerce.cli.output import json_option, print_list, print_record
from commerce.cli.param_types import EnumChoice, WholeNumber, parse_minor_units
from commerce.config import console
from commerce.payments.actions.unallocated import (
    assign_unallocated_payment,
    keep_unallocated_payment,
    return_unallocated_payment,
)
from commerce.payments.gateways.registry import gateway_of_method
from commerce.payments.models import UnallocatedPayment
from commerce.payments.rules import UnallocatedPaymentReason


@click.group()
def unallocated() -> None:
    """Money that came and belongs to no invoice as it is: keep, list, assign, return."""


@unallocated.command("record")
@click.argument("amount")
@click.argument("currency")
@click.option("--transaction", required=True, metavar="TEXT", help="What the bank calls it.")
@click.option("--reference", default="", metavar="TEXT", help="What the payer wrote.")
@method
@click.option("--invoice", default="", metavar="INVOICE", help="The one that it may be meant for.")
@click.option(
    "--reason",
    type=EnumChoice(UnallocatedPaymentReason),
    default="reference",
    show_default=True,
    help="What keeps it from being booked.",
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
    """Keep AMOUNT of CURRENCY that nobody can tell an invoice for yet. The same transaction is kept once.

    \b
    Example:
      commerce payment unallocated record 12.50 EUR --transaction "SEPA 7" --reference "my invoice"
    """
    code = currency.upper()
    row = keep_unallocated_payment(
        gateway=gateway_of_method(method),
        transaction_id=transaction,
        amount=parse_minor_units(amount, code),
        currency_code=code,
        received_on=date_or_today(received_on),
        reason=reason,
        invoice=find_invoice(invoice) if invoice else None,
        reference=reference,
        note=note,
        ctx=operator_context(),
    )
    print_record(unallocated_payment_record(row), as_json=as_json)


@unallocated.command("list")
@click.option("--all", "every", is_flag=True, help="Those that were assigned or returned too.")
@json_option
def list_unallocated(*, every: bool, as_json: bool) -> None:
    """List unallocated payments, newest first."""
    found = UnallocatedPayment.objects.select_related("payment__invoice").order_by("-id")
    found = found if every else found.open()
    records = [unallocated_payment_record(row) for row in found]
    print_list(records, as_json=as_json, none="No unallocated payments.")


@unallocated.command()
@click.argument("unallocated_payment_id", metavar="ID", type=WholeNumber(min=1))
@click.argument("invoice")
@json_option
def assign(unallocated_payment_id: int, invoice: str, *, as_json: bool) -> None:
    """Book an unallocated payment on INVOICE (number, payment reference or id), which must be of its currency."""
    booked = assign_unallocated_payment(
        unallocated=find_unallocated_payment(unallocated_payment_id),
        invoice=find_invoice(invoice),
        ctx=operator_context(),
    )
    print_record(payment_record(booked), as_json=as_json)


@unallocated.command("return")
@click.argument("unallocated_payment_id", metavar="ID", type=WholeNumber(min=1))
@click.option("--note", required=True, metavar="TEXT", help="How the money went back.")
def return_(unallocated_payment_id: int, *, note: str) -> None:
    """Note that an unallocated payment was sent back to where it came from."""
    return_unallocated_payment(
        unallocated=find_unallocated_payment(unallocated_payment_id),
        note=note,
        ctx=operator_context(),
    )
    console.print_message(f"Unallocated payment {unallocated_payment_id} is returned.")
