"""Renewals and restores at the registrar: each paid one once, whatever is lost on the way (domains.md 4, R25)."""

import random
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from commerce.domains import registration
from commerce.domains.actions.drifts import drift_report
from commerce.domains.actions.staff import override_domain_status
from commerce.domains.actions.states import cancel_domain
from commerce.domains.handlers.answers import TemporaryFailure
from commerce.domains.models import Domain
from commerce.domains.registrars.contract import RegistrarResult, RegistrarState
from commerce.domains.rules import DomainStatus
from commerce.events.models import StoredEvent
from commerce.jobs.handlers import JobRun, job_type_of
from commerce.jobs.job_states import claim_job, requeue_lost_jobs
from commerce.jobs.manual import finish_manually, retry_job
from commerce.jobs.models import Job
from commerce.jobs.runner import run_job
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.doubles.registrar import RegistrarDouble, RemoteRegistry
from tests.make.draws import draws
from tests.make.jobs import run_all_jobs
from tests.make.registered_names import end_of, info_of, make_domain_at, minutes_after

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def paid(domain: Domain, cause: str = "1", years: int = 1, **more: Any) -> Job:
    registration.request_renewal(domain=domain, idempotency_key=cause, years=years, ctx=CTX, **more)
    return Job.objects.get(action="domain.renew", idempotency_key=cause)


def there(remote: RemoteRegistry, domain: Domain) -> date:
    expiry = remote.names[domain.domain_name].expiry
    assert expiry is not None
    return expiry


def expiry_of(domain: Domain) -> date:
    assert domain.expiry_date is not None
    return domain.expiry_date


def test_a_name_is_renewed_by_what_was_paid(remote: RemoteRegistry) -> None:
    domain = make_domain_at(remote)
    before = expiry_of(domain)
    paid(domain, years=2)
    run_all_jobs(make.AT)
    domain.refresh_from_db()
    assert domain.expiry_date == domain.next_due_date == there(remote, domain) == end_of(before, 2)
    assert remote.orders == [("renew", domain.domain_name, 2)]


