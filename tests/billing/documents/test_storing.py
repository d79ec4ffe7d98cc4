"""Documents are made once, from what was frozen at issue, and tell when they do not fit any more (M15, M17)."""

import hashlib
import io
from datetime import timedelta

import pytest
from django.core import checks
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from commerce.accounts.models import Client
from commerce.audit.models import Entry
from commerce.billing.actions import settle
from commerce.billing.documents import checking
from commerce.billing.documents.actions import check_document, make_documents
from commerce.billing.documents.facts import file_name
from commerce.billing.documents.reading import facts_of
from commerce.billing.documents.working import attached_invoice, document_invoice, make
from commerce.billing.models import Document, Invoice
from commerce.billing.rules import Line, Tax, share_of_tax
from commerce.billing.tax import add_rule
from commerce.catalog.models import Currency
from commerce.jobs.models import Job
from commerce.jobs.registry import Later
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from commerce.preferences.actions import set_preference, upload_picture
from tests.make.jobs import run_all
from tests.make.people import AT, make_client
from tests.make.pictures import png
from tests.make.trade import (
    VAT,
    make_credit_note,
    make_currency,
    make_draft,
    make_invoice,
    make_payment,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _numbers() -> None:
    """A seller with the numbers that an e-invoice needs."""
    setting("company.tax_id", "DE123456789")
    setting("company.country", "DE")


def setting(key: str, value: str) -> None:
    set_preference(key=key, value=value, at=AT, actor=SYSTEM)


def pictures(**record: int) -> set[tuple[int, int]]:
    """Sizes of the pictures in the PDF of a record, which holds its e-invoice all the same."""
    paper, _ = make_documents(**record, at=AT)
    assert (paper.form, paper.problem) == ("pdf", "")
    found = PdfReader(io.BytesIO(bytes(paper.content)))
    objects = [found.get_object(number) for number in range(1, len(found.xref[0]))]
    return {
        (one["/Width"], one["/Height"])
        for one in objects
        if isinstance(one, dict) and one.get("/Subtype") == "/Image"
    }


def test_the_logo_stands_on_invoices_and_credit_notes_while_it_is_to_be_shown() -> None:
    assert pictures(invoice_id=make_invoice().pk) == set()
    upload_picture(key="branding.logo", content=png(77, 33), at=AT, actor=SYSTEM)
    note = make_credit_note()
    assert pictures(invoice_id=note.invoice_id) == pictures(credit_note_id=note.pk) == {(77, 33)}
    setting("invoices.show_logo", "off")
    assert pictures(invoice_id=make_invoice().pk) == set()


def test_an_invoice_gets_its_pdf_and_its_ubl_once() -> None:
    invoice = make_invoice()
    first = make_documents(invoice_id=invoice.pk, at=AT)
    assert [(one.form, one.problem) for one in first] == [("pdf", ""), ("ubl", "")]
    again = make_documents(invoice_id=invoice.pk, at=AT + timedelta(days=1))
    assert [one.pk for one in again] == [one.pk for one in first]
    for one in Document.objects.all():
        assert one.sha256 == hashlib.sha256(bytes(one.content)).hexdigest()
        assert check_document(one) == []
    assert b"factur-x.xml" in bytes(first[0].content)
    assert Entry.objects.filter(action="document.made").count() == 1


def test_m15_other_content_and_other_facts_are_found() -> None:
    invoice = make_invoice()
    document = make_documents(invoice_id=invoice.pk, at=AT)[0]
    document.content = bytes(document.content) + b" "
    assert len(check_document(document)) == 1
    document = Document.objects.get(pk=document.pk)
    document.snapshot_sha256 = "0" * 64
    assert len(check_document(document)) == 1


def test_m17_later_changes_reach_no_document() -> None:
    client = make_client(company="Before AG")
    invoice = make_invoice(client)
    before = facts_of(invoice)
    Client.objects.filter(pk=client.pk).update(company="After AG", country="AT")
    setting("company.name", "Other Hosting")
    make_payment(invoice, amount=100, at=AT + timedelta(days=1))
    assert facts_of(Invoice.objects.get(pk=invoice.pk)) == before
    assert before.due == before.total


def test_credit_counts_when_it_was_applied_at_issue() -> None:
    invoice = make_invoice()
    settle(invoice=invoice, kind="credit", source="a", amount=300, at=AT, actor=SYSTEM)
    later = AT + timedelta(minutes=1)
    settle(invoice=invoice, kind="credit", source="b", amount=100, at=later, actor=SYSTEM)
    assert facts_of(invoice).credit == 300


def test_a_failed_e_invoice_keeps_the_paper_and_says_why(caplog: pytest.LogCaptureFixture) -> None:
    setting("company.tax_id", "")
    (document,) = make_documents(invoice_id=make_invoice().pk, at=AT)
    assert document.form == "pdf"
    assert "BR-S-02" in document.problem
    assert b"factur-x.xml" not in bytes(document.content)
    assert "has no e-invoice" in caplog.text


def test_rules_that_cannot_be_read_keep_the_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(checking._RULES, checking.CII, "missing.xslt")
    (document,) = make_documents(invoice_id=make_invoice().pk, at=AT)
    assert (document.form, bool(document.problem)) == ("pdf", True)


def test_three_decimals_get_the_paper_only_and_no_problem() -> None:
    make_currency("KWD")
    invoice = make_invoice(lines=[Line("A", 5000, VAT)], currency_code="KWD")
    (document,) = make_documents(invoice_id=invoice.pk, at=AT)
    assert (document.form, document.problem) == ("pdf", "")


def test_a_draft_has_none() -> None:
    with pytest.raises(Refused, match="draft"):
        make_documents(invoice_id=make_draft().pk, at=AT)
    with pytest.raises(Refused, match="no such"):
        make_documents(credit_note_id=1, at=AT)


def test_a_credit_note_gets_both_files() -> None:
    note = make_credit_note()
    made = make_documents(credit_note_id=note.pk, at=AT)
    assert [(one.form, one.problem) for one in made] == [("pdf", ""), ("ubl", "")]
    assert b"<CreditNote" in bytes(made[1].content)
    assert [check_document(one) for one in made] == [[], []]


def test_the_job_makes_it_and_the_mail_waits_for_it() -> None:
    invoice = make_invoice()
    with pytest.raises(Later):
        attached_invoice(invoice.pk)
    event = type("Issued", (), {"invoice_id": invoice.pk})()
    for _ in range(2):
        with transaction.atomic():
            document_invoice(event, AT, SYSTEM)
    assert Job.objects.filter(action="documents.make", subject_id=invoice.pk).count() == 1
    run_all()
    name, content = attached_invoice(invoice.pk)
    assert name == f"invoice-{invoice.number}.pdf"
    assert content.startswith(b"%PDF-")
    assert callable(make)


@pytest.mark.parametrize(
    ("number", "name"),
    [("INV-0305", "invoice-INV-0305.pdf"), ("2026/04-1", "invoice-2026-04-1.pdf")],
)
def test_file_names_hold_safe_characters(number: str, name: str) -> None:
    assert file_name("invoice", number, "pdf") == name
    assert file_name("credit_note", "CN-1", "xml") == "credit-note-CN-1.xml"


def test_the_database_changes_no_document() -> None:
    document = make_documents(invoice_id=make_invoice().pk, at=AT)[0]
    for change in (
        lambda: Document.objects.filter(pk=document.pk).update(sha256="0" * 64),
        lambda: Document.objects.filter(pk=document.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def rated(code: str, rate: str) -> None:
    make_currency(code)
    Currency.objects.filter(pk=code).update(rate=rate, rate_on=AT.date())


def test_credit_notes_said_nothing_of_the_tax_in_the_currency_of_the_books() -> None:
    """Each has its share of the invoice's figure at its rate, whatever the rate is by then; together they are it."""
    rated("EUR", "1.1")
    set_preference(key="tax.accounting_currency", value="USD", at=AT, actor=SYSTEM)
    invoice = make_invoice(lines=[Line("Hosting", 999, VAT)])  # tax 2.00, in the books 2.20
    assert invoice.accounting_tax["amount"] == 220
    Currency.objects.filter(pk="EUR").update(rate="9.9")
    shares = []
    for amount in (400, 400, None):
        note = make_credit_note(invoice=invoice, amount=amount)
        assert note.accounting_tax == invoice.accounting_tax | {
            "amount": note.accounting_tax["amount"]
        }
        shares.append(note.accounting_tax["amount"])
        told = facts_of(note).accounting
        assert told is not None
        assert (told.currency, told.tax, told.rate) == ("USD", shares[-1], "1.1")
        assert make_documents(credit_note_id=note.pk, at=AT)[0].problem == ""
    assert sum(shares) == 220
    free = make_credit_note(invoice=make_invoice(lines=[Line("Advice", 100, Tax("Z", 0))]))
    assert free.accounting_tax == {}


@given(
    books=st.integers(0, 10**9),
    taxes=st.lists(st.integers(0, 10**6), min_size=1, max_size=6).filter(any),
)
def test_shares_of_the_tax_in_the_books_sum_to_it(*, books: int, taxes: list[int]) -> None:
    whole, before, shares = sum(taxes), 0, []
    for tax in taxes:
        shares.append(share_of_tax(books, whole=whole, before=before, tax=tax))
        before += tax
    assert sum(shares) == books
    assert min(shares) >= 0


def test_a_seller_whom_an_e_invoice_cannot_name_is_told_by_check() -> None:
    def said() -> list[str]:
        found = checks.run_checks(databases=["default"], tags=["database"])
        return [message.msg for message in found if message.id == "commerce.W202"]

    def company(**values: str) -> None:
        for key, value in values.items():
            set_preference(key=f"company.{key}", value=value, at=AT, actor=SYSTEM)

    company(tax_id="")
    assert said() == []  # nothing has been set up yet
    company(name="Acme GmbH")
    [text] = said()
    assert "company.tax_id or company.registration_no is empty" in text
    company(registration_no="HRB 1")
    assert said() == []
    add_rule(
        country="DE", category="S", rate_milli=19_000, valid_from=AT.date(), at=AT, actor=SYSTEM
    )
    [text] = said()
    assert "company.tax_id is empty" in text
    company(tax_id="DE123456789")
    assert said() == []
