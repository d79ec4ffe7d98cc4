"""Commands about invoices: what staff do with them until they have pages for it."""

from datetime import datetime

import click
from django.db import transaction

from commerce.billing.invoices.actions.corrections import credit_invoice, void_invoice
from commerce.billing.invoices.actions.drafts import delete_draft
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.actions.manual import change_manual_draft, draft_manual_invoice
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.dunning import set_dunning_hold
from commerce.billing.tax.actions import refresh_vat_check
from commerce.cli.lookup import find_client, operator_context
from commerce.cli.money import invoice_input
from commerce.cli.money.records import credit_note_record, invoice_details, invoice_record
from commerce.cli.output import json_option, print_list, print_record
from commerce.cli.param_types import EnumChoice, WholeNumber, parse_minor_units
from commerce.config import console
from commerce.kit.errors import BusinessError

decide = click.option(
    "--decide",
    "decided",
    multiple=True,
    metavar="service:ID=CHOICE",
    help="What becomes of an open period: bill_again, waive or end. May be repeated; domain:ID= too.",
)
due = click.option(
    "--due", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="[default: by the terms]"
)

LINE_HELP = (
    "Such as 'Moving a site=2.5x80.00', 'Discount=-5.00', or 'Stamps=3.00@none' for a line that is"
    " not taxed as the others. May be repeated."
)
taxed_as = click.option(
    "--taxed-as",
    "tax_kind",
    type=click.Choice(invoice_input.TAX_KINDS),
    default="other",
    show_default=True,
    help="Lines without a @KIND of their own.",
)


@click.group()
def invoice() -> None:
    """Look at, write, issue and correct invoices.

    An invoice is named by its number, payment reference or id, a draft by its id.
    """


@invoice.command("list")
@click.option("--client", default="", metavar="CLIENT", help="Only of this client: id or e-mail.")
@click.option("--state", type=EnumChoice(InvoiceStatus), help="Only in this state.")
@click.option("--limit", type=WholeNumber(1, 10_000), default=50, show_default=True)
@json_option
def list_(*, client: str, state: str | None, limit: int, as_json: bool) -> None:
    """List invoices and drafts, the newest first."""
    found = Invoice.objects.select_related("client").order_by("-id")
    if client:
        found = found.filter(client=find_client(client))
    if state:
        found = found.filter(status=state)
    records = [invoice_record(row) for row in found[:limit]]
    print_list(records, as_json=as_json, none="No invoices.")


@invoice.command()
@click.argument("invoice")
@json_option
def show(invoice: str, *, as_json: bool) -> None:
    """Show one invoice: lines, taxes, what was paid, periods, credit notes."""
    print_record(invoice_details(invoice_input.find_invoice_or_draft(invoice)), as_json=as_json)


@invoice.command()
@click.argument("client")
@click.option(
    "--line",
    "lines",
    multiple=True,
    required=True,
    metavar="TEXT=[QTYx]AMOUNT[@KIND]",
    help=LINE_HELP,
)
@taxed_as
@click.option("--notes", default="", metavar="TEXT", help="Printed below the sums.")
@click.option("--issue", "issue_now", is_flag=True, help="Issue it at once.")
@due
@json_option
def draft(
    client: str,
    *,
    lines: tuple[str, ...],
    tax_kind: str,
    notes: str,
    issue_now: bool,
    due: datetime | None,
    as_json: bool,
) -> None:
    """Write an invoice for CLIENT (id or billing e-mail), in the client's currency, with the client's tax.

    A draft has no number, can be changed and deleted, and the client does not see it until it is issued.

    \b
    Example:
      commerce invoice draft alice@example.com --line "Moving a site=2.5x80.00" --line "Discount=-5.00" --issue
    """
    ctx, owner = operator_context(), find_client(client)
    if issue_now:
        refresh_vat_check(client=owner, ctx=ctx)
    with transaction.atomic():
        made = draft_manual_invoice(
            client=owner,
            currency_code=owner.currency_code,
            lines=[invoice_input.parse_line(text, owner.currency_code, tax_kind) for text in lines],
            notes=notes,
            due_date=due.date() if due else None,
            ctx=ctx,
        )
        if issue_now:
            issue_invoice(invoice=made, ctx=ctx)
    print_record(invoice_record(made), as_json=as_json)


