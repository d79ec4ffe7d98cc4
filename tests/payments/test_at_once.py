"""Races of payments with real threads on PostgreSQL (invariants.md 4: R1, R3, R4, R7, R8, and U1, U12, M11)."""

from collections import Counter
from typing import Any

import pytest
from django.db import connection

from commerce.billing.credit.actions import apply_credit
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.invoices.actions.reversals import PaymentReversal
from commerce.billing.models import CreditAccount, CreditEntry, Invoice, SettlementEntry
from commerce.kit.context import SYSTEM, Context
from commerce.payments import start_payment
from commerce.payments.actions.booking import book_reported_payment
from commerce.payments.actions.manual import assign_unallocated_payment, record_manual_payment
from commerce.payments.actions.received_money import ReceivedMoney
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.actions.transfer_notices import submit_transfer_notice
from commerce.payments.actions.unallocated import record_unallocated_payment
from commerce.payments.models import Attempt, Payment, Refund, TransferNotice, UnallocatedPayment
from tests import make
from tests.flows.test_races import WORKERS, at_once, refusals
from tests.make.payments import switch_on_bank_transfer

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("proven"),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
CTX = Context(make.AT, SYSTEM)
MONEY: dict[str, Any] = {
    "gateway": "bank_transfer",
    "transaction_id": "T1",
    "amount": 1200,
    "currency_code": "EUR",
    "received_on": make.AT.date(),
}


def fresh(invoice: Invoice) -> Invoice:
    return Invoice.objects.get(pk=invoice.pk)


def stands(invoice: Invoice) -> tuple[str, int, int]:
    """State, amount due and credit of the client; the ledger and the kept sums agree (M8, M10)."""
    row = fresh(invoice)
    entries = SettlementEntry.objects.filter(invoice=row).values_list("amount", flat=True)
    assert row.amount_due == row.total - sum(entries)
    account = CreditAccount.objects.filter(client_id=row.client_id).first()
    balance = account.balance if account else 0
    ledger = CreditEntry.objects.filter(account__client_id=row.client_id)
    assert balance == sum(ledger.values_list("amount", flat=True))
    return row.status, row.amount_due, balance


def test_r1_staff_book_one_form_20_times_at_once() -> None:
    invoice = make.make_invoice()
    typed: dict[str, Any] = {"amount": 1200, "method": "cash", "received_on": make.AT.date()}
    results = at_once(
        [
            lambda: record_manual_payment(
                invoice=fresh(invoice), idempotency_key="form", **typed, ctx=CTX
            )
        ]
        * WORKERS
    )
    assert {result.pk for result in results} == {Payment.objects.get().pk}
    assert stands(invoice) == ("paid", 0, 0)


def test_r3_two_whole_payments_at_once_are_both_booked() -> None:
    """Each of them reported ten times: one settles, the other is credit."""
    invoice = make.make_invoice()
    at_once(
        [
            lambda n=n: make.make_payment(
                fresh(invoice), transaction_id=f"whole-{n % 2}", amount=1200
            )
            for n in range(WORKERS)
        ]
    )
    assert Payment.objects.count() == 2
    assert stands(invoice) == ("paid", 0, 1200)


def test_r4_parts_that_are_together_more_than_due() -> None:
    invoice = make.make_invoice()
    results = at_once(
        [
            lambda n=n: make.make_payment(fresh(invoice), transaction_id=f"p{n}", amount=100)
            for n in range(WORKERS)
        ]
    )
    assert (refusals(results), Payment.objects.count()) == (0, WORKERS)
    assert stands(invoice) == ("paid", 0, 800)


def test_r7_one_transaction_in_two_currencies_is_in_one_table() -> None:
    """U1 over both tables: it is a payment or a unallocated payment, never both."""
    for n in range(5):
        invoice = make.make_invoice()
        say = MONEY | {"transaction_id": f"T{n}"}
        at_once(
            [
                lambda i=invoice, s=say, c=code: book_reported_payment(
                    money=ReceivedMoney(**s | {"currency_code": c}), invoice=fresh(i), ctx=CTX
                )
                for code in ("EUR", "USD")
            ]
            * 10
        )
        booked = Payment.objects.filter(transaction_id=f"T{n}").count()
        assert booked + UnallocatedPayment.objects.filter(transaction_id=f"T{n}").count() == 1


