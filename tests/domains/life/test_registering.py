"""Names registered at a registrar that queues, refuses, loses answers, or sold them to somebody else (domains.md 4)."""

from datetime import datetime, timedelta

import pytest

from commerce.domains import registration
from commerce.domains.actions.changes import open_changes
from commerce.domains.actions.drifts import drift_report
from commerce.domains.actions.states import cancel_domain
from commerce.domains.models import Domain
from commerce.domains.registrars.contract import Availability, RegistrarResult
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.domains.sync import ask_registrar, queue_due_syncs, sync_domain
from commerce.jobs.handlers import JobRun, job_type_of
from commerce.jobs.job_states import claim_job, requeue_lost_jobs
from commerce.jobs.manual import finish_manually, retry_job
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from tests import make
from tests.doubles.registrar import RemoteRegistry
from tests.make.jobs import run_all_jobs
from tests.make.registered_names import info_of, make_domain_at, minutes_after
from tests.make.registrants import REGISTRANT

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def ordered(remote: RemoteRegistry, **over: object) -> Domain:
    domain = make_domain_at(remote, status="pending", **over)
    registration.request_registration(domain=domain, idempotency_key="order 1", ctx=CTX)
    return domain


def job() -> Job:
    return Job.objects.get(action="domain.register")


def test_the_registrar_gets_all_that_was_ordered(remote: RemoteRegistry) -> None:
    domain = ordered(remote, term_years=3, whois_privacy=True)
    run_all_jobs(make.AT)
    ((what, name, order),) = remote.orders
    assert (what, name) == ("register", domain.domain_name)
    assert (order.years, order.whois_privacy) == (3, True)
    assert list(order.nameservers) == domain.nameservers
    assert order.contacts.admin.email == REGISTRANT["email"]
    domain.refresh_from_db()
    assert (domain.status, domain.remote_id, domain.is_locked) == ("active", "r1", True)
    assert domain.registration_date == make.AT.date()
    name = domain.domain_name
    assert remote.asked == [f"info {name}", f"check {name}", f"info {name}"]


