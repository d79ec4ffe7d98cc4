"""The day of the run in all zones, over clock changes, midnight and downtime (invariants.md: R10 to R12, R28, S12)."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from commerce.audit.models import AuditEntry
from commerce.billing.models import BilledPeriod, Invoice, Reminder
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.runs.due import run_when_due
from commerce.runs.models import DailyRun
from commerce.runs.report import StepReport
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay, SingleStep
from commerce.site_settings import current
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.proof import assert_proven
from tests.make.simulation import ROW_STEPS, Simulation

pytestmark = pytest.mark.django_db


def prefer(key: str, value: str) -> None:
    set_setting(key=key, value=value, ctx=Context(make.AT, SYSTEM))


def looks(first: datetime, last: datetime) -> Iterator[datetime]:
    """The timetable's looks at the clock, every half hour."""
    at = first.astimezone(UTC)
    while at < last:
        yield at
        at += timedelta(minutes=30)


def dates_run() -> list[date]:
    return list(DailyRun.objects.order_by("pk").values_list("date", flat=True))


@pytest.mark.parametrize("run_time", ["00:05", "02:30"])
@pytest.mark.parametrize(
    ("zone", "changes"),
    [
        ("Europe/Berlin", "2026-03-29"),
        ("Europe/Berlin", "2026-10-25"),
        ("Pacific/Midway", "2026-03-29"),
        ("Pacific/Kiritimati", "2026-03-29"),
    ],
)
def test_each_business_day_has_one_run_at_its_time(zone: str, changes: str, run_time: str) -> None:
    """S12, R12: 02:30 is skipped in spring and comes twice in autumn; the run is once a day all the same."""
    prefer("billing.time_zone", zone)
    prefer("billing.run_time", run_time)
    change = date.fromisoformat(changes)
    days = [change + timedelta(days=n) for n in (-1, 0, 1, 2)]
    midnights = [datetime.combine(day, time.min, ZoneInfo(zone)) for day in days]
    ran: list[datetime] = []
    for at in looks(midnights[0], midnights[-1]):
        if run_when_due(ROW_STEPS[:3], at=at) is not None:
            ran.append(at.astimezone(ZoneInfo(zone)))
    assert dates_run() == days[:-1]
    assert [at.date() for at in ran] == dates_run()
    for at in ran:
        assert (
            timedelta(0)
            <= timedelta(hours=at.hour, minutes=at.minute)
            - timedelta(hours=int(run_time[:2]), minutes=int(run_time[3:]))
            < timedelta(hours=1, minutes=30)
        )


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Midway", "Pacific/Kiritimati"])
def test_month_ends_in_a_zone(zone: str) -> None:
    """S11, S12: active at 23:30 on the spot on 31 January; billed on days of that zone."""
    prefer("billing.time_zone", zone)
    client = make.make_client()
    born = datetime(2026, 1, 31, 23, 30, tzinfo=ZoneInfo(zone))
    service = make.make_service(client, at=born)
    assert service.next_due_date == date(2026, 2, 28)

    def pays(town: Simulation) -> Iterator[date]:
        while (due := Service.objects.get(pk=service.pk).next_due_date) and due < date(2026, 7, 1):
            yield due - timedelta(days=7)
            invoice = Invoice.objects.latest("pk")
            assert (invoice.issue_date, invoice.status) == (town.today, "unpaid")
            town.pay(invoice)

    town = Simulation(date(2026, 2, 1))
    town.live(pays, until=date(2026, 7, 1))
    starts = BilledPeriod.objects.order_by("period_start").values_list("period_start", flat=True)
    assert [f"{day:%m-%d}" for day in starts] == ["02-28", "03-31", "04-30", "05-31", "06-30"]
    assert not Reminder.objects.exists()
    assert_proven(town.at)


