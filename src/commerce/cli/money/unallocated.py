"""Commands about money that came and belongs to no invoice as it is."""

from datetime import datetime

import click

from commerce.billing.invoices.finding import find_invoice
from commerce.cli.acts import add_acts
from commerce.cli.lookup import date_or_today, find_unallocated_payment, operator_context
from commerce.cli.money.payment_input import method, received
from commerce.cli.output import json_option, print_record, print_rows
from commerce.cli.param_types import EnumChoice
from commerce.kit.money import parse_amount
from commerce.payments.actions.unallocated import record_unallocated_payment
from commerce.payments.gateways.registry import gateway_of_method
from commerce.payments.models import UnallocatedPayment
from commerce.payments.records.payments import UNALLOCATED_PAYMENT_FIELDS
from commerce.payments.rules import UnallocatedPaymentReason
from commerce.record_acts.money import UNALLOCATED_PAYMENT_ACTS


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
    row = record_unallocated_payment(
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


add_acts(
    unallocated,
    UNALLOCATED_PAYMENT_ACTS,
    find_unallocated_payment,
    UNALLOCATED_PAYMENT_FIELDS.read,
)
