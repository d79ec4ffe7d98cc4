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


@pytest.mark.parametrize("status", ["draft", "paid", "cancelled"])
def test_what_is_not_open_asks_nobody_to_pay(status: str) -> None:
    invoice = make.make_invoice(status=status)
    with pytest.raises(StateConflict):
        send_invoice_again(invoice=invoice, ctx=Context(make.AT, SYSTEM))
