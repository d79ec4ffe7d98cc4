"""An open invoice is mailed once more when staff ask for it."""

from datetime import timedelta

import pytest

from commerce.billing.invoices.actions.sending import send_invoice_again
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.mail.models import OutgoingMail
from tests import make

pytestmark = pytest.mark.django_db


def test_each_time_is_a_mail_of_its_own() -> None:
    invoice = make.make_invoice()
    for minutes in (1, 2):
        ctx = Context(make.AT + timedelta(minutes=minutes), SYSTEM)
        send_invoice_again(invoice=invoice, ctx=ctx)
    sent = OutgoingMail.objects.filter(event="invoice_created", idempotency_key__contains="again")
    assert [mail.recipient for mail in sent] == [invoice.client.email] * 2


def test_a_paid_one_comes_as_paid_with_its_documents() -> None:
    invoice = make.make_invoice(status="paid")
    send_invoice_again(invoice=invoice, ctx=Context(make.AT + timedelta(days=1), SYSTEM))
    [mail] = OutgoingMail.objects.filter(event="invoice_paid", idempotency_key__contains="again")
    assert ["invoice", invoice.pk] in mail.attachments
    assert not OutgoingMail.objects.filter(idempotency_key__contains="again").exclude(pk=mail.pk)


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_what_is_not_open_asks_nobody_to_pay(status: str) -> None:
    invoice = make.make_invoice(status=status)
    with pytest.raises(StateConflict):
        send_invoice_again(invoice=invoice, ctx=Context(make.AT, SYSTEM))
