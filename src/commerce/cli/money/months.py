"""Commands about months of the books: what is open of them, closing them, and the files of those that are closed."""

import gzip
import sys

import click

from commerce.billing.books.finding import find_books_month
from commerce.billing.models import BooksMonth
from commerce.billing.records import BOOKS_MONTH_FIELDS
from commerce.cli.acts import add_acts
from commerce.cli.output import json_option, print_record, print_rows
from commerce.kit.errors import BusinessError
from commerce.payments.month_closing.figures import month_figures, month_gaps
from commerce.record_acts.money import BOOKS_MONTH_ACTS


@click.group()
def month() -> None:
    """Close months of the books."""


@month.command("list")
@json_option
def list_months(*, as_json: bool) -> None:
    """List months that are over, newest first."""
    rows = BooksMonth.objects.order_by("-month")
    shown = "month status closed_at closed_by"
    print_rows(BOOKS_MONTH_FIELDS, rows, shown, as_json=as_json, none="No month is listed yet.")


@month.command("show")
@click.argument("month")
@json_option
def show_month(*, month: str, as_json: bool) -> None:
    """Show what of MONTH (2030-01) is still open, and its figures in minor units: as closed, and now."""
    row = find_books_month(month)
    shown: dict[str, object] = {
        **BOOKS_MONTH_FIELDS.read(row),
        "gaps": month_gaps(row),
        "figures": month_figures(row),
        "figures_when_closed": row.figures,
        "files": [f"{one.name} of {one.closed_at:%Y-%m-%d}" for one in row.files.order_by("pk")],
    }
    print_record(shown, as_json=as_json)


@month.command("file")
@click.argument("month")
@click.argument("name")
def print_file(*, month: str, name: str) -> None:
    """Print a file of a closed MONTH: documents, payments, or tax, as it was stored when the month was closed last.

    \b
    Example:
      commerce month file 2030-01 documents
    """
    found = find_books_month(month).files.filter(name=name).order_by("closed_at").last()
    if found is None:
        raise BusinessError("books_month.file_unknown", month=month, name=name)
    sys.stdout.write(gzip.decompress(bytes(found.content)).decode())


add_acts(
    month,
    BOOKS_MONTH_ACTS,
    find_books_month,
    BOOKS_MONTH_FIELDS.read,
    id_type=click.STRING,
    id_name="month",
)
