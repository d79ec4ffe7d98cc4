"""billing.md 7 and 8: what becomes of billed periods, of services that were off, and of holds, to the day."""

from datetime import date, timedelta
from typing import Any

import pytest

from commerce.audit.models import AuditEntry
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.models import (
    BilledPeriod,
    Invoice,
    InvoiceSubject,
    LateFee,
    TerminationNotice,
)
from commerce.billing.periods import dunning_steps
from commerce.billing.periods.actions.dunning import (
    add_late_fee,
    hold_suspension,
    lift_dunning_hold,
    mark_overdue,
    release_invoice,
    send_reminder,
    set_dunning_hold,
    stop_invoice,
)
from commerce.billing.periods.actions.periods import (
    release_paid_periods,
    waive_first_period,
    waive_period,
)
from commerce.events.models import StoredEvent
from commerce.hosting.models import Service
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.renewals import RENEWED_AT, make_renewal

pytestmark = pytest.mark.django_db
AT = make.AT
CTX = Context(AT, SYSTEM)
RENEWED = Context(RENEWED_AT, SYSTEM)
START, END = date(2026, 4, 8), date(2026, 5, 8)


def on(day: date) -> RunDay:
    return RunDay(day, AT.replace(year=day.year, month=day.month, day=day.day), Actor("system"))


def set_fee(kind: str, amount: str) -> None:
    set_setting(key="billing.late_fee_amount", value=amount, ctx=CTX)
    set_setting(key="billing.late_fee_kind", value=kind, ctx=CTX)


# --- Periods ---


def test_a_first_period_without_an_invoice_is_waived_once_and_moves_no_date() -> None:
    service = make.make_service()
    waive_first_period(service=service, ctx=CTX)
    waive_first_period(service=service, ctx=CTX)
    period = BilledPeriod.objects.get()
    assert (period.period_start, period.period_end, period.status) == (START, END, "waived")
    assert (period.invoice, period.created_at, period.ended_at) == (None, AT, AT)
    service.refresh_from_db()
    assert service.next_due_date == END
    BilledPeriod.objects.update(status="released")
    waive_first_period(service=service, ctx=CTX)
    assert sorted(BilledPeriod.objects.values_list("status", flat=True)) == ["released", "waived"]


@pytest.mark.parametrize("over", [{"status": "pending"}, {"billing_cycle": "one_time"}])
def test_what_has_no_first_period_has_none_waived(over: dict[str, Any]) -> None:
    waive_first_period(service=make.make_service(**over), ctx=CTX)
    assert not BilledPeriod.objects.exists()


def period(service: Service, start: date, end: date, status: str) -> BilledPeriod:
    return BilledPeriod.objects.create(
        service=service,
        period_start=start,
        period_end=end,
        status=status,
        invoice=make.make_invoice(service.client, "paid") if status == "paid" else None,
        created_at=AT,
        ended_at=AT,
    )


def test_only_periods_that_are_not_over_are_given_back() -> None:
    service, other = make.make_service(), make.make_service()
    june, july = date(2026, 6, 8), date(2026, 7, 8)
    over = period(service, START, END, "paid")
    lasts = period(service, END, june, "paid")
    waived = period(service, june, july, "waived")
    theirs = period(other, END, june, "paid")
    release_paid_periods(service=service, day=END, ctx=CTX)
    for row in (over, lasts, waived, theirs):
        row.refresh_from_db()
    found = [row.status for row in (over, lasts, waived, theirs)]
    assert found == ["paid", "released", "released", "paid"]


def test_a_paid_period_moves_the_due_date_of_a_running_service_that_is_due_then() -> None:
    client = make.make_client()
    invoice = make_renewal(client, services=3)
    due, moved, ended = Service.objects.order_by("pk")
    later = date(2026, 9, 8)
    Service.objects.filter(pk=moved.pk).update(next_due_date=later)
    Service.objects.filter(pk=ended.pk).update(
        status="cancelled", cancelled_at=AT, next_due_date=None
    )
    make.make_payment(invoice, at=RENEWED_AT)
    for service in (due, moved, ended):
        service.refresh_from_db()
    dates = [service.next_due_date for service in (due, moved, ended)]
    assert dates == [date(2026, 6, 8), later, None]
    assert set(BilledPeriod.objects.values_list("status", "ended_at")) == {("paid", RENEWED_AT)}


