"""Searching in lists of money: by the numbers of what a row belongs to, without reading two long tables."""

from typing import Any

import pytest
from django.db.models import Model
from django.test import RequestFactory

from commerce.backoffice.site import staff_site
from commerce.billing.models import CreditNote
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.disputes import open_dispute
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.models import Dispute, Payment, Refund, TransferNotice
from tests.make import AT, make_invoice, make_payment
from tests.make.payments import declare_transfer

pytestmark = pytest.mark.django_db

CTX = Context(AT, SYSTEM)


def _everything_about_a_payment() -> Payment:
    """A payment with a refund, a credit note and a dispute; its invoice with a reported transfer."""
    invoice = make_invoice()
    declare_transfer(invoice)
    payment = make_payment(invoice)
    refund_payment(
        method="credit",
        payment=payment,
        amount=100,
        reason="late",
        idempotency_key=f"k{payment.pk}",
        ctx=CTX,
    )
    open_dispute(
        payment=payment, reference=f"dp_{payment.pk}", amount=500, reason="unknown", ctx=CTX
    )
    return payment


def _found(model: type[Model], text: str) -> Any:
    admin = staff_site._registry[model]
    request = RequestFactory().get("/")
    return admin.get_search_results(request, model._default_manager.all(), text)[0]


def test_rows_are_found_by_the_numbers_of_what_they_belong_to_and_no_table_is_joined() -> None:
    payment, _other = _everything_about_a_payment(), _everything_about_a_payment()
    invoice = payment.only_invoice()
    for model, text, belongs in (
        (Payment, invoice.number, {"pk": payment.pk}),
        (Refund, payment.transaction_id, {"payment": payment}),
        (Dispute, payment.transaction_id, {"payment": payment}),
        (CreditNote, invoice.number, {"invoice": invoice}),
        (TransferNotice, invoice.payment_reference, {"invoice": invoice}),
    ):
        rows = _found(model, str(text))
        assert list(rows) == [model._default_manager.get(**belongs)], model
        assert " JOIN " not in str(rows.query), model
