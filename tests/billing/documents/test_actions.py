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
from commerce.audit.models import AuditEntry
from commerce.billing.documents import validation
from commerce.billing.documents.actions import check_document, make_documents
from commerce.billing.documents.content import document_file_name
from commerce.billing.documents.jobs import (
    invoice_attachment,
    make_documents_job,
    queue_invoice_documents,
)
from commerce.billing.documents.queries import content_of
from commerce.billing.invoices.actions.settlement import settle
from commerce.billing.invoices.credit_note_rules import accounting_tax_share
from commerce.billing.invoices.rules import DraftLine, LineTax
from commerce.billing.models import Document, Invoice
from commerce.billing.tax.actions import add_tax_rule
from commerce.catalog.models import Currency
from commerce.jobs.handlers import RetryLater
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.site_settings.actions import set_setting, upload_setting_picture
from tests.make.jobs import run_all_jobs
from tests.make.people import AT, make_client
from tests.make.pictures import png
from tests.make.records import (
    VAT,
    make_credit_note,
    make_currency,
    make_draft,
    make_invoice,
    make_payment,
)

pytestmark = pytest.mark.django_db
CTX = Context(AT, SYSTEM)


@pytest.fixture(autouse=True)
def _numbers() -> None:
    """A seller with the numbers that an e-invoice needs."""
    setting("company.tax_id", "DE123456789")
    setting("company.country", "DE")


def setting(key: str, value: str) -> None:
    set_setting(key=key, value=value, ctx=CTX)


def pictures(**record: int) -> set[tuple[int, int]]:
    """Sizes of the pictures in the PDF of a record, which holds its e-invoice all the same."""
    paper, _ = make_documents(**record, ctx=CTX)
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
    upload_setting_picture(key="branding.logo", content=png(77, 33), ctx=CTX)
    note = make_credit_note()
    assert pictures(invoice_id=note.invoice_id) == pictures(credit_note_id=note.pk) == {(77, 33)}
    setting("invoices.show_logo", "off")
    assert pictures(invoice_id=make_invoice().pk) == set()


def test_an_invoice_gets_its_pdf_and_its_ubl_once() -> None:
    invoice = make_invoice()
    first = make_documents(invoice_id=invoice.pk, ctx=CTX)
    assert [(one.form, one.problem) for one in first] == [("pdf", ""), ("ubl", "")]
    again = make_documents(invoice_id=invoice.pk, ctx=Context(AT + timedelta(days=1), SYSTEM))
    assert [one.pk for one in again] == [one.pk for one in first]
    for one in Document.objects.all():
        assert one.sha256 == hashlib.sha256(bytes(one.content)).hexdigest()
        assert check_document(one) == []
    assert b"factur-x.xml" in bytes(first[0].content)
    assert AuditEntry.objects.filter(action="document.made").count() == 1


def test_m15_other_content_and_other_facts_are_found() -> None:
    invoice = make_invoice()
    document = make_documents(invoice_id=invoice.pk, ctx=CTX)[0]
    document.content = bytes(document.content) + b" "
    assert len(check_document(document)) == 1
    document = Document.objects.get(pk=document.pk)
    document.snapshot_sha256 = "0" * 64
    assert len(check_document(document)) == 1


def test_m17_later_changes_reach_no_document() -> None:
    client = make_client(company="Before AG")
    invoice = make_invoice(client)
    before = content_of(invoice)
    Client.objects.filter(pk=client.pk).update(company="After AG", country="AT")
    setting("company.name", "Other Hosting")
    make_payment(invoice, amount=100, at=AT + timedelta(days=1))
    assert content_of(Invoice.objects.get(pk=invoice.pk)) == before
    assert before.due == before.total


def test_credit_counts_when_it_was_applied_at_issue() -> None:
    invoice = make_invoice()
    settle(invoice=invoice, kind="credit", source="a", amount=300, ctx=CTX)
    later = AT + timedelta(minutes=1)
    settle(invoice=invoice, kind="credit", source="b", amount=100, ctx=Context(later, SYSTEM))
    assert content_of(invoice).credit == 300


def test_a_failed_e_invoice_keeps_the_paper_and_says_why(caplog: pytest.LogCaptureFixture) -> None:
    setting("company.tax_id", "")
    (document,) = make_documents(invoice_id=make_invoice().pk, ctx=CTX)
    assert document.form == "pdf"
    assert "BR-S-02" in document.problem
    assert b"factur-x.xml" not in bytes(document.content)
    assert "has no e-invoice" in caplog.text


def test_rules_that_cannot_be_read_keep_the_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(validation._RULES, validation.CII, "missing.xslt")
    (document,) = make_documents(invoice_id=make_invoice().pk, ctx=CTX)
    assert (document.form, bool(document.problem)) == ("pdf", True)