def renewal_of(domain: Any) -> BilledPeriod:
    invoice = make.make_invoice(domain.client, at=RENEWED_AT)
    return BilledPeriod.objects.create(
        domain=domain,
        invoice=invoice,
        period_start=date(2027, 4, 8),
        period_end=date(2029, 4, 8),
        created_at=RENEWED_AT,
    )


def test_a_waived_renewal_of_a_name_is_carried_out_for_its_years() -> None:
    domain = make.make_domain()
    waived = renewal_of(domain)
    waive_period(period=waived, reason="a friend", ctx=RENEWED)
    job = Job.objects.get(action__startswith="domain.renew")
    assert (job.subject_id, job.args["years"]) == (domain.pk, 2)
    assert str(waived.pk) in job.idempotency_key
    assert AuditEntry.objects.get(action="billed_period.waived").reason == "a friend"


def test_staff_end_what_a_voided_invoice_billed_and_each_gets_its_own_word() -> None:
    client = make.make_client()
    invoice = make_renewal(client, services=2)
    name = make.make_domain(client)
    waived, ends = Service.objects.order_by("pk")
    BilledPeriod.objects.create(
        domain=name,
        invoice=invoice,
        period_start=date(2027, 4, 8),
        period_end=date(2028, 4, 8),
        created_at=RENEWED_AT,
    )
    decisions = {("service", waived.pk): "waive", ("service", ends.pk): "end"}
    for wrong in (decisions, decisions | {("domain", name.pk): "forget"}):
        with pytest.raises(BusinessError) as caught:
            void_invoice(invoice=invoice, reason="mistake", decisions=wrong, ctx=RENEWED)
        assert caught.value.field == "decisions"
    right = decisions | {("domain", name.pk): "end"}
    void_invoice(invoice=invoice, reason="mistake", decisions=right, ctx=RENEWED)
    for row in (waived, ends, name):
        row.refresh_from_db()
    assert (waived.status, ends.status, name.status) == ("active", "cancelled", "cancelled")
    assert waived.next_due_date == date(2026, 6, 8)
    assert sorted(BilledPeriod.objects.values_list("status", flat=True)) == [
        "released",
        "released",
        "waived",
    ]


# --- Running again ---


def off(client: Any, *invoices: Invoice) -> Service:
    """A service that is suspended as overdue, with lines on these invoices."""
    service = make.make_service(client, "suspended", cause="overdue")
    for invoice in invoices:
        InvoiceSubject.objects.create(invoice=invoice, service=service)
    return service


def late(client: Any, days: int, kind: str = "renewal") -> Invoice:
    """An invoice that became overdue so many days ago."""
    due = AT.date() + timedelta(days=14)
    invoice = make.make_invoice(client, kind=kind, due_date=due)
    mark_overdue(invoice=invoice, ctx=Context(AT + timedelta(days=14 + days), SYSTEM))
    return invoice


@pytest.mark.parametrize(
    ("kind", "days_late", "runs"),
    [
        ("renewal", 3, False),  # past its grace: that one suspends as well
        ("order", 3, False),
        ("manual", 30, True),
        ("renewal", 2, True),
    ],
)
def test_a_paid_service_runs_unless_another_invoice_is_past_its_grace(
    *, kind: str, days_late: int, runs: bool
) -> None:
    client = make.make_client()
    settled = late(client, 30)
    today = AT + timedelta(days=44)
    due = today.date() - timedelta(days=days_late)
    other = make.make_invoice(client, kind=kind, due_date=due)
    mark_overdue(invoice=other, ctx=Context(today, SYSTEM))
    service = off(client, settled, other)
    stays = off(client, other)
    make.make_payment(settled, at=today)
    service.refresh_from_db()
    stays.refresh_from_db()
    assert (service.status, stays.status) == ("active" if runs else "suspended", "suspended")


