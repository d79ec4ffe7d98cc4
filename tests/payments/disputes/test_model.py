"""Random journeys with several part disputes of one payment, beside a second count of the money (``books``).

`DRAWS=20 make test ARGS=tests/payments/disputes/test_model.py` has 500 of them, a third of a second each.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from django.db.models import BigIntegerField
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from commerce.accounts.models import Client
from commerce.billing.credit.actions import apply_credit, pay_out_credit
from commerce.billing.models import CreditAccount, Invoice
from commerce.catalog.models import Currency
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet
from commerce.jobs.models import Job
from commerce.jobs.runner import run_due_jobs
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reports import apply_gateway_report
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.gateways.contract import DisputeReport, RefundReport
from commerce.payments.job_names import (
    LOST_AFTER_REFUND,
    SEND_REFUND,
    UNRECOVERED_AMOUNT,
    UNRECOVERED_REFUND,
)
from commerce.payments.models import Dispute, Payment, Refund
from commerce.payments.rules import ASKED_WITHIN
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.draws import draws
from tests.make.proof import assert_proven
from tests.payments.disputes.books import Bill, Books, MoneyIn
from tests.payments.funds.conftest import add_funds, hear, pay, several

CTX = Context(make.AT, SYSTEM)
STARTS = {
    "one invoice": [("pay", 1200)],
    "more than due, and the credit is spent": [("pay", 1700), ("spend", 500)],
    "several invoices": [("several", 2400)],
    "several, and the credit is spent": [("several", 2700), ("spend", 300)],
    "funds that were added": [("top_up", 1500)],
}
KINDS = (
    "open open lost lost lost lost won won won again reversal staff gateway credit outside fail spend apply pay"
    " several top_up"
).split()
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 2), st.integers(0, 4), st.integers(1, 1500)),
    min_size=3,
    max_size=14,
)

# A part of the first payment is lost, another one pays it, is refunded to credit and lost: what is left on the invoice
# is the first one's.
ON_ANOTHERS_MONEY = [
    ("lost", 0, 0, 1),
    ("top_up", 0, 0, 1),
    ("pay", 0, 0, 1),
    ("credit", 2, 0, 1),
    ("lost", 2, 0, 1),
]


@pytest.fixture
def payer() -> Client:
    """A client of an installation whose default currency is EUR."""
    Currency.objects.filter(pk="USD").update(is_default=False)
    Currency.objects.filter(pk="EUR").update(is_default=True)
    return make.make_client()


OF_MONEY = (SEND_REFUND, LOST_AFTER_REFUND, UNRECOVERED_AMOUNT, UNRECOVERED_REFUND)

PAYMENTS = CompiledQuerySet(
    lambda: Payment.objects.filter(client_id=QueryParam("client", BigIntegerField())).order_by("pk")
)
JOBS = CompiledQuerySet(
    lambda: Job.objects.filter(action__in=OF_MONEY).exclude(status="dropped").order_by("pk")
)
_PAYMENT = QueryParam("payment", BigIntegerField())
DISPUTES: CompiledQuerySet[Any] = CompiledQuerySet(
    lambda: Dispute.objects.filter(payment_id=_PAYMENT).order_by("pk").values_list("pk")
)
REFUNDS: CompiledQuerySet[Any] = CompiledQuerySet(
    lambda: Refund.objects.filter(payment_id=_PAYMENT).order_by("pk").values_list("pk")
)


class RollBack(Exception):
    """Ends an example, and takes its rows back."""


@pytest.mark.django_db
@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@hypothesis(max_examples=draws(5), suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
@example(steps=ON_ANOTHERS_MONEY)
def test_the_books_are_those_of_the_model(
    provider: FakeProvider,
    payer: Client,
    start: list[tuple[str, int]],
    steps: list[tuple[str, int, int, int]],
) -> None:
    try:
        with transaction.atomic():
            provider.refunds.clear()
            provider.refunded.clear()
            journey = Journey(provider, payer, several(payer, 2, 5), Books([Bill(), Bill()]))
            first = [(kind, 0, 0, amount) for kind, amount in start]
            for n, step in enumerate([*first, *steps]):
                journey.now = make.AT + n * ASKED_WITHIN
                journey.act(n, *step)
                run_jobs(journey.now)
                journey.compare()
            assert_proven()
            raise RollBack
    except RollBack:
        pass


def run_jobs(at: datetime) -> None:
    """Those of money; no documents and no emails."""
    Job.objects.exclude(action__in=OF_MONEY).delete()
    run_due_jobs(at=at)


@dataclass
class Journey:
    """The program and the model, each of which does the same."""

    provider: FakeProvider
    client: Client
    invoices: list[Invoice]
    books: Books
    now: datetime = make.AT

    def act(self, n: int, kind: str, which: int, nth: int, amount: int) -> None:
        bill, invoice = self.books.bills[nth % 2], Invoice.objects.get(pk=self.invoices[nth % 2].pk)
        if kind == "pay":
            make.make_payment(invoice, gateway="fake", amount=amount)
            self.books.pay(bill, amount)
        elif kind == "several":
            if all(each.due for each in self.books.bills):
                self.received(pay(self.invoices), amount)
                self.books.pay_several(self.books.bills, amount)
        elif kind == "top_up":
            self.received(add_funds(self.client, max(500, amount)), amount)
            self.books.pay_several([], amount)
        elif kind == "spend":
            if out := min(amount, self.books.credit):
                say: dict[str, Any] = {"currency_code": "EUR", "reference": f"out-{n}", "ctx": CTX}
                pay_out_credit(client=self.client, amount=out, **say)
                self.books.credit -= out
        elif kind == "apply":
            if used := min(bill.due, self.books.credit):
                apply_credit(invoice=invoice, ctx=CTX)
                self.books.use(bill, used)
        elif self.books.payments:
            at = which % len(self.books.payments)
            row = Payment.objects.filter(client=self.client).order_by("pk")[at]
            self.of_payment(n, kind, self.books.payments[at], row, nth, amount)

    def received(self, attempt: Any, amount: int) -> None:
        self.provider.pay(attempt.reference or "", amount=amount)
        hear(attempt)

    def of_payment(
        self, n: int, kind: str, one: MoneyIn, row: Payment, nth: int, amount: int
    ) -> None:
        if kind in ("gateway", "credit"):
            self.refunded(n, kind, one, row, nth, amount)
        elif kind == "outside":
            self.outside(n, one, row, amount)
        elif kind == "fail":
            self.failed(one, row, nth)
        elif kind == "staff":
            self.by_staff(one, row)
        else:
            self.disputed(n, kind, one, row, nth, amount)

    def refunded(
        self, n: int, kind: str, one: MoneyIn, row: Payment, nth: int, amount: int
    ) -> None:
        part = one.parts[nth % len(one.parts)]
        named = self.invoices[self.books.bills.index(part.bill)] if part.bill else None
        say: dict[str, Any] = {"payment": row, "amount": amount, "reason": "x", "ctx": CTX}
        say |= {"idempotency_key": f"{row.pk}-{n}", "invoice": named, "method": kind}
        if amount > self.books.refundable(one, part, to_credit=kind == "credit"):
            with pytest.raises(BusinessError), transaction.atomic():
                refund_payment(**say)
            return
        refund_payment(**say)
        if kind == "credit":
            self.books.refund_to_credit(one, part, amount)
        else:
            self.books.send_back(one, [(part, amount, False)])

    def outside(self, n: int, one: MoneyIn, row: Payment, amount: int) -> None:
        report = RefundReport("succeeded", row.transaction_id, f"{row.pk}-{n}", amount, "EUR")
        if amount > one.kept - one.lost():
            with pytest.raises(BusinessError), transaction.atomic():
                apply_gateway_report(gateway="fake", report=report, ctx=CTX)
            return
        apply_gateway_report(gateway="fake", report=report, ctx=CTX)
        self.books.send_back(one, self.books.spread(one, amount))

    def failed(self, one: MoneyIn, row: Payment, nth: int) -> None:
        """One of the refunds that were sent did not arrive."""
        rows = row.refunds.filter(method="gateway").exclude(status="failed").order_by("pk")
        names = list(dict.fromkeys((each.reference or "").partition("#")[0] for each in rows))
        assert len(names) == len(one.sent)
        if names:
            nth %= len(names)
            money = one.sent[nth].amount
            report = RefundReport("failed", row.transaction_id, names[nth], money, "EUR")
            apply_gateway_report(gateway="fake", report=report, ctx=CTX)
            self.books.fail(one, one.sent[nth])

    def by_staff(self, one: MoneyIn, row: Payment) -> None:
        if one.status in ("completed", "disputed") or self.books.reversible(one):
            reverse_payment(payment=row, reason="the bank wrote", ctx=CTX)
            self.books.reverse(one)
            return
        with pytest.raises(BusinessError), transaction.atomic():
            reverse_payment(payment=row, reason="the bank wrote", ctx=CTX)

    def disputed(
        self, n: int, kind: str, one: MoneyIn, row: Payment, nth: int, amount: int
    ) -> None:
        """A new dispute, or one of those that are known; of which older news is none. How much it is over may change
        until it is decided; one that was won may be lost as another one. A reversal names no case.
        """
        state = {"again": "open", "reversal": "lost"}.get(kind, kind)
        cases = list(dict.fromkeys(each.case for each in one.disputes if each.case))
        case = f"dp-{row.pk}-{n}"
        if kind not in ("open", "reversal") and nth < len(cases):
            case = cases[nth]
        name = f"reversal {row.pk}-{n}" if kind == "reversal" else case
        report = DisputeReport(state, row.transaction_id, name, amount, "EUR")
        apply_gateway_report(gateway="fake", report=report, ctx=Context(self.now, SYSTEM))
        known = [each for each in one.disputes if each.case == case]
        claim = known[-1] if known else None
        if kind == "reversal":
            claim = self.books.dispute(one, "", amount)
        elif claim is None or (claim.state, state) == ("won", "lost"):
            claim = self.books.dispute(one, case, amount)
        if claim.state == "open" and state != "won":
            claim.amount = min(amount, one.amount)
        if state == "lost" and claim.state == "open":
            self.books.lose(one, claim)
        elif state == "won" and claim.state != "won":
            self.books.win(one, claim)

    def compare(self) -> None:
        self.books.check()
        rows = [Invoice.objects.get(pk=each.pk) for each in self.invoices]
        assert [(each.status, each.amount_due) for each in rows] == [
            (each.status, 0 if each.closed else each.due) for each in self.books.bills
        ]
        account = CreditAccount.objects.filter(client=self.client).first()
        assert (account.balance if account else 0) == self.books.credit
        payments = PAYMENTS.instances(client=self.client.pk)
        assert [each.status for each in payments] == [each.status for each in self.books.payments]
        told = Told(JOBS.instances())
        for row, one in zip(payments, self.books.payments, strict=True):
            self.compare_told(told, row, one)

    def compare_told(self, told: "Told", row: Payment, one: MoneyIn) -> None:
        """What staff are asked to collect of a payment, and for which dispute."""
        disputes = [pk for (pk,) in DISPUTES.tuples(payment=row.pk)]
        beyond = [told(LOST_AFTER_REFUND, "dispute", pk) for pk in disputes]
        assert beyond == [each.beyond for each in one.disputes]
        short = told(UNRECOVERED_AMOUNT, "payment", row.pk)
        by_staff = sum(each.short for each in one.by_staff)
        assert short == sum(each.short for each in one.disputes) + by_staff
        refunds = [pk for (pk,) in REFUNDS.tuples(payment=row.pk)]
        sent = [told(UNRECOVERED_REFUND, "refund", pk) for pk in refunds]
        assert sum(sent) == sum(short for made in one.sent for _, _, short, _ in made.pieces)


@dataclass
class Told:
    """What staff have in their list."""

    jobs: list[Job]

    def __call__(self, action: str, kind: str, pk: int) -> int:
        """What they read there of one record, in minor units."""
        amounts = []
        for job in self.jobs:
            if (job.action, job.subject_kind, job.subject_id) != (action, kind, pk):
                continue
            amount = job.args.get("short") or job.args.get("amount")
            if amount is None:
                amount = Payment.objects.get(refunds=pk).refunds.get(pk=pk).unrecovered_amount
            assert (job.status, str(Money(amount, "EUR")) in job.error) == ("parked", True)
            amounts.append(amount)
        return sum(amounts)
