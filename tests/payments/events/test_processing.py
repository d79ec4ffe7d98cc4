"""What an event means is made true once, tried over a day, then staff's, who can run it again (payments.md 4)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from commerce.audit.models import AuditEntry
from commerce.jobs.manual import drop_job, retry_job
from commerce.jobs.models import Job
from commerce.jobs.runner import run_job
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.mail.models import OutgoingMail
from commerce.payments.actions.attempts import expire_attempts
from commerce.payments.actions.gateway_events import retry_gateway_event
from commerce.payments.gateways import registry
from commerce.payments.models import Attempt, GatewayEvent, Payment, RefusedMessage
from commerce.site_settings.actions import set_setting
from commerce.timetable import PERIODIC_WORK
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.jobs import run_jobs_but_documents
from tests.make.webhooks import deliver, job_of, work
from tests.payments.test_redirect import begin

pytestmark = pytest.mark.usefixtures("proven")
CTX = Context(make.AT, SYSTEM)
STAFF = Actor("staff", 1, "grace@example.com")
HOUR = timedelta(hours=1)
TRIES_AT = [timedelta(minutes=m) for m in (0, 1, 10, 60)] + [h * HOUR for h in (3, 6, 12, 24)]
"""8 tries over 24 hours, as payments.md 4 has them."""


@pytest.fixture
def company(db: None) -> None:
    set_setting(key="company.email", value="staff@example.com", ctx=CTX)


def event_of(provider: FakeProvider, reference: str, **more: str) -> GatewayEvent:
    assert deliver(provider.notice(reference, **more)).status == 200
    return GatewayEvent.objects.latest("pk")


def run_events(at: datetime) -> None:
    """Only the jobs of events: the gateway is asked about attempts by others."""
    for job in Job.objects.due(at).filter(action="gateway_event.process"):
        run_job(job, at=at)


def tries_until_it_parks(event: GatewayEvent) -> Iterator[timedelta]:
    """When the event was tried, after it came, minute by minute where something is due."""
    at, before = make.AT, -1
    while event.status != "parked":
        run_events(at)
        event.refresh_from_db()
        if event.tries != before:
            before = event.tries
            yield at - make.AT
        job = job_of(event)
        at = job.next_try_at or at + timedelta(minutes=1)


@pytest.mark.usefixtures("company")
def test_a_gateway_that_is_down_is_asked_eight_times_in_a_day_then_staff_are_told_once(
    provider: FakeProvider, paid: str
) -> None:
    """O5: two events park in the same hour, and there is one mail."""
    provider.silent += ["fetch"] * 100
    first, second = event_of(provider, paid), event_of(provider, paid, id="another")
    assert list(tries_until_it_parks(first)) == TRIES_AT
    second.refresh_from_db()
    assert (first.tries, second.status, second.tries) == (8, "parked", 8)
    assert first.error == "fake: no answer to fetch"
    assert (job_of(first).status, job_of(first).error) == ("parked", first.error)
    run_jobs_but_documents(at=make.AT + 24 * HOUR)
    mail = OutgoingMail.objects.get(event="job_parked")
    assert mail.recipient == "staff@example.com"
    assert not Payment.objects.exists()


def test_what_fails_first_and_works_then_is_booked(provider: FakeProvider, paid: str) -> None:
    provider.silent += ["fetch"] * 2
    event = event_of(provider, paid)
    for expected in [(1, "waiting"), (2, "waiting"), (3, "processed")]:
        run_events(make.AT + TRIES_AT[expected[0] - 1])
        event.refresh_from_db()
        assert (event.tries, event.status) == expected
    assert (event.error, job_of(event).status) == ("", "succeeded")
    assert Payment.objects.get().invoice.status == "paid"


def test_a_lost_answer_is_asked_for_again(provider: FakeProvider, paid: str) -> None:
    provider.lost.append("fetch")
    event_of(provider, paid)
    work()
    assert not Payment.objects.exists()
    work(timedelta(minutes=1))
    assert Payment.objects.get().invoice.status == "paid"


def test_one_that_is_not_about_us_is_ignored(provider: FakeProvider, paid: str) -> None:
    event = event_of(provider, "")
    work()
    event.refresh_from_db()
    assert (event.status, event.tries, event.ended_at) == ("ignored", 1, make.AT)
    assert event.reports == 0


def test_one_that_told_something_cannot_be_set_to_ignored(
    provider: FakeProvider, paid: str
) -> None:
    event = event_of(provider, paid)
    work()
    event.refresh_from_db()
    assert (event.status, event.reports) == ("processed", 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        GatewayEvent.objects.filter(pk=event.pk).update(status="ignored")


def test_a_failure_after_the_success_is_none(provider: FakeProvider, paid: str) -> None:
    """R5, payments.md 2.7."""
    event_of(provider, paid, id="1", state="paid")
    event_of(provider, paid, id="2", state="failed")
    work()
    assert Attempt.objects.get().status == "succeeded"
    assert set(GatewayEvent.objects.values_list("status", flat=True)) == {"processed"}
    assert Payment.objects.get().invoice.status == "paid"


def test_a_success_after_the_attempt_expired_is_booked(provider: FakeProvider, paid: str) -> None:
    """R5."""
    expire_attempts(ctx=Context(make.AT + 2 * HOUR, SYSTEM))
    assert Attempt.objects.get().status == "expired"
    event_of(provider, paid)
    work()
    assert (Attempt.objects.get().status, Payment.objects.get().amount) == ("succeeded", 1200)


@pytest.fixture
def parked(provider: FakeProvider, paid: str) -> GatewayEvent:
    provider.silent += ["fetch"] * 8
    event = event_of(provider, paid)
    assert len(list(tries_until_it_parks(event))) == 8
    provider.silent.clear()
    return event


def test_staff_run_a_parked_event_again_and_it_is_booked(parked: GatewayEvent) -> None:
    later = make.AT + 30 * HOUR
    retry_gateway_event(event=parked, ctx=Context(later, STAFF))
    parked.refresh_from_db()
    assert (parked.status, parked.tries) == ("waiting", 0)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor_name) == ("gateway_event.waiting", "grace@example.com")
    run_events(later)
    parked.refresh_from_db()
    assert (parked.status, Payment.objects.get().invoice.status) == ("processed", "paid")
    jobs = Job.objects.filter(action="gateway_event.process").order_by("pk")
    assert [job.status for job in jobs] == ["dropped", "succeeded"]


def test_staff_run_it_again_as_a_parked_job(parked: GatewayEvent, provider: FakeProvider) -> None:
    """One more try: it parks at once if that fails, too."""
    later = make.AT + 30 * HOUR
    provider.silent.append("fetch")
    for expected in [("parked", 8), ("processed", 8)]:
        retry_job(job=job_of(parked), ctx=Context(later, STAFF))
        run_events(later)
        parked.refresh_from_db()
        assert (parked.status, parked.tries) == expected
    assert Payment.objects.get().invoice.status == "paid"


@pytest.mark.parametrize("state", ["", "paid"])
def test_one_that_was_processed_is_run_again_and_nothing_happens_twice(
    provider: FakeProvider, paid: str, state: str
) -> None:
    """R2: the same rules, the same constraints."""
    event = event_of(provider, paid, state=state)
    work()
    before = Payment.objects.values().get()
    retry_gateway_event(event=event, ctx=Context(make.AT + HOUR, STAFF))
    assert AuditEntry.objects.latest("pk").action == "gateway_event.retried"
    run_events(make.AT + HOUR)
    event.refresh_from_db()
    assert (event.status, job_of(event).status) == ("processed", "succeeded")
    assert Payment.objects.values().get() == before


def test_one_that_was_kept_and_has_lost_its_gateway_parks(
    provider: FakeProvider, paid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release without it: nothing is lost."""
    event = event_of(provider, paid)
    with monkeypatch.context() as without:
        without.delitem(registry.GATEWAY_CLASSES, "fake")
        run_events(make.AT)
    event.refresh_from_db()
    assert (event.status, event.error) == ("waiting", "fake: Payment method fake not found.")


