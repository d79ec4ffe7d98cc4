"""Commands about disputes: what gateways reported, and chargebacks that staff record from a bank's letter."""

import hashlib
from datetime import datetime

import click

from commerce.cli.lookup import find_dispute, find_payment, operator_context
from commerce.cli.money.payment_input import confirm, tell_amount_due, yes
from commerce.cli.output import json_option, print_record, print_rows
from commerce.cli.param_types import WholeNumber
from commerce.config import console
from commerce.kit.money import parse_amount
from commerce.payments.actions.disputes import lose_dispute, open_dispute, win_dispute
from commerce.payments.models import Dispute
from commerce.payments.records.payments import DISPUTE_FIELDS


@click.group()
def dispute() -> None:
    """Manage disputes (chargebacks) of payments."""


@dispute.command("list")
@click.option("--all", "every", is_flag=True, help="Include won and lost ones.")
@json_option
def list_disputes(*, every: bool, as_json: bool) -> None:
    """List disputes, the most urgent first."""
    found = DISPUTE_FIELDS.with_related(Dispute.objects.order_by("due_by", "id"))
    found = found if every else found.open()
    shown = "id payment gateway reference amount status due_by reason opened_at"
    print_rows(DISPUTE_FIELDS, found, shown, as_json=as_json, none="No disputes.")


@dispute.command("open")
@click.argument("payment_id", metavar="PAYMENT", type=WholeNumber(min=1))
@click.option(
    "--amount", default="", metavar="AMOUNT", help="Disputed amount. [default: the whole payment]"
)
@click.option("--reason", required=True, metavar="TEXT", help="What the bank says.")
@click.option(
    "--reference",
    default="",
    metavar="TEXT",
    help="The bank's reference. [default: from payment, amount, and reason]",
)
@click.option(
    "--due-by",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Last day to respond to the bank.",
)
@json_option
def open_(
    payment_id: int,
    *,
    amount: str,
    reason: str,
    reference: str,
    due_by: datetime | None,
    as_json: bool,
) -> None:
    """Record a chargeback of a payment (ID). Safe to repeat.

    The invoice stays paid until you record the dispute as won or lost. Disputes at payment providers are recorded
    automatically.

    \b
    Example:
      commerce payment dispute open 7 --reason "unknown to the payer" --due-by 2030-01-31
    """
    row = find_payment(payment_id)
    minor = parse_amount(amount, row.currency_id) if amount else row.amount
    made = open_dispute(
        payment=row,
        reference=reference or _own_reference(row.pk, minor, reason),
        amount=minor,
        reason=reason,
        due_by=due_by.date() if due_by else None,
        ctx=operator_context(),
    )
    print_record(DISPUTE_FIELDS.read(made), as_json=as_json)


def _own_reference(payment_id: int, amount: int, reason: str) -> str:
    """The reference of a dispute that is typed twice in the same words."""
    typed = f"{payment_id} {amount} {' '.join(reason.split())}"
    return f"own-{hashlib.sha256(typed.encode()).hexdigest()[:24]}"


@dispute.command()
@click.argument("dispute_id", metavar="ID", type=WholeNumber(min=1))
@json_option
def won(dispute_id: int, *, as_json: bool) -> None:
    """Record a dispute as won: the payment counts again."""
    row = find_dispute(dispute_id)
    win_dispute(dispute=row, ctx=operator_context())
    _tell(row, as_json=as_json)


@dispute.command()
@click.argument("dispute_id", metavar="ID", type=WholeNumber(min=1))
@yes
@json_option
def lost(dispute_id: int, *, yes: bool, as_json: bool) -> None:
    """Record a dispute as lost: the payment is reversed and its invoice is due again.

    Reminders and suspension are paused for the grace period. Credit that came from the payment is removed; if it was
    already spent, a task is created (`commerce job list`).
    """
    row = find_dispute(dispute_id)
    if not yes:
        confirm(f"Reverse payment {row.payment_id}? What it paid will be due again.")
    lose_dispute(dispute=row, ctx=operator_context())
    _tell(row, as_json=as_json)


def _tell(row: Dispute, *, as_json: bool) -> None:
    row = find_dispute(row.pk)
    console.print_message(f"Payment {row.payment_id} is {row.payment.status}.")
    for invoice in row.payment.invoices():
        tell_amount_due(invoice)
    print_record(DISPUTE_FIELDS.read(row), as_json=as_json)
