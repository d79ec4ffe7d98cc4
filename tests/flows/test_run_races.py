"""The daily run, cancellations and plan changes at once (R10, R23, R24); real threads, on PostgreSQL."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from commerce.billing.changes.cancellations.actions import (
    cancel_service_without_request,
    carry_out_cancellation,
)
from commerce.billing.changes.plan_changes.actions.requests import request_plan_change
from commerce.billing.changes.plan_changes.offers import plan_offers
from commerce.billing.models import BilledPeriod, Invoice, PlanChange
from commerce.billing.periods.actions.renewals import renew_services
from commerce.hosting.actions.editing import schedule_service_end
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.runs.report import RunReport
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from tests import make
from tests.flows.test_races import WORKERS, at_once, refusals
from tests.make.proof import assert_proven
from tests.make.renewals import RENEWED_AT
from tests.make.simulation import ROW_STEPS

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
CTX = Context(RENEWED_AT, SYSTEM)
OPEN = ["unpaid", "overdue"]


def again(service: Service) -> Service:
    return Service.objects.get(pk=service.pk)


def renew(service: Service) -> Any:
    return renew_services(client_id=service.client_id, day=RENEWED_AT.date(), ctx=CTX)


@pytest.mark.parametrize("wait_seconds", [0, 60])
def test_r10_the_run_started_20_times_at_once_is_one_run(wait_seconds: int) -> None:
    for _ in range(5):
        make.make_service()
    day = RunDay(RENEWED_AT.date(), RENEWED_AT)
    results = at_once(
        [lambda: run_daily(ROW_STEPS[1:9], day=day, started_by="test", wait_seconds=wait_seconds)]
        * WORKERS
    )
    reports = [one for one in results if isinstance(one, RunReport)]
    assert len(reports) + refusals(results) == WORKERS
    assert refusals(results) == 0 or wait_seconds == 0
    counts: Counter[str] = Counter()
    for report in reports:
        assert not report.failed
        for step in report.steps:
            counts.update(step.counts)
    assert counts == {"invoices": 5}
    assert BilledPeriod.objects.count() == Invoice.objects.count() == 5


@pytest.mark.parametrize("kind", ["end_of_period", "immediate"])
def test_r23_a_cancellation_while_the_renewal_is_issued(kind: str) -> None:
    """No open invoice for a period from the end on, whichever came first; and no run makes one."""
    for n in range(3):
        service = make.make_service()

        def cancel(service: Service = service) -> None:
            cancel_service_without_request(
                service=again(service), kind=kind, reason="asked", ctx=CTX
            )

        acts = [lambda s=service: renew(s), cancel]
        at_once((acts if n % 2 else acts[::-1]) * (WORKERS // 2))
        ended = again(service)
        if kind == "immediate":
            assert ended.status == "cancelled"
        else:
            assert (ended.status, ended.ends_on) == ("active", service.next_due_date)
        assert not BilledPeriod.objects.filter(service=service, status="open").exists()
        assert not Invoice.objects.filter(client=service.client_id, status__in=OPEN).exists()
        assert renew(service).invoices == []
    assert_proven(RENEWED_AT)


def test_r23_the_last_day_is_carried_out_while_the_renewal_is_issued() -> None:
    service = make.make_service()
    assert service.next_due_date is not None
    schedule_service_end(service=service, ends_on=RENEWED_AT.date(), ctx=CTX)
    at_once(
        [lambda: renew(service), lambda: carry_out_cancellation(service=again(service), ctx=CTX)]
        * 10
    )
    assert again(service).status == "cancelled"
    assert not Invoice.objects.filter(status__in=OPEN).exists()


def changing() -> tuple[Service, Any]:
    """A service, and its client's click on "confirm"."""
    group = make.make_group()
    small = make.make_product(group=group, prices=[("EUR", "monthly", 500)])
    large = make.make_product(group=group, prices=[("EUR", "monthly", 900)])
    service = make.make_service(product=small)
    [offer] = [one for one in plan_offers(service, RENEWED_AT.date()) if one.product == large]
    shown = offer.totals

    def confirm() -> PlanChange:
        return request_plan_change(
            vat_refresh=None,
            service=again(service),
            product_id=large.pk,
            billing_cycle="monthly",
            expected=shown,
            ctx=CTX,
        )

    return service, confirm


def test_r24_a_plan_change_confirmed_20_times_is_one() -> None:
    service, confirm = changing()
    results = at_once([confirm] * WORKERS)
    assert refusals(results) == WORKERS - 1
    change = PlanChange.objects.get()
    assert (change.status, Invoice.objects.count()) == ("awaiting_payment", 0)
    assert again(service).amount == 500
    assert_proven(RENEWED_AT)


def test_r24_a_plan_change_confirmed_while_the_renewal_is_issued() -> None:
    """Refused, or lapsed by the renewal: never two open invoices for one period."""
    for n in range(4):
        service, confirm = changing()
        acts = [confirm, lambda s=service: renew(s)]
        results = at_once((acts if n % 2 else acts[::-1]) * (WORKERS // 2))
        renew(service)
        changes = PlanChange.objects.filter(service=service)
        made = [one for one in results if isinstance(one, PlanChange)]
        assert [one.pk for one in made] == list(changes.values_list("pk", flat=True))
        assert list(changes.values_list("status", flat=True)) in ([], ["lapsed"])
        assert refusals(results) == WORKERS // 2 - len(made)
        left = Invoice.objects.filter(client=service.client_id, status__in=OPEN)
        assert [invoice.kind for invoice in left] == ["renewal"]
    assert_proven(RENEWED_AT + timedelta(minutes=1))
