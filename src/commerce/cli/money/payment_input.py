"""What the commands about money that came have in common: options, questions, and what they say in the end."""

import sys
from collections.abc import Callable, Iterable

import click

from commerce.billing.models import Invoice
from commerce.cli.param_types import EnumChoice
from commerce.config import console
from commerce.kit.errors import BusinessError, NeedsConfirmation
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


CONFIRM_HELP = "Do it despite the warning with this code. Can be repeated."
confirm_option = click.option("--confirm", multiple=True, metavar="CODE", help=CONFIRM_HELP)


def ask_to_confirm[T](do: Callable[[frozenset[str]], T], codes: Iterable[str] = ()) -> T:
    """What ``do`` returns, told the codes of all that a person is sure about: they are asked for what it needs, once
    each. Raises ``BusinessError`` when nobody can be asked.
    """
    confirmed = frozenset(codes)
    while True:
        try:
            return do(confirmed)
        except NeedsConfirmation as question:
            if question.answer in confirmed:
                raise
            if not sys.stdin.isatty():
                raise BusinessError(
                    "command.code_not_confirmed",
                    question=question.staff_text,
                    code=question.answer,
                ) from question
            click.confirm(f"{question.staff_text} Continue?", abort=True, err=True)
            confirmed |= {question.answer}


def print_amount_due(invoice: Invoice) -> None:
    """What became of an invoice, and what is left to pay of it."""
    due = Money(invoice.amount_due, invoice.currency_id)
    console.print_message(f"Invoice {invoice.number} is {invoice.status}; the amount due is {due}.")


def confirm(text: str, question: object = "") -> None:
    """Ask, and end without a yes. Raises ``BusinessError`` when nobody can be asked."""
    if not sys.stdin.isatty():
        raise BusinessError("command.not_confirmed", question=question or text)
    click.confirm(text, abort=True, err=True)
