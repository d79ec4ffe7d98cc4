"""O5 of invariants.md: the registrar down. Pages answer, jobs wait, nothing is paid twice, staff are told once."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from commerce.domains import registration
from commerce.domains.models import Domain
from commerce.domains.registrars.contract import DomainInfo, RegistrarState
from commerce.jobs.manual import retry_job
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from tests import make
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make.browser import make_browser
from tests.make.jobs import run_all_jobs

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
NAMES = [f"shop{n}.com" for n in range(4)]


@pytest.fixture
def remote() -> Iterator[RemoteRegistry]:
    with remote_registrar() as registry:
        yield registry


@pytest.fixture
def renewals(remote: RemoteRegistry) -> list[Domain]:
    """Domains at the registrar whose renewals are paid."""
    client = make.make_client()
    found = [make.make_domain(client=client, status="active", domain_name=name) for name in NAMES]
    Domain.objects.update(registrar="remote")
    for domain in found:
        remote.names[domain.domain_name] = DomainInfo(
            state=RegistrarState.ACTIVE, expiry=domain.expiry_date
        )
        key = f"invoice {domain.pk}"
        registration.request_renewal(domain=domain, idempotency_key=key, ctx=CTX)
    return found


def pass_hours(hours: int, start: int = 0) -> None:
    """The worker looks every five minutes."""
    for minutes in range(60 * start, 60 * (start + hours), 5):
        run_all_jobs(make.AT + timedelta(minutes=minutes), failing=True)


def states() -> Counter[str]:
    return Counter(Job.objects.filter(action="domain.renew").values_list("status", flat=True))


def next_year(day: date | None) -> date:
    assert day is not None
    return day.replace(year=day.year + 1)


def test_what_waits_for_a_dead_registrar_is_done_once_when_it_is_back(
    remote: RemoteRegistry, renewals: list[Domain]
) -> None:
    remote.is_down = True
    run_all_jobs(make.AT, failing=True)
    assert states() == {"waiting": len(NAMES)}
    web = make_browser(renewals[0].client.memberships.get().user)
    for path in ("/client/domains", f"/client/domains/{renewals[0].pk}", "/client/dashboard"):
        assert web.get(path).status_code == 200
    pass_hours(1)
    assert states() == {"parked": len(NAMES)}
    assert OutgoingMail.objects.filter(event="job_parked").count() == 1
    remote.is_down = False
    for job in Job.objects.filter(status="parked"):
        retry_job(job=job, ctx=Context(make.AT + timedelta(hours=2), SYSTEM))
    pass_hours(1, start=2)
    assert states() == {"succeeded": len(NAMES)}
    assert Counter(name for _, name, _ in remote.orders) == dict.fromkeys(NAMES, 1)
    for domain in renewals:
        before = domain.expiry_date
        domain.refresh_from_db()
        assert domain.expiry_date == next_year(before)


def test_answers_that_were_lost_before_it_died_are_not_ordered_again(
    remote: RemoteRegistry, renewals: list[Domain]
) -> None:
    remote.loses_answers = True
    run_all_jobs(make.AT, failing=True)
    remote.is_down = True
    run_all_jobs(make.AT + timedelta(minutes=2), failing=True)
    remote.is_down = remote.loses_answers = False
    pass_hours(1)
    assert states() == {"succeeded": len(NAMES)}
    assert Counter(name for _, name, _ in remote.orders) == dict.fromkeys(NAMES, 1)