def test_a_change_of_zone_makes_no_day_run_twice_and_loses_none() -> None:
    """R12: from the first zone of the earth to the last and back, with an invoice every 7 hours.

    The change counted at once: the business date went back, and INV-0002 was dated a day before INV-0001.
    """
    make.make_service(at=datetime(2026, 3, 3, tzinfo=UTC))  # due on 3 April, billed on 27 March
    prefer("billing.time_zone", "Pacific/Kiritimati")
    start = datetime(2026, 3, 24, 12, tzinfo=UTC)
    for n, at in enumerate(looks(start, start + timedelta(days=6))):
        if n == 100:
            prefer("billing.time_zone", "Pacific/Midway")
        if n == 200:
            prefer("billing.time_zone", "Pacific/Kiritimati")
        run_when_due(ROW_STEPS[:5], at=at)
        if n % 14 == 0:
            make.make_invoice(at=at)
    dates = dates_run()
    first = date(2026, 3, 25)
    assert dates == [first + timedelta(days=n) for n in range(7)]
    renewal = Invoice.objects.get(kind="renewal")
    assert str(renewal.issue_date) == "2026-03-27"
    issued = list(Invoice.objects.order_by("number").values_list("issue_date", flat=True))
    assert issued == sorted(issued)
    assert_proven(start + timedelta(days=6))


def test_a_change_of_zone_counts_from_the_next_run() -> None:
    """Before, nothing changes; and where the new zone is behind, the business date waits for it."""
    at = datetime(2026, 4, 7, 12, tzinfo=UTC)
    prefer("billing.time_zone", "Pacific/Kiritimati")
    assert run_when_due(ROW_STEPS[:2], at=at) is not None  # it is the 8th there
    prefer("billing.time_zone", "Pacific/Midway")
    assert current.business_date(at) == date(2026, 4, 8)
    run_daily(
        ROW_STEPS[:2],
        day=RunDay(date(2026, 4, 8), at),
        started_by="staff",
        only_step=ROW_STEPS[0].name,
    )
    assert current.business_zone().key == "Pacific/Kiritimati"  # one step is no daily run
    assert run_when_due(ROW_STEPS[:2], at=at + timedelta(hours=21)) is None  # 23:00, still the 8th
    at += timedelta(
        hours=23
    )  # 01:00 of the 9th there, and at Midway midnight of the 7th is an hour ago
    assert run_when_due(ROW_STEPS[:2], at=at) is not None
    assert current.business_zone().key == "Pacific/Midway"
    assert current.business_date(at) == date(2026, 4, 9)
    assert current.business_date(at + timedelta(hours=47)) == date(2026, 4, 9)
    assert current.business_date(at + timedelta(hours=48)) == date(2026, 4, 10)
    assert dates_run() == [date(2026, 4, 8), date(2026, 4, 8), date(2026, 4, 9)]
    [entry] = AuditEntry.objects.filter(action="settings.in_force", at=at)
    assert entry.after == {"billing.time_zone": "Pacific/Midway"}


def test_an_order_after_midnight_while_the_run_of_the_day_before_still_goes_on() -> None:
    """R12: the order had number 1 of the 28th, and the run then issued number 2 of the 27th."""
    for _ in range(2):
        make.make_service(at=datetime(2026, 3, 3, tzinfo=UTC))
    late = datetime(2026, 3, 27, 23, 59, 59, tzinfo=UTC)

    with ExitStack() as time_goes_on:
        time_goes_on.enter_context(clock.freeze_time(late))

        def take_long(day: RunDay, report: StepReport) -> None:
            time_goes_on.enter_context(clock.freeze_time(late + timedelta(minutes=7)))
            make.make_order(at=clock.now())

        steps = (SingleStep("slow", "takes long", take_long, ""), *ROW_STEPS)
        report = run_when_due(steps, at=late)
    assert report is not None
    assert not report.failed
    assert dates_run() == [late.date()]
    told = Invoice.objects.order_by("number").values_list("kind", "issue_date", "issued_at")
    after = late + timedelta(minutes=7)
    assert list(told) == [(kind, after.date(), after) for kind in ("order", "renewal", "renewal")]
    assert_proven(after)


