"""Downloads of the invoices of a span: the table and the statement of account (portal.md 3, backoffice.md 6, T3)."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from commerce.audit.models import Entry
from commerce.billing import statements
from commerce.billing.rules import Line
from commerce.kit.actor import SYSTEM
from commerce.preferences.actions import set_preference
from tests.make.people import AT
from tests.make.trade import VAT, make_currency, make_invoice, make_payment
from tests.portal.conftest import Cast

CSV, PDF = "/client/invoices.csv", "/client/invoices/statement"


def rows(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def text(answer: Any) -> str:
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_m4_the_table_has_exact_decimals_of_each_currency(cast: Cast) -> None:
    for code, amount in (("EUR", 1000), ("JPY", 500), ("KWD", 5000)):
        make_currency(code)
        make_invoice(cast.client, lines=[Line("A", amount, VAT)], currency_code=code)
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


def test_x17_no_cell_starts_a_formula(cast: Cast) -> None:
    make_invoice(cast.client)
    set_preference(key="billing.invoice_prefix", value="-A", at=AT, actor=SYSTEM)
    make_invoice(cast.client)
    found = [row[0] for row in rows(cast.browse(cast.bob).get(CSV))[1:]]
    assert found == ["INV-0001", "'-A0002"]


@pytest.mark.parametrize("path", [CSV, PDF])
def test_a_wrong_span_comes_back_with_what_was_typed(cast: Cast, path: str) -> None:
    make_invoice(cast.client)
    web = cast.browse(cast.bob)
    for span, words in (
        ({"first": "2026-02-02", "last": "2026-01-01"}, "This is before the first day."),
        ({"first": "soon"}, "Enter a valid date."),
    ):
        answer = web.get(path, span)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert words in page
        assert f'value="{span["first"]}"' in page
    assert not Entry.objects.filter(action="client.exported").exists()


def test_a_statement_of_days_to_come_ended_before_it_began(cast: Cast) -> None:
    make_invoice(cast.client)
    answer = cast.browse(cast.bob).get(PDF, {"first": "2026-04-09"})
    assert answer.status_code == 422
    assert "This day has not come yet." in answer.content.decode()


def test_a_statement_is_downloaded_and_both_downloads_are_audited(cast: Cast) -> None:
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
    one, two = Entry.objects.filter(action="client.exported").order_by("pk")
    assert one.after == {"file": name, "first": "2026-04-01", "last": "2026-04-08"}
    assert two.after == {"file": "invoices-2026-04-08.csv", "first": "", "last": ""}
    assert {each.actor_id for each in (one, two)} == {cast.bob.pk}
    assert {each.client_id for each in (one, two)} == {cast.client.pk}
    page = cast.browse(cast.alice).get("/client/profile").content.decode()
    assert "invoices downloaded" in page


def test_t3_no_download_has_anything_of_another_client(cast: Cast) -> None:
    own, foreign = make_invoice(cast.client), make_invoice(cast.foreign)
    web = cast.browse(cast.alice)
    asked = {"client": str(cast.foreign.pk), "client_id": str(cast.foreign.pk)}
    table, paper = rows(web.get(CSV, asked)), text(web.get(PDF, asked))
    assert [row[0] for row in table[1:]] == [own.number]
    assert own.number in paper
    assert foreign.number not in paper
    assert "Charlie" not in paper


def test_too_long_a_span_is_said_at_its_first_day(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "MOST", 1)
    for _ in range(2):
        make_invoice(cast.client)
    answer = cast.browse(cast.bob).get(PDF)
    assert answer.status_code == 422
    assert "Choose a shorter time." in answer.content.decode()
