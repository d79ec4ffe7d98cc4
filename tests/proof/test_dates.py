"""The arithmetic of days in the statements of the proof: each day that it takes, and the next one that it does not."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from commerce.audit.models import AuditEntry
from commerce.billing.models import BilledPeriod
from commerce.hosting.models import Service
from commerce.kit.periods import MONTHS_PER_CYCLE, add_months
from tests.make.people import AT
from tests.make.proof import told
from tests.make.records import make_domain, make_service
from tests.proof.planting import plant

pytestmark = pytest.mark.django_db
LONG = [1, 3, 5, 7, 8, 10, 12]
SHORT = [4, 6, 9, 11]

WHOLE = [
    ("2026-04-08", "2026-05-08"),
    ("2026-12-31", "2027-01-31"),
    *((f"2026-{month - 1:02}-31", f"2026-{month:02}-30") for month in SHORT),
    *((f"2026-{month:02}-30", f"2026-{month + 1:02}-31") for month in SHORT),
    ("2026-01-31", "2026-02-28"),
    ("2026-01-29", "2026-02-28"),
    ("2026-02-28", "2026-03-31"),
    ("2024-01-31", "2024-02-29"),
    ("2024-02-29", "2024-03-31"),
    ("2100-01-31", "2100-02-28"),
    ("2100-02-28", "2100-03-31"),
    ("2000-01-31", "2000-02-29"),
    ("2000-02-29", "2000-03-31"),
]
"""Months."""
CUT = [
    ("2026-04-08", "2026-05-07"),
    ("2026-04-08", "2026-05-09"),
    ("2026-04-29", "2026-05-31"),
    ("2026-05-31", "2026-06-29"),
    ("2026-01-31", "2026-02-27"),
    ("2026-02-27", "2026-03-31"),
    ("2024-01-31", "2024-02-28"),
    ("2024-02-28", "2024-03-31"),
    ("2000-01-31", "2000-02-28"),
    ("2000-02-28", "2000-03-31"),
    ("2026-04-08", "2026-04-28"),
    ("2026-04-08", "2026-06-08"),
    ("2026-04-08", "2027-05-08"),
]


def lasting(billed_period: BilledPeriod, start: object, end: object, cycle: str) -> int:
    """Whether the period is told as one of another length."""
    plant(
        f"UPDATE hosting_service SET billing_cycle = '{cycle}';"
        f" UPDATE billing_billedperiod SET period_start = '{start}', period_end = '{end}' WHERE id = {billed_period.pk}"
    )
    return told("U5-length")


def waived(**over: object) -> BilledPeriod:
    values: dict[str, object] = {
        "period_start": date(2026, 4, 8),
        "period_end": date(2027, 4, 8),
        "status": "waived",
        "created_at": AT,
        "ended_at": AT,
    }
    return BilledPeriod.objects.create(**values | over)


def test_a_period_of_a_service_is_one_cycle_to_the_day() -> None:
    billed_period = waived(service=make_service())
    for start, end in WHOLE:
        assert not lasting(billed_period, start, end, "monthly"), (start, end)
    for start, end in CUT:
        assert lasting(billed_period, start, end, "monthly"), (start, end)
    for cycle, months in MONTHS_PER_CYCLE.items():
        begins = date(2026, 11, 8)
        assert not lasting(billed_period, begins, add_months(begins, months), cycle), cycle
        assert lasting(billed_period, begins, add_months(begins, months + 1), cycle), cycle
        assert lasting(billed_period, begins, add_months(begins, months * 2), cycle), cycle
    for month in LONG:  # the 30th is not its last day
        assert lasting(billed_period, f"2026-{month:02}-30", f"2027-{month:02}-31", "annually"), (
            month
        )
        assert lasting(billed_period, f"2026-{month:02}-31", f"2027-{month:02}-30", "annually"), (
            month
        )
    plant("UPDATE billing_billedperiod SET status = 'released'")
    assert not told("U5-length")


def test_a_period_of_a_name_is_whole_years() -> None:
    make_service()
    billed_period = waived(domain=make_domain())
    for end, wrong in (
        ("2027-04-08", 0),
        ("2028-04-08", 0),
        ("2027-04-09", 1),
        ("2027-05-08", 1),
        ("2026-10-08", 1),
        ("2026-04-09", 1),
        ("2026-04-28", 1),
    ):
        assert lasting(billed_period, "2026-04-08", end, "monthly") == wrong, end
    assert not lasting(billed_period, "2024-02-29", "2025-02-28", "monthly")


def test_a_period_of_another_cycle_needs_a_change_of_the_cycle() -> None:
    service, other = make_service(), make_service()
    waived(service=service)
    entry = AuditEntry.objects.create(
        at=AT,
        actor_kind="staff",
        action="service.edited",
        record_kind="service",
        record_id=service.pk,
        before={"billing_cycle": "annually"},
        after={"billing_cycle": "monthly"},
    )
    assert not told("U5-length")
    for change, wrong in (
        ("action = 'service.plan_changed'", 0),
        ("action = 'service.created'", 1),
        ("action = 'service.edited', record_kind = 'domain'", 1),
        (f"record_kind = 'service', record_id = {other.pk}", 1),
        (f"""record_id = {service.pk}, before = '{{"billing_cycle": "monthly"}}'""", 1),
        ("""before = '{"amount": 1}', after = '{"amount": 2}'""", 1),
        ("""after = '{"billing_cycle": "monthly"}'""", 0),
        ("""before = '{"billing_cycle": "monthly"}', after = '{}'""", 0),
    ):
        plant(f"UPDATE audit_auditentry SET {change} WHERE id = {entry.pk}")
        assert told("U5-length") == wrong, change
    plant("UPDATE billing_billedperiod SET period_end = '2026-06-08'")
    assert told("U5-length"), "two months are no cycle"


def test_a_period_from_before_the_audit_log_may_be_of_another_cycle() -> None:
    service = make_service()
    waived(service=service)
    assert told("U5-length")
    later = AT + timedelta(seconds=1)
    plant(f"UPDATE audit_auditentry SET at = '{later:%Y-%m-%d %H:%M:%S}'")
    assert not told("U5-length")


def due(anchor: object, day: object, cycle: str) -> int:
    """Whether the due date of the service is told as none of its periods' starts."""
    plant(
        f"UPDATE hosting_service SET anchor_date = '{anchor}', next_due_date = '{day}', billing_cycle = '{cycle}'"
    )
    return told("S5")


