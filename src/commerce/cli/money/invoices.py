"""Commands about invoices: what staff do on their pages, from the server."""

import sys
from datetime import datetime

import click
from django.db import transaction

from commerce.accounts.finding import find_client
from commerce.billing.credit.actions import apply_credit
from commerce.billing.invoices.actions.corrections import credit_invoice, void_invoice
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.actions.manual import change_manual_draft, draft_manual_invoice
from commerce.billing.invoices.credit_note_preview import CreditNotePreview
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import Invoice
from commerce.billing.records import CREDIT_NOTE_FIELDS, INVOICE_FIELDS
from commerce.billing.tax.actions import refresh_vat_check
from commerce.cli.acts import add_acts
from commerce.cli.lookup import operator_context
from commerce.cli.money import invoice_input
from commerce.cli.money.payment_input import confirm
from commerce.cli.money.records import (
    credit_preview_record,
    invoice_details,
)
from commerce.cli.output import json_option, print_record, print_rows
from commerce.cli.param_types import EnumChoice, WholeNumber
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money, parse_amount
from commerce.record_acts.money import INVOICE_ACTS, INVOICES_ACTS

decide = click.option(
    "--decide",
    "decided",
    multiple=True,
    metavar="service:ID=CHOICE",
    help="Open period to bill_again, waive, or end, such as service:7=waive or domain:7=end. Can be repeated.",
)
due = click.option(
    "--due",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="[default: from the payment terms]",
)

LINE_HELP = (
    "Such as 'Moving a site=2.5x80.00', 'Discount=-5.00', or 'Stamps=3.00@none' for a line with a"
    " different tax kind, or 'Hosting=30.00@hosting#7:2030-06-01..2030-06-30' for days of service 7. Can be repeated."
)
taxed_as = click.option(
    "--taxed-as",
    "tax_kind",
    type=click.Choice(invoice_input.TAX_KINDS),
    default="other",
    show_default=True,
    help="Tax kind of lines without @KIND.",
)


@click.group()
def invoice() -> None:
    """Manage invoices.

    Invoices are identified by number, payment reference, or ID; drafts by ID.
    """


@invoice.command("list")
@click.option(
    "--client", default="", metavar="CLIENT", help="Filter by client (ID or billing email)."
)
@click.option("--state", type=EnumChoice(InvoiceStatus), help="Filter by status.")
@click.option("--limit", type=WholeNumber(1, 10_000), default=50, show_default=True)
@json_option
def list_(*, client: str, state: str | None, limit: int, as_json: bool) -> None:
    """List invoices and drafts, newest first."""
    found = INVOICE_FIELDS.with_related(Invoice.objects.order_by("-id"))
    if client:
        found = found.filter(client=find_client(client))
    if state:
        found = found.filter(status=state)
    shown = "id number kind status client issue_date due_date total amount_due"
    print_rows(INVOICE_FIELDS, found[:limit], shown, as_json=as_json, none="No invoices.")


@invoice.command()
@click.argument("invoice")
@json_option
def show(invoice: str, *, as_json: bool) -> None:
    """Show an invoice with its lines, taxes, payments, periods, and credit notes."""
    print_record(invoice_details(invoice_input.find_invoice_or_draft(invoice)), as_json=as_json)


@invoice.command()
@click.argument("client")
@click.option(
    "--line",
    "lines",
    multiple=True,
    required=True,
    metavar="TEXT=[QTYx]AMOUNT[@KIND][#SERVICE[:FROM..TO]]",
    help=LINE_HELP,
)
@taxed_as
@click.option("--notes", default="", metavar="TEXT", help="Notes below the totals.")
@click.option("--issue", "issue_now", is_flag=True, help="Issue the invoice immediately.")
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
    """Create an invoice for CLIENT (ID or billing email) in the client's currency.

    Drafts have no number, can be edited and deleted, and are invisible to the client until issued.

    \b
    Example:
      commerce invoice draft alice@example.com --line "Moving a site=2.5x80.00" --line "Discount=-5.00" --issue
    """
    ctx, owner = operator_context(), find_client(client)
    vat_refresh = refresh_vat_check(client=owner, ctx=ctx) if issue_now else None
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
            issue_invoice(invoice=made, vat_refresh=vat_refresh, ctx=ctx)
    print_record(INVOICE_FIELDS.read(made), as_json=as_json)


