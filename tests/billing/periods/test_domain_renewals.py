"""Renewals of domains: invoiced ahead, carried out when paid, taken back after the grace; what time does to names."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest

from commerce.billing.invoices.actions.corrections import credit_invoice, void_invoice
from commerce.billing.models import BilledPeriod, CreditAccount, CreditNote, Invoice
from commerce.domains.actions.states import cancel_domain, mark_domain_transferred_away
from commerce.domains.actions.tlds import set_tld
from commerce.domains.models import Domain
from commerce.jobs.manual import finish_manually
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.proof.runner import run_proof
from commerce.runs.report import RunReport
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests.make.jobs import run_all_jobs
from tests.make.people import AT, make_client
from tests.make.records import make_domain, make_payment
from tests.make.simulation import steps_with_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven")]

EXPIRY = date(2027, 4, 8)


def at(day: date) -> datetime:
    return datetime.combine(day, time(0, 5), UTC)


def live(day: date) -> RunReport:
    report = run_daily(steps_with_rows(), day=RunDay(day, at(day)), started_by="test")
    assert not report.failed, report.as_text()
    for job in run_all_jobs(at(day), failing=True):
        assert job.status != "parked" or job.action.startswith("domain."), job.error
    return report


def a_domain(**over: object) -> Domain:
    return make_domain(make_client(), expiry_date=EXPIRY, **over)


def test_a_renewal_is_invoiced_30_days_ahead_and_due_before_the_expiry() -> None:
    domain = a_domain(term_years=2, recurring_amount=2400)
    live(EXPIRY - timedelta(days=31))
    assert not Invoice.objects.exists()
    live(EXPIRY - timedelta(days=30))
    invoice = Invoice.objects.get()
    assert (invoice.kind, invoice.subtotal) == ("domain_renewal", 2400)
    assert invoice.due_date == EXPIRY - timedelta(days=16)
    line = invoice.lines.get()
    assert line.description == f"Domain renewal: {domain.domain_name} (2 years)"
    billed_period = BilledPeriod.objects.get()
    assert (billed_period.period_start, billed_period.period_end) == (EXPIRY, date(2029, 4, 8))


def test_an_expiry_that_is_near_wins_over_the_notice() -> None:
    a_domain()
    live(EXPIRY - timedelta(days=3))
    assert Invoice.objects.get().due_date == EXPIRY - timedelta(days=1)


def test_a_tld_has_its_own_days() -> None:
    set_tld(tld="example", is_active=False, renew_advance_days=60, ctx=Context(AT, SYSTEM))
    domain = a_domain()
    live(EXPIRY - timedelta(days=60))
    assert BilledPeriod.objects.get().domain == domain


def test_one_invoice_for_each_client_unless_consolidation_is_off() -> None:
    client = make_client()
    for _ in range(2):
        make_domain(client, expiry_date=EXPIRY)
    live(EXPIRY - timedelta(days=30))
    assert Invoice.objects.get().lines.count() == 2


def test_off_there_is_one_for_each_domain() -> None:
    set_setting(key="billing.consolidate", value="off", ctx=Context(AT, SYSTEM))
    client = make_client()
    for _ in range(2):
        make_domain(client, expiry_date=EXPIRY)
    live(EXPIRY - timedelta(days=30))
    assert Invoice.objects.count() == 2


def test_without_auto_renew_nothing_is_invoiced_and_the_client_is_told_all_the_same() -> None:
    a_domain(auto_renew=False)
    for left in (31, 30, 29, 14, 7, 1, 0):
        live(EXPIRY - timedelta(days=left))
    assert not Invoice.objects.exists()
    assert OutgoingMail.objects.filter(event="domain_expiring").count() == 4


def test_paid_it_is_renewed_once_by_the_registrar() -> None:
    domain = a_domain()
    live(EXPIRY - timedelta(days=30))
    make_payment(Invoice.objects.get(), at=at(EXPIRY - timedelta(days=20)))
    run_all_jobs(at(EXPIRY - timedelta(days=20)), failing=True)
    job = Job.objects.get(action="domain.renew")
    assert (job.subject_id, job.args["years"]) == (domain.pk, 1)
    live(EXPIRY - timedelta(days=19))
    assert Job.objects.filter(action="domain.renew").count() == 1
    assert (
        Invoice.objects.count() == 1
    )  # its period is paid, though the registrar has not renewed it yet


def test_waived_it_is_renewed_as_if_it_were_paid_and_billed_again_a_year_later() -> None:
    """S10: the waived period moved no date before, and stood in the way of every later bill."""
    domain = a_domain()
    live(EXPIRY - timedelta(days=30))
    waived = EXPIRY - timedelta(days=20)
    void_invoice(
        invoice=Invoice.objects.get(),
        reason="a gift",
        decisions={("domain", domain.pk): "waive"},
        ctx=Context(at(waived), SYSTEM),
    )
    run_all_jobs(at(waived), failing=True)
    job = Job.objects.get(action="domain.renew")
    assert (job.args["years"], job.idempotency_key) == (
        1,
        f"billed period {BilledPeriod.objects.get().pk}",
    )
    finish_manually(job=job, reason="renewed", ctx=Context(at(waived), SYSTEM))
    domain.refresh_from_db()
    following = date(2028, 4, 8)
    assert (domain.next_due_date, domain.expiry_date) == (following, following)
    live(EXPIRY + timedelta(days=1))
    assert Invoice.objects.count() == 1
    live(following - timedelta(days=30))
    assert BilledPeriod.objects.get(status="open").period_start == following


def test_unpaid_it_expires_and_the_claim_is_taken_back_after_the_grace() -> None:
    domain = a_domain()
    live(EXPIRY - timedelta(days=30))
    invoice = Invoice.objects.get()
    live(EXPIRY)
    domain.refresh_from_db()
    assert domain.status == "active"
    live(EXPIRY + timedelta(days=1))
    domain.refresh_from_db()
    assert domain.status == "expired"
    live(EXPIRY + timedelta(days=30))
    invoice.refresh_from_db()
    assert invoice.status == "overdue"
    live(EXPIRY + timedelta(days=31))
    for row in (invoice, domain):
        row.refresh_from_db()
    assert (invoice.status, domain.status) == ("cancelled", "redemption")
    assert BilledPeriod.objects.get().status == "released"
    live(EXPIRY + timedelta(days=61))
    domain.refresh_from_db()
    assert domain.status == "cancelled"


def test_the_late_fee_of_a_lapsed_name_ends_with_its_renewal() -> None:
    for key, value in (("kind", "fixed"), ("amount", "EUR 5.00")):
        set_setting(key=f"billing.late_fee_{key}", value=value, ctx=Context(AT, SYSTEM))
    a_domain()
    live(EXPIRY - timedelta(days=30))
    live(EXPIRY + timedelta(days=1))
    fee = Invoice.objects.get(kind="late_fee")
    live(EXPIRY + timedelta(days=31))
    fee.refresh_from_db()
    assert (fee.status, Invoice.objects.get(kind="domain_renewal").status) == (
        "cancelled", "cancelled",
    )  # fmt: skip


def test_of_two_names_on_one_invoice_only_the_lost_one_is_taken_back() -> None:
    client = make_client()
    lost = make_domain(client, expiry_date=EXPIRY)
    kept = make_domain(client, expiry_date=EXPIRY + timedelta(days=20))
    live(EXPIRY - timedelta(days=10))
    invoice = Invoice.objects.get()
    assert invoice.billed_periods.count() == 2
    live(EXPIRY + timedelta(days=31))
    invoice.refresh_from_db()
    assert invoice.status == "overdue"
    assert invoice.amount_due == invoice.total // 2
    assert BilledPeriod.objects.get(domain=lost).status == "released"
    assert BilledPeriod.objects.get(domain=kept).status == "open"


@pytest.mark.parametrize("amount", [100, 1199])
def test_a_lost_renewal_of_which_a_part_was_credited_failed_in_every_run_for_ever(
    amount: int,
) -> None:
    """ "More than what can still be credited": what is left of it is taken back, and the period is free."""
    a_domain(recurring_amount=1200)
    live(EXPIRY - timedelta(days=30))
    invoice = Invoice.objects.get()
    ctx = Context(at(EXPIRY - timedelta(days=20)), SYSTEM)
    credit_invoice(invoice=invoice, amount=amount, reason="sorry", ctx=ctx)
    live(EXPIRY + timedelta(days=31))
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due) == ("cancelled", 0)
    assert [billed_period.status for billed_period in BilledPeriod.objects.all()] == ["released"]
    assert sum(note.total for note in CreditNote.objects.all()) == invoice.total


def test_a_name_that_was_lost_was_renewed_when_the_rest_of_its_invoice_was_paid() -> None:
    """Taking its line back left nothing due, and its period became paid with the others."""
    client = make_client()
    lost, kept = (make_domain(client, expiry_date=EXPIRY) for _ in range(2))
    live(EXPIRY - timedelta(days=30))
    invoice = Invoice.objects.get()
    make_payment(invoice, amount=invoice.total // 2, at=at(EXPIRY - timedelta(days=20)))
    mark_domain_transferred_away(domain=lost, ctx=Context(at(EXPIRY - timedelta(days=20)), SYSTEM))
    live(EXPIRY - timedelta(days=10))
    invoice.refresh_from_db()
    assert invoice.status == "paid"
    billed_periods = {
        billed_period.domain: billed_period.status for billed_period in BilledPeriod.objects.all()
    }
    assert billed_periods == {lost: "released", kept: "paid"}
    asked = Job.objects.filter(action="domain.renew").values_list("subject_id", flat=True)
    assert list(asked) == [kept.pk]


def test_after_long_time_off_a_name_passes_all_its_states_at_once() -> None:
    domain = a_domain(auto_renew=False)
    live(EXPIRY + timedelta(days=70))
    domain.refresh_from_db()
    assert domain.status == "cancelled"


def test_a_lost_name_was_invoiced_and_credited_in_the_same_run() -> None:
    """After time off beyond its grace there is nothing to renew, and nothing to tell its client to pay."""
    a_domain()
    live(EXPIRY + timedelta(days=31))
    assert not Invoice.objects.exists()


def test_in_its_grace_a_name_can_still_be_renewed_after_time_off() -> None:
    a_domain()
    live(EXPIRY + timedelta(days=30))
    assert Invoice.objects.get().status == "unpaid"


def test_names_whose_notice_was_sent_were_looked_at_every_night() -> None:
    """A dozen statements for each, without any effect."""
    a_domain()
    for left, found in (
        (31, 0),
        (30, 1),
        (30, 0),
        (15, 0),
        (14, 1),
        (8, 0),
        (5, 1),
        (2, 0),
        (0, 1),
    ):
        [told] = [
            step
            for step in live(EXPIRY - timedelta(days=left)).steps
            if step.name == "send-expiry-notices"
        ]
        assert (told.rows, told.counts) == (found, {"notices": 1} if found else {}), left


def test_a_name_whose_renewal_was_paid_was_given_up_while_staff_had_it_to_do() -> None:
    domain = a_domain()
    live(EXPIRY - timedelta(days=30))
    paid = at(EXPIRY - timedelta(days=20))
    make_payment(Invoice.objects.get(), at=paid)
    run_all_jobs(paid, failing=True)
    assert not waits_for_staff(paid)
    assert waits_for_staff(paid + timedelta(days=2))
    live(EXPIRY + timedelta(days=70))
    domain.refresh_from_db()
    assert domain.status == "redemption"
    last = at(EXPIRY + timedelta(days=71))
    finish_manually(
        job=Job.objects.get(action="domain.renew"),
        reason="restored",
        answers={},
        ctx=Context(last, SYSTEM),
    )
    domain.refresh_from_db()
    assert (domain.status, domain.expiry_date) == ("active", date(2028, 4, 8))
    assert not waits_for_staff(last)


@pytest.mark.parametrize("end", [mark_domain_transferred_away, cancel_domain])
def test_a_paid_renewal_of_a_name_that_ended_becomes_credit(end: Callable[..., None]) -> None:
    domain, when = a_paid_renewal_of_staffs(1200)
    end(domain=domain, ctx=when)
    assert waits_for_staff(when.at) == 1
    run_all_jobs(when.at)
    assert not waits_for_staff(when.at)
    invoice = Invoice.objects.get()
    assert (invoice.status, BilledPeriod.objects.get().status) == ("refunded", "released")
    assert CreditAccount.objects.get().balance == invoice.total
    assert Job.objects.get(action="domain.renew").status == "dropped"


def test_staff_can_say_that_it_was_renewed_before_it_ended() -> None:
    domain, when = a_paid_renewal_of_staffs(1200)
    job = Job.objects.get(action="domain.renew")
    Job.objects.filter(pk=job.pk).update(args={**job.args, "sent": when.at.isoformat()})
    mark_domain_transferred_away(domain=domain, ctx=when)
    run_all_jobs(when.at, failing=True)
    job.refresh_from_db()
    assert (job.status, waits_for_staff(when.at)) == ("parked", 1)
    finish_manually(job=job, reason="it was", answers={}, ctx=when)
    assert (waits_for_staff(when.at), BilledPeriod.objects.get().status) == (0, "paid")


def a_paid_renewal_of_staffs(amount: int) -> tuple[Domain, Context]:
    """A name whose paid renewal a person is to carry out, two days later."""
    domain = a_domain(recurring_amount=amount)
    live(EXPIRY - timedelta(days=30))
    paid = at(EXPIRY - timedelta(days=20))
    make_payment(Invoice.objects.get(), at=paid)
    run_all_jobs(paid, failing=True)
    return domain, Context(paid + timedelta(days=2), SYSTEM)


def test_a_renewal_that_is_refunded_as_a_whole_is_not_carried_out() -> None:
    domain, when = a_paid_renewal_of_staffs(1200)
    job, invoice = Job.objects.get(action="domain.renew"), Invoice.objects.get()
    credit_invoice(invoice=invoice, amount=1199, reason="a part", ctx=when)
    run_all_jobs(when.at)
    job.refresh_from_db()
    assert job.status == "parked"
    credit_invoice(invoice=invoice, amount=1, reason="the rest", ctx=when)
    run_all_jobs(when.at)
    job.refresh_from_db()
    assert (job.status, BilledPeriod.objects.get().status) == ("dropped", "released")
    live(when.at.date())
    assert BilledPeriod.objects.count() == 1  # or its credit would pay for it again
    domain.refresh_from_db()
    assert not domain.auto_renew


def test_one_that_is_refunded_before_it_is_asked_for_is_not_carried_out_either() -> None:
    a_domain()
    live(EXPIRY - timedelta(days=30))
    paid = Context(at(EXPIRY - timedelta(days=20)), SYSTEM)
    make_payment(Invoice.objects.get(), at=paid.at)
    credit_invoice(invoice=Invoice.objects.get(), reason="all of it", ctx=paid)
    run_all_jobs(paid.at)
    assert not Job.objects.filter(action="domain.renew").exists()
    assert BilledPeriod.objects.get().status == "released"


def waits_for_staff(when: datetime) -> int:
    """How many paid renewals the proof tells of."""
    (found,) = (one for one in run_proof(at=when) if one.check.name == "S10-renewals")
    return found.count
