"""What commands print: tables and JSON, amounts, prices and percentages."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from commerce.config import console

if TYPE_CHECKING:
    from commerce.catalog.models import GroupPrice, OptionPrice, Price
    from commerce.payments.models import Payment, TransferNotice, UnallocatedPayment


def run_with_confirmation(action: Callable[[frozenset[str]], "Payment"], *, yes: bool) -> "Payment":
    """Do it; what needs a second word is asked for, once each. Raises ``BusinessError`` when nobody can be asked."""
    from commerce.kit.errors import BusinessError
    from commerce.payments.actions.manual import ConfirmationRequired

    confirmed: frozenset[str] = frozenset({"reference", "amount"} if yes else ())
    while True:
        try:
            return action(confirmed)
        except ConfirmationRequired as question:
            if not sys.stdin.isatty():
                raise BusinessError("command.not_confirmed", question=question) from question
            click.confirm(f"{question} Go on?", abort=True, err=True)
            confirmed |= {question.what}


def format_amount(amount: int, row: Any) -> str:
    from commerce.kit.money import Money

    return str(Money(amount, row.currency_id))


def payment_row(row: "Payment") -> dict[str, Any]:
    return {
        "id": row.pk,
        "invoice": row.invoice.number,
        "amount": format_amount(row.amount, row),
        "method": row.method or row.gateway,
        "transaction": row.transaction_id,
        "received_on": str(row.received_on),
        "state": row.status,
    }


def unallocated_payment_row(row: "UnallocatedPayment") -> dict[str, Any]:
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


def transfer_notice_row(row: "TransferNotice") -> dict[str, Any]:
    return {
        "id": row.pk,
        "invoice": row.invoice.number,
        "client": row.client.name,
        "amount": format_amount(row.amount, row.invoice),
        "reference": row.invoice.payment_reference,
        "declared": f"{row.submitted_at:%Y-%m-%d %H:%M} UTC",
        "state": row.status,
    }


def print_rows(rows: Sequence[dict[str, Any]], *, as_json: bool, none: str = "") -> None:
    """Rows as a table, or as JSON."""
    if as_json:
        click.echo(json.dumps(list(rows), indent=2))
        return
    if not rows:
        console.print_message(none)
        return
    table = [tuple(name.upper().replace("_", " ") for name in rows[0])]
    table += [tuple(str(value or "-") for value in row.values()) for row in rows]
    console.table(table)


def format_basis_points(points: int) -> str:
    """Basis points for people: ``12.5 %``."""
    from decimal import Decimal

    return f"{(Decimal(points) / 100).normalize():f} %"


def format_price(price: int, setup_fee: int, currency_code: str) -> str:
    """``5.00 EUR + 1.00 EUR setup``."""
    from commerce.kit.money import Money

    setup = f" + {Money(setup_fee, currency_code)} setup" if setup_fee else ""
    return f"{Money(price, currency_code)}{setup}"


def format_price_lines(rows: "Iterable[Price | GroupPrice | OptionPrice]") -> list[str]:
    """Prices by currency, the shortest cycle first, one in a line."""
    from commerce.catalog.offers import BILLING_CYCLES

    ordered = sorted(
        rows, key=lambda row: (row.currency_id, BILLING_CYCLES.index(row.billing_cycle))
    )
    return [
        f"{row.billing_cycle:<14}{format_price(row.price, row.setup_fee, row.currency_id)}"
        for row in ordered
    ]


def format_milli_percent(rate_milli: int) -> str:
    """``19 %``, ``8.875 %``."""
    whole, rest = divmod(rate_milli, 1000)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".") + " %"
