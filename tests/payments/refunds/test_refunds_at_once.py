"""Refunds and disputes at once: what goes back never exceeds its payment, and is booked once (R17, M11)."""

from time import sleep

import pytest
from django.db import connection, transaction

from commerce.accounts.actions.client_locks import lock_client
from commerce.billing.models import CreditNote, SettlementEntry
from commerce.db.locks import lock
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.disputes import apply_dispute_report
from commerce.payments.actions.gateway_events import process_gateway_event
from commerce.payments.actions.refund_results import accept_refund, apply_refund_report
from commerce.payments.actions.refunds import refund_payment
from commerce.payments.gateways.contract import DisputeReport, RefundReport
from commerce.payments.models import Attempt, Dispute, GatewayEvent, Payment, Refund
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.flows.test_races import WORKERS, at_once, refusals
from tests.make.cards import keep
from tests.make.jobs import run_jobs_but_documents
from tests.payments.test_redirect import begin, hear

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("proven"),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]


@pytest.mark.parametrize("method", ["gateway", "credit"])
def test_two_refunds_of_the_whole_payment_are_one(provider: FakeProvider, method: str) -> None:
    """R17."""
    payment = make.make_payment(gateway="fake")
    results = at_once(
        [
            lambda key=key: refund_payment(
                method=method,
                payment=Payment.objects.get(pk=payment.pk),
                amount=1200,
                reason="asked",
                idempotency_key=f"{key}",
                ctx=Context(make.AT, SYSTEM),
            )
            for key in range(WORKERS)
        ]
    )
    assert refusals(results) == WORKERS - 1
    run_jobs_but_documents(at=make.AT)
    assert CreditNote.objects.get().total == 1200
    assert list(provider.refunds.values()) == ([1200] if method == "gateway" else [])


def test_parts_asked_for_at_once_never_exceed_the_payment(provider: FakeProvider) -> None:
    """M11: each worker wants a third, through the gateway or to credit."""
    payment = make.make_payment(gateway="fake")
    results = at_once(
        [
            lambda key=key: refund_payment(
                method="gateway" if key % 2 else "credit",
                payment=Payment.objects.get(pk=payment.pk),
                amount=400,
                reason="asked",
                idempotency_key=f"{key}",
                ctx=Context(make.AT, SYSTEM),
            )
            for key in range(WORKERS)
        ]
    )
    assert refusals(results) == WORKERS - 3
    run_jobs_but_documents(at=make.AT)
    payment.refresh_from_db()
    assert (payment.status, payment.refunds.count()) == ("refunded", 3)


def test_a_refund_told_by_answer_and_events_at_once_is_booked_once(provider: FakeProvider) -> None:
    """Our own call, its event five times, and the poll."""
    refund = refund_payment(
        method="gateway",
        payment=make.make_payment(gateway="fake"),
        amount=500,
        reason="asked",
        idempotency_key="r1",
        ctx=Context(make.AT, SYSTEM),
    )
    provider.lost.append("refund")
    run_jobs_but_documents(at=make.AT)
    report = provider.refund_report("r1", "succeeded")
    ctx = Context(make.AT, SYSTEM)
    at_once(
        [
            *[lambda: apply_refund_report(gateway="fake", report=report, ctx=ctx)] * 5,
            lambda: accept_refund(refund=Refund.objects.get(), reference="r-r1", ctx=ctx),
        ]
    )
    refund.refresh_from_db()
    assert (refund.status, CreditNote.objects.get().total) == ("succeeded", 500)
    assert SettlementEntry.objects.filter(kind="refund").count() == 1


@pytest.mark.usefixtures("provider")
def test_events_of_the_same_refunds_in_any_order_do_not_wait_for_each_other() -> None:
    """One tells of both: the names of refunds are locked before the client."""
    payment = make.make_payment(gateway="fake")
    first, second = (
        RefundReport("succeeded", payment.transaction_id, name, 500, "EUR")
        for name in ("re_1", "re_2")
    )
    ctx = Context(make.AT, SYSTEM)
    told = [[first, second], [second, first], [second], [first]] * (WORKERS // 4)
    events = [
        GatewayEvent.objects.create(gateway="fake", event_id=f"e{n}", received_at=make.AT)
        for n in range(len(told))
    ]
    results = at_once(
        [
            lambda event=event, reports=reports: process_gateway_event(
                event=event, reports=reports, ctx=ctx
            )
            for event, reports in zip(events, told, strict=True)
        ]
    )
    assert results == [None] * len(told)
    assert [row.amount for row in payment.refunds.all()] == [500, 500]


def test_an_attempt_that_fails_waits_for_its_client_with_nothing_locked(
    provider: FakeProvider,
) -> None:
    """A saved card that is refused for good is stopped, which locks the client, too."""
    client = make.make_client()
    attempt = begin(make.make_invoice(client))[0]
    Attempt.objects.update(saved_card=keep(client))
    vars(provider.sessions[attempt.reference or ""]).update(state="failed", decline="hard")

    def hold_the_client() -> None:
        with transaction.atomic():
            lock_client(client.pk)
            sleep(1)
            lock(attempt)

    def hear_soon() -> None:
        sleep(0.3)
        hear(attempt.reference or "")

    assert at_once([hold_the_client, hear_soon]) == [None, None]
    attempt.refresh_from_db()
    assert attempt.status == "failed"


@pytest.mark.usefixtures("provider")
def test_a_dispute_told_at_once_as_open_and_lost_is_lost_once() -> None:
    payment = make.make_payment(gateway="fake")
    ctx = Context(make.AT, SYSTEM)
    reports = [
        DisputeReport(state, payment.transaction_id, "dp_1", 1200, "EUR")
        for state in ("open", "lost") * (WORKERS // 2)
    ]
    at_once(
        [
            lambda report=report: apply_dispute_report(gateway="fake", report=report, ctx=ctx)
            for report in reports
        ]
    )
    payment.refresh_from_db()
    assert (payment.status, Dispute.objects.get().status) == ("reversed", "lost")
    assert SettlementEntry.objects.filter(kind="reversal").count() == 1
