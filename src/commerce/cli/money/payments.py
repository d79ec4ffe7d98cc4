"""Commands about payments: what staff received, and what was taken back."""

import hashlib
import logging
from datetime import date, datetime
from functools import partial

import click

from commerce.accounts.finding import find_client
from commerce.billing.changes.plan_changes.finding import find_what_is_paid
from commerce.billing.invoices.finding import find_invoice
from commerce.billing.models import PlanChange
from commerce.cli.acts import add_acts
from commerce.cli.lookup import date_or_today, find_payment, operator_context
from commerce.cli.money.disputes import dispute
from commerce.cli.money.payment_input import (
    method,
    print_amount_due,
    received,
    run_with_confirmation,
    yes,
)
from commerce.cli.money.refunds import refund
from commerce.cli.money.transfer_notices import transfer_notice
from commerce.cli.money.unallocated import unallocated
from commerce.cli.output import json_option, print_list, print_record, print_rows
from commerce.cli.param_types import WholeNumber
from commerce.config import console
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money, parse_amount
from commerce.payments.actions.manual import record_received
from commerce.payments.gateway_calls import gateway_answer
from commerce.payments.gateways.comparison import (
    MAY_NOT_LIST,
    PaymentDifference,
    comparable_gateways,
    compare_gateway,
)
from commerce.payments.models import Payment
from commerce.payments.records.payments import DISPUTE_FIELDS, PAYMENT_FIELDS, REFUND_FIELDS
from commerce.record_acts.money import PAYMENT_ACTS


@click.group()
def payment() -> None:
    """Manage payments, refunds, disputes, transfers, and unallocated payments."""


payment.add_command(refund)
payment.add_command(dispute)
payment.add_command(unallocated)
payment.add_command(transfer_notice)


@payment.command()
@click.argument("invoice")
@click.argument("amount")
@method
@click.option(
    "--reference", default="", metavar="TEXT", help="Reference on the bank statement or check."
)
@received
@click.option("--note", default="", metavar="TEXT")
@click.option(
    "--key",
    default="",
    metavar="TEXT",
    help="Idempotency key. [default: from invoice, reference, date, and amount]",
)
@yes
@json_option
def record(
    *,
    invoice: str,
    amount: str,
    method: str,
    reference: str,
    received_on: datetime | None,
    note: str,
    key: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Record a payment of AMOUNT for INVOICE.

    INVOICE is the number, payment reference, or ID of an invoice, or the reference of a plan change that awaits
    payment, which the payment carries out.

    Safe to repeat. After a confirmation, overpayments and payments for closed invoices are added to the client's credit
    balance. To record two identical payments, give each a --key.

    \b
    Example:
      commerce payment record INV-0042 12.50 --reference "SEPA 7" --received-on 2030-01-31
    """
    ctx, row = operator_context(), find_what_is_paid(invoice)
    is_request = isinstance(row, PlanChange)
    currency_code = row.service.currency_id if isinstance(row, PlanChange) else row.currency_id
    day, minor = date_or_today(received_on), parse_amount(amount, currency_code)
    which = f"plan change {row.pk}" if is_request else f"{row.pk}"
    key = key or typed_payment_key(which, reference, day, minor)
    is_repeat = Payment.objects.filter(idempotency_key=key).exists()
    booked = run_with_confirmation(
        lambda confirmed: record_received(
            row,
            amount=minor,
            method=method,
            received_on=day,
            idempotency_key=key,
            reference=reference,
            note=note,
            confirmed=confirmed,
            ctx=ctx,
        ),
        yes=yes,
    )
    if is_repeat:
        console.print_message("This payment was already recorded; nothing changed.")
    else:
        row.refresh_from_db()
        if isinstance(row, PlanChange):
            console.print_message(f"The plan change is {row.status}.")
        else:
            print_amount_due(row)
    print_record(PAYMENT_FIELDS.read(booked), as_json=as_json)


def typed_payment_key(paid: str, reference: str, day: date, amount: int) -> str:
    """The key of a payment that is typed twice in the same words."""
    typed = f"{paid} {' '.join(reference.split())} {day} {amount}"
    return f"typed-{hashlib.sha256(typed.encode()).hexdigest()[:32]}"


@payment.command("list")
@click.option("--invoice", default="", metavar="INVOICE", help="Filter by invoice.")
@click.option(
    "--client", default="", metavar="CLIENT", help="Filter by client (ID or billing email)."
)
@click.option("--limit", type=WholeNumber(1, 10_000), default=50, show_default=True)
@json_option
def list_(*, invoice: str, client: str, limit: int, as_json: bool) -> None:
    """List payments, newest first."""
    rows = Payment.objects.select_related("invoice", "attempt", "plan_change__invoice")
    found = PAYMENT_FIELDS.with_related(rows).order_by("-id")
    if invoice:
        found = found.on_invoice(find_invoice(invoice))
    if client:
        found = found.filter(client=find_client(client))
    shown = "id invoice plan_change amount method transaction_id received_on status"
    print_rows(PAYMENT_FIELDS, found[:limit], shown, as_json=as_json, none="No payments.")


@payment.command()
@click.argument("payment_id", metavar="ID", type=WholeNumber(min=1))
@json_option
def show(payment_id: int, *, as_json: bool) -> None:
    """Show a payment with its refunds and disputes."""
    row = find_payment(payment_id)
    refunds, disputes = row.refunds.order_by("id"), row.disputes.order_by("id")
    record = PAYMENT_FIELDS.read(row) | {
        "shares": [
            {"invoice": each.invoice.number, "amount": Money(each.amount, row.currency_id)}
            for each in row.shares.select_related("invoice").order_by("pk")
        ],
        "refunds": [REFUND_FIELDS.read(each) for each in REFUND_FIELDS.with_related(refunds)],
        "disputes": [DISPUTE_FIELDS.read(each) for each in DISPUTE_FIELDS.with_related(disputes)],
    }
    print_record(record, as_json=as_json)


add_acts(payment, PAYMENT_ACTS, find_payment, PAYMENT_FIELDS.read)


@payment.command()
@click.option("--book", is_flag=True, help="Record payments that clients started here.")
@json_option
def compare(*, book: bool, as_json: bool) -> None:
    """Compare the last 7 days of payments with the payment gateways.

    Lists payments that were received at a gateway but not recorded here, and vice versa. Exits with 1 if
    there are any. The daily run does the same, with --book. PayPal lists payments late: those of today are
    left out, and so is all of it unless its app may search transactions.
    """
    found: list[PaymentDifference] = []
    compared: list[str] = []
    for gateway in comparable_gateways():
        try:
            found += gateway_answer(
                gateway, partial(compare_gateway, gateway, at=clock.now(), book=book)
            )
            compared.append(gateway.slug)
        except BusinessError as refused:
            if refused.code != MAY_NOT_LIST:
                raise
            console.print_message(f"Left out: {gateway.slug}. {refused}", level=logging.WARNING)
    records = [
        {
            "kind": each.kind,
            "gateway": each.gateway,
            "transaction_id": each.transaction_id,
            "amount": Money(each.amount, each.currency_code),
            "recorded_now": each.was_booked,
        }
        for each in found
    ]
    none = f"No differences. Compared: {', '.join(compared)}." if compared else "Nothing compared."
    print_list(records, as_json=as_json, none=none)
    if found:
        raise SystemExit(1)