@pytest.mark.parametrize("seed", range(draws(50)))
def test_r25_whatever_is_lost_one_term_is_bought(remote: RemoteRegistry, seed: int) -> None:
    """Answers are lost, the registrar is down, workers die before and after what they did, staff try again."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    domain = make_domain_at(remote, status=dice.choice(["active", "expired"]))
    before, years = expiry_of(domain), dice.randint(1, 3)
    job, at = paid(domain, years=years), make.AT
    for _ in range(dice.randint(1, 12)):
        remote.is_down, remote.loses_answers = dice.random() < 0.4, dice.random() < 0.5
        job.refresh_from_db()
        match dice.choice(["run", "run", "killed", "retry"]):
            case "run":
                run_all_jobs(at, failing=True)
            case "killed" if job.status in ("queued", "waiting"):
                die_in_the_middle(job, at)
            case "retry" if job.status == "parked":
                retry_job(job=job, ctx=Context(at, SYSTEM))
        at += timedelta(minutes=dice.choice([1, 6, 16, 40]))
        requeue_lost_jobs(at=at)
        assert len(remote.orders) <= 1
    remote.is_down = remote.loses_answers = False
    for _ in range(3):
        at += timedelta(hours=1)
        requeue_lost_jobs(at=at)
        job.refresh_from_db()
        if job.status == "parked":
            retry_job(job=job, ctx=Context(at, SYSTEM))
        run_all_jobs(at, failing=True)
    domain.refresh_from_db()
    job.refresh_from_db()
    assert (job.status, domain.status) == ("succeeded", "active")
    assert domain.expiry_date == there(remote, domain) == end_of(before, years)
    assert remote.orders == [("renew", domain.domain_name, years)]


def die_in_the_middle(job: Job, at: datetime) -> None:
    """A worker that did the work at the registrar, and ended before it could say so."""
    if claim_job(job=job, at=at):
        job.refresh_from_db()
        with suppress(Exception):
            job_type_of(job.action).handler(JobRun.of(job, at))


def test_two_workers_at_once_renew_once(remote: RemoteRegistry) -> None:
    domain = make_domain_at(remote)
    job = paid(domain)
    twin = Job.objects.get(pk=job.pk)
    assert run_job(job, at=make.AT)
    assert not run_job(twin, at=make.AT)
    assert len(remote.orders) == 1


@pytest.mark.parametrize("off", [-1, 1, -3, 20])
def test_a_registrar_whose_date_is_another_one_is_not_asked_twice(
    remote: RemoteRegistry, off: int
) -> None:
    domain = make_domain_at(remote)
    theirs = expiry_of(domain) + timedelta(days=off)
    remote.names[domain.domain_name] = info_of(domain, expiry=theirs)
    paid(domain)
    remote.loses_answers = True
    run_all_jobs(make.AT, failing=True)
    run_all_jobs(make.AT + timedelta(minutes=2))
    domain.refresh_from_db()
    assert len(remote.orders) == 1
    assert domain.expiry_date == there(remote, domain) == end_of(theirs, 1)
    noticed = [drift.field for drift in drift_report(CTX)]
    assert noticed == ([] if abs(off) == 1 else ["expiry"])


@pytest.mark.parametrize("days", [-365, -40, 200])
def test_an_expiry_that_nobody_can_explain_is_for_staff(remote: RemoteRegistry, days: int) -> None:
    """A year less would be the term again after a lost answer."""
    domain = make_domain_at(remote)
    theirs = expiry_of(domain) + timedelta(days=days)
    remote.names[domain.domain_name] = info_of(domain, expiry=theirs)
    job = paid(domain)
    run_all_jobs(make.AT, failing=True)
    job.refresh_from_db()
    assert (job.status, remote.orders) == ("parked", [])
    assert str(theirs) in job.error
    finish_manually(job=job, reason="done", answers={}, ctx=CTX)
    domain.refresh_from_db()
    assert domain.status == "active"


def test_what_was_renewed_elsewhere_meanwhile_counts(remote: RemoteRegistry) -> None:
    domain = make_domain_at(remote)
    before = expiry_of(domain)
    remote.names[domain.domain_name] = info_of(domain, expiry=end_of(before, 1))
    paid(domain)
    run_all_jobs(make.AT)
    domain.refresh_from_db()
    assert (domain.expiry_date, remote.orders) == (end_of(before, 1), [])


def test_of_two_paid_years_one_that_is_there_already_is_not_bought_again(
    remote: RemoteRegistry,
) -> None:
    domain = make_domain_at(remote)
    before = expiry_of(domain)
    remote.names[domain.domain_name] = info_of(domain, expiry=end_of(before, 1))
    paid(domain, years=2)
    run_all_jobs(make.AT)
    domain.refresh_from_db()
    assert domain.expiry_date == end_of(before, 2)
    assert remote.orders == [("renew", domain.domain_name, 1)]


def test_a_name_that_the_registrar_does_not_have_is_not_renewed(remote: RemoteRegistry) -> None:
    domain = make_domain_at(remote)
    del remote.names[domain.domain_name]
    job = paid(domain)
    run_all_jobs(make.AT, failing=True)
    job.refresh_from_db()
    assert (job.status, remote.orders) == ("parked", [])


def test_a_registrar_that_tells_no_expiry_is_asked_once(remote: RemoteRegistry) -> None:
    """After a lost answer nobody knows: staff look."""
    domain = make_domain_at(remote)
    job = paid(domain)
    hide = info_of(domain, expiry=None)
    remote.names[domain.domain_name] = hide
    silent = RegistrarDouble._carry_out
    remote.loses_answers = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            RegistrarDouble,
            "renew",
            lambda self, name, years, **_: silent(self, "renew", name, years, hide),
        )
        for at in minutes_after():
            run_all_jobs(at, failing=True)
    job.refresh_from_db()
    assert (job.status, len(remote.orders)) == ("parked", 1)


@pytest.mark.parametrize("renews", [True, False])
@pytest.mark.parametrize("years", [1, 2])
@pytest.mark.parametrize("loses", [True, False])
def test_a_restore_brings_the_name_back_for_what_was_paid(
    remote: RemoteRegistry, *, renews: bool, years: int, loses: bool
) -> None:
    domain = make_domain_at(remote, status="redemption")
    before, remote.restore_renews = expiry_of(domain), renews
    job = paid(domain, years=years, is_restore=True)
    for at in minutes_after():
        remote.loses_answers = loses and not remote.loses_answers
        run_all_jobs(at, failing=True)
    job.refresh_from_db()
    domain.refresh_from_db()
    assert (job.status, domain.status) == ("succeeded", "active")
    assert domain.expiry_date == there(remote, domain) == end_of(before, years)
    assert remote.bought("restore") == [domain.domain_name]
    assert len(remote.bought("renew")) == (years > renews)


def test_a_restore_that_the_registrar_queues_is_asked_about_again(
    remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = make_domain_at(remote, status="redemption")
    job, waiting = paid(domain, is_restore=True), info_of(domain)
    restore = RegistrarDouble.restore
    queued = RegistrarResult(replace(waiting, state=RegistrarState.PENDING))
    monkeypatch.setattr(RegistrarDouble, "restore", lambda *_, **__: queued)
    run_all_jobs(make.AT, failing=True)
    job.refresh_from_db()
    assert (job.status, job.tries) == ("waiting", 0)
    monkeypatch.setattr(RegistrarDouble, "restore", restore)
    run_all_jobs(make.AT + timedelta(minutes=6))
    domain.refresh_from_db()
    assert (domain.status, remote.bought()) == ("active", [domain.domain_name])


def test_without_its_fee_nothing_is_restored(remote: RemoteRegistry) -> None:
    """A renewal that was paid in time, but not carried out: whose fault it was is for staff."""
    domain = make_domain_at(remote, status="redemption")
    job = paid(domain)
    run_all_jobs(make.AT, failing=True)
    job.refresh_from_db()
    assert (job.status, remote.orders) == ("parked", [])


@pytest.mark.parametrize("reason", ["withdrawn", "ended"])
@pytest.mark.parametrize("is_bought", [True, False])
def test_one_that_is_not_wanted_any_more_is_looked_for_after_a_lost_answer(
    remote: RemoteRegistry, *, is_bought: bool, reason: str
) -> None:
    """Nobody else would see that the registrar was paid for what was given back."""
    domain = make_domain_at(remote)
    job, before = paid(domain), remote.names[domain.domain_name]
    remote.loses_answers = True
    run_all_jobs(make.AT, failing=True)
    if not is_bought:
        remote.names[domain.domain_name] = before
    later = Context(make.AT + timedelta(minutes=5), SYSTEM)
    if reason == "withdrawn":
        registration.withdraw_renewal(domain=domain, idempotency_key="1", ctx=later)
    else:
        cancel_domain(domain=domain, ctx=later)
    run_all_jobs(later.at, failing=True)
    job.refresh_from_db()
    assert (job.status, len(remote.orders)) == ("parked" if is_bought else "dropped", 1)
    assert ("may have renewed" in job.error) == is_bought
    if is_bought:
        finish_manually(job=job, reason="it was", answers={}, ctx=later)
        domain.refresh_from_db()
        assert (domain.expiry_date == there(remote, domain)) == (reason == "withdrawn")


@pytest.mark.parametrize("to", ["cancelled", "transferred_away", "fraud"])
def test_one_that_waits_for_staff_is_given_back_when_they_end_the_name_by_hand(
    remote: RemoteRegistry, to: str
) -> None:
    domain = make_domain_at(remote)
    job = paid(domain)
    del remote.names[domain.domain_name]
    run_all_jobs(make.AT, failing=True)
    job.refresh_from_db()
    assert job.status == "parked"
    later = Context(make.AT + timedelta(hours=1), SYSTEM)
    override_domain_status(domain=domain, to=DomainStatus(to), reason="Gone", ctx=later)
    run_all_jobs(later.at)
    job.refresh_from_db()
    assert job.status == "dropped"
    assert StoredEvent.objects.filter(kind="DomainRenewalDropped").count() == 1


@pytest.mark.parametrize("reason", ["withdrawn", "ended"])
@pytest.mark.parametrize("is_bought", [True, False])
def test_where_a_renewal_shows_late_one_that_is_not_wanted_any_more_waits_to_be_looked_for(
    remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch, *, is_bought: bool, reason: str
) -> None:
    late = replace(RegistrarDouble.capabilities, renewal_delay_seconds=3600)
    monkeypatch.setattr(RegistrarDouble, "capabilities", late)
    domain = make_domain_at(remote)
    job, before = paid(domain), remote.names[domain.domain_name]
    remote.loses_answers = True
    run_all_jobs(make.AT, failing=True)
    renewed = remote.names[domain.domain_name]
    remote.names[domain.domain_name], remote.loses_answers = before, False
    later = Context(make.AT + timedelta(minutes=5), SYSTEM)
    if reason == "withdrawn":
        registration.withdraw_renewal(domain=domain, idempotency_key="1", ctx=later)
    else:
        cancel_domain(domain=domain, ctx=later)
    for minutes in (5, 30, 59):
        run_all_jobs(make.AT + timedelta(minutes=minutes), failing=True)
        job.refresh_from_db()
        assert job.status == "waiting"
    if is_bought:
        remote.names[domain.domain_name] = renewed
    run_all_jobs(make.AT + timedelta(minutes=61), failing=True)
    job.refresh_from_db()
    assert (job.status, len(remote.orders)) == ("parked" if is_bought else "dropped", 1)


def test_one_that_is_withdrawn_while_it_runs_is_not_sent(remote: RemoteRegistry) -> None:
    domain = make_domain_at(remote)
    job = paid(domain)
    assert claim_job(job=job, at=make.AT)
    run = JobRun.of(job, make.AT)
    registration.withdraw_renewal(domain=domain, idempotency_key="1", ctx=CTX)
    with pytest.raises(TemporaryFailure):
        job_type_of(job.action).handler(run)
    assert remote.orders == []


@pytest.mark.parametrize("is_bought", [True, False])
def test_where_a_renewal_shows_late_it_is_not_bought_twice(
    remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch, *, is_bought: bool
) -> None:
    late = replace(RegistrarDouble.capabilities, renewal_delay_seconds=3600)
    monkeypatch.setattr(RegistrarDouble, "capabilities", late)
    domain = make_domain_at(remote)
    job, before = paid(domain), remote.names[domain.domain_name]
    remote.loses_answers = True
    run_all_jobs(make.AT, failing=True)
    renewed = remote.names[domain.domain_name]
    remote.names[domain.domain_name], remote.loses_answers = before, False
    for minutes in (2, 9, 30, 59):
        run_all_jobs(make.AT + timedelta(minutes=minutes), failing=True)
        job.refresh_from_db()
        assert (job.status, len(remote.orders)) == ("waiting", 1)
    if is_bought:
        remote.names[domain.domain_name] = renewed
    run_all_jobs(make.AT + timedelta(minutes=61))
    domain.refresh_from_db()
    assert domain.expiry_date == there(remote, domain) == renewed.expiry
    assert len(remote.orders) == (1 if is_bought else 2)