def test_a_due_date_is_the_start_of_a_period_to_the_day() -> None:
    make_service()
    for month in LONG:
        assert not due("2025-12-31", f"2026-{month:02}-31", "monthly"), month
        assert due("2025-12-31", f"2026-{month:02}-30", "monthly"), month
    for month in SHORT:
        assert not due("2025-12-31", f"2026-{month:02}-30", "monthly"), month
        assert due("2025-12-31", f"2026-{month:02}-29", "monthly"), month
    for year, last in ((2000, 29), (2024, 29), (2026, 28), (2028, 29), (2100, 28)):
        for anchor in ("1999-12-31", f"{year}-01-30", f"{year}-01-{last}"):
            assert not due(anchor, f"{year}-02-{last}", "monthly"), (anchor, year)
        assert due("1999-12-31", f"{year}-02-{last - 1}", "monthly"), year
    for cycle, months in MONTHS_PER_CYCLE.items():
        begins = date(2026, 11, 8)
        for n in (0, 1, 2):
            assert not due(begins, add_months(begins, months * n), cycle), (cycle, n)
        assert due(begins, add_months(begins, months) + timedelta(days=1), cycle), cycle
        assert due(begins, add_months(begins, -months), cycle), cycle
        if months > 1:
            assert due(begins, add_months(begins, 1), cycle), cycle
            assert due(begins, add_months(begins, months + 1), cycle), cycle
    plant(
        "UPDATE hosting_service SET status = 'suspended', suspended_at = '2026-04-09', suspension_reason = 'x'"
    )
    assert told("S5")


@pytest.mark.parametrize("cycle", MONTHS_PER_CYCLE)
def test_a_service_is_due_where_its_last_period_that_is_done_ends(cycle: str) -> None:
    make_service()
    service = make_service()
    anchor = date(2026, 11, 8)
    first, second, third, fourth = (
        add_months(anchor, MONTHS_PER_CYCLE[cycle] * n) for n in (1, 2, 3, 4)
    )

    def wrong(day: date, *periods: tuple[date, date, str]) -> int:
        clean = transaction.savepoint_create()
        for start, end, status in periods:
            waived(service=service, period_start=start, period_end=end, status="waived")
            if status != "waived":
                plant(
                    f"UPDATE billing_billedperiod SET status = '{status}' WHERE period_start = '{start}'"
                )
        terms = {"anchor_date": anchor, "next_due_date": day, "billing_cycle": cycle}
        Service.objects.filter(pk=service.pk).update(**terms)
        found = told("S10")
        transaction.savepoint_rollback(clean)
        return found

    assert not wrong(anchor)
    assert not wrong(first)
    assert wrong(second)
    assert not wrong(second, (first, second, "waived"))
    assert wrong(second, (first, second, "released"))
    assert wrong(first, (first, second, "waived"))
    assert wrong(third, (first, second, "waived"))
    assert not wrong(third, (first, second, "waived"), (second, third, "waived"))
    assert wrong(second, (first, second, "waived"), (second, third, "waived"))
    assert wrong(anchor, (anchor, first, "waived"))
    assert not wrong(first, (anchor, first, "waived"))
    assert wrong(fourth, (second, third, "waived"))
