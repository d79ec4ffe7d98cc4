"""What the commands about payments look for and print."""

import json
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from commerce.cli import ready

if TYPE_CHECKING:
    from commerce.billing.models import Invoice
    from commerce.payments.models import BankDeclaration, Payment, StrayReceipt


def find_invoice(text: str) -> "Invoice":
    """The issued invoice with this number, payment reference or id. Raises ``Refused``."""
    from commerce.billing.models import Invoice
    from commerce.kit.errors import Refused

    issued = Invoice.objects.filter(issued_at__isnull=False)
    found = issued.filter(number__iexact=text.strip()).first()
    found = found or issued.filter(payment_reference="".join(text.split()).upper()).first()
    if found is None and text.isascii() and text.isdecimal() and len(text) < 19:
        found = issued.filter(pk=int(text)).first()
    if found is None:
        raise Refused(
            f"There is no invoice {text}. Money of which the invoice is not known: commerce payment stray record"
        )
    return found


def find_payment(pk: int) -> "Payment":
    from commerce.kit.errors import Refused
    from commerce.payments.models import Payment

    if found := Payment.objects.select_related("invoice").filter(pk=pk).first():
        return found
    raise Refused(f"There is no payment {pk}.")


def find_stray(pk: int) -> "StrayReceipt":
    from commerce.kit.errors import Refused
    from commerce.payments.models import StrayReceipt

    if found := StrayReceipt.objects.filter(pk=pk).first():
        return found
    raise Refused(f"There is no stray receipt {pk}.")


def find_declaration(pk: int) -> "BankDeclaration":
    from commerce.kit.errors import Refused
    from commerce.payments.models import BankDeclaration

    if found := BankDeclaration.objects.select_related("invoice").filter(pk=pk).first():
        return found
    raise Refused(f"There is no declaration {pk}.")


def confirmed_by(act: Callable[[frozenset[str]], "Payment"], *, yes: bool) -> "Payment":
    """Do it; what needs a second word is asked for, once each. Raises ``Refused`` when nobody can be asked."""
    from commerce.kit.errors import Refused
    from commerce.payments.actions import NeedsConfirmation

    confirmed: frozenset[str] = frozenset({"reference", "amount"} if yes else ())
    while True:
        try:
            return act(confirmed)
        except NeedsConfirmation as question:
            if not sys.stdin.isatty():
                raise Refused(f"{question} Say --yes if that is right.") from question
            click.confirm(f"{question} Go on?", abort=True, err=True)
            confirmed |= {question.what}


def minor(amount: str, currency_code: str) -> int:
    from commerce.kit.errors import Refused
    from commerce.kit.money import parse_amount

    try:
        return parse_amount(amount, currency_code)
    except ValueError as wrong:
        raise Refused(str(wrong)) from wrong


def day_of(typed: datetime | None) -> date:
    from commerce.kit import clock
    from commerce.preferences import current

    return typed.date() if typed else current.business_date(clock.now())


def money(amount: int, row: Any) -> str:
    from commerce.kit.money import Money

    return str(Money(amount, row.currency_id))


def payment_row(row: "Payment") -> dict[str, Any]:
    return {
        "id": row.pk,
        "invoice": row.invoice.number,
        "amount": money(row.amount, row),
        "method": row.method or row.gateway,
        "transaction": row.transaction_id,
        "received_on": str(row.received_on),
        "state": row.status,
    }


def stray_row(row: "StrayReceipt") -> dict[str, Any]:
    from commerce.kit.money import Money

    return {
        "id": row.pk,
        "amount": str(Money(row.amount, row.currency_code)),
        "transaction": row.transaction_id or (row.payment.transaction_id if row.payment else ""),
        "reference": row.reference,
        "received_on": str(row.received_on),
        "reason": row.reason,
        "state": row.status,
        "invoice": row.payment.invoice.number if row.payment else "",
    }


def declaration_row(row: "BankDeclaration") -> dict[str, Any]:
    return {
        "id": row.pk,
        "invoice": row.invoice.number,
        "client": row.client.name,
        "amount": money(row.amount, row.invoice),
        "reference": row.invoice.payment_reference,
        "declared": f"{row.declared_at:%Y-%m-%d %H:%M} UTC",
        "state": row.status,
    }


def print_rows(rows: Sequence[dict[str, Any]], *, as_json: bool, none: str = "") -> None:
    """Rows as a table, or as JSON."""
    if as_json:
        click.echo(json.dumps(list(rows), indent=2))
        return
    if not rows:
        ready.say(none)
        return
    table = [tuple(name.upper().replace("_", " ") for name in rows[0])]
    table += [tuple(str(value or "-") for value in row.values()) for row in rows]
    ready.table(table)
