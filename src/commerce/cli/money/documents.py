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
    """Make, check and write out the PDF and e-invoice of invoices and credit notes."""


@document.command()
@click.argument("numbers", nargs=-1)
@click.option("--missing", is_flag=True, help="All issued invoices and credit notes without one.")
def make(*, numbers: tuple[str, ...], missing: bool) -> None:
    """Make the documents of NUMBERS now; those that are stored already stay as they are."""
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
@click.option("--problems", is_flag=True, help="Only those without e-invoice, and why.")
@click.option(
    "--most",
    type=WholeNumber(1, 10_000),
    default=50,
    show_default=True,
    help="How many, the newest first.",
)
@json_option
def list_(*, problems: bool, most: int, as_json: bool) -> None:
    """List stored documents, the newest first."""
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
    """List the files of NUMBER, and whether they still fit what was issued; exit code 1 if not."""
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
    help="Folder for the files. [default: this one]",
)
def export(*, numbers: tuple[str, ...], folder: Path) -> None:
    """Write the files of NUMBERS into a folder, and print their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        record = find_document(number)
        kind = INVOICE if isinstance(record, Invoice) else CREDIT_NOTE
        for one in record.documents.order_by("form"):
            ending = "xml" if one.form == DocumentFormat.UBL else "pdf"
            path = folder / document_file_name(kind, number, ending)
            path.write_bytes(bytes(one.content))
            click.echo(path)
