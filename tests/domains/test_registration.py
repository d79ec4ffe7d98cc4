"""Names registered, transferred and renewed by hand, and at a registrar that loses its answers (domains.md 4, R25)."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from commerce.domains import registration
from commerce.domains.actions.states import cancel_domain
from commerce.domains.actions.tlds import set_tld
from commerce.domains.models import Domain
from commerce.domains.registrars.contract import (
    DomainInfo,
    DomainName,
    RegistrarProblem,
    RegistrarState,
)
from commerce.domains.registrars.manual.adapter import ManualRegistrar
from commerce.jobs.manual import finish_manually
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make.jobs import run_all_jobs

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
TODAY = make.AT.date()
NEXT_YEAR = date(TODAY.year + 1, TODAY.month, TODAY.day)


@pytest.fixture
def remote() -> Iterator[RemoteRegistry]:
    with remote_registrar() as registry:
        yield registry


@pytest.mark.usefixtures("remote")
def test_the_default_registrar_is_one_that_there_is_and_counts_for_new_names() -> None:
    with pytest.raises(BusinessError, match=r"Available registrars: .*\bmanual, .*\bremote\b"):
        set_setting(key="domains.registrar", value="nobody", ctx=CTX)
    before, after, of_its_tld = (
        make.make_domain(status="pending", domain_name=f"name{n}.example") for n in range(3)
    )
    registration.request_registration(domain=before, idempotency_key="order 1", ctx=CTX)
    set_setting(key="domains.registrar", value="remote", ctx=CTX)
    registration.request_registration(domain=after, idempotency_key="order 2", ctx=CTX)
    set_tld(tld="example", registrar="manual", is_active=False, ctx=CTX)
    registration.request_registration(domain=of_its_tld, idempotency_key="order 3", ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    found = dict(Domain.objects.values_list("domain_name", "registrar"))
    assert [found[f"name{n}.example"] for n in range(3)] == ["manual", "remote", "manual"]
    after.refresh_from_db()
    assert after.status == "active"


def test_a_tld_names_a_registrar_that_there_is() -> None:
    with pytest.raises(BusinessError, match=r"Available registrars: .*\bmanual\b"):
        set_tld(tld="example", registrar="remote", ctx=CTX)


def job() -> Job:
    return Job.objects.filter(subject_kind="domain").latest("id")


def done(**typed: str) -> None:
    finish_manually(job=job(), reason="done", answers=typed, ctx=CTX)


def test_staff_register_a_name_and_type_its_end() -> None:
    domain = make.make_domain(status="pending")
    for _ in range(2):
        registration.request_registration(domain=domain, idempotency_key="order 1", ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    assert job().error.startswith(f"Register {domain.domain_name} for 1 year, nameservers ")
    for wrong in ("soon", f"{TODAY}"):
        with pytest.raises(BusinessError):
            done(expires=wrong)
    done(expires="2027-05-01", remote_id="77")
    domain.refresh_from_db()
    assert (domain.status, domain.registrar, domain.remote_id) == ("active", "manual", "77")
    assert (domain.registration_date, domain.expiry_date) == (TODAY, date(2027, 5, 1))
    assert domain.next_due_date == domain.expiry_date
    assert Job.objects.filter(subject_kind="domain").count() == 1


def test_without_a_day_the_term_counts() -> None:
    domain = make.make_domain(status="pending")
    registration.request_transfer(domain=domain, idempotency_key="order 1", ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    done()
    domain.refresh_from_db()
    assert (domain.status, domain.expiry_date) == ("active", NEXT_YEAR)


def test_staff_renew_a_name() -> None:
    domain = make.make_domain(status="expired")
    before = domain.expiry_date
    assert before is not None
    registration.request_renewal(domain=domain, idempotency_key="invoice 1", years=2, ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    assert "for 2 years" in job().error
    done()
    domain.refresh_from_db()
    assert domain.status == "active"
    assert domain.expiry_date == before.replace(year=before.year + 2)


def test_a_name_that_ended_takes_its_to_do_along() -> None:
    domain = make.make_domain(status="pending")
    registration.request_registration(domain=domain, idempotency_key="order 1", ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    cancel_domain(domain=domain, ctx=CTX)
    assert job().status == "dropped"
    assert not registration.request_registration(domain=domain, idempotency_key="order 2", ctx=CTX)
    assert not registration.request_renewal(domain=domain, idempotency_key="invoice 2", ctx=CTX)


def test_a_registration_whose_answer_was_lost_is_not_ordered_twice(remote: RemoteRegistry) -> None:
    domain = make.make_domain(status="pending")
    Domain.objects.update(registrar="remote")
    registration.request_registration(domain=domain, idempotency_key="order 1", ctx=CTX)
    remote.loses_answers = True
    run_all_jobs(make.AT, failing=True)
    assert job().status == "waiting"
    run_all_jobs(make.AT + timedelta(minutes=2))
    domain.refresh_from_db()
    assert (domain.status, domain.expiry_date, domain.remote_id) == ("active", NEXT_YEAR, "r1")
    assert len(remote.orders) == 1


def test_r25_a_renewal_whose_answer_was_lost_adds_one_term(remote: RemoteRegistry) -> None:
    domain = make.make_domain(status="active")
    Domain.objects.update(registrar="remote")
    before = domain.expiry_date
    assert before is not None
    remote.names[domain.domain_name] = DomainInfo(state=RegistrarState.ACTIVE, expiry=before)
    registration.request_renewal(domain=domain, idempotency_key="invoice 1", ctx=CTX)
    remote.loses_answers = True
    run_all_jobs(make.AT, failing=True)
    run_all_jobs(make.AT + timedelta(minutes=2))
    domain.refresh_from_db()
    assert domain.expiry_date == before.replace(year=before.year + 1)
    assert len(remote.orders) == 1


def test_what_the_registrar_refuses_parks(remote: RemoteRegistry) -> None:
    domain = make.make_domain(status="pending")
    Domain.objects.update(registrar="remote")
    set_tld(tld="example", is_active=False, code_required=False, ctx=CTX)
    remote.refuses = True
    registration.request_transfer(domain=domain, idempotency_key="order 1", ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    assert job().status == "parked"
    done(expires="2028-01-01")
    domain.refresh_from_db()
    assert (domain.status, domain.registrar) == ("active", "remote")


def test_without_a_registrar_every_operation_is_a_to_do() -> None:
    manual, domain = ManualRegistrar({}), DomainName("example.com", "com")
    answers = [
        manual.info(domain),
        manual.get_code(domain),
        manual.set_lock(domain, locked=False),
        manual.set_privacy(domain, enabled=True),
        manual.set_nameservers(domain, ["ns1.example.net", "ns2.example.net"]),
        *manual.check_bulk("example", ["com", "net"]).values(),
    ]
    assert [answer.problem for answer in answers] == [RegistrarProblem.MANUAL] * 7
    assert not any(answer.ok for answer in answers)
    assert manual.test().ok
