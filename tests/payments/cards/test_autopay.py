"""Automatic payment: the default card is charged on its days, once each, and never twice (payments.md 7, R18, R19)."""

from datetime import timedelta

import pytest

from commerce.accounts.models import Client
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.dunning import set_dunning_hold
from commerce.daily_steps import DAILY_STEPS
from commerce.jobs.models import Job
from commerce.payments.actions.card_charges import try_saved_card
from commerce.payments.actions.reports import apply_payment_report
from commerce.payments.autopay import next_autopay_date
from commerce.payments.gateways import registry
from commerce.payments.models import Attempt, Payment, SavedCard
from commerce.payments.rules import ReportTooEarly
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.cards import (
    DAY,
    FIRST,
    TODAY,
    at,
    keep,
    night,
    run,
    status,
    told,
    tries,
    work,
)
from tests.make.jobs import run_jobs_but_documents

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]


def test_the_card_is_charged_on_the_day_after_issue_and_the_invoice_is_paid(
    invoice: Invoice, provider: FakeProvider
) -> None:
    night(TODAY)
    assert tries(invoice) == []
    night(FIRST)
    assert (tries(invoice), status(invoice)) == ([(1, 1, "succeeded")], "paid")
    payment = Payment.objects.get()
    assert (payment.amount, payment.card_last4, payment.attempt.kind) == (
        1200,
        "4242",
        "off_session",
    )
    [session] = provider.sessions.values()
    assert (session.amount, session.currency) == (1200, "EUR")


def test_it_is_charged_so_many_days_before_a_due_date_that_is_far(client: Client) -> None:
    """README 6: due 14 March, charged on 28 February, when the period starts."""
    far = make.make_invoice(client, due_date=TODAY + 21 * DAY)
    assert next_autopay_date(far, TODAY) == TODAY + 7 * DAY
    night(TODAY + 6 * DAY)
    assert tries(far) == []
    night(TODAY + 7 * DAY)
    assert tries(far) == [(1, 7, "succeeded")]


def test_a_soft_decline_walks_the_ladder_with_a_mail_at_both_ends(
    invoice: Invoice, provider: FakeProvider
) -> None:
    provider.declined["card-1"] = "There isn't enough money on the card."
    for n in range(12):
        night(TODAY + n * DAY)
    assert tries(invoice) == [(n, days, "failed") for n, days in enumerate((1, 2, 4, 6, 8), 1)]
    work(TODAY + 12 * DAY)
    first, last = told("payment_failed")
    assert "There isn't enough money on the card." in first.text
    assert "We'll try again on" in first.text
    assert "We won't try again" not in first.text
    assert "We won't try again" in last.text
    assert next_autopay_date(invoice, TODAY + 9 * DAY) is None


def test_a_hard_decline_ends_the_tries_with_that_card_and_another_card_takes_over(
    client: Client, invoice: Invoice, provider: FakeProvider
) -> None:
    provider.declined["card-1"] = "The card was reported stolen."
    provider.declined_for_good.add("card-1")
    for n in range(1, 4):
        night(TODAY + n * DAY)
    assert tries(invoice) == [(1, 1, "failed")]
    card = SavedCard.objects.get()
    assert (card.stopped_at is not None, card.failure) == (True, "The card was reported stolen.")
    assert len(told("payment_failed")) == 1
    keep(client, "card-2")
    night(TODAY + 4 * DAY)
    assert (tries(invoice)[-1], status(invoice)) == ((3, 4, "succeeded"), "paid")


def test_a_bank_that_wants_its_client_is_no_decline(
    invoice: Invoice, provider: FakeProvider
) -> None:
    provider.wants_owner.add("card-1")
    night(FIRST)
    work(FIRST)
    [mail] = told("payment_action_required")
    assert f"/client/invoices/{invoice.pk}/pay" in mail.text
    assert (told("payment_failed"), tries(invoice)) == ([], [(1, 1, "failed")])
    provider.wants_owner.clear()
    night(FIRST + DAY)
    assert tries(invoice)[-1] == (2, 2, "succeeded")


def test_r18_a_try_without_an_answer_is_asked_again_with_its_key_before_any_other(
    invoice: Invoice, provider: FakeProvider
) -> None:
    provider.lost += ["charge_saved"] * 2
    night(FIRST)
    assert run(FIRST + DAY).steps[0].counts == {}
    work(FIRST, minutes=2)
    work(FIRST, minutes=10)
    assert tries(invoice) == [(1, 1, "succeeded")]
    assert (len(provider.sessions), provider.calls.count("charge_saved")) == (1, 3)
    assert Payment.objects.count() == 1


def test_while_it_has_no_answer_there_is_no_other_try(
    invoice: Invoice, provider: FakeProvider
) -> None:
    provider.silent += ["charge_saved"] * 100
    night(FIRST)
    run(FIRST + DAY)
    assert tries(invoice) == [(1, 1, "open")]


def test_a_reminder_names_no_later_charge_while_one_is_under_way(
    client: Client, provider: FakeProvider
) -> None:
    """Its mail of the same night named the next day of the ladder."""
    due_soon = make.make_invoice(client, due_date=FIRST + 3 * DAY)
    provider.silent += ["charge_saved"] * 100
    assert next_autopay_date(due_soon, FIRST) == FIRST
    reminding = tuple(step for step in DAILY_STEPS if step.name in ("autopay", "remind"))
    run_daily(reminding, day=RunDay(FIRST, at(FIRST).at), started_by="test")
    work(FIRST)
    assert tries(due_soon) == [(1, 1, "open")]
    [mail] = told("invoice_reminder")
    assert "charge your saved card" not in mail.text
    assert next_autopay_date(due_soon, FIRST) is None


