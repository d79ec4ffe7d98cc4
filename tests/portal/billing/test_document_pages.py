"""`/client/invoices/{id}/pdf` and its kin (portal.md 3, invariant T3)."""

import pytest

from commerce.billing.documents.actions import make_documents
from commerce.billing.invoices.rules import DraftLine
from commerce.billing.models import Document
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.make.people import AT
from tests.make.records import VAT, make_credit_note, make_currency, make_draft, make_invoice
from tests.portal.conftest import PortalCast


@pytest.fixture(autouse=True)
def _numbers(db: None) -> None:
    """A seller with the numbers that an e-invoice needs."""
    for key, value in {"company.tax_id": "DE123456789", "company.country": "DE"}.items():
        set_setting(key=key, value=value, ctx=Context(AT, SYSTEM))


def test_the_stored_files_are_downloaded_under_their_names(cast: PortalCast) -> None:
    invoice = make_invoice(cast.client)
    make_documents(invoice_id=invoice.pk, ctx=Context(AT, SYSTEM))
    web = cast.browse(cast.bob)
    for form, kind, ending in (("pdf", "application/pdf", "pdf"), ("ubl", "text/xml", "xml")):
        reply = web.get(f"/client/invoices/{invoice.pk}/{form}")
        assert reply.status_code == 200
        assert reply.content == bytes(invoice.documents.get(form=form).content)
        assert reply["Content-Type"] == kind
        name = f"invoice-{invoice.number}.{ending}"
        assert reply["Content-Disposition"] == f'attachment; filename="{name}"'
        assert reply["X-Content-Type-Options"] == "nosniff"
        assert {"private", "no-store"} <= set(reply["Cache-Control"].split(", "))


def test_a_credit_note_is_downloaded_from_the_page_of_its_invoice(cast: PortalCast) -> None:
    note = make_credit_note(cast.client)
    make_documents(credit_note_id=note.pk, ctx=Context(AT, SYSTEM))
    web = cast.browse(cast.bob)
    page = web.get(f"/client/invoices/{note.invoice_id}").content.decode()
    assert f'href="/client/credit-notes/{note.pk}/pdf"' in page
    assert f'href="/client/invoices/{note.invoice_id}/pdf"' in page
    reply = web.get(f"/client/credit-notes/{note.pk}/pdf")
    assert reply.content.startswith(b"%PDF-")
    assert f'"credit-note-{note.number}.pdf"' in reply["Content-Disposition"]
    assert b"<CreditNote" in web.get(f"/client/credit-notes/{note.pk}/ubl").content


def test_until_it_is_made_the_page_asks_again(cast: PortalCast) -> None:
    invoice = make_invoice(cast.client)
    reply = cast.browse(cast.bob).get(f"/client/invoices/{invoice.pk}/pdf")
    assert (reply.status_code, reply["Retry-After"], reply["Refresh"]) == (503, "5", "5")
    assert "Preparing your document" in reply.content.decode()


def test_an_e_invoice_was_offered_before_it_was_made(cast: PortalCast) -> None:
    invoice = make_invoice(cast.client)
    web, path = cast.browse(cast.bob), f"/client/invoices/{invoice.pk}"
    assert f"{path}/ubl" not in web.get(path).content.decode()
    make_documents(invoice_id=invoice.pk, ctx=Context(AT, SYSTEM))
    assert f'href="{path}/ubl"' in web.get(path).content.decode()


def test_there_is_no_e_invoice_with_three_decimals(cast: PortalCast) -> None:
    make_currency("KWD")
    lines = [DraftLine("A", 5000, VAT)]
    invoice = make_invoice(cast.client, lines=lines, currency_code="KWD")
    make_documents(invoice_id=invoice.pk, ctx=Context(AT, SYSTEM))
    web = cast.browse(cast.bob)
    assert web.get(f"/client/invoices/{invoice.pk}/pdf").status_code == 200
    assert web.get(f"/client/invoices/{invoice.pk}/ubl").status_code == 404
    page = web.get(f"/client/invoices/{invoice.pk}").content.decode()
    assert "E-invoice" not in page


def test_t3_foreign_documents_and_drafts_do_not_exist(cast: PortalCast) -> None:
    foreign, draft = make_invoice(cast.foreign), make_draft(cast.client)
    make_documents(invoice_id=foreign.pk, ctx=Context(AT, SYSTEM))
    web = cast.browse(cast.alice)
    for pk in (foreign.pk, draft.pk, 987_654_321):
        for form in ("pdf", "ubl"):
            assert web.get(f"/client/invoices/{pk}/{form}").status_code == 404
    assert Document.objects.filter(invoice=foreign).count() == 2
