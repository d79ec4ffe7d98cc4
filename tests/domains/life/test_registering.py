"""Names registered at a registrar that queues, refuses, loses answers, or sold them to somebody else (domains.md 4)."""

from datetime import timedelta

import pytest

from commerce.domains import registration
from commerce.domains.actions.changes import open_changes
from commerce.domains.actions.drifts import drift_report
from commerce.domains.models import Domain
from commerce.domains.registrars.contract import Availability, RegistrarResult
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.domains.sync import queue_due_syncs
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


def test_one_that_was_declined_after_it_was_queued_is_ordered_again(
    remote: RemoteRegistry,
) -> None:
    remote.queues = True
    domain = ordered(remote)
    run_all_jobs(make.AT)
    del remote.names[domain.domain_name]
    remote.queues, remote.refuses = False, True
    later = make.AT + timedelta(hours=1)
    queue_due_syncs(at=later)
    run_all_jobs(later, failing=True)
    jobs = Job.objects.filter(action="domain.register").order_by("pk")
    assert [job.status for job in jobs] == ["succeeded", "parked"]
    remote.refuses = False
    Job.objects.filter(status="parked").update(status="queued", tries=0)
    run_all_jobs(later)
    domain.refresh_from_db()
    assert domain.status == "active"


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
