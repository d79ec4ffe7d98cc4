"""Money back, counted by hand: what the bank has is what the books and the to-dos say, after each step of random lives.

From payments.md 8 and 9 and M8 to M12 alone: paid, paid too much, refunded to credit, credited by a note, spent, sent
back through the gateway here, from credit, or at its own site, disputed, bounced, won, and paid again. Nothing here
knows in which order the program takes money from where; it knows how much there must be in all.

`DRAWS=10 make test ARGS=tests/payments/test_money_back.py` has 300 of them.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from commerce.billing.credit.actions import add_credit, apply_credit, pay_out_credit
from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.models import CreditAccount, CreditNote, Invoice, SettlementEntry
from commerce.jobs.models import Job
from commerce.jobs.runner import run_due_jobs
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments.actions.paid_back import pay_back_credit
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.actions.reports import apply_gateway_report
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.credit.origins import ways_back
from commerce.payments.gateways.contract import DisputeReport, RefundReport
from commerce.payments.job_names import (
    LOST_AFTER_REFUND,
    SEND_REFUND,
    UNRECOVERED_AMOUNT,
    UNRECOVERED_REFUND,
)
from commerce.payments.models import Payment, Refund
from tests import make
from tests.doubles.gateway import FAKE_PROVIDER, FakeProvider
from tests.make.draws import draws
from tests.make.proof import assert_proven

CTX = Context(make.AT, SYSTEM)
OF_MONEY = (SEND_REFUND, UNRECOVERED_AMOUNT, LOST_AFTER_REFUND, UNRECOVERED_REFUND)
KINDS = (
    "pay pay pay issue change credit credit note note use back back gateway outside fail open lost lost won won"
    " bounce gift payout"
).split()
STEPS = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, 5),
        st.sampled_from([1, 300, 700, 1199, 1200, 1201, 1900, 2600]),
    ),
    min_size=4,
    max_size=16,
)


class RollBack(Exception):
    """Ends an example, and takes its rows back."""


@pytest.mark.django_db
@hypothesis(max_examples=draws(20), suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_what_the_bank_has_is_what_the_books_say(
    provider: FakeProvider, steps: list[tuple[str, int, int]]
) -> None:
    try:
        with transaction.atomic():
            provider.refunds.clear()
            provider.refunded.clear()
            life = Life()
            for n, (kind, which, amount) in enumerate([("pay", 0, 1900), *steps]):
                life.step(n, kind, which, amount)
                life.check()
            life.win_all()
            life.check()
            assert life.todos(UNRECOVERED_AMOUNT) == life.bounced_short()
            assert_proven()
            raise RollBack
    except RollBack:
        pass


class Life:
    """One client, and what a person with a sheet of paper notes of the bank: what came, went back, and was lost."""

    def __init__(self) -> None:
        self.client = make.make_client()
        self.came, self.sent, self.bounced = Counter[int](), Counter[int](), Counter[int]()
        self.lost: dict[int, dict[str, int]] = {}
        self.open: dict[int, dict[str, int]] = {}
        self.by_hand = 0
        self.issue("manual")

    def issue(self, kind: str) -> None:
        make.make_invoice(self.client, kind=kind)

    @property
    def bank(self) -> int:
        """Lost is lost once, whether the bank's case or staff say so; what went back before is lost on top of it."""
        gone = sum(max(sum(self.lost.get(pk, {}).values()), self.bounced[pk]) for pk in self.came)
        return self.came.total() - self.sent.total() - gone

    def step(self, n: int, kind: str, which: int, amount: int) -> None:
        before = (self.came.copy(), self.sent.copy(), self.bounced.copy(), self.by_hand)
        try:
            with transaction.atomic():
                self.act(n, kind, which, amount)
        except BusinessError:
            self.came, self.sent, self.bounced, self.by_hand = before
        self.run_jobs()

    def act(self, n: int, kind: str, which: int, amount: int) -> None:
        invoices = list(Invoice.objects.filter(client=self.client).order_by("pk"))
        invoice = invoices[which % len(invoices)]
        say: dict[str, Any] = {"client": self.client, "currency_code": "EUR", "ctx": CTX}
        verbs: dict[str, Callable[[], object]] = {
            "pay": lambda: self.paid(invoice, amount),
            "issue": lambda: self.issue("manual"),
            "change": lambda: self.issue("plan_change"),
            "note": lambda: credit_invoice(
                invoice=invoice, amount=amount, reason="x", ctx=CTX, release_periods=True
            ),
            "use": lambda: apply_credit(invoice=invoice, ctx=CTX),
            "back": lambda: self.went_back(n, amount if which % 2 else None),
            "gift": lambda: self.given(amount, lambda: add_credit(amount=amount, note="x", **say)),
            "payout": lambda: self.given(
                -amount, lambda: pay_out_credit(amount=amount, reference=f"out-{n}", **say)
            ),
        }
        if kind in verbs:
            verbs[kind]()
            return
        payments = list(Payment.objects.filter(client=self.client).order_by("pk"))
        if payments:
            self.of_payment(n, kind, payments[which % len(payments)], amount)

    def paid(self, invoice: Invoice, amount: int) -> None:
        row = make.make_payment(invoice, gateway="fake", amount=amount)
        self.came[row.pk] = amount

    def given(self, amount: int, act: Callable[[], object]) -> None:
        act()
        self.by_hand += amount

    def went_back(self, n: int, amount: int | None) -> None:
        """At most what there is; by whom it came, and never more than that was."""
        can = sum(way.amount for way in ways_back(self.client.pk, "EUR", make.AT))
        had = self.balance()
        assert can <= had
        made = pay_back_credit(
            client=self.client,
            currency_code="EUR",
            amount=amount,
            reason="x",
            idempotency_key=f"b{n}",
            ctx=CTX,
        )
        assert sum(refund.amount for refund in made) == (can if amount is None else amount) <= can
        assert self.balance() == had - sum(refund.amount for refund in made)
        for refund in made:
            self.sent[refund.payment_id] += refund.amount

    def of_payment(self, n: int, kind: str, row: Payment, amount: int) -> None:
        say: dict[str, Any] = {"payment": row, "amount": amount, "reason": "x", "ctx": CTX}
        say["idempotency_key"] = f"{row.pk}-{n}"
        if kind == "credit":
            refund_payment(method="credit", **say)
        elif kind == "gateway":
            refund_payment(method="gateway", **say)
            self.sent[row.pk] += amount
        elif kind == "outside" and not self.bounced[row.pk]:
            report = RefundReport("succeeded", row.transaction_id, f"re{row.pk}-{n}", amount, "EUR")
            apply_gateway_report(gateway="fake", report=report, ctx=CTX)
            self.sent[row.pk] += amount
        elif kind == "fail" and not self.bounced[row.pk]:
            self.failed(row)
        elif kind == "bounce":
            reverse_payment(payment=row, reason="x", ctx=CTX)
            self.bounced[row.pk] = row.amount - self.sent[row.pk]
        elif kind in ("open", "lost", "won"):
            self.disputed(n, kind, row, min(amount, row.amount))

    def failed(self, row: Payment) -> None:
        """A refund of ours that was accepted did not arrive: the bank has the money again."""
        sent = row.refunds.filter(method="gateway", status="accepted", is_outside=False).first()
        if sent is not None:
            report = RefundReport("failed", row.transaction_id, sent.reference, sent.amount, "EUR")
            apply_gateway_report(gateway="fake", report=report, ctx=CTX)
            FAKE_PROVIDER.refunds.pop(sent.idempotency_key)
            self.sent[row.pk] -= sent.amount

    def disputed(self, n: int, kind: str, row: Payment, amount: int) -> None:
        opened, lost = self.open.setdefault(row.pk, {}), self.lost.setdefault(row.pk, {})
        if kind == "open" or (kind == "lost" and not opened):
            opened[f"dp{row.pk}-{n}"] = amount
            self.hear(row, f"dp{row.pk}-{n}", "open", amount)
        if kind == "lost":
            case, amount = opened.popitem()
            self.hear(row, case, "lost", amount)
            lost[case] = amount
        if kind == "won" and (lost or opened):
            self.won(row)

    def won(self, row: Payment) -> None:
        opened, lost = self.open.get(row.pk, {}), self.lost.get(row.pk, {})
        case, amount = (lost or opened).popitem()
        self.hear(row, case, "won", amount)
        if not lost:
            self.bounced[row.pk] = 0

    def hear(self, row: Payment, case: str, state: str, amount: int) -> None:
        report = DisputeReport(state, row.transaction_id, case, amount, "EUR")
        apply_gateway_report(gateway="fake", report=report, ctx=CTX)

    def win_all(self) -> None:
        for row in Payment.objects.filter(client=self.client).order_by("pk"):
            while self.lost.get(row.pk):
                self.won(row)
        self.run_jobs()

    def run_jobs(self) -> None:
        Job.objects.exclude(action__in=OF_MONEY).delete()
        run_due_jobs(at=make.AT)
        assert not Refund.objects.filter(client=self.client, status="requested").exists()

    def balance(self) -> int:
        account = CreditAccount.objects.filter(client=self.client).first()
        return account.balance if account else 0

    def todos(self, *actions: str) -> int:
        """What staff are asked to collect."""
        total = 0
        for job in Job.objects.filter(action__in=actions).exclude(status="dropped"):
            if job.action == UNRECOVERED_REFUND:
                total += Refund.objects.get(pk=job.subject_id).unrecovered_amount
            else:
                total += job.args.get("short") or job.args["amount"]
        return total

    def bounced_short(self) -> int:
        """What is short of payments that staff said are gone: nobody won them."""
        ids = [pk for pk, amount in self.bounced.items() if amount]
        jobs = Job.objects.filter(action=UNRECOVERED_AMOUNT, subject_id__in=ids)
        return sum(job.args["short"] for job in jobs.exclude(status="dropped"))

    def check(self) -> None:
        held, short = 0, self.todos(UNRECOVERED_AMOUNT, LOST_AFTER_REFUND, UNRECOVERED_REFUND)
        for row in Invoice.objects.filter(client=self.client):
            entries = row.settlement_entries.values_list("amount", flat=True)
            assert row.amount_due == row.total - sum(entries)
            assert 0 <= row.amount_due <= row.total
            assert (row.amount_due == 0) == (row.status in ("paid", "refunded", "cancelled"))
            notes = CreditNote.objects.filter(invoice=row).values_list("total", flat=True)
            assert sum(notes) <= row.total
            assert 0 <= row.credit_applied <= row.total
            held += row.total - row.amount_due - sum(notes)
        assert self.bank + self.by_hand == held + self.balance() - short
        for pk, amount in self.came.items():
            assert self.sent[pk] <= amount
            rows = Refund.objects.filter(payment=pk, method="gateway").exclude(status="failed")
            assert sum(rows.values_list("amount", flat=True)) == self.sent[pk]
        self.check_uses()

    def check_uses(self) -> None:
        """What is taken of a use of credit names it, and is no more than it was."""
        for entry in SettlementEntry.objects.filter(
            invoice__client=self.client, kind="reversal", source__startswith="credit:"
        ):
            use = ":".join(entry.source.split(":")[:2])
            of_it = SettlementEntry.objects.filter(
                invoice=entry.invoice, source__startswith=f"{use}:"
            )
            paid = SettlementEntry.objects.get(invoice=entry.invoice, kind="credit", source=use)
            assert 0 <= -sum(of_it.values_list("amount", flat=True)) <= paid.amount
