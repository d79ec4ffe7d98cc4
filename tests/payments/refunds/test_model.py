"""Random journeys of money, beside a model that is written from payments.md and knows nothing of the program.

Paid, refunded in parts through the gateway and to credit, refunded at the gateway's site, failed after it was accepted,
disputed, won, lost, disputed again, and paid again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from commerce.billing.models import CreditAccount, CreditNote, Invoice
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reports import apply_gateway_report
from commerce.payments.gateways.contract import DisputeReport, RefundReport
from commerce.payments.job_names import LOST_AFTER_REFUND
from commerce.payments.models import Payment, Refund
from tests import make
from tests.doubles.gateway import FAKE_PROVIDER, FakeProvider
from tests.make.draws import draws
from tests.make.jobs import run_jobs_but_documents
from tests.make.proof import assert_proven

CTX = Context(make.AT, SYSTEM)
TOTAL = 1200
KINDS = "pay pay pay gateway gateway credit outside fail open open won lost asked".split()
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 5), st.integers(1, 1500)),
    min_size=3,
    max_size=12,
)


@dataclass
class MoneyIn:
    """A payment: what came, what of it is on the invoice, what was refunded (and how much of that through the gateway),
    and how it stands; of its latest dispute, what it took, and what was gone before.
    """

    amount: int
    settled: int
    refunded: int = 0
    sent: int = 0
    status: str = "completed"
    dispute: str = ""
    disputes: int = 0
    taken: tuple[int, int] = (0, 0)
    beyond: int = 0


@dataclass
class Books:
    """One invoice and the credit of its client, as payments.md 2.3, 2.6 and 8 say."""

    held: int = 0
    credited: int = 0
    credit: int = 0
    closed: bool = False
    payments: list[MoneyIn] = field(default_factory=list)

    @property
    def due(self) -> int:
        return TOTAL - self.credited - self.held

    @property
    def invoice(self) -> str:
        if self.closed:
            return "refunded"
        return "unpaid" if self.due else "paid"

    def pay(self, amount: int) -> None:
        settled = min(amount, self.due)
        self.held += settled
        self.credit += amount - settled
        self.payments.append(MoneyIn(amount, settled))

    def refundable(self, one: MoneyIn) -> int:
        if one.status != "completed" or self.closed:
            return 0
        return min(one.amount - one.refunded, self.held, TOTAL - self.credited)

    def refund(self, one: MoneyIn, amount: int, *, to_credit: bool) -> None:
        """Both make a credit note; the whole of a paid invoice closes it."""
        was_paid = not self.due
        self.held -= amount
        self.credited += amount
        self.closed = was_paid and self.credited == TOTAL
        one.refunded += amount
        if to_credit:
            self.credit += amount
        else:
            one.sent += amount
        if one.refunded == one.amount and one.status == "completed":
            one.status = "refunded"

    def failed_later(self, one: MoneyIn, amount: int) -> None:
        """The money goes to credit; the payment stays used up."""
        one.sent -= amount
        self.credit += amount

    def lose(self, one: MoneyIn) -> None:
        """Open again; what had become credit comes out of it as far as that goes. What was sent back before is lost
        once more, which is a to-do for staff.
        """
        gone = one.amount - one.sent
        again = min(gone, one.settled, self.held)
        out = min(gone - again, self.credit)
        self.held -= again
        self.credit -= out
        one.settled -= again
        one.taken, one.status, one.beyond = (again, out), "reversed", one.sent

    def win_back(self, one: MoneyIn) -> None:
        back = sum(one.taken)
        settled = 0 if self.closed else min(one.taken[0], self.due)
        self.held += settled
        self.credit += back - settled
        one.settled += settled
        one.taken, one.status, one.beyond = (0, 0), "completed", 0
        if one.refunded == one.amount:
            one.status = "refunded"


class RollBack(Exception):
    """Ends an example, and takes its rows back."""


@pytest.mark.django_db
@hypothesis(max_examples=draws(20), suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_the_books_are_those_of_the_model(
    provider: FakeProvider, steps: list[tuple[str, int, int]]
) -> None:
    try:
        with transaction.atomic():
            provider.refunds.clear()
            provider.refunded.clear()
            for _ in journey(steps):
                pass
            assert_proven()
            raise RollBack
    except RollBack:
        pass


def journey(steps: list[tuple[str, int, int]]) -> Iterator[None]:
    invoice = make.make_invoice()
    books = Books()
    for n, (kind, which, amount) in enumerate(steps):
        act(books, invoice, kind, which, amount, n)
        compare(books, invoice)
        yield


def act(books: Books, invoice: Invoice, kind: str, which: int, amount: int, n: int) -> None:
    if kind == "pay":
        books.pay(amount)
        make.make_payment(invoice, gateway="fake", amount=amount)
        return
    if not books.payments:
        return
    at = which % len(books.payments)
    one = books.payments[at]
    row = Payment.objects.filter(invoice=invoice).order_by("pk")[at]
    if kind in ("gateway", "credit"):
        refunded(books, one, row, kind, amount, n)
    elif kind == "outside":
        outside(books, one, row, amount, n)
    elif kind == "fail":
        failed(books, one, row)
    elif kind == "asked":
        asked_and_lost(books, one, row, n)
    else:
        disputed(books, one, row, kind)


def refunded(books: Books, one: MoneyIn, row: Payment, kind: str, amount: int, n: int) -> None:
    say: dict[str, Any] = {"payment": row, "amount": amount, "reason": "x", "ctx": CTX}
    say |= {"method": kind, "idempotency_key": f"{row.pk}-{n}"}
    if amount > books.refundable(one):
        with pytest.raises(BusinessError), transaction.atomic():
            refund_payment(**say)
        return
    refund_payment(**say)
    run_jobs_but_documents(at=make.AT)
    books.refund(one, amount, to_credit=kind == "credit")


def outside(books: Books, one: MoneyIn, row: Payment, amount: int, n: int) -> None:
    """What the invoice holds; more than that has tests of its own."""
    amount = min(amount, books.refundable(one))
    if amount:
        report = RefundReport("succeeded", row.transaction_id, f"re-{row.pk}-{n}", amount, "EUR")
        apply_gateway_report(gateway="fake", report=report, ctx=CTX)
        books.refund(one, amount, to_credit=False)


def failed(books: Books, one: MoneyIn, row: Payment) -> None:
    sent = row.refunds.filter(method="gateway", status="accepted").first()
    if sent is None or one.status == "reversed":
        return
    report = FAKE_PROVIDER.refund_report(sent.idempotency_key, "failed")
    apply_gateway_report(gateway="fake", report=report, ctx=CTX)
    books.failed_later(one, sent.amount)


def asked_and_lost(books: Books, one: MoneyIn, row: Payment, n: int) -> None:
    """The payment is lost while the gateway is asked for a refund, which it refuses then: as if nobody had asked."""
    if amount := books.refundable(one):
        say: dict[str, Any] = {"payment": row, "amount": amount, "reason": "x", "ctx": CTX}
        refund_payment(method="gateway", idempotency_key=f"{row.pk}-{n}", **say)
        for state in ("open", "lost"):
            disputed(books, one, row, state)
        FAKE_PROVIDER.fails_refunds = True
        run_jobs_but_documents(at=make.AT)
        FAKE_PROVIDER.fails_refunds = False


def disputed(books: Books, one: MoneyIn, row: Payment, state: str) -> None:
    """Disputes of a payment, one after another: opened, then won or lost, and what was lost is won by an appeal."""
    is_new = state == "open" and one.dispute in ("", "won")
    if one.status == "refunded" or (not one.dispute and not is_new):
        return
    one.disputes += is_new
    reference = f"dp-{row.pk}-{one.disputes}"
    report = DisputeReport(state, row.transaction_id, reference, row.amount, "EUR")
    if (one.dispute, state) == ("won", "lost"):  # may be older news
        with pytest.raises(BusinessError), transaction.atomic():
            apply_gateway_report(gateway="fake", report=report, ctx=CTX)
        return
    apply_gateway_report(gateway="fake", report=report, ctx=CTX)
    if is_new:
        one.dispute, one.status = "open", "disputed"
    elif state == "lost" and one.dispute == "open":
        one.dispute = "lost"
        books.lose(one)
    elif state == "won" and one.dispute == "open":
        one.dispute, one.status = "won", "completed"
    elif state == "won" and one.dispute == "lost":
        one.dispute = "won"
        books.win_back(one)


def compare(books: Books, invoice: Invoice) -> None:
    invoice.refresh_from_db()
    account = CreditAccount.objects.filter(client_id=invoice.client_id).first()
    notes = CreditNote.objects.filter(invoice=invoice).values_list("total", flat=True)
    status = "unpaid" if invoice.status == "overdue" else invoice.status
    assert (status, invoice.amount_due, account.balance if account else 0, sum(notes)) == (
        books.invoice,
        0 if books.closed else books.due,
        books.credit,
        books.credited,
    )
    rows = Payment.objects.filter(invoice=invoice).order_by("pk")
    assert [row.status for row in rows] == [one.status for one in books.payments]
    for row, one in zip(rows, books.payments, strict=True):
        used = sum(row.refunds.using_up().values_list("amount", flat=True))
        assert used == one.refunded <= row.amount
    assert Refund.objects.filter(payment__invoice=invoice, unrecovered_amount__gt=0).count() == 0
    todos = Job.objects.filter(action=LOST_AFTER_REFUND).exclude(status="dropped")
    assert sum(job.args["amount"] for job in todos) == sum(one.beyond for one in books.payments)
