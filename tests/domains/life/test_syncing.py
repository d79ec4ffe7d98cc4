"""Names are as their registrar has them, and staff see what differed (domains.md 4)."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from commerce.domains.actions.changes import ParentDs, request_nameservers, request_transfer_lock
from commerce.domains.actions.drifts import drift_report
from commerce.domains.actions.editing import set_auto_renew
from commerce.domains.actions.sync_requests import request_sync
from commerce.domains.lifecycle import advance_domain_states
from commerce.domains.models import Domain, DomainDrift
from commerce.domains.registrars.contract import DomainInfo, RegistrarState
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.domains.registration import request_renewal
from commerce.domains.rules import days_to_next_sync, sync_time
from commerce.domains.sync import ask_registrar, queue_due_syncs, sync_domain
from commerce.jobs.manual import drop_job
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from tests import make
from tests.doubles.registrar import RemoteRegistry
from tests.make.jobs import run_all_jobs
from tests.make.registered_names import end_of, info_of, make_domain_at, minutes_after

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def synced(domain: Domain, at: datetime = make.AT) -> Domain:
    sync_domain(domain.pk, Context(at, SYSTEM))
    run_all_jobs(at)
    domain.refresh_from_db()
    return domain


def said(remote: RemoteRegistry, domain: Domain, **over: Any) -> None:
    remote.names[domain.domain_name] = info_of(domain, **over)


def report() -> list[tuple[str, str, str, bool]]:
    return [
        (each.field, each.ours, each.theirs, each.resolved_at is None) for each in drift_report(CTX)
    ]


def test_without_a_difference_nothing_changes(remote: RemoteRegistry) -> None:
    domain = make_domain_at(remote)
    changed_at, revision = domain.changed_at, domain.client.revision
    synced(domain)
    domain.client.refresh_from_db()
    assert (domain.changed_at, domain.client.revision) == (changed_at, revision)
    assert (domain.synced_at, report()) == (make.AT, [])


def test_lock_privacy_and_nameservers_are_taken_over(remote: RemoteRegistry) -> None:
    domain = make_domain_at(remote)
    hosts = ("ns1.far.example", "ns2.far.example", "ns3.far.example")
    said(remote, domain, is_locked=False, whois_privacy=True, nameservers=hosts)
    synced(domain)
    assert (domain.is_locked, domain.whois_privacy) == (False, True)
    assert domain.nameservers == list(hosts)
    assert report() == []


def test_what_the_registrar_does_not_tell_stays(remote: RemoteRegistry) -> None:
    domain = make_domain_at(remote)
    before = (domain.expiry_date, domain.is_locked, domain.nameservers)
    remote.names[domain.domain_name] = DomainInfo(state=RegistrarState.ACTIVE)
    synced(domain)
    assert (domain.expiry_date, domain.is_locked, domain.nameservers) == before


def test_what_is_being_changed_is_left_alone(remote: RemoteRegistry) -> None:
    domain = make_domain_at(remote)
    said(remote, domain, is_locked=False, nameservers=("ns1.far.example", "ns2.far.example"))
    request_transfer_lock(domain=domain, locked=False, ctx=CTX)
    request_nameservers(
        domain=domain,
        nameservers=["ns1.new.example", "ns2.new.example"],
        parent=ParentDs(CTX.at),
        ctx=CTX,
    )
    sync_domain(domain.pk, CTX)
    domain.refresh_from_db()
    assert domain.is_locked
    assert domain.nameservers == ["ns1.example.net", "ns2.example.net"]


@pytest.mark.parametrize(("days", "is_told"), [(-1, False), (1, False), (-2, True), (400, True)])
def test_the_registrars_expiry_counts(remote: RemoteRegistry, *, days: int, is_told: bool) -> None:
    domain = make_domain_at(remote)
    ours = domain.expiry_date
    assert ours is not None
    theirs = ours + timedelta(days=days)
    said(remote, domain, expiry=theirs)
    synced(domain)
    assert domain.expiry_date == domain.next_due_date == theirs
    assert report() == ([("expiry", str(ours), str(theirs), False)] if is_told else [])


def test_a_year_that_a_registry_gives_by_itself_is_nobodys_until_it_is_paid(
    remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise whoever does not pay has the name for another year."""
    double = REGISTRAR_CLASSES["remote"]
    by_itself = replace(double.capabilities, renews_itself=True)
    monkeypatch.setattr(double, "capabilities", by_itself)
    domain = make_domain_at(remote, status="expired", expiry_date=make.AT.date())
    ours = domain.expiry_date
    assert ours is not None
    said(remote, domain, state="active", expiry=end_of(ours, 1))
    synced(domain, make.AT + timedelta(days=2))
    assert (domain.status, domain.expiry_date) == ("expired", ours)
    assert report() == [("expiry", str(ours), str(end_of(ours, 1)), True)]
    request_renewal(domain=domain, idempotency_key="1", ctx=Context(make.AT, SYSTEM))
    run_all_jobs(make.AT + timedelta(days=3))
    synced(domain, make.AT + timedelta(days=4))
    assert (domain.status, domain.expiry_date) == ("active", end_of(ours, 1))
    assert (remote.orders, [is_open for _, _, _, is_open in report()]) == ([], [False])