def test_a_run_that_crosses_midnight_is_of_the_day_it_began() -> None:
    """R12: it ends on the next day, whose own run is neither lost nor finds anything again."""
    service = make.make_service(at=datetime(2026, 3, 3, tzinfo=UTC))
    late = datetime(2026, 3, 27, 23, 59, 59, tzinfo=UTC)
    assert run_when_due(ROW_STEPS, at=late) is not None
    morning = run_when_due(ROW_STEPS, at=late + timedelta(minutes=7))
    assert morning is not None
    assert not any(step.counts for step in morning.steps)
    assert dates_run() == [late.date(), late.date() + timedelta(days=1)]
    assert BilledPeriod.objects.get(service=service).invoice is not None
    assert [str(one.issue_date) for one in Invoice.objects.all()] == ["2026-03-27"]


def reminded() -> Counter[int | None]:
    """How many mails ask again to pay each invoice."""
    mails = OutgoingMail.objects.filter(event__in=["invoice_reminder", "invoice_overdue"])
    billing = mails.filter(recipient="billing@example.com")
    return Counter(billing.values_list("about_id", flat=True))


def test_40_days_off() -> None:
    """R11, over services in each stage: one open period each, none late at birth, nobody suspended unheard."""
    born = [date(2026, 2, 20) + timedelta(days=2 * n) for n in range(14)]
    for day in born:
        make.make_service(at=datetime.combine(day, time.min, UTC))
    town = Simulation(date(2026, 3, 1))
    town.live(until=date(2026, 3, 25))
    suspended = set(Service.objects.filter(status="suspended").values_list("pk", flat=True))
    said = set(Invoice.objects.filter(status="overdue").values_list("pk", flat=True))
    sent = Counter(Reminder.objects.filter(status="sent").values_list("invoice", flat=True))
    told = reminded()
    town.night(date(2026, 5, 4))
    for service in Service.objects.filter(status__in=["active", "suspended"]):
        assert BilledPeriod.objects.filter(service=service, status="open").count() == 1
    for invoice in Invoice.objects.filter(issue_date=town.today):
        assert (invoice.status, invoice.due_date) == ("unpaid", date(2026, 5, 11))
    now = set(Service.objects.filter(status="suspended").values_list("pk", flat=True)) - suspended
    for billed_period in BilledPeriod.objects.filter(service__in=now, status="open"):
        assert billed_period.invoice_id in said
    late = Invoice.objects.filter(status="overdue").count()
    steps = Counter(Reminder.objects.filter(status="sent").values_list("invoice", flat=True)) - sent
    assert steps == reminded() - told
    assert set(steps.values()) == {1}
    assert not Service.objects.filter(status="terminated").exclude(pk__in=suspended).exists()
    town.night(date(2026, 5, 5))
    assert Service.objects.filter(status="suspended").count() == late
    assert_proven(town.at)


def test_one_client_s_broken_row_stops_nobody_else() -> None:
    """R28: all others are billed, and the report names the one."""
    services = [make.make_service(at=datetime(2026, 3, 3, tzinfo=UTC)) for _ in range(6)]
    broken = services[2]
    Service.objects.filter(pk=broken.pk).update(options=[{"amount": 1}])
    at = datetime(2026, 3, 27, 0, 5, tzinfo=UTC)
    report = run_daily(ROW_STEPS, day=RunDay(at.date(), at), started_by="test")
    [error] = [error for step in report.steps for error in step.errors]
    assert (error["kind"], error["id"]) == ("renew", broken.client_id)
    billed = BilledPeriod.objects.values_list("service_id", flat=True)
    assert set(billed) == {service.pk for service in services} - {broken.pk}
    Service.objects.filter(pk=broken.pk).update(options=[])
    town = Simulation(at.date())
    town.night(at.date())
    assert BilledPeriod.objects.filter(service=broken).exists()
    assert_proven(town.at)
