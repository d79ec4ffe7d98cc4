"""Background work at once: races R20 to R22 and R29 of invariants.md 4, with real threads on PostgreSQL."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from commerce.billing.models import Invoice
from commerce.hosting import provisioning
from commerce.hosting.models import Service
from commerce.hosting.modules import registry
from commerce.jobs import runner
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.jobs.schedule import claim_schedule_turn
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.doubles.panel import FakePanel, put_on_panel
from tests.flows.test_races import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
WORKERS = 20
SAY: dict[str, Any] = {"ctx": Context(make.AT, SYSTEM)}


@pytest.fixture
def panel() -> Iterator[FakePanel]:
    known, made = dict(registry._MODULES), FakePanel()
    made.install()
    yield made
    registry._MODULES.clear()
    registry._MODULES.update(known)


def on_panel(status: str) -> Service:
    service = make.make_service(status=status)
    put_on_panel(service)
    return service


def again(service: Service) -> Service:
    return Service.objects.get(pk=service.pk)


def work() -> None:
    for minutes in range(0, 60, 5):
        runner.run_due_jobs(at=make.AT + timedelta(minutes=minutes))


def test_r20_one_account_by_20_workers(panel: FakePanel) -> None:
    service = on_panel("pending")
    provisioning.request_creation(service=service, idempotency_key="order 1", **SAY)
    at_once([work] * WORKERS)
    assert again(service).status == "active"
    assert panel.calls == ["create"]


def overdue(service: Service) -> Invoice:
    """An overdue invoice that suspends a service, and the suspension asked for."""
    billed = {"kind": "renewal", "billed_services": [service.pk]}
    invoice = make.make_invoice(service.client, "overdue", **billed)
    provisioning.request_suspension(
        service=service,
        suspension_reason="overdue",
        idempotency_key="first",
        invoice_id=invoice.pk,
        **SAY,
    )
    return invoice


def test_r21_pay_suspend_and_resume_at_once(panel: FakePanel) -> None:
    """Whatever comes first: who has paid ends active, here and at the panel."""
    for n in range(6):
        service = on_panel("active")
        invoice = overdue(service)

        def pay(invoice: Invoice = invoice) -> None:
            make.make_payment(Invoice.objects.get(pk=invoice.pk))

        workers: list[Callable[[], object]] = [work] * (WORKERS - 1)
        workers.insert(3 * n, pay)
        assert not [one for one in at_once(workers) if isinstance(one, Exception)]
        work()
        invoice.refresh_from_db()
        assert (invoice.status, again(service).status) == ("paid", "active")
        assert panel.accounts.get(service.provisioning_key, "on") == "on"


def test_r21_paid_by_20_at_once_while_the_panel_switches_off(panel: FakePanel) -> None:
    """The call is under way, so that nothing waits that could be dropped."""
    service = on_panel("active")
    invoice = overdue(service)

    def pay() -> None:
        make.make_payment(Invoice.objects.get(pk=invoice.pk), amount=invoice.total)

    def paid_meanwhile() -> None:
        if panel.calls == ["suspend"]:
            at_once([pay] * WORKERS)

    panel.meanwhile = paid_meanwhile
    work()
    invoice.refresh_from_db()
    assert (invoice.status, again(service).status) == ("paid", "active")
    assert panel.accounts[service.provisioning_key] == "on"
    assert panel.calls == ["suspend", "resume"]


def test_r22_payment_while_the_termination_is_queued(panel: FakePanel) -> None:
    """Either it was carried out before, or it is dropped and the service resumed."""
    for n in range(4):
        service = on_panel("active")
        invoice = overdue(service)
        work()
        provisioning.request_termination(service=service, **SAY)

        def pay(invoice: Invoice = invoice) -> None:
            held = Invoice.objects.get(pk=invoice.pk)
            make.make_payment(held, transaction_id=f"paid-{held.pk}", amount=held.total)

        results = at_once(([pay, work] if n % 2 else [work, pay]) * (WORKERS // 2))
        assert not [one for one in results if isinstance(one, Exception)]
        work()
        invoice.refresh_from_db()
        assert (invoice.status, invoice.payments.count()) == ("paid", 1)
        status = again(service).status
        state = Job.objects.get(action="service.terminate", subject_id=service.pk).status
        assert (status, state) in {("active", "dropped"), ("terminated", "succeeded")}
        there = panel.accounts[service.provisioning_key]
        assert there == {"active": "on", "terminated": "gone"}[status]


def test_r29_20_deliveries_of_the_same_wake_ups_run_each_job_once(panel: FakePanel) -> None:
    services = [on_panel("pending") for _ in range(10)]
    for service in services:
        provisioning.request_creation(service=service, idempotency_key="order 1", **SAY)

    def deliver() -> None:
        for job in Job.objects.filter(action="service.create"):
            runner.run_job(job, at=make.AT)

    at_once([deliver] * WORKERS)
    deliver()  # of those for which there was no place at the server, as the timetable does
    assert len(panel.calls) == 10
    jobs = Job.objects.filter(action="service.create")
    assert list(jobs.values_list("status", flat=True)) == ["succeeded"] * 10


def test_the_same_job_queued_by_20_is_one() -> None:
    at_once([lambda: enqueue(("thing", 1), "thing.do", "order 1", make.AT)] * WORKERS)
    assert Job.objects.count() == 1


def test_an_entry_of_the_timetable_is_one_worker_s() -> None:
    every = timedelta(minutes=5)
    for n in range(3):
        at = make.AT + n * every
        taken = at_once(
            [lambda at=at: claim_schedule_turn(name="daily", every=every, at=at)] * WORKERS
        )
        assert Counter(taken)[True] == (1 if n == 0 else 0)
    at = make.AT + timedelta(minutes=30)
    taken = at_once([lambda: claim_schedule_turn(name="daily", every=every, at=at)] * WORKERS)
    assert Counter(taken)[True] == 1
