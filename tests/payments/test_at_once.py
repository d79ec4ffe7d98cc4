"""Races of payments with real threads on PostgreSQL (invariants.md 4: R1, R3, R4, R7, R8, and U1, U12, M11)."""

from collections import Counter
from typing import Any

import pytest
from django.db import connection

from commerce.billing.actions import Reversal, apply_credit, void_invoice
from commerce.billing.models import CreditAccount, CreditEntry, Invoice, SettlementEntry
from commerce.kit.actor import SYSTEM
from commerce.payments import paying
from commerce.payments.actions import (
    assign_stray,
    declare_transfer,
    keep_stray,
    receive_money,
    record_payment_by_hand,
    refund_payment_to_credit,
    reverse_payment,
)
from commerce.payments.models import Attempt, BankDeclaration, Payment, Refund, StrayReceipt
from tests import make
from tests.flows.test_races import WORKERS, at_once, refusals
from tests.make.payments import switch_on_bank_transfer

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("proven"),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
SAY: dict[str, Any] = {"at": make.AT, "actor": SYSTEM}
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
        [lambda: record_payment_by_hand(invoice=fresh(invoice), key="form", **typed, **SAY)]
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
    """U1 over both tables: it is a payment or a stray receipt, never both."""
    for n in range(5):
        invoice = make.make_invoice()
        say = MONEY | {"transaction_id": f"T{n}"}
        at_once(
            [
                lambda i=invoice, s=say, c=code: receive_money(
                    invoice=fresh(i), **s | {"currency_code": c}, **SAY
                )
                for code in ("EUR", "USD")
            ]
            * 10
        )
        booked = Payment.objects.filter(transaction_id=f"T{n}").count()
        assert booked + StrayReceipt.objects.filter(transaction_id=f"T{n}").count() == 1


def test_r8_a_payment_while_staff_void_the_invoice() -> None:
    """Either paid and each void refused, or void once and the money is credit."""
    for n in range(4):
        invoice = make.make_invoice()

        def pay(invoice: Invoice = invoice, n: int = n) -> Payment:
            return make.make_payment(fresh(invoice), transaction_id=f"p{n}", amount=1200)

        def void(invoice: Invoice = invoice) -> None:
            void_invoice(invoice=fresh(invoice), reason="x", **SAY)

        results = at_once(([pay, void] if n % 2 else [void, pay]) * (WORKERS // 2))
        paid = {result.pk for result in results if isinstance(result, Payment)}
        assert paid == {Payment.objects.get(transaction_id=f"p{n}").pk}
        wanted = {
            10: ("paid", 0, 0),
            9: ("cancelled", 0, 1200),
        }
        assert stands(invoice) == wanted[refusals(results)]


def test_a_stray_receipt_assigned_by_20_at_once_pays_one_invoice() -> None:
    keep_stray(**MONEY, reason="reference", **SAY)
    invoices = [make.make_invoice() for _ in range(WORKERS)]
    results = at_once(
        [
            lambda i=i: assign_stray(receipt=StrayReceipt.objects.get(), invoice=fresh(i), **SAY)
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
            lambda n=n: refund_payment_to_credit(
                payment=payment, amount=500, reason="x", key=f"r{n}", **SAY
            )
            for n in range(WORKERS)
        ]
    )
    assert refusals(results) == WORKERS - 2
    assert sum(Refund.objects.values_list("amount", flat=True)) == 1000
    assert stands(payment.invoice) == ("paid", 0, 1000)


def test_one_refund_sent_20_times_at_once_is_one() -> None:
    """U4: all get the one that was made."""
    payment = make.make_payment()
    say: dict[str, Any] = {"amount": 500, "reason": "x", "key": "form", **SAY}
    results = at_once([lambda: refund_payment_to_credit(payment=payment, **say)] * WORKERS)
    assert {result.pk for result in results} == {Refund.objects.get().pk}


def test_one_key_for_20_clients_at_once_is_refused_and_no_crash() -> None:
    """They hold no lock in common; 19 of them were an IntegrityError, of refunds as of payments."""
    paid = [make.make_payment() for _ in range(WORKERS)]
    say: dict[str, Any] = {"amount": 500, "reason": "x", "key": "form", **SAY}
    results = at_once([lambda p=p: refund_payment_to_credit(payment=p, **say) for p in paid])
    assert (refusals(results), Refund.objects.count()) == (WORKERS - 1, 1)
    typed: dict[str, Any] = {"amount": 5, "method": "cash", "received_on": make.AT.date()}
    results = at_once(
        [
            lambda p=p: record_payment_by_hand(
                invoice=p.invoice, key="form", confirmed=frozenset({"amount"}), **typed, **SAY
            )
            for p in paid
        ]
    )
    assert (refusals(results), Payment.objects.filter(key="form").count()) == (WORKERS - 1, 1)


def test_a_payment_reversed_20_times_at_once_while_it_is_refunded() -> None:
    """Either refunded whole and never reversed, or reversed once and the refund is refused."""
    for n in range(4):
        payment = make.make_payment()
        acts: list[Any] = [
            lambda p=payment: reverse_payment(payment=p, reason="bounced", **SAY),
            lambda p=payment, n=n: refund_payment_to_credit(
                payment=p, amount=1000, reason="x", key=f"r{n}", **SAY
            ),
        ]
        results = at_once((acts if n % 2 else acts[::-1]) * (WORKERS // 2))
        payment.refresh_from_db()
        reversed_ = sum(isinstance(result, Reversal) for result in results)
        assert (payment.status, reversed_) in (("reversed", 1), ("refunded", 0))


def test_pay_and_declare_pressed_20_times_at_once() -> None:
    """U3, U12: one attempt, one declaration."""
    switch_on_bank_transfer()
    invoice = make.make_invoice()
    begin: dict[str, Any] = {"gateway": "bank_transfer", "made_by": None, "return_url": str}
    at_once([lambda: paying.begin(invoice=fresh(invoice), **begin, **SAY)] * WORKERS)
    at_once([lambda: declare_transfer(invoice=fresh(invoice), declared_by=None, **SAY)] * WORKERS)
    assert (Attempt.objects.get().status, BankDeclaration.objects.get().status) == ("open", "open")


def test_credit_used_while_the_money_comes() -> None:
    make.make_payment(make.make_invoice(client := make.make_client()), amount=1700)
    invoice = make.make_invoice(client, lines=[], at=make.AT)
    due = fresh(invoice).amount_due
    at_once(
        [
            lambda: make.make_payment(fresh(invoice), transaction_id="T9", amount=due),
            lambda: apply_credit(invoice=fresh(invoice), **SAY),
        ]
    )
    assert stands(invoice)[:2] == ("paid", 0)