def test_one_that_somebody_else_has_parks_and_its_client_is_told_once(
    remote: RemoteRegistry,
) -> None:
    domain = make_domain_at(remote, status="pending")
    remote.taken.add(domain.domain_name)
    registration.request_registration(domain=domain, idempotency_key="order 1", ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    assert job().status == "parked"
    assert job().error.startswith("name_taken: ")
    Job.objects.update(status="queued")
    run_all_jobs(make.AT + timedelta(hours=1), failing=True)
    told = OutgoingMail.objects.filter(event="domain_registration_problem")
    assert [mail.client_id for mail in told] == [domain.client_id]
    assert OutgoingMail.objects.filter(event="job_parked").exists()
    assert remote.orders == []
    domain.refresh_from_db()
    assert domain.status == "pending"


def test_what_a_former_try_of_ours_got_is_not_somebody_elses(remote: RemoteRegistry) -> None:
    """Its registrar shows the name only some minutes later, and meanwhile it is taken."""
    domain = ordered(remote)
    remote.loses_answers = True
    first, second, third, _ = minutes_after()
    run_all_jobs(first, failing=True)
    hidden = remote.names.pop(domain.domain_name)
    remote.taken.add(domain.domain_name)
    run_all_jobs(second, failing=True)
    assert job().status == "waiting"
    remote.names[domain.domain_name] = hidden
    run_all_jobs(third)
    domain.refresh_from_db()
    assert domain.status == "active"
    assert remote.bought() == [domain.domain_name]
    assert not OutgoingMail.objects.filter(event="domain_registration_problem").exists()


def test_a_registrar_that_is_down_is_asked_four_times_and_sells_nothing(
    remote: RemoteRegistry,
) -> None:
    domain = ordered(remote)
    remote.is_down = True
    for at in minutes_after():
        run_all_jobs(at, failing=True)
    assert (job().status, job().tries) == ("parked", 4)
    remote.is_down = False
    Job.objects.update(status="queued", tries=0)
    run_all_jobs(make.AT + timedelta(hours=9))
    domain.refresh_from_db()
    assert domain.status == "active"
    assert remote.bought() == [domain.domain_name]


def test_a_registration_that_the_registrar_queued_is_there_an_hour_later(
    remote: RemoteRegistry,
) -> None:
    remote.queues = True
    domain = ordered(remote)
    run_all_jobs(make.AT)
    domain.refresh_from_db()
    assert (domain.status, domain.sent_at, domain.remote_id) == ("pending", make.AT, "r1")
    assert job().status == "succeeded"
    assert queue_due_syncs(at=make.AT + timedelta(minutes=59)) == 0
    later = make.AT + timedelta(hours=1)
    remote.names[domain.domain_name] = info_of(domain, expiry=later.date() + timedelta(days=365))
    assert queue_due_syncs(at=later) == 1
    run_all_jobs(later)
    domain.refresh_from_db()
    assert domain.status == "active"
    assert remote.bought() == [domain.domain_name]


def test_one_that_was_queued_and_is_not_there_on_two_days_is_ordered_again_by_staff_alone(
    remote: RemoteRegistry,
) -> None:
    remote.queues = True
    domain = ordered(remote)
    run_all_jobs(make.AT)
    del remote.names[domain.domain_name]
    remote.queues = False
    jobs = Job.objects.filter(action="domain.register").order_by("pk")
    for hours in (1, 12):
        run_all_jobs(sync_at(domain, hours), failing=True)
        assert jobs.count() == 1
    for hours in (22, 50):
        run_all_jobs(sync_at(domain, hours), failing=True)
        assert [job.status for job in jobs] == ["succeeded", "parked"]
    assert remote.bought() == [domain.domain_name]
    later = make.AT + timedelta(hours=51)
    retry_job(job=jobs[1], ctx=Context(later, SYSTEM))
    run_all_jobs(later)
    domain.refresh_from_db()
    assert (domain.status, remote.bought()) == ("active", [domain.domain_name] * 2)


def sync_at(domain: Domain, hours: int) -> datetime:
    at = make.AT + timedelta(hours=hours)
    sync_domain(domain.pk, Context(at, SYSTEM))
    return at


@pytest.mark.parametrize("state", ["active", "pending"])
def test_a_name_that_our_account_has_already_is_nobodys_by_an_order(
    remote: RemoteRegistry, state: str
) -> None:
    domain = ordered(remote)
    year = make.AT.date() + timedelta(days=365)
    remote.names[domain.domain_name] = info_of(domain, state=state, expiry=year)
    for _ in range(2):
        run_all_jobs(make.AT, failing=True)
        ask_registrar(domain, CTX)()
        domain.refresh_from_db()
        assert (job().status, domain.status, remote.orders) == ("parked", "pending", [])
        retry_job(job=job(), ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    finish_manually(job=job(), reason="it is theirs", answers={"expires": f"{year}"}, ctx=CTX)
    domain.refresh_from_db()
    assert domain.status == "active"


def test_what_a_killed_try_got_is_ours_after_staff_tried_again(remote: RemoteRegistry) -> None:
    domain = ordered(remote)
    assert claim_job(job=job(), at=make.AT)
    job_type_of("domain.register").handler(JobRun.of(job(), make.AT))
    requeue_lost_jobs(at=make.AT + timedelta(minutes=11))
    Job.objects.update(status="parked")
    later = make.AT + timedelta(minutes=12)
    retry_job(job=job(), ctx=Context(later, SYSTEM))
    run_all_jobs(later)
    domain.refresh_from_db()
    assert (domain.status, remote.bought()) == ("active", [domain.domain_name])


@pytest.mark.parametrize("is_parked", [True, False])
@pytest.mark.parametrize("is_there", [True, False])
def test_one_whose_order_ended_after_a_lost_answer_is_looked_for(
    remote: RemoteRegistry, *, is_there: bool, is_parked: bool
) -> None:
    """Its price may have been credited, and nobody else would see that the name is there."""
    domain = ordered(remote)
    remote.loses_answers = True
    run_all_jobs(make.AT, failing=True)
    if is_parked:
        Job.objects.update(status="parked")
    if not is_there:
        del remote.names[domain.domain_name]
    later = make.AT + timedelta(minutes=5)
    cancel_domain(domain=domain, ctx=Context(later, SYSTEM))
    run_all_jobs(later, failing=True)
    assert job().status == ("parked" if is_there else "dropped")
    assert ("although it is cancelled here" in job().error) == is_there


def test_one_that_stays_queued_for_days_is_on_the_report(remote: RemoteRegistry) -> None:
    remote.queues = True
    ordered(remote)
    run_all_jobs(make.AT)
    for days in range(1, 7):
        at = make.AT + timedelta(days=days, hours=23)
        queue_due_syncs(at=at)
        run_all_jobs(at)
    assert [drift.theirs for drift in drift_report(Context(at, SYSTEM))] == ["pending"]


def test_a_lock_and_a_privacy_that_it_shall_have_are_asked_for(remote: RemoteRegistry) -> None:
    remote.queues = True
    domain = ordered(remote, whois_privacy=True)
    run_all_jobs(make.AT)
    later = make.AT + timedelta(hours=1)
    remote.names[domain.domain_name] = info_of(
        domain,
        expiry=later.date() + timedelta(days=365),
        is_locked=False,
        whois_privacy=False,
    )
    queue_due_syncs(at=later)
    run_all_jobs(later)
    domain.refresh_from_db()
    there = remote.names[domain.domain_name]
    assert (there.is_locked, there.whois_privacy) == (True, True)
    assert (domain.is_locked, domain.whois_privacy) == (True, True)
    assert open_changes(domain) == {}


def test_a_premium_name_is_not_bought(
    remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered(remote)
    premium = RegistrarResult(Availability(is_available=True, is_premium=True))
    monkeypatch.setattr(REGISTRAR_CLASSES["remote"], "check_one", lambda *_: premium)
    run_all_jobs(make.AT, failing=True)
    assert (job().status, remote.orders) == ("parked", [])
