"""A registrar whose account is swapped, whose sandbox is on, and whose key expires: no name ends by it."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from commerce.domains.lifecycle import advance_domain_states
from commerce.domains.models import Domain
from commerce.domains.registrars.brakes import open_brake
from commerce.domains.registration import request_renewal
from commerce.domains.sync import queue_due_syncs
from commerce.jobs.job_states import park_jobs_of_silent_remotes
from commerce.jobs.models import Job
from commerce.jobs.runner import run_due_jobs
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import NeedsConfirmation
from commerce.mail.models import OutgoingMail
from commerce.site_settings.actions import set_setting
from commerce.site_settings.current import get_setting
from tests import make
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make.browser import HttpsTestClient
from tests.make.registered_names import make_domain_at
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import text_of

pytestmark = pytest.mark.django_db
NAMES = 10
PAGE = "/admin/registrars/remote/domains"


@pytest.fixture
def remote() -> Iterator[RemoteRegistry]:
    """Ten names, half of which expire soon."""
    with remote_registrar() as registry:
        client = make.make_client()
        for number in range(NAMES):
            days = 20 if number < 5 else 200 + number
            expiry = make.AT.date() + timedelta(days=days)
            make_domain_at(registry, client, domain_name=f"name-{number}.com", expiry_date=expiry)
        yield registry


def hours_pass(first: datetime, hours: int) -> datetime:
    """The worker runs every three hours, and names have their daily turn; when that ends."""
    for hour in range(0, hours, 3):
        at = first + timedelta(hours=hour)
        queue_due_syncs(at=at)
        run_due_jobs(at=at)
        park_jobs_of_silent_remotes(at=at)
        if hour % 24 == 0:
            for domain in Domain.objects.all():
                advance_domain_states(domain=domain, day=at.date(), ctx=Context(at, SYSTEM))
    return first + timedelta(hours=hours)


def told() -> Counter[str]:
    """Mails to staff about the registrar, and to clients about names that ended."""
    kinds = ("remote_", "registrar_", "job_parked", "domain_transferred", "domain_brought")
    events = OutgoingMail.objects.values_list("event", flat=True)
    return Counter(one for one in events if one.startswith(kinds))


def choose(key: str, value: str, at: datetime, *, sure: bool = False) -> None:
    ctx = Context(at, SYSTEM)
    set_setting(key=f"registrar.remote.{key}", value=value, ctx=ctx, is_confirmed=sure)


@pytest.fixture
def staff() -> HttpsTestClient:
    return staff_browser(make_staff(email="grace@example.com"))


def test_the_names_of_another_account_stay_and_one_press_mends_it(
    remote: RemoteRegistry, staff: HttpsTestClient
) -> None:
    """Of the sandbox in its place: ``domains/life/test_account_trials``."""
    with pytest.raises(NeedsConfirmation, match="0 of 10"):
        choose("account", "b", make.AT)
    choose("account", "b", make.AT, sure=True)
    late = hours_pass(make.AT, 12 * 24)
    assert Domain.objects.filter(status="active", auto_renew=True).count() == NAMES
    assert told() == {"registrar_names_missing": 1}
    choose("account", "", late)
    with clock.freeze_time(late):
        assert f"{NAMES} domains of {NAMES}" in text_of(staff.get(PAGE))
        staff.post(PAGE, {"act": "ask"})
    hours_pass(late, 1)
    assert open_brake("remote") is None
    assert told() == {"registrar_names_missing": 1}
    hours_pass(late, 3 * 24)
    assert Domain.objects.filter(status="active").count() == NAMES


def test_a_key_that_expires_on_friday_stops_nothing_for_good(
    remote: RemoteRegistry, staff: HttpsTestClient
) -> None:
    for domain in Domain.objects.order_by("pk")[:5]:
        request_renewal(domain=domain, idempotency_key="1", ctx=Context(make.AT, SYSTEM))
    remote.key = "new"  # the one that we have is over
    monday = hours_pass(make.AT, 66)
    assert remote.orders == []
    assert Domain.objects.filter(status="active").count() == NAMES
    assert not Job.objects.filter(status="parked").exists()
    assert told() == {"remote_refuses": 1}
    with pytest.raises(NeedsConfirmation, match="doesn't accept"):
        choose("key", "mistyped", monday)
    choose("key", "new", monday)
    assert get_setting("registrar.remote.key") == "new"
    run_due_jobs(at=monday)
    assert sorted(remote.bought("renew")) == [f"name-{number}.com" for number in range(5)]
    hours_pass(monday, 24)
    assert told() == {"remote_refuses": 1}
    assert not Job.objects.filter(status__in=["parked", "waiting"]).exists()
