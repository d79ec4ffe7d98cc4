"""Commands about the stored documents of invoices and credit notes."""

from pathlib import Path
from typing import Any

import click

from commerce.billing.documents.actions import check_document, make_documents
from commerce.billing.documents.content import CREDIT_NOTE, INVOICE, document_file_name
from commerce.billing.documents.rules import DocumentFormat
from commerce.billing.models import CreditNote, Document, Invoice
from commerce.cli.lookup import find_document, operator_context
from commerce.cli.output import json_option, pick, print_list
from commerce.cli.param_types import WholeNumber
from commerce.config import console
from commerce.kit.errors import BusinessError


@click.group()
def document() -> None:
    """Manage PDFs and e-invoices of invoices and credit notes."""


@document.command()
@click.argument("numbers", nargs=-1)
@click.option("--missing", is_flag=True, help="Generate all missing documents.")
def make(*, numbers: tuple[str, ...], missing: bool) -> None:
    """Generate the documents of NUMBERS. Existing documents don't change."""
    wanted = [(type(one), one.pk) for one in map(find_document, numbers)]
    if missing:
        without = {"documents__isnull": True, "issued_at__isnull": False}
        for model in (Invoice, CreditNote):
            ids = model._default_manager.filter(**without).order_by("pk")
            wanted += [(model, pk) for pk in ids.values_list("pk", flat=True)]
    for model, pk in wanted:
        name = "invoice_id" if model is Invoice else "credit_note_id"
        make_documents(ctx=operator_context(), **{name: pk})
    console.print_message(f"{len(wanted)} have their documents.")


@document.command("list")
@click.option(
    "--problems", is_flag=True, help="Only documents without an e-invoice, with the reason."
)
@click.option(
    "--most",
    type=WholeNumber(1, 10_000),
    default=50,
    show_default=True,
    help="Maximum number to list.",
)
@json_option
def list_(*, problems: bool, most: int, as_json: bool) -> None:
    """List stored documents, newest first."""
    rows = Document.objects.select_related("invoice", "credit_note").defer("content")
    if problems:
        rows = rows.exclude(problem="")
    records = [
        {"number": str(one.invoice or one.credit_note), **document_record(one)}
        for one in rows.order_by("-pk")[:most]
    ]
    shown = ("number", "form", "made_at", "problem")
    print_list(records, as_json=as_json, none="No documents.", table=pick(records, *shown))


def document_record(row: Document) -> dict[str, Any]:
    return {
        "form": row.form,
        "made_at": row.made_at,
        "sha256": row.sha256,
        "problem": row.problem,
    }


@document.command()
@click.argument("number")
@json_option
def show(number: str, *, as_json: bool) -> None:
    """Show the files of NUMBER and verify them. Exits with 1 if verification fails."""
    records = []
    for one in find_document(number).documents.order_by("form"):
        differences = check_document(one)
        record = document_record(one) | {"bytes": len(bytes(one.content))}
        records.append(record | {"differences": list(differences)})
    shown = ("form", "bytes", "made_at", "sha256")
    print_list(records, as_json=as_json, none="No files.", table=pick(records, *shown))
    wrong = [
        sentence
        for record in records
        for sentence in [*str(record["problem"]).splitlines(), *record["differences"]]
    ]
    if not as_json:  # there they stand in the records
        for sentence in dict.fromkeys(wrong):
            console.print_message(f"  {sentence}")
    if wrong:
        raise BusinessError("document.has_problem", number=number)


@document.command()
@click.argument("numbers", nargs=-1, required=True)
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Output folder. [default: current folder]",
)
def export(*, numbers: tuple[str, ...], folder: Path) -> None:
    """Export the files of NUMBERS and print their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        record = find_document(number)
        kind = INVOICE if isinstance(record, Invoice) else CREDIT_NOTE
        for one in record.documents.order_by("form"):
            ending = "xml" if one.form == DocumentFormat.UBL else "pdf"
            path = folder / document_file_name(kind, number, ending)
            path.write_bytes(bytes(one.content))
            click.echo(path)