def cleaned(at: datetime) -> None:
    next(entry for entry in PERIODIC_WORK if entry.name == "gateway-events").run(at)


def test_messages_are_forgotten_when_their_time_is_over(
    provider: FakeProvider, parked: GatewayEvent
) -> None:
    """``retention.webhook_days``, 7 days for refused ones; what waits for staff is not forgotten."""
    with clock.freeze_time(make.AT + HOUR):
        event_of(provider, "", id="ignored")
        deliver(({}, b"x"))
        work()
    cleaned(make.AT + timedelta(days=7))
    assert (GatewayEvent.objects.count(), RefusedMessage.objects.count()) == (2, 1)
    cleaned(make.AT + timedelta(days=8))
    assert (GatewayEvent.objects.count(), RefusedMessage.objects.count()) == (2, 0)
    cleaned(make.AT + timedelta(days=90))
    assert GatewayEvent.objects.count() == 2
    cleaned(make.AT + timedelta(days=91))
    assert GatewayEvent.objects.get() == parked
    drop_job(job=job_of(parked), reason="Not needed", ctx=CTX)
    cleaned(make.AT + timedelta(days=91))
    assert not GatewayEvent.objects.exists()


def test_a_job_whose_event_was_deleted_is_dropped(provider: FakeProvider, paid: str) -> None:
    event = event_of(provider, paid)
    GatewayEvent.objects.all().delete()
    run_events(make.AT)
    assert job_of(event).status == "dropped"


def test_an_event_of_an_unknown_reference_is_kept_for_staff(provider: FakeProvider) -> None:
    """R6: a reference that is not in our table pays no invoice."""
    reference = begin(make.make_invoice())[1].reference
    provider.pay(reference)
    Attempt.objects.update(reference="s-other")
    event = event_of(provider, reference)
    work()
    event.refresh_from_db()
    assert event.status == "processed"
    assert not Payment.objects.exists()
