"""M8, M10, M11, M12: over random lives of payments, credit, refunds and voids no unit of money is lost or made."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, Sum
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from commerce.billing.credit.actions import add_credit, apply_credit, pay_out_credit, remove_credit
from commerce.billing.invoices.actions.corrections import credit_invoice, void_invoice
from commerce.billing.models import CreditAccount, CreditEntry, CreditNote, Invoice, SettlementEntry
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments.actions.manual import assign_unallocated_payment
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.actions.unallocated import record_unallocated_payment
from commerce.payments.models import Payment, Refund, UnallocatedPayment
from tests import make
from tests.make.draws import draws
from tests.make.payments import refund_whole_payment

CTX = Context(make.AT, SYSTEM)
KINDS = "pay pay pay credit refund gateway void note add remove payout stray issue bounce".split()
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 3), st.integers(1, 2500)),
    min_size=4,
    max_size=14,
)


class RollBack(Exception):
    """Ends an example, and takes its rows back."""


@pytest.mark.django_db
@hypothesis(max_examples=draws(12))
@given(STEPS)
def test_money_is_conserved(steps: list[tuple[str, int, int]]) -> None:
    try:
        with transaction.atomic():
            live(steps)
            raise RollBack
    except RollBack:
        pass


def live(steps: list[tuple[str, int, int]]) -> None:
    client = make.make_client()
    make.make_invoice(client)
    for n, (kind, which, amount) in enumerate(steps):
        try:
            with transaction.atomic():
                act(client, kind, which, amount, n)
        except BusinessError:
            pass
        proved(client)


def act(client: Any, kind: str, which: int, amount: int, n: int) -> None:
    invoices = list(Invoice.objects.filter(client=client).order_by("pk"))
    invoice = invoices[which % len(invoices)]
    paid = list(Payment.objects.filter(client=client).order_by("pk"))
    credit = {"client": client, "currency_code": "EUR", "amount": amount, "ctx": CTX}
    verbs: dict[str, Callable[[], object]] = {
        "pay": lambda: make.make_payment(invoice, amount=amount),
        "credit": lambda: apply_credit(invoice=invoice, ctx=CTX),
        "void": lambda: void_invoice(invoice=invoice, reason="x", ctx=CTX),
        "note": lambda: credit_invoice(invoice=invoice, amount=amount, reason="x", ctx=CTX),
        "add": lambda: add_credit(**credit),
        "remove": lambda: remove_credit(**credit),
        "payout": lambda: pay_out_credit(reference="bank", **credit),
        "issue": lambda: make.make_invoice(client),
        "stray": lambda: assign_unallocated_payment(
            unallocated=a_stray(f"s{client.pk}-{n}", amount), to=invoice, ctx=CTX
        ),
    }
    if paid:
        payment = paid[which % len(paid)]
        verbs["gateway"] = lambda: refund_whole_payment(payment=payment, reason="x", ctx=CTX)
        verbs["bounce"] = lambda: reverse_payment(payment=payment, reason="x", ctx=CTX)
        verbs["refund"] = lambda: refund_payment(
            method="credit",
            payment=payment,
            amount=amount,
            reason="x",
            idempotency_key=f"{client.pk}-{n}",
            ctx=CTX,
        )
    if kind in verbs:
        verbs[kind]()


def a_stray(transaction_id: str, amount: int) -> UnallocatedPayment:
    return record_unallocated_payment(
        gateway="bank_transfer",
        transaction_id=transaction_id,
        amount=amount,
        currency_code="EUR",
        received_on=make.AT.date(),
        reason="reference",
        ctx=CTX,
    )


def total(rows: Any) -> int:
    return rows.aggregate(sum=Sum("amount"))["sum"] or 0


def proved(client: Any) -> None:
    entries = SettlementEntry.objects.filter(invoice__client=client)
    for invoice in Invoice.objects.filter(client=client):
        assert invoice.amount_due == invoice.total - total(entries.filter(invoice=invoice))
        assert 0 <= invoice.amount_due <= invoice.total
        closed = invoice.status in {"paid", "cancelled", "refunded"}
        assert closed == (invoice.amount_due == 0)
        notes = CreditNote.objects.filter(invoice=invoice).aggregate(sum=Sum("total"))["sum"] or 0
        assert notes <= invoice.total
    ledger = CreditEntry.objects.filter(account__client=client)
    account = CreditAccount.objects.filter(client=client).first()
    balance = account.balance if account else 0
    assert balance == total(ledger) >= 0
    refunds = Refund.objects.filter(client=client).not_failed()
    for payment in Payment.objects.filter(client=client):
        assert total(refunds.filter(payment=payment)) <= payment.amount
    came = total(Payment.objects.filter(client=client))
    given_by_staff = total(ledger.filter(reason="staff_add"))
    left = total(refunds.filter(method="gateway"))
    left -= sum(refunds.values_list("unrecovered_amount", flat=True))
    gone = ledger.filter(reason__in=["payout", "staff_remove", "reversal"])
    left -= total(gone.exclude(source__startswith="refund:"))
    left -= total(entries.filter(kind="reversal"))
    on_invoices = total(entries.exclude(kind="credit_note"))
    assert came + given_by_staff - left == on_invoices + balance
    assert not UnallocatedPayment.objects.filter(
        status="assigned", transaction_id=F("payment__transaction_id")
    ).exists()
