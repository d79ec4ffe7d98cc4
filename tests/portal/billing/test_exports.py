"""Downloads of the invoices of a span: the table and the statement of account (portal.md 3, backoffice.md 6, T3)."""

import csv
import io
import tracemalloc
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from commerce.audit.models import AuditEntry
from commerce.billing.documents.actions import make_documents
from commerce.billing.invoices import statement
from commerce.billing.invoices.rules import DraftLine
from commerce.billing.models import Invoice
from commerce.kit.context import SYSTEM, Context
from commerce.portal.billing import exports
from commerce.site_settings.actions import set_setting
from tests.make.people import AT
from tests.make.records import VAT, make_currency, make_invoice, make_payment
from tests.portal.conftest import PortalCast

CSV, PDF = "/client/invoices.csv", "/client/invoices/statement"
ZIP = "/client/invoices.zip"


def rows(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


def text(answer: Any) -> str:
    pages = PdfReader(io.BytesIO(answer.getvalue())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_m4_the_table_has_exact_decimals_of_each_currency(cast: PortalCast) -> None:
    for code, amount in (("EUR", 1000), ("JPY", 500), ("KWD", 5000)):
        make_currency(code)
        make_invoice(cast.client, lines=[DraftLine("A", amount, VAT)], currency_code=code)
    answer = cast.browse(cast.bob).get(CSV, {"first": "2026-04-01"})
    assert answer["Content-Disposition"] == 'attachment; filename="invoices-2026-04-08.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    head, *found = rows(answer)
    assert head[:4] == ["number", "issued", "due", "currency"]
    shared = ["2026-04-08", "2026-04-22"]
    assert found == [
        ["INV-0001", *shared, "EUR", "10.00", "2.00", "12.00", "0.00", "12.00", "unpaid", ""],
        ["INV-0002", *shared, "JPY", "500", "100", "600", "0", "600", "unpaid", ""],
        ["INV-0003", *shared, "KWD", "5.000", "1.000", "6.000", "0.000", "6.000", "unpaid", ""],
    ]


def test_x17_no_cell_starts_a_formula(cast: PortalCast) -> None:
    make_invoice(cast.client)
    set_setting(key="billing.invoice_prefix", value="-A", ctx=Context(AT, SYSTEM))
    make_invoice(cast.client)
    found = [row[0] for row in rows(cast.browse(cast.bob).get(CSV))[1:]]
    assert found == ["INV-0001", "'-A0002"]


@pytest.mark.parametrize("path", [CSV, PDF, ZIP])
def test_a_wrong_span_comes_back_with_what_was_typed(cast: PortalCast, path: str) -> None:
    make_invoice(cast.client)
    web = cast.browse(cast.bob)
    for span, words in (
        ({"first": "2026-02-02", "last": "2026-01-01"}, "The end date is before the start date."),
        ({"first": "soon"}, "Enter a valid date."),
    ):
        answer = web.get(path, span)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert words in page
        assert f'value="{span["first"]}"' in page
    assert not AuditEntry.objects.filter(action="client.exported").exists()


def test_a_statement_of_days_to_come_ended_before_it_began(cast: PortalCast) -> None:
    make_invoice(cast.client)
    answer = cast.browse(cast.bob).get(PDF, {"first": "2026-04-09"})
    assert answer.status_code == 422
    assert "Enter a date that isn&#x27;t in the future." in answer.content.decode()


def test_a_statement_is_downloaded_and_both_downloads_are_audited(cast: PortalCast) -> None:
    invoice = make_invoice(cast.client)
    make_payment(invoice, amount=400, at=AT + timedelta(hours=1))
    web = cast.browse(cast.bob)
    answer = web.get(PDF, {"first": "2026-04-01", "last": "2026-04-08"})
    assert answer["Content-Type"] == "application/pdf"
    name = "statement-2026-04-08.pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))
    found = text(answer)
    for words in ("INV-0001", "12.00", "−4.00", "8.00", "Acme Hosting Ltd"):
        assert words in found
    web.get(CSV)
    one, two = AuditEntry.objects.filter(action="client.exported").order_by("pk")
    assert one.after == {"file": name, "first": "2026-04-01", "last": "2026-04-08"}
    assert two.after == {"file": "invoices-2026-04-08.csv", "first": "", "last": ""}
    assert {each.actor_id for each in (one, two)} == {cast.bob.pk}
    assert {each.client_id for each in (one, two)} == {cast.client.pk}
    page = cast.browse(cast.alice).get("/client/activity").content.decode()
    assert "Invoices exported" in page


def test_t3_no_download_has_anything_of_another_client(cast: PortalCast) -> None:
    own, foreign = make_invoice(cast.client), make_invoice(cast.foreign)
    web = cast.browse(cast.alice)
    asked = {"client": str(cast.foreign.pk), "client_id": str(cast.foreign.pk)}
    table, paper = rows(web.get(CSV, asked)), text(web.get(PDF, asked))
    assert [row[0] for row in table[1:]] == [own.number]
    assert own.number in paper
    assert foreign.number not in paper
    assert "Charlie" not in paper


def test_too_long_a_span_is_said_at_its_first_day(
    cast: PortalCast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement, "MAX_STATEMENT_ROWS", 1)
    for _ in range(2):
        make_invoice(cast.client)
    answer = cast.browse(cast.bob).get(PDF)
    assert answer.status_code == 422
    assert "Choose a shorter period." in answer.content.decode()


def many(invoice: Invoice, number: int) -> None:
    """So many more invoices like this one."""
    columns = [f.attname for f in Invoice._meta.concrete_fields if not f.primary_key]
    values = {name: getattr(invoice, name) for name in columns}
    last = Invoice.objects.count()
    Invoice.objects.bulk_create(
        Invoice(**values | {"number": f"M-{last + n}", "payment_reference": f"RF{last + n}"})
        for n in range(number)
    )


def test_a_table_does_not_stand_in_memory(
    cast: PortalCast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of 50,000 invoices takes no more of it than one of 500."""
    monkeypatch.setattr(exports, "MAX_BYTES_IN_MEMORY", 10_000)
    invoice, web, peaks = make_invoice(cast.client), cast.browse(cast.bob), []
    web.get(CSV)
    for more in (999, 2000):
        many(invoice, more)
        tracemalloc.start()
        answer = web.get(CSV)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert answer.streaming
        assert len(rows(answer)) == 1 + Invoice.objects.count()
    assert peaks[1] - peaks[0] < 100_000


@pytest.mark.parametrize(
    ("path", "module", "limit"),
    [(CSV, exports, "MAX_INVOICES"), (PDF, statement, "MAX_STATEMENT_ROWS")],
    ids=["table", "statement"],
)
def test_what_is_too_much_is_refused_before_any_of_it_is_read(
    cast: PortalCast, monkeypatch: pytest.MonkeyPatch, path: str, module: Any, limit: str
) -> None:
    for _ in range(3):
        make_payment(make_invoice(cast.client), amount=1200, at=AT)
    monkeypatch.setattr(module, limit, 2)
    with CaptureQueriesContext(connection) as seen:
        answer = cast.browse(cast.bob).get(path)
    assert answer.status_code == 422
    assert "Choose a shorter period." in answer.content.decode()
    tables = ("billing_invoice", "billing_settlemententry", "billing_creditentry")
    asked = [one["sql"] for one in seen if any(f'FROM "{table}"' in one["sql"] for table in tables)]
    assert asked
    assert all(sql.startswith("SELECT COUNT(*)") for sql in asked)
    assert not AuditEntry.objects.filter(action="client.exported").exists()


def test_the_pdfs_of_a_span_come_as_one_file_and_none_is_missing_unsaid(cast: PortalCast) -> None:
    before = make_invoice(cast.client, at=AT - timedelta(days=2))
    first, second = make_invoice(cast.client), make_invoice(cast.client)
    waits = make_invoice(cast.client)
    foreign = make_invoice(cast.foreign)
    for one in (before, first, second, foreign):
        make_documents(invoice_id=one.pk, ctx=Context(AT, SYSTEM))
    answer = cast.browse(cast.bob).get(ZIP, {"first": "2026-04-08"})
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == 'attachment; filename="invoices-2026-04-08.zip"'
    with ZipFile(io.BytesIO(answer.getvalue())) as archive:
        names = [f"invoice-{one.number}.pdf" for one in (first, second)]
        assert archive.namelist() == [*names, "not-included.txt"]
        for one, name in zip((first, second), names, strict=True):
            assert archive.read(name) == bytes(one.documents.get(form="pdf").content)
        assert str(waits.number) in archive.read("not-included.txt").decode()
    entry = AuditEntry.objects.get(action="client.exported")
    assert entry.after["file"] == "invoices-2026-04-08.zip"


def test_a_zip_of_nothing_or_of_too_much_is_refused(
    cast: PortalCast, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = cast.browse(cast.bob)
    answer = web.get(ZIP)
    assert answer.status_code == 422
    assert "There are no invoices in this period." in answer.content.decode()
    monkeypatch.setattr(exports, "MAX_PDFS", 1)
    make_invoice(cast.client)
    make_invoice(cast.client)
    answer = web.get(ZIP)
    assert answer.status_code == 422
    assert "One ZIP file can hold up to 1 invoice." in answer.content.decode()
    assert not AuditEntry.objects.filter(action="client.exported").exists()