@invoice.command()
@click.argument("draft")
@click.option(
    "--line", "lines", multiple=True, metavar="TEXT=[QTYx]AMOUNT[@KIND]", help="As of `draft`."
)
@taxed_as
@click.option("--notes", metavar="TEXT", help="Printed below the sums; '' for none.")
@due
@json_option
def change(
    draft: str,
    *,
    lines: tuple[str, ...],
    tax_kind: str,
    notes: str | None,
    due: datetime | None,
    as_json: bool,
) -> None:
    """Change a DRAFT that was written by hand: what is given takes the place of what was typed.

    Lines are replaced as a whole, in the order in which they are given.

    \b
    Example:
      commerce invoice change 42 --line "Moving a site=3x80.00" --due 2030-01-31
    """
    if not lines and notes is None and due is None:
        raise BusinessError("invoice.nothing_to_change")
    row = invoice_input.find_invoice_or_draft(draft)
    change_manual_draft(
        invoice=row,
        lines=[invoice_input.parse_line(text, row.currency_id, tax_kind) for text in lines] or None,
        notes=notes,
        due_date=due.date() if due else None,
        ctx=operator_context(),
    )
    print_record(invoice_record(row), as_json=as_json)


@invoice.command()
@click.argument("invoice")
@due
@json_option
def issue(invoice: str, *, due: datetime | None, as_json: bool) -> None:
    """Issue a draft: it gets its number, cannot be changed any more, and the client hears of it."""
    row, ctx = invoice_input.find_invoice_or_draft(invoice), operator_context()
    typed = due.date() if due else None
    if not row.issued_at:
        refresh_vat_check(client=row.client, ctx=ctx)
    issue_invoice(invoice=row, due_date=typed, ctx=ctx)
    print_record(invoice_record(row), as_json=as_json)


@invoice.command()
@click.argument("invoice")
def delete(invoice: str) -> None:
    """Throw a draft away. An issued invoice stays: it is voided by a credit note."""
    row = invoice_input.find_invoice_or_draft(invoice)
    delete_draft(invoice=row, ctx=operator_context())
    console.print_message(f"Draft {row.pk or invoice} is gone.")


@invoice.command()
@click.argument("invoice")
@click.option("--reason", required=True, metavar="TEXT", help="Stands on the credit note.")
@decide
@json_option
def void(invoice: str, *, reason: str, decided: tuple[str, ...], as_json: bool) -> None:
    """Take back an open invoice as a whole, by a credit note; what was paid goes to the client's credit.

    \b
    Example:
      commerce invoice void INV-0042 --reason "sent twice" --decide service:7=bill_again
    """
    row, decisions = (
        invoice_input.find_invoice_or_draft(invoice),
        invoice_input.parse_decisions(decided),
    )
    invoice_input.check_all_decided(row, decisions)
    note = void_invoice(invoice=row, reason=reason, decisions=decisions, ctx=operator_context())
    print_record(credit_note_record(note), as_json=as_json)


@invoice.command()
@click.argument("invoice")
@click.option("--reason", required=True, metavar="TEXT", help="Stands on the credit note.")
@click.option("--amount", default="", metavar="AMOUNT", help="A part, with tax, such as 12.50.")
@click.option(
    "--line",
    "lines",
    multiple=True,
    metavar="LINE[=NET]",
    help="A line by its number, or a part of it. May be repeated.",
)
@decide
@json_option
def credit(
    invoice: str,
    *,
    reason: str,
    amount: str,
    lines: tuple[str, ...],
    decided: tuple[str, ...],
    as_json: bool,
) -> None:
    """Take back a part of an issued invoice, or all that is left of it, by a credit note.

    It lowers what is due; what was paid beyond that becomes the client's credit.

    \b
    Examples:
      commerce invoice credit INV-0042 --reason outage --amount 12.50
      commerce invoice credit INV-0042 --reason outage --line 1 --line 2=5.00
    """
    if amount and lines:
        raise BusinessError("credit_note.amount_or_lines")
    row, decisions = (
        invoice_input.find_invoice_or_draft(invoice),
        invoice_input.parse_decisions(decided),
    )
    if not (amount or lines):
        invoice_input.check_all_decided(row, decisions)
    note = credit_invoice(
        invoice=row,
        reason=reason,
        amount=parse_minor_units(amount, row.currency_id) if amount else None,
        lines=invoice_input.parse_credited_lines(lines, row.currency_id) or None,
        decisions=decisions,
        ctx=operator_context(),
    )
    print_record(credit_note_record(note), as_json=as_json)


@invoice.command()
@click.argument("invoice")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Last day of the hold."
)
@click.option("--lift", is_flag=True, help="End the hold.")
@click.option("--reason", default="", metavar="TEXT", help="For the audit log.")
def hold(invoice: str, *, until: datetime | None, lift: bool, reason: str) -> None:
    """Spare an open invoice reminders, fees and suspension through a day, or end that."""
    if (until is None) is not lift:
        raise BusinessError("command.until_or_lift")
    row, day = invoice_input.find_invoice_or_draft(invoice), until.date() if until else None
    set_dunning_hold(invoice=row, until=day, reason=reason, ctx=operator_context())
    console.print_message(
        f"Invoice {row} is spared through {day}." if day else f"Invoice {row} is not spared."
    )
