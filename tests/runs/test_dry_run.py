"""O2: what a dry run prints is what the real run then does, act by act, and it changes nothing."""

import re
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from commerce.audit.models import AuditEntry
from commerce.billing.changes.plan_changes.actions.requests import request_plan_change
from commerce.billing.changes.plan_changes.offers import plan_offers
from commerce.billing.models import CreditNote, Invoice, PlanChange
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.runs.dry_run import NO_NUMBER_YET, describe_entries, preview_run
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.simulation import ROW_STEPS, Simulation

pytestmark = pytest.mark.django_db
BORN = datetime(2026, 1, 31, 10, tzinfo=UTC)
FIRST = date(2026, 2, 20)
DAYS = [FIRST, *(date(2026, 2, day) for day in (21, 22, 28))]
DAYS += [date(2026, 3, day) for day in (7, 15, 17, 24, 25, 28, 31)]
DAYS += [date(2026, 4, day) for day in (6, 10, 24)]
"""Those on which something is due."""

type Told = dict[int, list[tuple[str, ...]]]


def at(day: date) -> datetime:
    return datetime.combine(day, time(0, 5), UTC)


def company() -> int:
    """A client with all that may happen to one: nothing is paid, one service is cancelled, one changes its plan."""
    for key, value in (("late_fee_kind", "fixed"), ("late_fee_amount", "EUR 5.00")):
        set_setting(key=f"billing.{key}", value=value, ctx=Context(make.AT, SYSTEM))
    client = make.make_client(company="Acme Ltd")
    group = make.make_group()
    small = make.make_product(group=group, prices=[("EUR", "monthly", 500)])
    make.make_product(group=group, prices=[("EUR", "monthly", 900)])
    make.make_service(client, at=BORN, product=small)
    ends = make.make_service(client, at=BORN)
    Service.objects.filter(pk=ends.pk).update(ends_on=date(2026, 2, 28))
    changes = make.make_service(client, at=BORN + timedelta(days=14), product=small)
    [offer] = plan_offers(changes, FIRST)
    request_plan_change(
        vat_refresh=None,
        service=changes,
        product_id=offer.product.pk,
        billing_cycle="monthly",
        expected=offer.totals,
        ctx=Context(at(FIRST), SYSTEM),
    )
    make.make_domain(client, expiry_date=date(2026, 3, 24))
    return client.pk


def shown(acts: list[dict[str, Any]]) -> Told:
    """Acts by client, without the ids of what is made: each transaction uses up its own."""
    found: Told = defaultdict(list)
    for act in acts:
        detail = re.sub(r"\b[0-9]+\b", "#", act["detail"])
        found[act["client"]].append((act["action"], act["record"][0], act["name"], detail))
    return found


def done(mark: int, invoices: int, notes: int) -> Told:
    """The same from what was really done."""
    given = [*Invoice.objects.filter(pk__gt=invoices).values_list("number", flat=True)]
    given += [*CreditNote.objects.filter(pk__gt=notes).values_list("number", flat=True)]
    entries = AuditEntry.objects.filter(pk__gt=mark, client_id__isnull=False).order_by("pk")
    return shown(describe_entries(entries, "", [number for number in given if number]))


def last(model: Any) -> int:
    found = model.objects.order_by("-pk").values_list("pk", flat=True).first()
    return found or 0


def test_the_acts_of_two_months_are_those_that_the_dry_run_told() -> None:
    client = company()
    charlie = make.make_client()
    make.make_service(charlie, at=BORN)
    seen: set[str] = set()
    names: set[str] = set()
    for on in DAYS:
        day = RunDay(on, at(on))
        counted = [last(model) for model in (AuditEntry, Invoice, CreditNote)]
        mails = OutgoingMail.objects.count()
        told = preview_run(ROW_STEPS, day=day, numbered=(Invoice, CreditNote))
        assert [last(model) for model in (AuditEntry, Invoice, CreditNote)] == counted
        assert OutgoingMail.objects.count() == mails
        report = run_daily(ROW_STEPS, day=day, started_by="test")
        assert not report.failed, report.as_text()
        assert [s.counts for s in told.steps] == [s.counts for s in report.steps]
        assert shown(told.acts) == done(*counted)
        seen |= {act["action"] for act in told.acts if act["client"] == client}
        names |= {act["name"] for act in told.acts}
        if told.acts:
            assert f"Client {told.acts[0]['client']}, " in told.as_text()
        Simulation(on).work(day.at)
    assert {
        "service.cancelled",
        "service.suspended",
        "service.terminated",
        "plan_change.lapsed",
        "domain.expired",
        "invoice.overdue",
        "credit_note.issued",
        "billed_period.released",
    } <= seen
    assert NO_NUMBER_YET in names
    assert "INV-0001" in names  # an invoice that exists keeps its name
    assert Invoice.objects.filter(kind="late_fee").exists()
    assert PlanChange.objects.get().status == "lapsed"
    assert Domain.objects.get().status in ("expired", "redemption")
