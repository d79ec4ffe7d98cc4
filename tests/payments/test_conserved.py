"""M8, M10, M11, M12: over random lives of payments, credit, refunds and voids no unit of money is lost or made."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, Sum
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from commerce.billing.actions import (
    add_credit,
    apply_credit,
    credit_invoice,
    pay_out_credit,
    remove_credit,
    void_invoice,
)
from commerce.billing.models import CreditAccount, CreditEntry, CreditNote, Invoice, SettlementEntry
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from commerce.payments.actions import (
    assign_stray,
    keep_stray,
    refund_payment,
    refund_payment_to_credit,
    reverse_payment,
)
from commerce.payments.models import Payment, Refund, StrayReceipt
from tests import make

SAY: dict[str, Any] = {"at": make.AT, "actor": SYSTEM}
KINDS = "pay pay pay credit refund gateway void note add remove payout stray issue bounce".split()
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 3), st.integers(1, 2500)),
    min_size=4,
    max_size=14,
)


class Undone(Exception):
    """Ends an example, and takes its rows back."""


@pytest.mark.django_db
@hypothesis(max_examples=25)
@given(STEPS)
def test_money_is_conserved(steps: list[tuple[str, int, int]]) -> None:
    try:
        with transaction.atomic():
            live(steps)
            raise Undone
    except Undone:
        pass


def live(steps: list[tuple[str, int, int]]) -> None:
    client = make.make_client()
    make.make_invoice(client)
    for n, (kind, which, amount) in enumerate(steps):
        try:
            with transaction.atomic():
                act(client, kind, which, amount, n)
        except Refused:
            pass
        proved(client)


def act(client: Any, kind: str, which: int, amount: int, n: int) -> None:
    invoices = list(Invoice.objects.filter(client=client).order_by("pk"))
    invoice = invoices[which % len(invoices)]
    paid = list(Payment.objects.filter(client=client).order_by("pk"))
    credit: dict[str, Any] = {"client": client, "currency_code": "EUR", "amount": amount} | SAY
    verbs: dict[str, Callable[[], object]] = {
        "pay": lambda: make.make_payment(invoice, amount=amount),
        "credit": lambda: apply_credit(invoice=invoice, **SAY),
        "void": lambda: void_invoice(invoice=invoice, reason="x", **SAY),
        "note": lambda: credit_invoice(invoice=invoice, amount=amount, reason="x", **SAY),
        "add": lambda: add_credit(**credit),
        "remove": lambda: remove_credit(**credit),
        "payout": lambda: pay_out_credit(reference="bank", **credit),
        "issue": lambda: make.make_invoice(client),
        "stray": lambda: assign_stray(
            receipt=a_stray(f"s{client.pk}-{n}", amount), invoice=invoice, **SAY
        ),
    }
    if paid:
        payment = paid[which % len(paid)]
        say: dict[str, Any] = {"payment": payment, "reason": "x"} | SAY
        verbs["gateway"] = lambda: refund_payment(**say)
        verbs["bounce"] = lambda: reverse_payment(**say)
        verbs["refund"] = lambda: refund_payment_to_credit(
            amount=amount, key=f"{client.pk}-{n}", **say
        )
    if kind in verbs:
        verbs[kind]()


def a_stray(transaction_id: str, amount: int) -> StrayReceipt:
    return keep_stray(
        gateway="bank_transfer",
        transaction_id=transaction_id,
        amount=amount,
        currency_code="EUR",
        received_on=make.AT.date(),
        reason="reference",
        **SAY,
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
    refunds = Refund.objects.filter(client=client).counting()
    for payment in Payment.objects.filter(client=client):
        assert total(refunds.filter(payment=payment)) <= payment.amount
    came = total(Payment.objects.filter(client=client))
    given_by_staff = total(ledger.filter(reason="staff_add"))
    left = total(refunds.filter(way="gateway"))
    left -= total(ledger.filter(reason__in=["payout", "staff_remove", "reversal"]))
    left -= total(entries.filter(kind="reversal"))
    on_invoices = total(entries.exclude(kind="credit_note"))
    assert came + given_by_staff - left == on_invoices + balance
    assert not StrayReceipt.objects.filter(
        status="assigned", transaction_id=F("payment__transaction_id")
    ).exists()
