"""The receipt of each payment: what it says, made once, on the invoice and in the mails (payments.md 2)."""

import io
from datetime import timedelta

import pytest
from pypdf import PdfReader

from commerce.accounts.erasure.rules import ErasureScope
from commerce.accounts.models import Client
from commerce.billing.credit.actions import add_credit
from commerce.billing.models import Invoice
from commerce.mail.hooks import build_attachment
from commerce.mail.models import OutgoingMail
from commerce.payments.client_view.receipts import receipt_attachment, receipt_content
from commerce.payments.data_export import receipt_files
from commerce.payments.erasure import erase_payment_texts
from commerce.payments.models import Payment, PaymentReceipt
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.cards import keep, night
from tests.make.jobs import run_jobs_but_documents
from tests.payments.funds.conftest import CTX, add_funds, hear, pay, several
from tests.portal.conftest import PortalCast, make_cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]


def read(payment: Payment) -> str:
    """The receipt as it is read, blanks collapsed."""
    payment = Payment.objects.select_related("client", "plan_change").get(pk=payment.pk)
    pages = PdfReader(io.BytesIO(receipt_content(payment))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def told(event: str) -> OutgoingMail:
    run_jobs_but_documents(at=make.AT)
    return OutgoingMail.objects.get(event=event)


def test_a_charge_says_the_card_the_day_and_the_invoice(client: Client) -> None:
    keep(client)
    invoice = make.make_invoice(client)
    night(make.AT.date() + timedelta(days=1))
    text = read(Payment.objects.get())
    for words in (
        "Receipt",
        "Date paid 9 April 2026",
        "Payment method Visa •••• 4242",
        f"Invoice {invoice.number} Issued 8 April 2026 12.00 EUR",
        "Amount paid 12.00 EUR",
        "This receipt isn't a tax invoice.",
    ):
        assert words in text, words


def test_money_for_several_names_each_share_and_what_became_credit(
    client: Client, provider: FakeProvider
) -> None:
    first, second = several(client, 8, 9)
    attempt = pay([first, second])
    make.make_payment(second, amount=200)
    provider.pay(attempt.reference or "")
    hear(attempt)
    text = read(Payment.objects.get(attempt=attempt))
    assert f"Invoice {first.number} Issued 8 April 2026 12.00 EUR" in text
    assert f"Invoice {second.number} Issued 8 April 2026 10.00 EUR" in text
    assert "Added to your credit balance 2.00 EUR" in text
    assert "Amount paid 24.00 EUR" in text


def test_added_funds_have_the_same_one(client: Client, provider: FakeProvider) -> None:
    attempt = add_funds(client, 2500)
    provider.pay(attempt.reference or "")
    hear(attempt)
    text = read(Payment.objects.get())
    assert "Added to your credit balance 25.00 EUR" in text
    assert "Invoice" not in text.replace("tax invoice", "")


def test_it_is_made_once_whatever_changes_after(client: Client) -> None:
    payment = make.make_payment(make.make_invoice(client))
    first = receipt_content(payment)
    Client.objects.filter(pk=client.pk).update(company="Renamed Ltd")
    payment.client.refresh_from_db()
    assert receipt_content(payment) == first
    assert PaymentReceipt.objects.count() == 1
    assert dict(receipt_files(client.pk)) == {
        f"documents/receipt-2026-04-08-{payment.pk}.pdf": first
    }
    assert receipt_attachment(payment.pk) == (f"receipt-2026-04-08-{payment.pk}.pdf", first)


def test_it_goes_when_documents_lose_their_names(client: Client) -> None:
    payment = make.make_payment(make.make_invoice(client))
    other = make.make_payment(make.make_invoice())
    kept = receipt_content(other)
    receipt_content(payment)
    erase_payment_texts(ErasureScope(client.pk, frozenset(), frozenset()), CTX)
    assert [bytes(one.content) for one in PaymentReceipt.objects.all()] == [kept]


def test_it_comes_with_the_mail_that_says_paid_and_the_one_of_a_part(client: Client) -> None:
    invoice = make.make_invoice(client)
    part = make.make_payment(invoice, amount=200)
    assert told("payment_received").attachments == [["payment_receipt", part.pk]]
    rest = make.make_payment(Invoice.objects.get())
    mail = told("invoice_paid")
    assert ["payment_receipt", rest.pk] in mail.attachments
    assert ["payment_receipt", part.pk] not in mail.attachments
    assert mail.values["receipt"] is True
    name, content = build_attachment("payment_receipt", rest.pk)
    assert (name[:8], content[:5]) == ("receipt-", b"%PDF-")


def test_what_credit_paid_has_none(client: Client) -> None:
    add_credit(client=client, currency_code="EUR", amount=5000, ctx=CTX)
    make.make_invoice(client)
    mail = told("invoice_paid")
    assert all(kind == "invoice" for kind, _pk in mail.attachments)
    assert not mail.values["receipt"]


@pytest.fixture
def cast(provider: FakeProvider) -> PortalCast:
    return make_cast()


def test_the_invoice_and_the_list_offer_it_to_its_own_client(cast: PortalCast) -> None:
    paid, unpaid = (make.make_invoice(cast.client) for _ in range(2))
    payment = make.make_payment(paid)
    path = f"/client/payments/{payment.pk}/receipt"
    web = cast.browse(cast.alice)
    pages = [f"/client/invoices/{paid.pk}", "/client/invoices"]
    assert all(f'href="{path}"' in web.get(page).content.decode() for page in pages)
    assert "/receipt" not in web.get(f"/client/invoices/{unpaid.pk}").content.decode()
    answer = web.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content == web.get(path).content
    assert cast.browse(cast.charlie).get(path).status_code == 404
    assert cast.browse(cast.tess).get(path).status_code == 403
    Payment.objects.update(status="reversed")
    assert web.get(path).status_code == 404
    assert all(path not in web.get(page).content.decode() for page in pages)
    Payment.objects.update(status="completed")