@pytest.mark.parametrize("status", ["expired", "redemption"])
def test_one_that_was_renewed_elsewhere_is_active_again(
    remote: RemoteRegistry, status: str
) -> None:
    domain = make_domain_at(remote, status=status)
    assert domain.expiry_date is not None
    said(remote, domain, state="active", expiry=end_of(domain.expiry_date, 1))
    synced(domain)
    assert domain.status == "active"
    assert {field for field, _, _, is_open in report() if not is_open} == {"status", "expiry"}


@pytest.mark.parametrize("status", ["active", "expired"])
def test_redemption_there_is_redemption_here(remote: RemoteRegistry, status: str) -> None:
    domain = make_domain_at(remote, status=status)
    said(remote, domain, state="redemption")
    synced(domain)
    assert domain.status == "redemption"
    assert report() == [("status", status, "redemption", False)]


@pytest.mark.parametrize("state", ["unknown", "pending_transfer", "expired"])
def test_a_state_that_nothing_follows_from_is_for_staff_until_it_is_over(
    remote: RemoteRegistry, state: str
) -> None:
    domain = make_domain_at(remote)
    said(remote, domain, state=state)
    for day in range(3):
        synced(domain, make.AT + timedelta(days=day))
    assert domain.status == "active"
    assert report() == [("status", "active", state, True)]
    said(remote, domain)
    synced(domain, make.AT + timedelta(days=4))
    assert report() == [("status", "active", state, False)]


def test_one_that_is_gone_on_two_days_was_transferred_away(remote: RemoteRegistry) -> None:
    domain = make_domain_at(remote)
    said(remote, domain, state="gone")
    synced(domain)
    assert (domain.status, report()) == ("active", [("status", "active", "gone", True)])
    synced(domain, make.AT + timedelta(hours=20))
    assert (domain.status, domain.auto_renew, domain.next_due_date) == (
        "transferred_away", False, None,
    )  # fmt: skip
    assert OutgoingMail.objects.filter(event="domain_transferred_away").exists()
    assert report() == [("status", "active", "gone", False)]