def test_after_a_day_without_an_answer_staff_look(invoice: Invoice, provider: FakeProvider) -> None:
    """The gateway may have forgotten the key: the same again would be a second charge."""
    provider.silent += ["charge_saved"] * 100
    night(FIRST)
    asked = len(provider.calls)
    run_jobs_but_documents(at=at(FIRST).at + timedelta(hours=25))
    assert len(provider.calls) == asked
    job = Job.objects.get(action="attempt.charge")
    assert job.status == "parked"
    assert "Look there" in job.error


def test_what_was_not_sent_within_a_day_is_no_try_and_the_next_run_makes_it(
    invoice: Invoice, provider: FakeProvider
) -> None:
    """It used up the first try, and nobody heard of it."""
    run(FIRST)
    run_jobs_but_documents(at=at(FIRST).at + timedelta(hours=24))
    assert (provider.sessions, tries(invoice)) == ({}, [])
    assert Attempt.objects.get().status == "failed"
    night(FIRST + DAY)
    assert (tries(invoice), status(invoice)) == ([(1, 2, "succeeded")], "paid")


def test_r19_paid_by_hand_before_the_charge_goes_out(
    invoice: Invoice, provider: FakeProvider
) -> None:
    run(FIRST)
    make.make_payment(invoice, at=at(FIRST).at)
    work(FIRST)
    assert (provider.sessions, tries(invoice)) == ({}, [])
    assert (told("payment_failed"), Attempt.objects.get().status) == ([], "failed")


def test_r19_paid_by_hand_while_the_answer_is_lost(
    client: Client, invoice: Invoice, provider: FakeProvider
) -> None:
    """The charge was made: it is found, and becomes credit."""
    provider.lost.append("charge_saved")
    night(FIRST)
    make.make_payment(invoice, at=at(FIRST).at)
    work(FIRST, minutes=5)
    assert tries(invoice) == [(1, 1, "succeeded")]
    assert (status(invoice), credit_balance(client.pk, "EUR")) == ("paid", 1200)


def test_a_charge_that_is_not_out_yet_follows_what_is_due_by_now(
    invoice: Invoice, provider: FakeProvider
) -> None:
    run(FIRST)
    make.make_payment(invoice, amount=400, at=at(FIRST).at)
    work(FIRST)
    assert [session.amount for session in provider.sessions.values()] == [800]
    assert status(invoice) == "paid"


def test_an_event_that_comes_before_the_answer_waits_for_it(
    invoice: Invoice, provider: FakeProvider
) -> None:
    """It was kept as money of nobody, and the answer could not be booked any more."""
    provider.lost.append("charge_saved")
    night(FIRST)
    [reference] = provider.sessions
    report = registry.get_gateway("fake").fetch(reference)
    with pytest.raises(ReportTooEarly):
        apply_payment_report(gateway="fake", report=report, ctx=at(FIRST))
    work(FIRST, minutes=5)
    apply_payment_report(gateway="fake", report=report, ctx=at(FIRST))
    assert (Payment.objects.count(), status(invoice)) == (1, "paid")


def test_invoices_of_one_due_day_are_one_charge(
    client: Client, invoice: Invoice, provider: FakeProvider
) -> None:
    """payments.md 9."""
    second, later = make.make_invoice(client), make.make_invoice(client, due_date=TODAY + 20 * DAY)
    night(FIRST)
    assert [session.amount for session in provider.sessions.values()] == [2400]
    assert (status(invoice), status(second), status(later)) == ("paid", "paid", "unpaid")
    assert (tries(invoice), tries(second)) == ([(1, 1, "succeeded")],) * 2
    assert Payment.objects.count() == 1


def test_a_joint_charge_leaves_out_what_was_paid_before_it_goes_out(
    client: Client, invoice: Invoice, provider: FakeProvider
) -> None:
    second = make.make_invoice(client)
    run(FIRST)
    make.make_payment(invoice, at=at(FIRST).at)
    work(FIRST)
    assert [session.amount for session in provider.sessions.values()] == [1200]
    assert (status(invoice), status(second), credit_balance(client.pk, "EUR")) == (
        "paid",
        "paid",
        0,
    )


def test_while_a_joint_charge_has_no_answer_there_is_no_other_try_of_any(
    client: Client, invoice: Invoice, provider: FakeProvider
) -> None:
    """U3."""
    second = make.make_invoice(client)
    run(FIRST)
    run(FIRST + DAY)
    for each in (invoice, second):
        assert try_saved_card(invoice=each, day=FIRST + DAY, ctx=at(FIRST + DAY)) is None
    assert (tries(invoice), tries(second)) == ([(1, 1, "created")],) * 2


def test_a_joint_charge_is_no_try_of_what_it_leaves_out(
    client: Client, invoice: Invoice, provider: FakeProvider
) -> None:
    second = make.make_invoice(client)
    run(FIRST)
    set_dunning_hold(reason="asked", invoice=second, until=FIRST, ctx=at(FIRST))
    work(FIRST)
    assert (tries(invoice), tries(second)) == ([(1, 1, "succeeded")], [])
    night(FIRST + DAY)
    assert (tries(second), len(provider.sessions)) == ([(1, 2, "succeeded")], 2)


def test_a_joint_charge_that_is_declined_is_a_try_of_each(
    client: Client, invoice: Invoice, provider: FakeProvider
) -> None:
    second = make.make_invoice(client)
    provider.declined["card-1"] = "No"
    night(FIRST)
    night(FIRST + DAY)
    wanted = [(1, 1, "failed"), (2, 2, "failed")]
    assert (tries(invoice), tries(second), len(provider.sessions)) == (wanted, wanted, 2)
    assert len(told("payment_failed")) == 2
