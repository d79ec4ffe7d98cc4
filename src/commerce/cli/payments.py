"""Commands about payments: what staff received, what belongs nowhere, what goes back, what clients declared."""

import hashlib
import json
from datetime import date, datetime

import click

from commerce.cli import payment_rows as rows
from commerce.cli import ready
from commerce.cli.clients import operator
from commerce.cli.numbers import WholeNumber

METHODS = ("bank_transfer", "cash", "check", "card", "other")

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
@click.option("--method", type=click.Choice(METHODS), default="bank_transfer", show_default=True)
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
    ready.django()
    from commerce.kit import clock
    from commerce.payments.actions import record_payment_by_hand
    from commerce.payments.models import Payment

    at, row = clock.now(), rows.find_invoice(invoice)
    day, minor = rows.day_of(received_on), rows.minor(amount, row.currency_id)
    key = key or key_of(row.pk, reference, day, minor)
    is_repeat = Payment.objects.filter(key=key).exists()
    booked = rows.confirmed_by(
        lambda confirmed: record_payment_by_hand(
            invoice=row,
            amount=minor,
            method=method,
            received_on=day,
            key=key,
            reference=reference,
            note=note,
            confirmed=confirmed,
            at=at,
            actor=operator(),
        ),
        yes=yes,
    )
    if is_repeat:
        ready.say("This payment was booked already; nothing was changed.")
    else:
        row.refresh_from_db()
        ready.say(
            f"Invoice {row.number} is {row.status}; {rows.money(row.amount_due, row)} are due."
        )
    rows.print_rows([rows.payment_row(booked)], as_json=as_json)


def key_of(invoice_id: int, reference: str, day: date, amount: int) -> str:
    """The key of a payment that is typed twice in the same words."""
    said = f"{invoice_id} {' '.join(reference.split())} {day} {amount}"
    return f"typed-{hashlib.sha256(said.encode()).hexdigest()[:32]}"


@payment.command("list")
@click.option("--invoice", default="", metavar="INVOICE", help="Only of this invoice.")
@click.option("--client", default="", metavar="CLIENT", help="Only of this client (id or e-mail).")
@click.option("--limit", type=WholeNumber(1, 10_000), default=50, show_default=True)
@as_json
def list_(*, invoice: str, client: str, limit: int, as_json: bool) -> None:
    """List payments, newest first."""
    ready.django()
    from commerce.cli.clients import find
    from commerce.payments.models import Payment

    found = Payment.objects.select_related("invoice").order_by("-id")
    if invoice:
        found = found.filter(invoice=rows.find_invoice(invoice))
    if client:
        found = found.filter(client=find(client))
    rows.print_rows(
        [rows.payment_row(row) for row in found[:limit]], as_json=as_json, none="No payments."
    )


@payment.command()
@click.argument("payment_id", metavar="ID", type=WholeNumber(min=1))
@as_json
def show(payment_id: int, *, as_json: bool) -> None:
    """Show one payment with its refunds."""
    ready.django()
    row = rows.find_payment(payment_id)
    said = rows.payment_row(row) | {
        "reference": row.reference,
        "recorded_by": row.recorded_by,
        "note": row.note,
        "refunds": [
            {"id": each.pk, "amount": rows.money(each.amount, row), "way": each.way}
            | {"state": each.status, "reason": each.reason}
            for each in row.refunds.order_by("id")
        ],
    }
    if as_json:
        click.echo(json.dumps(said, indent=2))
        return
    for name, value in said.items():
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
    ready.django()
    from commerce.kit import clock
    from commerce.payments.actions import refund_payment_to_credit
    from commerce.payments.actions.refunds import refund_key

    row = rows.find_payment(payment_id)
    minor = rows.minor(amount, row.currency_id)
    made = refund_payment_to_credit(
        payment=row,
        amount=minor,
        reason=reason,
        key=key or refund_key(row, minor, reason),
        at=clock.now(),
        actor=operator(),
    )
    said = {"refund": made.pk, "amount": rows.money(made.amount, row), "state": made.status}
    said |= {"credit_note": made.credit_note.number if made.credit_note else ""}
    rows.print_rows([said], as_json=as_json)


@payment.command()
@click.argument("payment_id", metavar="ID", type=WholeNumber(min=1))
@click.option("--reason", required=True, metavar="TEXT", help="Kept in the audit log.")
@as_json
def reverse(payment_id: int, *, reason: str, as_json: bool) -> None:
    """Take back a payment whose cheque bounced or whose transfer was returned.

    Its invoice is open again, held from reminders and suspension for the days of grace. What of the payment had become
    credit is taken from the client's credit; what was spent of that is a to-do (`commerce job list`).
    """
    ready.django()
    from commerce.kit import clock
    from commerce.payments.actions import reverse_payment

    row = rows.find_payment(payment_id)
    taken = reverse_payment(payment=row, reason=reason, at=clock.now(), actor=operator())
    row.invoice.refresh_from_db()
    due = rows.money(row.invoice.amount_due, row)
    ready.say(f"Invoice {row.invoice.number} is {row.invoice.status}; {due} are due.")
    if taken.from_credit:
        ready.say(f"{rows.money(taken.from_credit, row)} were taken from the client's credit.")
    if taken.short:
        ready.say(f"{rows.money(taken.short, row)} are short, and a to-do for staff.")
    rows.print_rows([rows.payment_row(row)], as_json=as_json)