def test_a_kind_that_suspends_nothing_resumes_nothing() -> None:
    client = make.make_client()
    settled = late(client, 30, kind="manual")
    service = off(client, settled)
    make.make_payment(settled, at=AT + timedelta(days=44))
    service.refresh_from_db()
    assert service.status == "suspended"


@pytest.mark.parametrize("status", ["active", "terminated"])
def test_who_paid_after_the_end_is_told_apart(status: str) -> None:
    client = make.make_client()
    settled = late(client, 30)
    service = make.make_service(client, status)
    InvoiceSubject.objects.create(invoice=settled, service=service)
    make.make_payment(settled, at=AT + timedelta(days=44))
    told = StoredEvent.objects.filter(kind="InvoicePaidAfterTermination")
    assert told.exists() == (status == "terminated")
    service.refresh_from_db()
    assert service.status == status


# --- Late ---


def test_an_invoice_is_overdue_from_the_day_after_its_due_date() -> None:
    invoice = make.make_invoice()
    ctx = Context(AT + timedelta(days=14), SYSTEM)
    with pytest.raises(BusinessError):
        mark_overdue(invoice=invoice, ctx=ctx)
    ctx = Context(AT + timedelta(days=15), SYSTEM)
    mark_overdue(invoice=invoice, ctx=ctx)
    assert (invoice.status, invoice.overdue_at, invoice.changed_at) == ("overdue", ctx.at, ctx.at)


def test_each_hold_stands_in_its_own_column_and_entry() -> None:
    invoice = make.make_invoice()
    today = AT.date()
    with pytest.raises(BusinessError) as caught:
        set_dunning_hold(reason="asked", invoice=invoice, until=today - timedelta(days=1), ctx=CTX)
    assert caught.value.field == "until"
    set_dunning_hold(invoice=invoice, until=today, ctx=CTX, reason="asked")
    hold_suspension(invoice=invoice, until=today + timedelta(days=9), ctx=CTX, reason="sent")
    hold_suspension(invoice=invoice, until=today + timedelta(days=3), ctx=CTX)
    assert (invoice.dunning_hold_until, invoice.suspension_hold_until) == (
        today,
        today + timedelta(days=9),
    )
    lift_dunning_hold(invoice=invoice, ctx=CTX)
    assert invoice.dunning_hold_until is None
    entries = AuditEntry.objects.filter(record_kind="invoice", action__contains="h").order_by("pk")
    held = [e for e in entries if e.action.rpartition(".")[2].endswith(("_set", "held", "lifted"))]
    assert [(e.action, e.reason) for e in held] == [
        ("invoice.hold_set", "asked"),
        ("invoice.suspension_held", "sent"),
        ("invoice.suspension_held", ""),
        ("invoice.hold_lifted", ""),
    ]
    assert held[3].before == {"dunning_hold_until": "2026-04-08"}
    with pytest.raises(StateConflict):
        hold_suspension(invoice=make.make_invoice(status="paid"), until=today, ctx=CTX)


def test_a_stop_and_its_end_are_of_one_invoice() -> None:
    invoice, other = make.make_invoice(), make.make_invoice()
    stop_invoice(invoice=invoice, ctx=CTX, reason="odd")
    other.refresh_from_db()
    assert (invoice.is_stopped, other.is_stopped) == (True, False)
    release_invoice(invoice=invoice, ctx=CTX)
    assert not invoice.is_stopped


@pytest.mark.parametrize(
    ("kind", "amount", "code", "fee"),
    [
        ("fixed", "EUR 5.00", "EUR", 500),
        ("fixed", "EUR 5.00", "USD", None),
        ("fixed", "EUR 5.00, USD 7.00", "USD", 700),
        ("percent", "2.5 %", "EUR", 25),
        ("percent", "0.05 %", "EUR", 1),
        ("percent", "0.04 %", "EUR", None),
        ("percent", "EUR 5.00", "EUR", None),
        ("none", "EUR 5.00", "EUR", None),
    ],
)
def test_a_late_fee_is_what_the_settings_say(
    kind: str, amount: str, code: str, fee: int | None
) -> None:
    set_fee(kind, amount)
    invoice = make.make_invoice(status="overdue", currency_code=code)
    make.make_payment(invoice, amount=200, gateway="manual")
    made = add_late_fee(invoice=invoice, ctx=Context(AT + timedelta(days=15), SYSTEM))
    assert (made and made.total) == fee
    if made:
        row = LateFee.objects.get()
        assert (row.late_invoice, row.invoice) == (invoice, made)
        line = made.lines.get()
        assert (line.kind, line.tax_kind, made.client, made.currency_id) == (
            "late_fee",
            "",
            invoice.client,
            code,
        )
        assert (made.due_date, made.created_at) == (date(2026, 5, 7), AT + timedelta(days=15))


