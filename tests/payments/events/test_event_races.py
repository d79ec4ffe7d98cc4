"""Events that come and are processed at the same moment, with real threads on PostgreSQL (R1, R2, U2)."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from commerce.billing.models import Invoice, SettlementEntry
from commerce.jobs.models import Job
from commerce.jobs.runner import run_due_jobs
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.gateway_events import retry_gateway_event
from commerce.payments.models import GatewayEvent, Payment
from tests import make
from tests.doubles.gateway import FakeProvider, SignedMessage, fake_gateway_on
from tests.flows.test_races import WORKERS, at_once
from tests.make.webhooks import deliver
from tests.payments.test_redirect import begin

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("proven"),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]


@pytest.fixture
def provider(request: pytest.FixtureRequest) -> Iterator[FakeProvider]:
    request.getfixturevalue("proven")
    with fake_gateway_on() as made:
        yield made


@pytest.fixture
def paid(provider: FakeProvider) -> str:
    started = begin(make.make_invoice())[1]
    provider.pay(started.reference)
    return started.reference


def delivers(message: SignedMessage) -> Callable[[], int]:
    return lambda: deliver(message).status


def work_at_once() -> None:
    """Twenty workers look for what is due."""
    at_once([lambda: len(run_due_jobs(at=clock.now()))] * WORKERS)


def is_booked_once() -> None:
    payment = Payment.objects.get()
    invoice = Invoice.objects.get()
    assert (payment.amount, invoice.status, invoice.amount_due) == (1200, "paid", 0)
    assert SettlementEntry.objects.filter(invoice=invoice).count() == 1
    thanks = OutgoingMail.objects.filter(event="invoice_paid")
    assert len(set(thanks.values_list("idempotency_key", flat=True))) == 1
    assert not Job.objects.filter(status="parked").exists()


def test_one_event_delivered_by_20_at_once_is_one(provider: FakeProvider, paid: str) -> None:
    """R2: five times over, and again after a day."""
    message = provider.notice(paid)
    for _ in range(5):
        assert at_once([delivers(message)] * WORKERS) == [200] * WORKERS
    work_at_once()
    with clock.freeze_time(make.AT + timedelta(days=1)):
        again = provider.notice(paid)
        assert at_once([delivers(again)] * WORKERS) == [200] * WORKERS
        work_at_once()
    assert GatewayEvent.objects.get().status == "processed"
    assert Job.objects.filter(action="gateway_event.process").count() == 1
    is_booked_once()


def test_one_success_in_five_events_worked_on_by_20_is_one_payment(
    provider: FakeProvider, paid: str
) -> None:
    """Events of one payment share no row but those of the booking."""
    messages = [provider.notice(paid, id=f"e{n}", state="paid") for n in range(5)]
    assert at_once([delivers(one) for one in messages * 4]) == [200] * WORKERS
    work_at_once()
    assert Counter(GatewayEvent.objects.values_list("status", flat=True)) == {"processed": 5}
    is_booked_once()


def test_staff_run_an_event_again_while_it_comes_and_is_worked_on(
    provider: FakeProvider, paid: str
) -> None:
    message = provider.notice(paid)
    assert deliver(message).status == 200
    event = GatewayEvent.objects.get()

    def again() -> None:
        retry_gateway_event(event=event, ctx=Context(clock.now(), SYSTEM))

    acts: list[Callable[[], Any]] = [
        delivers(message),
        again,
        lambda: run_due_jobs(at=clock.now()) and None,
        lambda: run_due_jobs(at=clock.now()) and None,
    ]
    at_once([acts[n % len(acts)] for n in range(WORKERS)])
    work_at_once()
    event.refresh_from_db()
    assert event.status == "processed"
    is_booked_once()
