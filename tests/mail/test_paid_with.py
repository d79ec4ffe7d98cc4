"""notifications.md 3: a mail names what an invoice was paid with as its payer knows it, in the reader's language."""

from typing import Any

import pytest

from commerce.billing.credit.actions import add_credit, apply_credit
from commerce.billing.models import Invoice
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.gateways.contract import PaymentCard
from commerce.site_settings.actions import set_setting
from tests.doubles.gateway import FakeProvider
from tests.make.jobs import run_all_jobs
from tests.make.mails import deliver_all
from tests.make.people import AT, make_client
from tests.make.records import make_invoice, make_payment
from tests.payments.funds.conftest import hear, pay, several

pytestmark = pytest.mark.django_db
CTX = Context(AT, SYSTEM)
VISA = {"gateway": "fake", "card_brand": "visa", "card_last4": "4242", "method": "card"}


def told(event: str = "invoice_paid") -> str:
    run_all_jobs(AT, failing=True)
    deliver_all(AT)
    return OutgoingMail.objects.filter(event=event).latest("pk").text


@pytest.mark.parametrize(
    ("paid", "name"),
    [
        (VISA, "Visa •••• 4242"),
        ({"gateway": "bank_transfer", "method": "bank_transfer"}, "Bank transfer"),
        ({"gateway": "manual", "method": "cash"}, "Cash"),
        ({"gateway": "manual", "method": "other"}, "Other payment method"),
        ({"gateway": "paypal"}, "PayPal"),
    ],
)
def test_the_card_the_way_or_the_gateway(paid: dict[str, Any], name: str) -> None:
    """It said "Paid with: Payment"."""
    make_payment(make_invoice(), **paid)
    assert f"Paid with: {name}\n" in told()


def test_in_the_language_of_the_reader() -> None:
    set_setting(key="locale.enabled", value="en,de", ctx=CTX)
    make_payment(make_invoice(make_client(locale="de")), gateway="manual", method="check")
    assert "Bezahlt mit: Scheck\n" in told()


def test_each_way_once_and_none_that_the_bank_took_back() -> None:
    invoice = make_invoice()
    add_credit(client=invoice.client, currency_code="EUR", amount=200, ctx=CTX)
    apply_credit(invoice=invoice, amount=200, ctx=CTX)
    make_payment(invoice, amount=300, gateway="manual", method="check")
    bounced = make_payment(Invoice.objects.get(), amount=100)
    reverse_payment(payment=bounced, reason="bounced", ctx=CTX)
    for amount in (300, 400):
        make_payment(Invoice.objects.get(), amount=amount, **VISA)
    assert "\nPaid with: Credit balance\nPaid with: Check\nPaid with: Visa •••• 4242\n\n" in told()


def test_of_several_invoices_each_says_so(provider: FakeProvider) -> None:
    attempt = pay(several(make_client(), 2, 5))
    provider.pay(attempt.reference or "", card=PaymentCard("visa", "4242", "card-9", 12, 2030))
    hear(attempt)
    told()
    texts = OutgoingMail.objects.filter(event="invoice_paid").values_list("text", flat=True)
    assert ["Paid with: Visa •••• 4242\n" in text for text in texts] == [True, True]


@pytest.mark.usefixtures("provider")
def test_a_refund_says_where_it_went() -> None:
    payment = make_payment(make_invoice(), **VISA)
    refund_payment(
        method="gateway",
        payment=payment,
        amount=500,
        reason="outage",
        idempotency_key="r1",
        ctx=CTX,
    )
    assert "(Visa •••• 4242)" in told("refund_sent")
