"""Commands about payments: what staff received, what belongs nowhere, what goes back, what clients declared."""

import hashlib
import json
from datetime import date, datetime

import click

from commerce.cli import output as rows
from commerce.cli.lookup import (
    find_invoice,
    find_payment,
    find_transfer_notice,
    find_unallocated_payment,
    operator_context,
)
from commerce.cli.param_types import EnumChoice, WholeNumber, date_or_today, parse_minor_units
from commerce.config import console
from commerce.payments.rules import PaymentMethod, UnallocatedPaymentReason

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
yes = click.option("--yes", "-y", is_flag=True, help="Answer questions with yes.")
received = click.option(
    "--received-on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Day of receipt. [default: today]",
)


@click.group()
def payment() -> None:
    """Record payments, refunds, declared transfers, and money without an invoice."""


@payment.command()
@click.argument("invoice")
@click.argument("amount")
@click.option(
    "--method",
    type=EnumChoice(PaymentMethod),
    default=PaymentMethod.BANK_TRANSFER.value,
    show_default=True,
)
@click.option("--reference", default="", metavar="TEXT", help="As on the statement or cheque.")
@received
@click.option("--note", default="", metavar="TEXT")
@click.option(
    "--key",
    default="",
    metavar="TEXT",
    help="The same key is the same payment. [default: made from invoice, reference, day and amount]",
)
@yes
@as_json
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
    """Book AMOUNT (such as 12.50) for INVOICE (its number, payment reference or id).

    Repeating the command books nothing twice. What is more than due becomes credit of the client, after a question;
    so does money for an invoice that is closed. Two payments that are alike in all need a --key each.
    """
    console.load_django()
    from commerce.payments.actions.manual import record_manual_payment
    from commerce.payments.models import Payment

    ctx, row = operator_context(), find_invoice(invoice)
    day, minor = date_or_today(received_on), parse_minor_units(amount, row.currency_id)
    key = key or typed_payment_key(row.pk, reference, day, minor)
    is_repeat = Payment.objects.filter(idempotency_key=key).exists()
    booked = rows.run_with_confirmation(
        lambda confirmed: record_manual_payment(
            invoice=row,
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
        console.print_message("This payment was booked already; nothing was changed.")
    else:
        row.refresh_from_db()
        console.print_message(
            f"Invoice {row.number} is {row.status}; {rows.format_amount(row.amount_due, row)} are due."
        )
    rows.print_rows([rows.payment_row(booked)], as_json=as_json)


def typed_payment_key(invoice_id: int, reference: str, day: date, amount: int) -> str:
    """The key of a payment that is typed twice in the same words."""
    typed = f"{invoice_id} {' '.join(reference.split())} {day} {amount}"
    return f"typed-{hashlib.sha256(typed.encode()).hexdigest()[:32]}"


@payment.command("list")
@click.option("--invoice", default="", metavar="INVOICE", help="Only of this invoice.")
@click.option("--client", default="", metavar="CLIENT", help="Only of this client (id or e-mail).")
@click.option("--limit", type=WholeNumber(1, 10_000), default=50, show_default=True)
@as_json
def list_(*, invoice: str, client: str, limit: int, as_json: bool) -> None:
    """List payments, newest first."""
    console.load_django()
    from commerce.cli.lookup import find_client
    from commerce.payments.models import Payment

    found = Payment.objects.select_related("invoice").order_by("-id")
    if invoice:
        found = found.filter(invoice=find_invoice(invoice))
    if client:
        found = found.filter(client=find_client(client))
    rows.print_rows(
        [rows.payment_row(row) for row in found[:limit]], as_json=as_json, none="No payments."
    )


@payment.command()
@click.argument("payment_id", metavar="ID", type=WholeNumber(min=1))
@as_json
def show(payment_id: int, *, as_json: bool) -> None:
    """Show one payment with its refunds."""
    console.load_django()
    row = find_payment(payment_id)
    details = rows.payment_row(row) | {
        "reference": row.reference,
        "recorded_by": row.recorded_by,
        "note": row.note,
        "refunds": [
            {"id": each.pk, "amount": rows.format_amount(each.amount, row), "way": each.way}
            | {"state": each.status, "reason": each.reason}
            for each in row.refunds.order_by("id")
        ],
    }
    if as_json:
        click.echo(json.dumps(details, indent=2))
        return
    for name, value in details.items():
        text = (
            "; ".join(" ".join(map(str, each.values())) for each in value)
            if name == "refunds"
            else value
        )
        click.echo(f"{name + ':':<16}{text or '-'}")


@payment.command()
@click.argument("payment_id", metavar="ID", type=WholeNumber(min=1))
@click.option("--to-credit", "amount", required=True, metavar="AMOUNT", help="Such as 12.50.")
@click.option("--reason", required=True, metavar="TEXT", help="Stands on the credit note.")
@click.option(
    "--key", default="", help="The same key is the same refund. [default: made from all this]"
)
@as_json
def refund(payment_id: int, *, amount: str, reason: str, key: str, as_json: bool) -> None:
    """Give AMOUNT of a payment back as credit, with a credit note. Repeating the command refunds nothing twice."""
    console.load_django()
    from commerce.payments.actions.refunds import refund_idempotency_key, refund_payment_to_credit

    row = find_payment(payment_id)
    minor = parse_minor_units(amount, row.currency_id)
    made = refund_payment_to_credit(
        payment=row,
        amount=minor,
        reason=reason,
        idempotency_key=key or refund_idempotency_key(row, minor, reason),
        ctx=operator_context(),
    )
    refund_row = {
        "refund": made.pk,
        "amount": rows.format_amount(made.amount, row),
        "state": made.status,
        "credit_note": made.credit_note.number if made.credit_note else "",
    }
    rows.print_rows([refund_row], as_json=as_json)


@payment.command()
@click.argument("payment_id", metavar="ID", type=WholeNumber(min=1))
@click.option("--reason", required=True, metavar="TEXT", help="Kept in the audit log.")
@as_json
def reverse(payment_id: int, *, reason: str, as_json: bool) -> None:
    """Take back a payment whose cheque bounced or whose transfer was returned.

    Its invoice is open again, held from reminders and suspension for the days of grace. What of the payment had become
    credit is taken from the client's credit; what was spent of that is a to-do (`commerce job list`).
    """
    console.load_django()
    from commerce.payments.actions.reversals import reverse_payment

    row = find_payment(payment_id)
    taken = reverse_payment(payment=row, reason=reason, ctx=operator_context())
    row.invoice.refresh_from_db()
    due = rows.format_amount(row.invoice.amount_due, row)
    console.print_message(f"Invoice {row.invoice.number} is {row.invoice.status}; {due} are due.")
    if taken.from_credit:
        console.print_message(
            f"{rows.format_amount(taken.from_credit, row)} were taken from the client's credit."
        )
    if taken.short:
        console.print_message(
            f"{rows.format_amount(taken.short, row)} are short, and a to-do for staff."
        )
    rows.print_rows([rows.payment_row(row)], as_json=as_json)


@payment.group()
def unallocated() -> None:
    """Money that came and belongs to no invoice as it is: keep, list, assign, return."""


@unallocated.command("record")
@click.argument("amount")
@click.argument("currency")
@click.option("--transaction", required=True, metavar="TEXT", help="What the bank calls it.")
@click.option("--reference", default="", metavar="TEXT", help="What the payer wrote.")
@click.option(
    "--method",
    type=EnumChoice(PaymentMethod),
    default=PaymentMethod.BANK_TRANSFER.value,
    show_default=True,
)
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
@as_json
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
    """Keep AMOUNT of CURRENCY that nobody can tell an invoice for yet. The same transaction is kept once."""
    console.load_django()
    from commerce.payments.actions.unallocated import keep_unallocated_payment

    code = currency.upper()
    row = keep_unallocated_payment(
        gateway=method if method == PaymentMethod.BANK_TRANSFER else "manual",
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
    rows.print_rows([rows.unallocated_payment_row(row)], as_json=as_json)


@unallocated.command("list")
@click.option("--all", "every", is_flag=True, help="Those that were assigned or returned too.")
@as_json
def list_unallocated(*, every: bool, as_json: bool) -> None:
    """List unallocated payments, newest first."""
    console.load_django()
    from commerce.payments.models import UnallocatedPayment

    found = UnallocatedPayment.objects.select_related("payment__invoice").order_by("-id")
    found = found if every else found.open()
    rows.print_rows(
        [rows.unallocated_payment_row(row) for row in found],
        as_json=as_json,
        none="No unallocated payments.",
    )


@unallocated.command()
@click.argument("unallocated_payment_id", metavar="ID", type=WholeNumber(min=1))
@click.argument("invoice")
@as_json
def assign(unallocated_payment_id: int, invoice: str, *, as_json: bool) -> None:
    """Book an unallocated payment on INVOICE (number, payment reference or id), which must be of its currency."""
    console.load_django()
    from commerce.payments.actions.unallocated import assign_unallocated_payment

    booked = assign_unallocated_payment(
        unallocated=find_unallocated_payment(unallocated_payment_id),
        invoice=find_invoice(invoice),
        ctx=operator_context(),
    )
    rows.print_rows([rows.payment_row(booked)], as_json=as_json)


@unallocated.command("return")
@click.argument("unallocated_payment_id", metavar="ID", type=WholeNumber(min=1))
@click.option("--note", required=True, metavar="TEXT", help="How the money went back.")
def return_(unallocated_payment_id: int, *, note: str) -> None:
    """Note that an unallocated payment was sent back to where it came from."""
    console.load_django()
    from commerce.payments.actions.unallocated import return_unallocated_payment

    return_unallocated_payment(
        unallocated=find_unallocated_payment(unallocated_payment_id),
        note=note,
        ctx=operator_context(),
    )
    console.print_message(f"Unallocated payment {unallocated_payment_id} is returned.")


@payment.group("transfer-notice")
def transfer_notice() -> None:
    """Transfers that clients say they have made: list, confirm, reject."""


@transfer_notice.command("list")
@click.option("--all", "every", is_flag=True, help="Those that were decided or lapsed too.")
@as_json
def list_transfer_notices(*, every: bool, as_json: bool) -> None:
    """List declared transfers, oldest first."""
    console.load_django()
    from commerce.payments.models import TransferNotice

    found = TransferNotice.objects.select_related("invoice", "client").order_by("id")
    found = found if every else found.open()
    rows.print_rows(
        [rows.transfer_notice_row(row) for row in found],
        as_json=as_json,
        none="No declared transfers.",
    )


@transfer_notice.command()
@click.argument("notice_id", metavar="ID", type=WholeNumber(min=1))
@click.argument("amount")
@click.option("--reference", default="", metavar="TEXT", help="The bank's, as on the statement.")
@received
@yes
@as_json
def confirm(
    notice_id: int,
    amount: str,
    *,
    reference: str,
    received_on: datetime | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Book AMOUNT as received for a declared transfer."""
    console.load_django()
    from commerce.payments.actions.transfer_notices import confirm_transfer_notice

    row = find_transfer_notice(notice_id)
    minor = parse_minor_units(amount, row.invoice.currency_id)
    day, ctx = date_or_today(received_on), operator_context()
    booked = rows.run_with_confirmation(
        lambda confirmed: confirm_transfer_notice(
            notice=row,
            amount=minor,
            received_on=day,
            reference=reference,
            confirmed=confirmed,
            ctx=ctx,
        ),
        yes=yes,
    )
    rows.print_rows([rows.payment_row(booked)], as_json=as_json)


@transfer_notice.command()
@click.argument("notice_id", metavar="ID", type=WholeNumber(min=1))
@click.option("--reason", required=True, metavar="TEXT", help="The client reads it.")
def reject(notice_id: int, *, reason: str) -> None:
    """No such transfer came."""
    console.load_django()
    from commerce.payments.actions.transfer_notices import reject_transfer_notice

    row = find_transfer_notice(notice_id)
    reject_transfer_notice(notice=row, reason=reason, ctx=operator_context())
    console.print_message(f"Transfer notice {notice_id} is rejected.")