def test_an_invoice_that_is_not_overdue_gets_no_fee() -> None:
    set_fee("fixed", "EUR 5.00")
    assert (
        add_late_fee(invoice=make.make_invoice(), ctx=Context(AT + timedelta(99), SYSTEM)) is None
    )


def test_a_reminder_is_of_its_own_invoice_and_of_what_is_due() -> None:
    make.make_invoice()
    invoice = make.make_invoice()
    day = date(2026, 4, 28)
    ctx = Context(AT + timedelta(days=20), SYSTEM)
    assert send_reminder(invoice=invoice, day=day, ctx=ctx) == 5
    assert {row.at for row in invoice.reminders.all()} == {ctx.at}
    event = StoredEvent.objects.get(kind="ReminderDue")
    assert event.data == {"invoice_id": invoice.pk, "step": 5, "amount_due": 1200}
    set_setting(key="billing.reminder_days", value="", ctx=CTX)
    assert send_reminder(invoice=make.make_invoice(), day=day, ctx=ctx) is None


# --- The end ---


def test_the_end_is_told_three_days_before_and_comes_no_sooner() -> None:
    client = make.make_client()
    cause = late(client, 10)
    service = off(client, cause)
    suspended, days = AT.date(), 30
    set_setting(key="billing.termination_days", value=f"{days}", ctx=CTX)
    assert not list(dunning_steps.find_services_to_terminate(on(suspended + timedelta(days=25))))
    told_on = suspended + timedelta(days=days - 3)
    assert dunning_steps.terminate_overdue_service(service.pk, on(told_on - timedelta(1))) == {}
    assert list(dunning_steps.find_services_to_terminate(on(told_on))) == [service]
    assert dunning_steps.terminate_overdue_service(service.pk, on(told_on)) == {"notices": 1}
    notice = TerminationNotice.objects.get()
    assert (notice.service, notice.notified_on) == (service, told_on)
    assert OutgoingMail.objects.filter(event="service_terminating").count() == 1
    for early in range(3):
        day = on(told_on + timedelta(days=early))
        assert dunning_steps.terminate_overdue_service(service.pk, day) == {}
    last = on(told_on + timedelta(days=3))
    assert list(dunning_steps.find_services_to_terminate(last)) == [service]
    assert dunning_steps.terminate_overdue_service(service.pk, last) == {"services": 1}
    assert dunning_steps.terminate_overdue_service(service.pk, last) == {}
    assert TerminationNotice.objects.count() == 1


def test_what_is_not_off_as_overdue_or_is_paid_does_not_end() -> None:
    client = make.make_client()
    cause = late(client, 10)
    service, running = off(client, cause), make.make_service(client)
    abuse = make.make_service(client, "suspended", cause="abuse")
    day = on(AT.date() + timedelta(days=60))
    assert list(dunning_steps.find_services_to_terminate(day)) == [service]
    assert dunning_steps.terminate_overdue_service(running.pk, day) == {}
    assert dunning_steps.terminate_overdue_service(abuse.pk, day) == {}
    Service.objects.filter(pk=service.pk).update(suspended_at=AT)
    make.make_payment(cause, at=AT + timedelta(days=30))
    Service.objects.filter(pk=service.pk).update(
        status="suspended", suspended_at=AT, suspension_reason="overdue"
    )
    assert dunning_steps.terminate_overdue_service(service.pk, day) == {}
    assert not TerminationNotice.objects.exists()