def test_r8_a_payment_while_staff_void_the_invoice() -> None:
    """Either paid and each void refused, or void once and the money is credit."""
    for n in range(4):
        invoice = make.make_invoice()

        def pay(invoice: Invoice = invoice, n: int = n) -> Payment:
            return make.make_payment(fresh(invoice), transaction_id=f"p{n}", amount=1200)

        def void(invoice: Invoice = invoice) -> None:
            void_invoice(invoice=fresh(invoice), reason="x", ctx=CTX)

        results = at_once(([pay, void] if n % 2 else [void, pay]) * (WORKERS // 2))
        paid = {result.pk for result in results if isinstance(result, Payment)}
        assert paid == {Payment.objects.get(transaction_id=f"p{n}").pk}
        wanted = {
            10: ("paid", 0, 0),
            9: ("cancelled", 0, 1200),
        }
        assert stands(invoice) == wanted[refusals(results)]


def test_an_unallocated_payment_assigned_by_20_at_once_pays_one_invoice() -> None:
    record_unallocated_payment(**MONEY, reason="reference", ctx=CTX)
    invoices = [make.make_invoice() for _ in range(WORKERS)]
    results = at_once(
        [
            lambda i=i: assign_unallocated_payment(
                unallocated=UnallocatedPayment.objects.get(), to=fresh(i), ctx=CTX
            )
            for i in invoices
        ]
    )
    assert refusals(results) == WORKERS - 1
    assert Counter(Invoice.objects.values_list("status", flat=True)) == {
        "paid": 1,
        "unpaid": WORKERS - 1,
    }


def test_refunds_at_once_never_exceed_their_payment() -> None:
    """M11."""
    payment = make.make_payment()
    results = at_once(
        [
            lambda n=n: refund_payment(
                method="credit",
                payment=payment,
                amount=500,
                reason="x",
                idempotency_key=f"r{n}",
                ctx=CTX,
            )
            for n in range(WORKERS)
        ]
    )
    assert refusals(results) == WORKERS - 2
    assert sum(Refund.objects.values_list("amount", flat=True)) == 1000
    assert stands(payment.invoice) == ("paid", 0, 1000)


def refund_with_one_key(payment: Payment) -> Refund:
    return refund_payment(
        method="credit", payment=payment, amount=500, reason="x", idempotency_key="form", ctx=CTX
    )


def test_one_refund_sent_20_times_at_once_is_one() -> None:
    """U4: all get the one that was made."""
    payment = make.make_payment()
    results = at_once([lambda: refund_with_one_key(payment)] * WORKERS)
    assert {result.pk for result in results} == {Refund.objects.get().pk}


def test_one_key_for_20_clients_at_once_is_refused_and_no_crash() -> None:
    """They hold no lock in common; 19 of them were an IntegrityError, of refunds as of payments."""
    paid = [make.make_payment() for _ in range(WORKERS)]
    results = at_once([lambda p=p: refund_with_one_key(p) for p in paid])
    assert (refusals(results), Refund.objects.count()) == (WORKERS - 1, 1)
    typed: dict[str, Any] = {"amount": 5, "method": "cash", "received_on": make.AT.date()}
    results = at_once(
        [
            lambda p=p: record_manual_payment(
                invoice=p.invoice,
                idempotency_key="form",
                confirmed=frozenset({"amount"}),
                **typed,
                ctx=CTX,
            )
            for p in paid
        ]
    )
    assert (refusals(results), Payment.objects.filter(idempotency_key="form").count()) == (
        WORKERS - 1,
        1,
    )


def test_a_payment_reversed_20_times_at_once_while_it_is_refunded() -> None:
    """Either refunded whole and never reversed, or reversed once and the refund is refused."""
    for n in range(4):
        payment = make.make_payment()
        acts: list[Any] = [
            lambda p=payment: reverse_payment(payment=p, reason="bounced", ctx=CTX),
            lambda p=payment, n=n: refund_payment(
                method="credit",
                payment=p,
                amount=1000,
                reason="x",
                idempotency_key=f"r{n}",
                ctx=CTX,
            ),
        ]
        results = at_once((acts if n % 2 else acts[::-1]) * (WORKERS // 2))
        payment.refresh_from_db()
        reversed_ = sum(isinstance(result, PaymentReversal) for result in results)
        assert (payment.status, reversed_) in (("reversed", 1), ("refunded", 0))


def test_pay_and_give_notice_pressed_20_times_at_once() -> None:
    """U3, U12: one attempt, one transfer notice."""
    switch_on_bank_transfer()
    invoice = make.make_invoice()
    begin: dict[str, Any] = {"gateway": "bank_transfer", "created_by": None, "return_url": str}
    at_once(
        [lambda: start_payment.start_payment(invoice=fresh(invoice), **begin, ctx=CTX)] * WORKERS
    )
    at_once([lambda: submit_transfer_notice(invoice=fresh(invoice), ctx=CTX)] * WORKERS)
    assert (Attempt.objects.get().status, TransferNotice.objects.get().status) == ("open", "open")


def test_credit_used_while_the_money_comes() -> None:
    make.make_payment(make.make_invoice(client := make.make_client()), amount=1700)
    invoice = make.make_invoice(client, lines=[], at=make.AT)
    due = fresh(invoice).amount_due
    at_once(
        [
            lambda: make.make_payment(fresh(invoice), transaction_id="T9", amount=due),
            lambda: apply_credit(invoice=fresh(invoice), ctx=CTX),
        ]
    )
    assert stands(invoice)[:2] == ("paid", 0)
