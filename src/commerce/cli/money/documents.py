"""Commands about the stored documents of invoices and credit notes."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commerce.billing.documents.rules import DocumentFormat
from commerce.cli.lookup import find_document, operator_context
from commerce.cli.param_types import WholeNumber
from commerce.config import console

if TYPE_CHECKING:
    pass


@click.group()
def document() -> None:
    """Make, check and write out the PDF and e-invoice of invoices and credit notes."""


@document.command()
@click.argument("numbers", nargs=-1)
@click.option("--missing", is_flag=True, help="All issued invoices and credit notes without one.")
def make(*, numbers: tuple[str, ...], missing: bool) -> None:
    """Make the documents of NUMBERS now; those that are stored already stay as they are."""
    console.load_django()
    from commerce.billing.documents.actions import make_documents
    from commerce.billing.models import CreditNote, Invoice

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
def list_(*, problems: bool, most: int) -> None:
    """List stored documents, the newest first."""
    console.load_django()
    from commerce.billing.models import Document

    rows = Document.objects.select_related("invoice", "credit_note").defer("content")
    if problems:
        rows = rows.exclude(problem="")
    for one in rows.order_by("-pk")[:most]:
        problem = f"  {one.problem.splitlines()[0]}" if one.problem else ""
        number = str(one.invoice or one.credit_note)
        click.echo(f"{number:<14} {one.form}  {one.made_at:%Y-%m-%d %H:%M} UTC{problem}")


@document.command()
@click.argument("number")
def show(number: str) -> None:
    """List the files of NUMBER, and whether they still fit what was issued; exit code 1 if not."""
    console.load_django()
    from commerce.billing.documents.actions import check_document
    from commerce.kit.errors import BusinessError

    wrong = []
    for one in find_document(number).documents.order_by("form"):
        size = len(bytes(one.content))
        click.echo(f"{one.form}  {size:>8} bytes  {one.made_at:%Y-%m-%d %H:%M} UTC  {one.sha256}")
        wrong += [*one.problem.splitlines(), *check_document(one)]
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
    console.load_django()
    from commerce.billing.documents.content import CREDIT_NOTE, INVOICE, document_file_name
    from commerce.billing.models import Invoice

    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        record = find_document(number)
        kind = INVOICE if isinstance(record, Invoice) else CREDIT_NOTE
        for one in record.documents.order_by("form"):
            ending = "xml" if one.form == DocumentFormat.UBL else "pdf"
            path = folder / document_file_name(kind, number, ending)
            path.write_bytes(bytes(one.content))
            click.echo(path)