def test_three_decimals_get_the_paper_only_and_no_problem() -> None:
    make_currency("KWD")
    invoice = make_invoice(lines=[DraftLine("A", 5000, VAT)], currency_code="KWD")
    (document,) = make_documents(invoice_id=invoice.pk, ctx=CTX)
    assert (document.form, document.problem) == ("pdf", "")


def test_a_draft_has_none() -> None:
    with pytest.raises(BusinessError, match="Drafts"):
        make_documents(invoice_id=make_draft().pk, ctx=CTX)
    with pytest.raises(BusinessError, match="not found"):
        make_documents(credit_note_id=1, ctx=CTX)


def test_a_credit_note_gets_both_files() -> None:
    note = make_credit_note()
    made = make_documents(credit_note_id=note.pk, ctx=CTX)
    assert [(one.form, one.problem) for one in made] == [("pdf", ""), ("ubl", "")]
    assert b"<CreditNote" in bytes(made[1].content)
    assert [check_document(one) for one in made] == [[], []]


def test_the_job_makes_it_and_the_mail_waits_for_it() -> None:
    invoice = make_invoice()
    with pytest.raises(RetryLater):
        invoice_attachment(invoice.pk)
    event = type("Issued", (), {"invoice_id": invoice.pk})()
    for _ in range(2):
        with transaction.atomic():
            queue_invoice_documents(event, CTX)
    assert Job.objects.filter(action="documents.make", subject_id=invoice.pk).count() == 1
    run_all_jobs()
    name, content = invoice_attachment(invoice.pk)
    assert name == f"invoice-{invoice.number}.pdf"
    assert content.startswith(b"%PDF-")
    assert callable(make_documents_job)


@pytest.mark.parametrize(
    ("number", "name"),
    [("INV-0305", "invoice-INV-0305.pdf"), ("2026/04-1", "invoice-2026-04-1.pdf")],
)
def test_file_names_hold_safe_characters(number: str, name: str) -> None:
    assert document_file_name("invoice", number, "pdf") == name
    assert document_file_name("credit_note", "CN-1", "xml") == "credit-note-CN-1.xml"


def test_the_database_changes_no_document() -> None:
    document = make_documents(invoice_id=make_invoice().pk, ctx=CTX)[0]
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
    set_setting(key="tax.accounting_currency", value="USD", ctx=CTX)
    invoice = make_invoice(lines=[DraftLine("Hosting", 999, VAT)])  # tax 2.00, in the books 2.20
    assert invoice.accounting_tax["amount"] == 220
    Currency.objects.filter(pk="EUR").update(rate="9.9")
    shares = []
    for amount in (400, 400, None):
        note = make_credit_note(invoice=invoice, amount=amount)
        assert note.accounting_tax == invoice.accounting_tax | {
            "amount": note.accounting_tax["amount"]
        }
        shares.append(note.accounting_tax["amount"])
        told = content_of(note).accounting
        assert told is not None
        assert (told.currency, told.tax, told.rate) == ("USD", shares[-1], "1.1")
        assert make_documents(credit_note_id=note.pk, ctx=CTX)[0].problem == ""
    assert sum(shares) == 220
    free = make_credit_note(invoice=make_invoice(lines=[DraftLine("Advice", 100, LineTax("Z", 0))]))
    assert free.accounting_tax == {}


@given(
    books=st.integers(0, 10**9),
    taxes=st.lists(st.integers(0, 10**6), min_size=1, max_size=6).filter(any),
)
def test_shares_of_the_tax_in_the_books_sum_to_it(*, books: int, taxes: list[int]) -> None:
    whole, before, shares = sum(taxes), 0, []
    for tax in taxes:
        shares.append(accounting_tax_share(books, whole=whole, before=before, tax=tax))
        before += tax
    assert sum(shares) == books
    assert min(shares) >= 0


def test_a_seller_whom_an_e_invoice_cannot_name_is_told_by_check() -> None:
    def said() -> list[str]:
        found = checks.run_checks(databases=["default"], tags=["database"])
        return [message.msg for message in found if message.id == "commerce.W202"]

    def company(**values: str) -> None:
        for key, value in values.items():
            set_setting(key=f"company.{key}", value=value, ctx=CTX)

    company(tax_id="")
    assert said() == []  # nothing has been set up yet
    company(name="Acme GmbH")
    [text] = said()
    assert "company.tax_id or company.registration_no is empty" in text
    company(registration_no="HRB 1")
    assert said() == []
    add_tax_rule(country="DE", category="S", rate=19_000, valid_from=AT.date(), ctx=CTX)
    [text] = said()
    assert "company.tax_id is empty" in text
    company(tax_id="DE123456789")
    assert said() == []
