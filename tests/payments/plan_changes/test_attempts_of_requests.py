"""billing.md 8, payments.md 3 and 6: attempts of a request, what they hold, and transfers that are announced."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from commerce.billing.changes.plan_changes import rules
from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.models import Invoice, PlanChange
from commerce.daily_steps import DAILY_STEPS
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.attempts import expire_attempts
from commerce.payments.actions.plan_change_payments import charge_card_for_plan_change
from commerce.payments.actions.transfer_notices import (
    confirm_transfer_notice,
    lapse_transfer_notices,
    reject_transfer_notice,
    submit_transfer_notice_for_plan_change,
)
from commerce.payments.gateways import registry
from commerce.payments.models import Attempt, Payment, TransferNotice
from commerce.payments.queries import gateways_of_request
from commerce.payments.start_payment import payment_request
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from tests.doubles.gateway import FakeProvider
from tests.make.cards import keep
from tests.make.jobs import run_jobs_but_documents
from tests.make.proof import proof_violations
from tests.make.renewals import renew_services_of
from tests.payments.plan_changes.conftest import (
    ASKED,
    CTX,
    TENTH,
    hear,
    ledger,
    receive,
    stands,
    start,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven", "provider")]
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LAST_DAY = date(2026, 4, 30)


def fresh(change: PlanChange) -> PlanChange:
    return PlanChange.objects.get(pk=change.pk)


def test_the_live_one_is_used_again_and_tells_the_gateway_the_reference(
    change: PlanChange,
) -> None:
    attempt = start(change)
    assert start(change, at=TENTH + MINUTE) == attempt
    told = payment_request(attempt)
    assert told.invoice_number == told.payment_reference == change.reference


def test_another_amount_closes_the_old_one_first_and_books_it_if_it_was_paid(
    change: PlanChange, provider: FakeProvider
) -> None:
    old = start(change)
    receive(change, 500)
    new = start(change)
    old.refresh_from_db()
    assert (old.status, new.amount) == ("closed", 1500)
    provider.pay(new.reference or "")
    receive(change, 100)
    assert start(change) == new
    new.refresh_from_db()
    assert (new.status, *stands(change)) == ("succeeded", "applied", "paid")


@pytest.mark.parametrize("day", [13, 20])
def test_it_is_refused_after_the_last_day_and_once_it_has_ended(
    change: PlanChange, day: int
) -> None:
    assert change.last_day == LAST_DAY
    with pytest.raises(BusinessError):
        start(change, at=TENTH + day * DAY)
    actions.withdraw_plan_change(change=change, ctx=CTX)
    with pytest.raises(StateConflict):
        start(change)


def test_one_live_attempt_of_each_kind(change: PlanChange) -> None:
    start(change)
    keep(change.client)
    card = change.client.saved_cards.get()
    how = {"change": change, "card": card, "amount": ASKED, "created_by": None, "ctx": CTX}
    assert charge_card_for_plan_change(**how) == charge_card_for_plan_change(**how)
    for row in Attempt.objects.all():
        row.pk, row.reference, row.idempotency_key = None, None, f"again {row.kind}"
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


@pytest.mark.parametrize("wrong", ["invoice", "top_up", "none"])
def test_an_attempt_is_bound_to_what_its_purpose_says(change: PlanChange, wrong: str) -> None:
    purpose = {"none": "plan_change"}.get(wrong, wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.create(
            client=change.client,
            purpose=purpose,
            plan_change=None if wrong == "none" else change,
            gateway="fake",
            amount=1,
            currency_id="EUR",
            idempotency_key="x",
            created_at=TENTH,
        )


def test_the_renewal_waits_while_somebody_pays_and_the_request_does_not_lapse(
    change: PlanChange, provider: FakeProvider
) -> None:
    at = datetime(2026, 4, 30, 23, 30, tzinfo=UTC)
    attempt = start(change, at=at)
    morning = at + 59 * MINUTE
    assert attempt.expires_at == fresh(change).payment_expected_until == at + 60 * MINUTE
    assert not renew_services_of(change.client, morning).invoices
    night = {"day": morning.date(), "ctx": Context(morning, SYSTEM)}
    assert not actions.lapse_plan_change(change=change, **night)
    provider.pay(attempt.reference or "")
    hear(attempt, morning)
    assert stands(change) == ("applied", "paid")


def test_it_waits_no_longer_than_the_attempt_lives(
    change: PlanChange, provider: FakeProvider
) -> None:
    first = start(change)
    provider.decline(first.reference or "", "No.")
    hear(first)
    assert fresh(change).payment_expected_until is None
    start(change)
    assert expire_attempts(ctx=Context(TENTH + 61 * MINUTE, SYSTEM)) == 1
    assert fresh(change).payment_expected_until is None


def test_a_request_that_was_withdrawn_closes_what_was_begun(
    change: PlanChange, transfers: None, provider: FakeProvider
) -> None:
    attempt, transfer = start(change), start(change, "bank_transfer")
    notice = submit_transfer_notice_for_plan_change(change=change, ctx=CTX)
    actions.withdraw_plan_change(change=fresh(change), ctx=CTX)
    run_jobs_but_documents(at=TENTH)
    for row in (attempt, transfer, notice):
        row.refresh_from_db()
    assert [attempt.status, transfer.status, notice.status] == ["closed", "closed", "lapsed"]


def test_a_transfer_is_offered_while_it_can_come_in_time(
    change: PlanChange, transfers: None
) -> None:
    def slugs(day: date) -> list[str]:
        return [each.slug for each in gateways_of_request(change, day)]

    assert slugs(LAST_DAY - 5 * DAY) == ["bank_transfer", "fake"]
    assert slugs(LAST_DAY - 4 * DAY) == ["fake"]
    attempt = start(change, "bank_transfer")
    assert (attempt.expires_at, fresh(change).payment_expected_until) == (None, None)
    text = registry.get_gateway("bank_transfer").transfer_instructions(
        currency_code="EUR", amount=ASKED, reference=change.reference or ""
    )
    assert text.code


@pytest.mark.parametrize(
    ("last_day", "today", "held_to"),
    [
        (date(2026, 4, 20), date(2026, 4, 18), date(2026, 4, 23)),
        (date(2026, 4, 29), date(2026, 4, 28), date(2026, 4, 30)),
        (date(2026, 4, 30), date(2026, 4, 18), date(2026, 4, 30)),
        (date(2026, 5, 2), date(2026, 5, 2), date(2026, 5, 2)),
    ],
)
def test_a_notice_holds_a_request_up_to_the_renewal_and_not_beyond(
    last_day: date, today: date, held_to: date
) -> None:
    found = rules.last_day_with_transfer(
        last_day=last_day,
        today=today,
        hold_days=5,
        renewal_issued_on=date(2026, 5, 1),
    )
    assert found == held_to


def test_a_notice_holds_once_and_its_money_is_settled(change: PlanChange, transfers: None) -> None:
    PlanChange.objects.filter(pk=change.pk).update(last_day=date(2026, 4, 19))
    notice = submit_transfer_notice_for_plan_change(change=change, ctx=CTX)
    assert submit_transfer_notice_for_plan_change(change=change, ctx=CTX) == notice
    assert (notice.held_until, fresh(change).last_day) == (date(2026, 4, 23),) * 2
    reject_transfer_notice(notice=notice, reason="None came", ctx=CTX)
    later = Context(TENTH + 2 * DAY, SYSTEM)
    second = submit_transfer_notice_for_plan_change(change=change, ctx=later)
    assert (second.held_until, fresh(change).last_day) == (None, date(2026, 4, 23))
    paid = {"amount": ASKED, "received_on": TENTH.date(), "reference": "SEPA 1", "ctx": later}
    payment = confirm_transfer_notice(notice=second, **paid)
    assert confirm_transfer_notice(notice=second, **paid) == payment
    assert (second.status, second.payment, *stands(change)) == (
        *("confirmed", payment),
        *("applied", "paid"),
    )


def test_a_notice_of_which_nothing_is_heard_lapses(change: PlanChange, transfers: None) -> None:
    submit_transfer_notice_for_plan_change(change=change, ctx=CTX)
    assert lapse_transfer_notices(day=(TENTH + 5 * DAY).date(), ctx=CTX) == 0
    assert lapse_transfer_notices(day=(TENTH + 6 * DAY).date(), ctx=CTX) == 1
    assert TransferNotice.objects.get().status == "lapsed"


def test_a_saved_card_is_not_charged_for_what_nobody_asks_any_more(
    change: PlanChange, provider: FakeProvider
) -> None:
    card = keep(change.client)
    attempt = charge_card_for_plan_change(
        change=change, card=card, amount=ASKED, created_by=None, ctx=CTX
    )
    receive(change)
    run_jobs_but_documents(at=TENTH)
    attempt.refresh_from_db()
    assert (attempt.status, provider.calls.count("charge_saved")) == ("failed", 0)
    assert (Payment.objects.count(), ledger(change)) == (1, [])


def test_autopay_never_pays_a_request(change: PlanChange) -> None:
    keep(change.client)
    renewed = renew_services_of(change.client, TENTH + 14 * DAY)
    assert [Invoice.objects.get(pk=pk).kind for pk in renewed.invoices] == ["renewal"]
    assert stands(change) == ("lapsed", None)
    assert not Attempt.objects.exists()


def test_s6_a_renewal_that_waits_for_a_payment_is_no_fault_and_is_billed_by_the_next_run(
    change: PlanChange,
) -> None:
    at = datetime(2026, 4, 30, 23, 59, tzinfo=UTC)
    steps = [step for step in DAILY_STEPS if step.name == "renew"]

    def night(when: datetime) -> dict[str, list[str]]:
        day = RunDay(when.date(), when)
        assert not run_daily(steps, day=day, started_by="test").failed
        return proof_violations(when)

    attempt = start(change, at=at)
    assert night(at + 30 * MINUTE) == {}
    assert not Invoice.objects.exists()
    Attempt.objects.filter(pk=attempt.pk).update(created_at=at - 2 * DAY)
    assert list(proof_violations(at + 30 * MINUTE)) == ["S6"]
    Attempt.objects.filter(pk=attempt.pk).update(created_at=at)
    assert expire_attempts(ctx=Context(at + 61 * MINUTE, SYSTEM)) == 1
    assert night(at + DAY) == {}
    assert Invoice.objects.get().kind == "renewal"
    assert stands(change) == ("lapsed", None)
