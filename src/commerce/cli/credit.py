"""Commands about credit: money that a client has with us."""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

import click

from commerce.cli import ready
from commerce.cli.catalog_rows import currency_of
from commerce.cli.clients import find, operator
from commerce.cli.numbers import WholeNumber
from commerce.cli.payment_rows import minor, money, print_rows

if TYPE_CHECKING:
    from commerce.billing.models import CreditEntry

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
currency = click.option(
    "--currency", default="", metavar="CODE", help="[default: the client's currency]"
)
key = click.option(
    "--key",
    default="",
    metavar="TEXT",
    help="The same key is the same entry. [default: made from client, amount, note and day]",
)
note = click.option("--note", required=True, metavar="TEXT", help="Why; the client sees it.")


@click.group()
def credit() -> None:
    """Look at credit of clients, add, remove, pay out, and apply it."""


@credit.command()
@click.argument("client")
@click.option("--limit", type=WholeNumber(1, 10_000), default=50, show_default=True)
@as_json
def show(client: str, *, limit: int, as_json: bool) -> None:
    """Show the entries of CLIENT (id or billing e-mail), the newest first, each with the balance after it."""
    ready.django()
    from commerce.billing.models import CreditEntry

    found = CreditEntry.objects.filter(account__client=find(client)).select_related("account")
    print_rows(
        [_row(entry) for entry in found.order_by("-id")[:limit]],
        as_json=as_json,
        none="This client never had credit.",
    )


@credit.command()
@click.argument("client")
@click.argument("amount")
@currency
@note
@key
@as_json
def add(client: str, amount: str, *, currency: str, note: str, key: str, as_json: bool) -> None:
    """Give CLIENT (id or billing e-mail) credit of AMOUNT, such as 12.50. Repeating the command gives nothing twice."""
    ready.django()
    _by_staff("add", client, amount, currency, note, key, as_json=as_json)


@credit.command()
@click.argument("client")
@click.argument("amount")
@currency
@note
@key
@as_json
def remove(client: str, amount: str, *, currency: str, note: str, key: str, as_json: bool) -> None:
    """Take credit of AMOUNT away, at most the balance. Repeating the command takes nothing twice."""
    ready.django()
    _by_staff("remove", client, amount, currency, note, key, as_json=as_json)


def _by_staff(
    verb: str, client: str, amount: str, currency: str, note: str, key: str, *, as_json: bool
) -> None:
    from commerce.billing.actions import add_credit, remove_credit
    from commerce.kit import clock
    from commerce.preferences import current

    at, owner = clock.now(), find(client)
    code = currency_of(currency or owner.currency_code).pk
    value = minor(amount, code)
    said = f"{verb} {owner.pk} {value} {code} {note} {current.business_date(at)}"
    act = add_credit if verb == "add" else remove_credit
    entry = act(
        client=owner,
        currency_code=code,
        amount=value,
        note=note,
        key=key or f"typed-{hashlib.sha256(said.encode()).hexdigest()[:32]}",
        at=at,
        actor=operator(),
    )
    _print(entry, at, "Another one needs a --key of its own.", as_json=as_json)


def _print(entry: "CreditEntry", at: datetime, advice: str, *, as_json: bool) -> None:
    if entry.at != at:
        ready.say(f"This was done already; nothing was changed. {advice}")
    print_rows([_row(entry)], as_json=as_json)


@credit.command()
@click.argument("client")
@click.argument("amount")
@click.option("--reference", required=True, metavar="TEXT", help="The bank's; used once.")
@currency
@as_json
def payout(client: str, amount: str, *, reference: str, currency: str, as_json: bool) -> None:
    """Say that AMOUNT of the credit of CLIENT was paid back by hand."""
    ready.django()
    from commerce.billing.actions import pay_out_credit
    from commerce.kit import clock

    at, owner = clock.now(), find(client)
    code = currency_of(currency or owner.currency_code).pk
    entry = pay_out_credit(
        client=owner,
        currency_code=code,
        amount=minor(amount, code),
        reference=reference,
        at=at,
        actor=operator(),
    )
    _print(entry, at, "Another one has a reference of its own.", as_json=as_json)


@credit.command()
@click.argument("invoice")
@click.option("--amount", default="", metavar="AMOUNT", help="[default: as much as possible]")
def apply(invoice: str, *, amount: str) -> None:
    """Pay INVOICE (number, payment reference or id) from the credit of its client."""
    ready.django()
    from commerce.billing.actions import apply_credit
    from commerce.cli.payment_rows import find_invoice
    from commerce.kit import clock

    row = find_invoice(invoice)
    value = minor(amount, row.currency_id) if amount else None
    paid = apply_credit(invoice=row, amount=value, at=clock.now(), actor=operator())
    row.refresh_from_db()
    ready.say(
        f"{money(paid, row)} were applied. Invoice {row} is {row.status};"
        f" {money(row.amount_due, row)} are due."
    )


def _row(entry: "CreditEntry") -> dict[str, object]:
    return {
        "id": entry.pk,
        "at": f"{entry.at:%Y-%m-%d %H:%M} UTC",
        "reason": entry.reason,
        "amount": money(entry.amount, entry.account),
        "balance": money(entry.balance, entry.account),
        "source": entry.source,
        "note": entry.note,
    }