@pytest.mark.parametrize("is_told", [True, False])
def test_a_name_whose_renewal_is_paid_is_not_given_up_without_staff(
    remote: RemoteRegistry, *, is_told: bool
) -> None:
    domain = make_domain_at(remote)
    said(remote, domain, state="gone")
    if not is_told:
        del remote.names[domain.domain_name]
    request_renewal(domain=domain, idempotency_key="1", ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    for day in range(3):
        synced(domain, make.AT + timedelta(days=day))
    assert (domain.status, report()) == ("active", [("status", "active", "gone", True)])
    job = Job.objects.get(action="domain.renew")
    assert job.status == "parked"
    drop_job(job=job, reason="It left.", ctx=CTX)
    synced(domain, make.AT + timedelta(days=3))
    assert domain.status == "transferred_away"


@pytest.mark.parametrize(
    ("status", "ends"), [("active", "transferred_away"), ("redemption", "cancelled")]
)
def test_and_is_given_up_after_two_weeks_although_staff_did_nothing(
    remote: RemoteRegistry, status: str, ends: str
) -> None:
    domain = make_domain_at(remote)
    if status == "redemption":
        Domain.objects.update(status=status, expiry_date=make.AT.date() - timedelta(days=61))
    del remote.names[domain.domain_name]
    request_renewal(domain=domain, idempotency_key="1", ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    for day in range(15):
        domain.refresh_from_db()
        assert domain.status == status
        synced(domain, make.AT + timedelta(days=day))
    assert (domain.status, Job.objects.get(action="domain.renew").status) == (ends, "dropped")


@pytest.mark.parametrize("days", [-31, -300, -700])
def test_a_much_earlier_or_past_expiry_of_an_active_name_is_not_believed(
    remote: RemoteRegistry, days: int
) -> None:
    domain = make_domain_at(remote)
    ours = domain.expiry_date
    assert ours is not None
    theirs = ours + timedelta(days=days)
    said(remote, domain, expiry=theirs)
    synced(domain)
    assert (domain.status, domain.expiry_date) == ("active", ours)
    assert report() == [("expiry", str(ours), str(theirs), True)]
    said(remote, domain)
    synced(domain, make.AT + timedelta(days=1))
    assert report() == [("expiry", str(ours), str(theirs), False)]


def test_an_expiry_of_last_year_ends_no_name_before_staff_can_look(remote: RemoteRegistry) -> None:
    domain = make_domain_at(remote)
    assert domain.expiry_date is not None
    said(remote, domain, state="expired", expiry=make.AT.date() - timedelta(days=300))
    synced(domain)
    for days in range(1, 7):
        day = make.AT.date() + timedelta(days=days)
        advance_domain_states(
            domain=domain, day=day, ctx=Context(make.AT + timedelta(days), SYSTEM)
        )
        domain.refresh_from_db()
        assert domain.status == "expired"
    late = make.AT + timedelta(days=9)
    advance_domain_states(domain=domain, day=late.date(), ctx=Context(late, SYSTEM))
    domain.refresh_from_db()
    assert domain.status == "cancelled"


def test_one_that_is_not_found_is_ours_until_the_next_day(remote: RemoteRegistry) -> None:
    """A registrar that was set up with another account finds none of our names."""
    domain = make_domain_at(remote)
    del remote.names[domain.domain_name]
    for hours in (0, 1, 19):
        synced(domain, make.AT + timedelta(hours=hours))
        assert domain.status == "active"
    assert report() == [("status", "active", "gone", True)]
    synced(domain, make.AT + timedelta(hours=20))
    assert domain.status == "transferred_away"
    assert not DomainDrift.objects.filter(resolved_at=None).exists()


def test_one_that_is_found_again_was_never_away(remote: RemoteRegistry) -> None:
    domain = make_domain_at(remote)
    found = remote.names.pop(domain.domain_name)
    synced(domain)
    remote.names[domain.domain_name] = found
    synced(domain, make.AT + timedelta(days=1))
    del remote.names[domain.domain_name]
    synced(domain, make.AT + timedelta(days=2))
    assert domain.status == "active"


def test_no_answer_changes_nothing_and_is_asked_for_once_more(remote: RemoteRegistry) -> None:
    domain = make_domain_at(remote)
    request_sync(domain=domain, ctx=CTX)
    remote.is_down = True
    for at in minutes_after():
        run_all_jobs(at + timedelta(seconds=30), failing=True)
    job = Job.objects.get(action="domain.sync")
    domain.refresh_from_db()
    assert (job.status, job.tries, domain.synced_at) == ("parked", 2, None)
    request_sync(domain=domain, ctx=Context(make.AT + timedelta(days=1), SYSTEM))
    job.refresh_from_db()
    assert job.status == "dropped"


def test_an_answer_from_before_a_change_is_an_old_one(remote: RemoteRegistry) -> None:
    domain = make_domain_at(remote)
    said(remote, domain, is_locked=False)
    apply = ask_registrar(Domain.objects.get(pk=domain.pk), CTX)
    set_auto_renew(domain=domain, enabled=False, ctx=Context(make.AT + timedelta(1), SYSTEM))
    apply()
    domain.refresh_from_db()
    assert domain.is_locked


def test_a_paid_renewal_is_left_to_its_job_which_is_tried_again(remote: RemoteRegistry) -> None:
    domain = make_domain_at(remote)
    before = domain.expiry_date
    assert before is not None
    request_renewal(domain=domain, idempotency_key="1", ctx=CTX)
    remote.loses_answers = True
    run_all_jobs(make.AT, failing=True)
    remote.is_down = True
    for at in minutes_after()[1:]:
        run_all_jobs(at, failing=True)
    assert Job.objects.get(action="domain.renew").status == "parked"
    remote.is_down = False
    synced(domain, make.AT + timedelta(days=1))
    assert Job.objects.get(action="domain.renew").status == "succeeded"
    assert domain.expiry_date == end_of(before, 1)
    assert (report(), len(remote.orders)) == ([], 1)


def test_each_name_has_its_turn_and_they_are_spread_over_the_day(remote: RemoteRegistry) -> None:
    today = make.AT.date()
    assert days_to_next_sync("active", today + timedelta(days=200), today) == 7
    assert days_to_next_sync("active", today + timedelta(days=63), today) == 3
    assert days_to_next_sync("active", today + timedelta(days=60), today) == 1
    assert days_to_next_sync("pending_transfer", None, today) == 1
    hours = Counter(sync_time(make.AT, 1, key).hour for key in range(2400))
    assert len(hours) == 24
    assert max(hours.values()) < 2 * min(hours.values())


def test_due_names_are_asked_about_once_and_those_by_hand_never(remote: RemoteRegistry) -> None:
    domain = make_domain_at(remote, expiry_date=make.AT.date() + timedelta(days=300))
    by_hand = make.make_domain()
    Domain.objects.filter(pk=by_hand.pk).update(next_sync_at=make.AT)
    long_ago = make.AT.date() - timedelta(days=65)  # its holder has confirmed long since
    Domain.objects.filter(pk=domain.pk).update(next_sync_at=None, registration_date=long_ago)
    assert queue_due_syncs(at=make.AT) == 0
    domain.refresh_from_db()
    assert domain.next_sync_at == sync_time(make.AT, 1, domain.pk)
    for _ in range(2):
        queue_due_syncs(at=domain.next_sync_at)
    run_all_jobs(domain.next_sync_at)
    assert Job.objects.filter(action="domain.sync").count() == 1
    after = domain.next_sync_at
    domain.refresh_from_db()
    assert domain.next_sync_at == after + timedelta(days=7)
    set_auto_renew(domain=domain, enabled=False, ctx=Context(after, SYSTEM))
    domain.refresh_from_db()
    assert domain.next_sync_at == after + timedelta(days=1)


def test_a_name_that_the_registrar_would_renew_is_on_the_report(remote: RemoteRegistry) -> None:
    """It would pay for what the client let lapse."""
    domain = make_domain_at(remote)
    said(remote, domain, auto_renews=True)
    synced(domain)
    assert report() == [("auto_renewal", "off", "on", True)]
    said(remote, domain)
    synced(domain, make.AT + timedelta(days=1))
    assert report() == [("auto_renewal", "off", "on", True)]  # it does not tell
    said(remote, domain, auto_renews=False)
    synced(domain, make.AT + timedelta(days=2))
    assert report() == [("auto_renewal", "off", "on", False)]