@invoice.command()
@click.argument("draft")
@click.option(
    "--line",
    "lines",
    multiple=True,
    metavar="TEXT=[QTYx]AMOUNT[@KIND][#SERVICE[:FROM..TO]]",
    help="Same as for `draft`.",
)
@taxed_as
@click.option("--notes", metavar="TEXT", help="Notes below the totals; '' for none.")
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
    """Change a manual DRAFT.

    The lines you specify replace all existing lines.

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
    print_record(INVOICE_FIELDS.read(row), as_json=as_json)


@invoice.command()
@click.argument("invoice")
@click.option("--reason", required=True, metavar="TEXT", help="Reason, shown on the credit note.")
@decide
@json_option
def void(invoice: str, *, reason: str, decided: tuple[str, ...], as_json: bool) -> None:
    """Void an open invoice with a credit note. Payments are added to the client's credit balance.

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
    print_record(CREDIT_NOTE_FIELDS.read(note), as_json=as_json)


@invoice.command()
@click.argument("invoice")
@click.option("--reason", required=True, metavar="TEXT", help="Reason, shown on the credit note.")
@click.option("--amount", default="", metavar="AMOUNT", help="Amount including tax, such as 12.50.")
@click.option(
    "--line",
    "lines",
    multiple=True,
    metavar="LINE[=NET]",
    help="Line number, or part of a line such as 2=5.00 (net). Can be repeated.",
)
@decide
@click.option("--dry-run", is_flag=True, help="Only show what the credit note would contain.")
@click.option("--yes", is_flag=True, help="Don't ask for confirmation.")
@json_option
def credit(
    invoice: str,
    *,
    reason: str,
    amount: str,
    lines: tuple[str, ...],
    decided: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Credit part or all of an issued invoice with a credit note.

    Discounts of a line go with it. Reduces the amount due. Anything already paid beyond that is added to the client's
    credit balance. Shows the credit note and asks before issuing it.

    \b
    Examples:
      commerce invoice credit INV-0042 --reason outage --amount 12.50
      commerce invoice credit INV-0042 --reason outage --line 1 --line 2=5.00 --dry-run
    """
    if amount and lines:
        raise BusinessError("credit_note.amount_or_lines")
    row, decisions = (
        invoice_input.find_invoice_or_draft(invoice),
        invoice_input.parse_decisions(decided),
    )
    if not (amount or lines):
        invoice_input.check_all_decided(row, decisions)
    total = parse_amount(amount, row.currency_id) if amount else None
    nets = invoice_input.parse_credited_lines(lines, row.currency_id) or None
    preview = CreditNotePreview.of(row, amount=total, lines=nets)
    if dry_run:
        print_record(credit_preview_record(row, preview), as_json=as_json)
        return
    if not yes:
        if sys.stdin.isatty():
            print_record(credit_preview_record(row, preview), as_json=False)
        confirm(f"Credit {Money(preview.total, row.currency_id)} of invoice {row}?")
    note = credit_invoice(
        invoice=row,
        reason=reason,
        amount=total,
        lines=nets,
        decisions=decisions,
        figures_shown=preview.figures_shown,
        ctx=operator_context(),
    )
    print_record(CREDIT_NOTE_FIELDS.read(note), as_json=as_json)


add_acts(
    invoice,
    (
        *(one for one in INVOICE_ACTS if one is not apply_credit),
        *INVOICES_ACTS,
    ),  # `commerce credit apply`
    invoice_input.find_invoice_or_draft,
    INVOICE_FIELDS.read,
    id_type=click.STRING,
    id_name="invoice",
)
