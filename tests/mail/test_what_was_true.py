"""Mails say what was true when it happened, however late the worker comes; one test for each that did not."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core import mail

from commerce.accounts import sign_in_emails
from commerce.accounts.actions.registration import open_client_account
from commerce.billing.changes.cancellations import actions
from commerce.billing.changes.plan_changes.emails import send_plan_change_email
from commerce.billing.credit.actions import add_credit
from commerce.billing.models import CreditEntry, PlanChange
from commerce.billing.periods.actions.dunning import add_late_fee, mark_overdue, send_reminder
from commerce.billing.periods.rules import suspends_from
from commerce.domains.actions.states import renew_domain
from commerce.domains.lifecycle import advance_domain_states
from commerce.domains.models import Domain
from commerce.hosting.actions.states import cancel_service, resume_service, suspend_service
from commerce.jobs.job_states import claim_job, park_or_drop_job
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.refunds import refund_payment
from commerce.site_settings.actions import set_setting
from tests.make import (
    AT,
    make_client,
    make_domain,
    make_invoice,
    make_payment,
    make_server,
    make_service,
    make_user,
)
from tests.make.jobs import run_all_jobs
from tests.make.mails import deliver_all
from tests.make.renewals import make_renewal

pytestmark = pytest.mark.django_db
CTX = Context(AT, SYSTEM)
LATER = AT + timedelta(hours=3)
STAFF = "staff@example.net"


@pytest.fixture(autouse=True)
def _staff() -> None:
    set_setting(key="company.email", value=STAFF, ctx=CTX)


def told(event: str) -> list[OutgoingMail]:
    """The mails of an event, sent hours after it."""
    run_all_jobs(LATER, failing=True)
    return list(OutgoingMail.objects.filter(event=event).exclude(recipient="").order_by("pk"))


def test_of_a_name_in_redemption_nobody_was_told() -> None:
    domain = make_domain(status="redemption")
    (one,) = told("domain_redemption")
    assert "can restore it until" in one.text
    assert domain.expiry_date is not None
    assert one.idempotency_key == f"{domain.pk} {domain.expiry_date}"
    assert not told("domain_expired")


@pytest.mark.parametrize(
    ("days", "event", "words"),
    [
        (5, "domain_expired", "You can renew it until"),
        (40, "domain_redemption", "You can restore it until"),
        (400, "domain_expired", "may stop working."),
    ],
)
def test_after_time_off_only_the_latest_state_of_a_name_is_told(
    days: int, event: str, words: str
) -> None:
    """A name that passed several states in one run was told of not at all."""
    domain = make_domain()
    assert domain.expiry_date is not None
    advance_domain_states(domain=domain, day=domain.expiry_date + timedelta(days=days), ctx=CTX)
    (one,) = told(event)
    assert one.text.partition(words)[1]
    both = ["domain_expired", "domain_redemption"]
    assert OutgoingMail.objects.filter(event__in=both).count() == 1
    if days == 400:
        assert Domain.objects.get().status == "cancelled"
        assert "To renew it" not in one.text


def test_two_renewals_before_the_worker_came_were_told_as_one() -> None:
    domain = make_domain()
    assert domain.expiry_date is not None
    ends = [domain.expiry_date + timedelta(days=365 * n) for n in (1, 2)]
    for n, day in enumerate(ends):
        renew_domain(domain=domain, expiry_date=day, ctx=Context(AT + timedelta(seconds=n), SYSTEM))
    assert [one.values["expiry_date"]["date"] for one in told("domain_renewed")] == [
        str(day) for day in ends
    ]


def test_staff_did_not_hear_of_money_for_a_closed_invoice() -> None:
    invoice = make_invoice(make_client(company="Late Ltd"), status="cancelled")
    make_payment(invoice, amount=300)
    (one,) = told("late_payment")
    assert one.recipient == STAFF
    assert "Late Ltd" in one.text
    assert "3.00" in one.subject
    assert str(invoice.number) in one.subject
    assert not told("payment_received")


def test_two_parts_before_the_worker_came_gave_no_thanks_or_the_same_rest_twice() -> None:
    for amounts, dues in (((500, 700), [700]), ((100, 100), [1100, 1000])):
        OutgoingMail.objects.all().delete()
        invoice = make_invoice()
        for amount in amounts:
            make_payment(invoice, amount=amount)
        assert [one.values["amount_due"]["money"][0] for one in told("payment_received")] == dues


def test_a_request_to_cancel_names_its_day_and_one_at_once_says_so() -> None:
    service = make_service()
    due = service.next_due_date
    request = actions.request_cancellation(
        service=service, kind="end_of_period", reason="too dear", ctx=CTX
    )
    (one,) = told("cancellation_approved")
    assert one.values["cancel_date"] == {"date": str(due)}
    assert "you can withdraw the cancellation" in one.text
    OutgoingMail.objects.all().delete()
    actions.withdraw_cancellation(request=request, ctx=CTX)
    request = actions.request_cancellation(
        service=service, kind="immediate", reason="too dear", ctx=CTX
    )
    (one,) = told("cancellation_received")
    assert "Ends on" not in one.text  # staff decide, and when
    actions.approve_cancellation(request=request, ctx=CTX)
    (one,) = told("cancellation_approved")
    assert "ends today" in one.text
    assert "withdraw" not in one.text
    assert one.values["cancel_date"] == {"date": str(AT.date())}
    asked = told("cancellation_requested")[0]
    assert f"(client {service.client_id})" in asked.text


@pytest.mark.parametrize(
    ("overdue_on", "grace", "held_until", "day"),
    [
        (date(2026, 4, 2), 5, None, date(2026, 4, 6)),
        (date(2026, 4, 20), 5, None, date(2026, 4, 21)),
        (date(2026, 4, 20), 1, None, date(2026, 4, 2)),
        (date(2026, 4, 2), 5, date(2026, 4, 10), date(2026, 4, 11)),
    ],
)
def test_after_time_off_the_day_of_suspension_had_passed(
    overdue_on: date, grace: int, held_until: date | None, day: date
) -> None:
    due = date(2026, 4, 1)
    assert day == suspends_from(due=due, overdue_on=overdue_on, grace=grace, held_until=held_until)


def test_a_client_that_staff_made_was_not_welcomed() -> None:
    for _ in range(2):
        client, _new = open_client_account(
            owner_email="ann@example.org",
            first_name="Ann",
            last_name="Doe",
            email="ann@example.org",
            country="DE",
            currency_code="EUR",
            ctx=CTX,
        )
    first, _second = OutgoingMail.objects.filter(event="welcome").order_by("pk")
    assert first.values["client_name"] == "Ann Doe"
    welcomes = told("welcome")
    assert [one.idempotency_key for one in welcomes] == [
        f"client {client.pk - 1}",
        f"client {client.pk}",
    ]
    assert "forgot-password" in str(mail.outbox[0].body)


def test_each_server_is_told_of_once_an_hour_whatever_is_parked_for_it() -> None:
    """Two servers that were down in the same hour gave one mail, two kinds of work for one of them two."""
    first, second = make_service(server=make_server()), make_service(server=make_server())
    for service in (first, second):
        for action in ("service.suspend", "service.create"):
            enqueue(("service", service.pk), action, "test", AT)
    for job in Job.objects.filter(action__startswith="service.", idempotency_key="test"):
        if claim_job(job=job, at=AT):
            park_or_drop_job(job=job, text="down", at=AT)
    assert len(told("job_parked")) == 2


def test_a_refund_to_credit_was_told_twice() -> None:
    payment = make_payment(make_invoice())
    refund_payment(
        method="credit", payment=payment, amount=500, reason="asked", idempotency_key="1", ctx=CTX
    )
    assert CreditEntry.objects.filter(reason="refund_to_credit").exists()
    assert not told("credit_added")


@pytest.mark.parametrize(
    ("charge", "credit", "words"), [(0, 400, "4.00"), (400, 0, "Due if we approve it today: €4.00")]
)
def test_what_a_smaller_plan_gives_back_was_not_said(charge: int, credit: int, words: str) -> None:
    service = make_service()
    change = PlanChange.objects.create(
        client=service.client,
        service=service,
        product=service.product,
        billing_cycle="monthly",
        amount=900,
        credit=credit,
        charge=charge,
        total=charge - credit,
        status="pending",
        created_at=AT,
    )
    send_plan_change_email(change=change, at=AT)
    (one,) = told("plan_change_received")
    assert words in one.text
    assert one.values["difference"]["money"][0] == charge - credit


def test_a_service_that_staff_ended_had_ended_as_it_was_asked_for() -> None:
    cancel_service(service=make_service(), ctx=CTX)
    (one,) = told("service_cancelled")
    assert "asked for" not in one.text


def test_one_day_is_said_as_one() -> None:
    invoice = make_invoice()
    assert invoice.due_date is not None
    late = AT + (invoice.due_date - AT.date()) + timedelta(days=1)
    send_reminder(invoice=invoice, day=late.date(), ctx=Context(late, SYSTEM))
    run_all_jobs(late + timedelta(days=9))
    (one,) = OutgoingMail.objects.filter(event="invoice_overdue")
    assert "1 day ago" in one.text


def test_an_invoice_that_credit_paid_at_once_never_reached_its_client() -> None:
    client = make_client()
    add_credit(client=client, currency_code="EUR", amount=5000, ctx=CTX)
    invoice = make_invoice(client)
    assert invoice.status == "paid"
    (one,) = told("invoice_paid")
    assert one.attachments == [["invoice", invoice.pk]]
    invoice.refresh_from_db()
    assert invoice.sent_at == LATER


def test_an_overdue_invoice_names_the_day_of_suspension_if_it_suspends_something() -> None:
    """Due on 22 May, 3 days of grace, overdue on 23 May; a late fee suspends nothing."""
    invoice, other = make_renewal(), make_invoice()
    for one, words in ((invoice, "pay before May 25, 2026"), (other, "")):
        assert one.due_date is not None
        late = datetime.combine(one.due_date + timedelta(days=1), time(0, 5), UTC)
        mark_overdue(invoice=one, ctx=Context(late, SYSTEM))
        send_reminder(invoice=one, day=late.date(), ctx=Context(late, SYSTEM))
        run_all_jobs(late, failing=True)
        (mailed,) = OutgoingMail.objects.filter(event="invoice_overdue", about_id=one.pk)
        assert words in mailed.text
        assert ("suspended" in mailed.text) == bool(words)


def test_a_service_that_is_off_again_does_not_run_again() -> None:
    service = make_service(status="suspended")
    resume_service(service=service, ctx=CTX)
    suspend_service(service=service, suspension_reason="staff", ctx=CTX)
    (one,) = told("service_unsuspended")
    assert (one.status, one.outcome) == ("skipped", "The service does not run any more.")


def with_late_fee() -> str:
    set_setting(key="billing.late_fee_kind", value="fixed", ctx=CTX)
    set_setting(key="billing.late_fee_amount", value="EUR 5.00", ctx=CTX)
    fee = add_late_fee(invoice=make_invoice(status="overdue"), ctx=CTX)
    assert fee
    return str(fee.number)


def test_the_mail_of_a_late_fee_is_copied_as_those_of_other_invoices() -> None:
    set_setting(key="mail.bcc_invoices", value="books@example.net", ctx=CTX)
    number = with_late_fee()
    rows = [one for one in told("late_fee_added") if not one.client_id]
    assert [(one.recipient, number in one.text) for one in rows] == [("books@example.net", True)]


def test_the_copy_of_an_invoice_is_a_mail_of_its_own() -> None:
    """Within the client's message a server that took the copy hid that it refused the client's address."""
    set_setting(key="mail.bcc_invoices", value="books@example.net", ctx=CTX)
    invoice = make_invoice(make_client(email="bills@example.org"))
    rows = told("invoice_created")
    deliver_all(LATER)
    assert {one.recipient for one in rows if one.client_id} == {"bills@example.org"}
    assert {one.recipient for one in rows if not one.client_id} == {"books@example.net"}
    copies = [one for one in mail.outbox if one.to == ["books@example.net"]]
    assert [str(invoice.number) in one.subject for one in copies] == [True]
    assert not any(one.bcc for one in mail.outbox)


def test_sign_in_mails_name_the_client_of_a_proven_address_only() -> None:
    for verified in (True, False):
        user = make_user(verified=verified)
        client = make_client(owner=user)
        sign_in_emails.send_password_changed_email(user=user, ctx=Context(AT, SYSTEM))
        row = OutgoingMail.objects.get(event="password_changed", recipient=user.email)
        assert row.values["client_name"] == ((client.company or client.name) if verified else "")