@payment.group()
def stray() -> None:
    """Money that came and belongs to no invoice as it is: keep, list, assign, return."""


@stray.command("record")
@click.argument("amount")
@click.argument("currency")
@click.option("--transaction", required=True, metavar="TEXT", help="What the bank calls it.")
@click.option("--reference", default="", metavar="TEXT", help="What the payer wrote.")
@click.option("--method", type=click.Choice(METHODS), default="bank_transfer", show_default=True)
@click.option("--invoice", default="", metavar="INVOICE", help="The one that it may be meant for.")
@click.option(
    "--reason",
    type=click.Choice(("currency", "reference", "account")),
    default="reference",
    show_default=True,
    help="What keeps it from being booked.",
)
@received
@click.option("--note", default="", metavar="TEXT")
@as_json
def record_stray(
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
    ready.django()
    from commerce.kit import clock
    from commerce.payments.actions import keep_stray

    code = currency.upper()
    kept = keep_stray(
        gateway=method if method == "bank_transfer" else "manual",
        transaction_id=transaction,
        amount=rows.minor(amount, code),
        currency_code=code,
        received_on=rows.day_of(received_on),
        reason=reason,
        invoice=rows.find_invoice(invoice) if invoice else None,
        reference=reference,
        note=note,
        at=clock.now(),
        actor=operator(),
    )
    rows.print_rows([rows.stray_row(kept)], as_json=as_json)


@stray.command("list")
@click.option("--all", "every", is_flag=True, help="Those that were assigned or returned too.")
@as_json
def list_stray(*, every: bool, as_json: bool) -> None:
    """List stray receipts, newest first."""
    ready.django()
    from commerce.payments.models import StrayReceipt

    found = StrayReceipt.objects.select_related("payment__invoice").order_by("-id")
    found = found if every else found.open()
    rows.print_rows(
        [rows.stray_row(row) for row in found], as_json=as_json, none="No stray receipts."
    )


@stray.command()
@click.argument("receipt_id", metavar="ID", type=WholeNumber(min=1))
@click.argument("invoice")
@as_json
def assign(receipt_id: int, invoice: str, *, as_json: bool) -> None:
    """Book a stray receipt on INVOICE (number, payment reference or id), which must be of its currency."""
    ready.django()
    from commerce.kit import clock
    from commerce.payments.actions import assign_stray

    booked = assign_stray(
        receipt=rows.find_stray(receipt_id),
        invoice=rows.find_invoice(invoice),
        at=clock.now(),
        actor=operator(),
    )
    rows.print_rows([rows.payment_row(booked)], as_json=as_json)


@stray.command("return")
@click.argument("receipt_id", metavar="ID", type=WholeNumber(min=1))
@click.option("--note", required=True, metavar="TEXT", help="How the money went back.")
def return_(receipt_id: int, *, note: str) -> None:
    """Note that a stray receipt was sent back to where it came from."""
    ready.django()
    from commerce.kit import clock
    from commerce.payments.actions import return_stray

    return_stray(receipt=rows.find_stray(receipt_id), note=note, at=clock.now(), actor=operator())
    ready.say(f"Stray receipt {receipt_id} is returned.")


@payment.group()
def declaration() -> None:
    """Transfers that clients say they have made: list, confirm, reject."""


@declaration.command("list")
@click.option("--all", "every", is_flag=True, help="Those that were decided or lapsed too.")
@as_json
def list_declarations(*, every: bool, as_json: bool) -> None:
    """List declared transfers, oldest first."""
    ready.django()
    from commerce.payments.models import BankDeclaration

    found = BankDeclaration.objects.select_related("invoice", "client").order_by("id")
    found = found if every else found.open()
    rows.print_rows(
        [rows.declaration_row(row) for row in found], as_json=as_json, none="No declared transfers."
    )


@declaration.command()
@click.argument("declaration_id", metavar="ID", type=WholeNumber(min=1))
@click.argument("amount")
@click.option("--reference", default="", metavar="TEXT", help="The bank's, as on the statement.")
@received
@yes
@as_json
def confirm(
    declaration_id: int,
    amount: str,
    *,
    reference: str,
    received_on: datetime | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Book AMOUNT as received for a declared transfer."""
    ready.django()
    from commerce.kit import clock
    from commerce.payments.actions import confirm_declaration

    row = rows.find_declaration(declaration_id)
    minor, day, at = (
        rows.minor(amount, row.invoice.currency_id),
        rows.day_of(received_on),
        clock.now(),
    )
    booked = rows.confirmed_by(
        lambda confirmed: confirm_declaration(
            declaration=row,
            amount=minor,
            received_on=day,
            reference=reference,
            confirmed=confirmed,
            at=at,
            actor=operator(),
        ),
        yes=yes,
    )
    rows.print_rows([rows.payment_row(booked)], as_json=as_json)


@declaration.command()
@click.argument("declaration_id", metavar="ID", type=WholeNumber(min=1))
@click.option("--reason", required=True, metavar="TEXT", help="The client reads it.")
def reject(declaration_id: int, *, reason: str) -> None:
    """No such transfer came."""
    ready.django()
    from commerce.kit import clock
    from commerce.payments.actions import reject_declaration

    row = rows.find_declaration(declaration_id)
    reject_declaration(declaration=row, reason=reason, at=clock.now(), actor=operator())
    ready.say(f"Declaration {declaration_id} is rejected.")
