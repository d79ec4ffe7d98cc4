"""Nothing ends more than a share of anything on the word of one registrar (domains.md 4)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from commerce.domains.actions.losses import (
    end_missing_names,
    request_domains_back,
)
from commerce.domains.actions.sync_requests import request_syncs
from commerce.domains.handlers.syncing import bring_domain_back_now
from commerce.domains.models import Domain, DomainLoss, RegistrarBrake
from commerce.domains.registrars.brakes import lost_names, missing_names, open_brake
from commerce.domains.rules import are_too_many
from commerce.domains.sync import apply_registrar_info, queue_due_syncs
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail
from tests import make
from tests.doubles.registrar import RemoteRegistry
from tests.make.jobs import run_all_jobs
from tests.make.registered_names import info_of, make_domain_at

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def names_at(remote: RemoteRegistry, number: int) -> list[Domain]:
    client = make.make_client()
    return [
        make_domain_at(remote, client, domain_name=f"name-{n}.com") for n in range(1, number + 1)
    ]


def days_pass(days: int, first: datetime = make.AT) -> datetime:
    """Day by day the registrar is asked about what is due; when that ends."""
    for day in range(days):
        at = first + timedelta(days=day, hours=23, minutes=59)
        queue_due_syncs(at=at)
        run_all_jobs(at)
    return first + timedelta(days=days)


def ask_all(domains: Iterable[Domain], at: datetime) -> None:
    request_syncs(domains=domains, ctx=Context(at, SYSTEM))
    run_all_jobs(at)


def statuses() -> set[str]:
    return set(Domain.objects.values_list("status", flat=True))


def told(event: str = "registrar_names_missing") -> int:
    return OutgoingMail.objects.filter(event=event).count()


@pytest.mark.parametrize(
    ("missing", "names", "held"),
    [
        (3, 60, False),
        (4, 60, True),
        (4, 200, False),
        (5, 200, True),
        (4, 4, True),
        (2, 3, False),
        (3, 3, True),
        (2, 2, True),
        (1, 1, False),
        (0, 0, False),
    ],
)
def test_a_few_names_and_a_small_share_may_be_gone(missing: int, names: int, *, held: bool) -> None:
    assert are_too_many(missing, names) == held


def test_another_account_ends_no_name_and_staff_are_told_once(remote: RemoteRegistry) -> None:
    """Two thirds were given up on day 8, and all of them on day 10."""
    names_at(remote, 6)
    remote.names.clear()
    days_pass(14)
    assert statuses() == {"active"}
    assert missing_names("remote", make.AT.date()).count() == 6
    assert (told(), RegistrarBrake.objects.count()) == (1, 1)
    assert OutgoingMail.objects.filter(event="domain_transferred_away").count() == 0


def test_of_three_that_are_asked_each_day_none_ends_before_the_others_were_asked(
    remote: RemoteRegistry,
) -> None:
    """Most names are asked about once a week: those that expire soon would be lost by then."""
    found = names_at(remote, 10)
    days_pass(8)
    soon = make.AT.date() + timedelta(days=40)
    Domain.objects.update(next_sync_at=make.AT + timedelta(days=14))
    Domain.objects.filter(pk__in=[one.pk for one in found[:3]]).update(
        expiry_date=soon, next_due_date=soon, next_sync_at=make.AT
    )
    remote.names.clear()
    days_pass(4, make.AT + timedelta(days=8))
    assert statuses() == {"active"}


def test_a_few_a_day_are_too_many_in_a_week(remote: RemoteRegistry) -> None:
    found = names_at(remote, 30)
    for day in range(6):
        for one in found[day * 3 : day * 3 + 3]:
            remote.names.pop(one.domain_name, None)
        ask_all(found, make.AT + timedelta(days=day))
        found = list(Domain.objects.filter(status="active").order_by("pk"))
        if not found:
            break
        found = sorted(found, key=lambda one: int(one.domain_name[5:-4]))
    assert Domain.objects.filter(status="transferred_away").count() <= 3
    assert told() == 1


def test_a_registrar_with_few_names_ends_not_all_of_them(remote: RemoteRegistry) -> None:
    """Its only account may be another one, too."""
    names_at(remote, 2)
    remote.names.clear()
    days_pass(20)
    assert (statuses(), told()) == ({"active"}, 1)


def test_one_of_two_ends_once_the_other_one_was_found_after_it(remote: RemoteRegistry) -> None:
    gone, other = names_at(remote, 2)
    ask_all([other], make.AT - timedelta(hours=1))
    del remote.names[gone.domain_name]
    ask_all([gone], make.AT)
    days_pass(2)
    ask_all([gone], make.AT + timedelta(days=2))
    assert list(Domain.objects.order_by("pk").values_list("status", flat=True)) == [
        "transferred_away",
        "active",
    ]
    assert told() == 0
    remote.names.clear()
    days_pass(20, make.AT + timedelta(days=3))
    other.refresh_from_db()
    assert (other.status, told()) == ("active", 1)  # what is left of several


def test_what_was_found_before_the_account_changed_vouches_for_nothing(
    remote: RemoteRegistry,
) -> None:
    """An answer that came too late to be taken does not, either."""
    gone, other = names_at(remote, 2)
    ask_all([other], make.AT - timedelta(minutes=5))
    remote.names.clear()
    ask_all([gone], make.AT)
    stale = Domain.objects.get(pk=other.pk)
    Domain.objects.filter(pk=other.pk).update(changed_at=make.AT)
    ctx = Context(make.AT + timedelta(minutes=1), SYSTEM)
    apply_registrar_info(domain=stale, info=None, is_missing=True, ctx=ctx)
    ask_all([gone], make.AT + timedelta(days=1))
    assert (statuses(), told()) == ({"active"}, 1)


def test_the_last_one_does_not_end_because_staff_knew_of_the_others(remote: RemoteRegistry) -> None:
    left, moved = names_at(remote, 2)
    remote.names.clear()
    ask_all([moved], make.AT)
    ended = end_missing_names(registrar="remote", domains=[moved], reason="It moved.", ctx=CTX)
    assert ended
    ask_all([left], make.AT + timedelta(hours=1))
    ask_all([left], make.AT + timedelta(days=2))
    left.refresh_from_db()
    assert left.status == "active"
    assert open_brake("remote")


def test_a_name_whose_days_are_over_is_no_other_name(remote: RemoteRegistry) -> None:
    over, one, two = names_at(remote, 3)
    ended = make.AT.date() - timedelta(days=61)
    Domain.objects.filter(pk=over.pk).update(status="redemption", expiry_date=ended)
    remote.names.clear()
    days_pass(20)
    assert [Domain.objects.get(pk=each.pk).status for each in (over, one, two)] == [
        "cancelled",
        "active",
        "active",
    ]


def test_the_only_name_of_a_registrar_may_go(remote: RemoteRegistry) -> None:
    (domain,) = names_at(remote, 1)
    remote.names.clear()
    ask_all([domain], make.AT)
    ask_all([domain], make.AT + timedelta(days=1))
    assert (statuses(), told()) == ({"transferred_away"}, 0)


def test_names_that_are_found_again_release_the_brake(remote: RemoteRegistry) -> None:
    found = names_at(remote, 10)
    there = dict(remote.names)
    remote.names.clear()
    ask_all(found, make.AT)
    assert open_brake("remote")
    remote.names |= there
    del remote.names["name-1.com"]
    later = make.AT + timedelta(days=3)
    ask_all(missing_names("remote", make.AT.date()), later)
    assert open_brake("remote") is None
    assert statuses() == {"active"}
    ask_all(found[:1], later + timedelta(hours=19))
    assert statuses() == {"active"}  # what is missing now is so for its days anew
    ask_all(found[:1], later + timedelta(hours=20))
    assert Domain.objects.get(status="transferred_away").domain_name == "name-1.com"


def test_staff_say_which_are_really_gone(remote: RemoteRegistry) -> None:
    found = names_at(remote, 10)
    remote.names.clear()
    ask_all(found, make.AT)
    remote.names["name-9.com"] = info_of(found[8])
    ask_all(found[8:9], make.AT + timedelta(hours=1))
    with pytest.raises(BusinessError, match="reason"):
        end_missing_names(registrar="remote", domains=found, reason=" ", ctx=CTX)
    ended = end_missing_names(registrar="remote", domains=found, reason="They moved.", ctx=CTX)
    run_all_jobs(make.AT)
    assert [one.domain_name for one in ended] == [
        f"name-{n}.com" for n in (1, 2, 3, 4, 5, 6, 7, 8, 10)
    ]
    assert open_brake("remote") is None
    assert Domain.objects.get(status="active").domain_name == "name-9.com"


def test_all_that_a_round_ended_come_back_as_they_were(remote: RemoteRegistry) -> None:
    *found, other = names_at(remote, 4)
    Domain.objects.filter(pk=found[1].pk).update(auto_renew=False)
    there = dict(remote.names)
    remote.names = {other.domain_name: there[other.domain_name]}
    ask_all([*found, other], make.AT)
    ask_all(found, make.AT + timedelta(days=1))
    assert Domain.objects.filter(status="transferred_away").count() == 3
    remote.names |= there
    back = make.AT + timedelta(days=2)
    domains = [one.domain for one in lost_names("remote", back)]
    ctx = Context(back, SYSTEM)
    assert request_domains_back(domains=domains, reason="Wrong account.", ctx=ctx) == 3
    run_all_jobs(back)
    for domain in Domain.objects.order_by("pk"):
        assert domain.status == "active"
        assert domain.next_due_date == domain.expiry_date == there[domain.domain_name].expiry
        assert domain.auto_renew == (domain.pk != found[1].pk)
    assert told("domain_brought_back") == told("domain_transferred_away") > 0
    assert not DomainLoss.objects.filter(brought_back_at=None).exists()


def test_one_that_the_registrar_does_not_have_does_not_come_back(remote: RemoteRegistry) -> None:
    (domain,) = names_at(remote, 1)
    with pytest.raises(StateConflict, match="transferred"):
        bring_domain_back_now(domain=domain, reason="It is ours.", ctx=CTX)
    remote.names.clear()
    ask_all([domain], make.AT)
    ask_all([domain], make.AT + timedelta(days=1))
    domain.refresh_from_db()
    with pytest.raises(BusinessError, match="doesn't have"):
        bring_domain_back_now(domain=domain, reason="It is ours.", ctx=CTX)
    assert request_domains_back(domains=[domain], reason="It is ours.", ctx=CTX) == 1
    run_all_jobs(make.AT + timedelta(days=1), failing=True)
    assert Job.objects.get(action="domain.bring_back").status == "parked"


def test_names_whose_days_are_over_are_deleted_however_many(remote: RemoteRegistry) -> None:
    client, over = make.make_client(), make.AT.date() - timedelta(days=61)
    for number in range(8):
        domain = make_domain_at(remote, client, domain_name=f"old-{number}.com")
        Domain.objects.filter(pk=domain.pk).update(status="redemption", expiry_date=over)
    remote.names.clear()
    ask_all(list(Domain.objects.all()), make.AT)
    ask_all(list(Domain.objects.all()), make.AT + timedelta(days=1))
    assert (statuses(), told()) == ({"cancelled"}, 0)
