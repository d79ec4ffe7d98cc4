"""What the commands about money that came have in common: options, questions, and what they say in the end."""

import sys
from collections.abc import Callable

import click

from commerce.billing.models import Invoice
from commerce.cli.param_types import EnumChoice
from commerce.config import console
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money
from commerce.payments.actions.manual import ConfirmationRequired
from commerce.payments.models import Payment
from commerce.payments.rules import PaymentMethod

method = click.option(
    "--method",
    type=EnumChoice(PaymentMethod),
    default=PaymentMethod.BANK_TRANSFER.value,
    show_default=True,
)
YES_HELP = "Skip confirmation prompts."
yes = click.option("--yes", "-y", is_flag=True, help=YES_HELP)
received = click.option(
    "--received-on",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Date received. [default: today]",
)


def run_with_confirmation(action: Callable[[frozenset[str]], Payment], *, yes: bool) -> Payment:
    """Do it; what needs a second word is asked for, once each. Raises ``BusinessError`` when nobody can be asked."""
    confirmed: frozenset[str] = frozenset({"reference", "amount"} if yes else ())
    while True:
        try:
            return action(confirmed)
        except ConfirmationRequired as question:
            confirm(f"{question} Continue?", question)
            confirmed |= {question.what}


def tell_amount_due(invoice: Invoice) -> None:
    """What became of an invoice, and what is left to pay of it."""
    due = Money(invoice.amount_due, invoice.currency_id)
    console.print_message(f"Invoice {invoice.number} is {invoice.status}; the amount due is {due}.")


def confirm(text: str, question: object = "") -> None:
    """Ask, and end without a yes. Raises ``BusinessError`` when nobody can be asked."""
    if not sys.stdin.isatty():
        raise BusinessError("command.not_confirmed", question=question or text)
    click.confirm(text, abort=True, err=True)
