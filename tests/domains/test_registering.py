"""Names registered, transferred and renewed by hand, and at a registrar that loses its answers (domains.md 4, R25)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from commerce.domains import registering, registrars
from commerce.domains.actions import cancel_domain, set_tld
from commerce.domains.models import Domain
from commerce.domains.ordered import Ordered
from commerce.domains.registrars.contract import Result, Trouble
from commerce.domains.registrars.manual import Manual
from commerce.jobs.actions import finish_by_hand
from commerce.jobs.models import Job
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from commerce.preferences.actions import set_preference
from tests import make
from tests.make.jobs import run_all

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"at": make.AT, "actor": SYSTEM}
TODAY = make.AT.date()
NEXT_YEAR = date(TODAY.year + 1, TODAY.month, TODAY.day)


class Remote(Manual):
    """A registrar at the network's edge, which keeps the expiry of each name and may lose an answer."""

    id = "remote"

    def __init__(self) -> None:
        self.expiry: dict[str, date] = {}
        self.loses = False
        self.orders: list[str] = []

    def info(self, domain: Domain) -> Result:
        expiry = self.expiry.get(domain.domain_name)
        if expiry is None:
            return Result(ok=False, trouble=Trouble.NOT_FOUND)
        return Result(ok=True, state="active", expiry=expiry, remote_id="r1")

    def register(self, domain: Domain, *, years: int, ordered: Ordered, key: str) -> Result:
        return self._ordered(domain, TODAY, years)

    def renew(self, domain: Domain, *, years: int, current_expiry: date, key: str) -> Result:
        return self._ordered(domain, self.expiry[domain.domain_name], years)

    def _ordered(self, domain: Domain, start: date, years: int) -> Result:
        self.orders.append(domain.domain_name)
        self.expiry[domain.domain_name] = start.replace(year=start.year + years)
        if self.loses:
            return Result(ok=False, message="no answer", trouble=Trouble.RETRY)
        return self.info(domain)


@pytest.fixture
def remote() -> Iterator[Remote]:
    known, made = dict(registrars._REGISTRARS), Remote()
    registrars.register(made)
    yield made
    registrars._REGISTRARS.clear()
    registrars._REGISTRARS.update(known)


@pytest.mark.usefixtures("remote")
def test_the_default_registrar_is_one_that_there_is_and_counts_for_new_names() -> None:
    with pytest.raises(Refused, match="There is: manual, remote"):
        set_preference(key="domains.registrar", value="nobody", **SAY)
    before, after, of_its_tld = (
        make.make_domain(status="pending", domain_name=f"name{n}.example") for n in range(3)
    )
    registering.request_registration(domain=before, cause="order 1", **SAY)
    set_preference(key="domains.registrar", value="remote", **SAY)
    registering.request_registration(domain=after, cause="order 2", **SAY)
    set_tld(tld="example", registrar="manual", is_active=False, **SAY)
    registering.request_registration(domain=of_its_tld, cause="order 3", **SAY)
    run_all(make.AT, failing=True)
    found = dict(Domain.objects.values_list("domain_name", "registrar"))
    assert [found[f"name{n}.example"] for n in range(3)] == ["manual", "remote", "manual"]
    after.refresh_from_db()
    assert after.status == "active"


def test_a_tld_names_a_registrar_that_there_is() -> None:
    with pytest.raises(Refused, match="There is: manual"):
        set_tld(tld="example", registrar="remote", **SAY)


def job() -> Job:
    return Job.objects.filter(subject_kind="domain").latest("id")


def done(**typed: str) -> None:
    finish_by_hand(job=job(), reason="done", typed=typed, **SAY)


def test_staff_register_a_name_and_type_its_end() -> None:
    domain = make.make_domain(status="pending")
    for _ in range(2):
        registering.request_registration(domain=domain, cause="order 1", **SAY)
    run_all(make.AT, failing=True)
    assert job().error.startswith(f"Register {domain.domain_name} for 1 year, nameservers ")
    for wrong in ("soon", f"{TODAY}"):
        with pytest.raises(Refused):
            done(expires=wrong)
    done(expires="2027-05-01", remote_id="77")
    domain.refresh_from_db()
    assert (domain.status, domain.registrar, domain.remote_id) == ("active", "manual", "77")
    assert (domain.registration_date, domain.expiry_date) == (TODAY, date(2027, 5, 1))
    assert domain.next_due_date == domain.expiry_date
    assert Job.objects.filter(subject_kind="domain").count() == 1


def test_without_a_day_the_term_counts() -> None:
    domain = make.make_domain(status="pending")
    registering.request_transfer(domain=domain, cause="order 1", **SAY)
    run_all(make.AT, failing=True)
    done()
    domain.refresh_from_db()
    assert (domain.status, domain.expiry_date) == ("active", NEXT_YEAR)


def test_staff_renew_a_name() -> None:
    domain = make.make_domain(status="expired")
    before = domain.expiry_date
    assert before is not None
    registering.request_renewal(domain=domain, cause="invoice 1", years=2, **SAY)
    run_all(make.AT, failing=True)
    assert "for 2 years" in job().error
    done()
    domain.refresh_from_db()
    assert domain.status == "active"
    assert domain.expiry_date == before.replace(year=before.year + 2)


def test_a_name_that_ended_takes_its_to_do_along() -> None:
    domain = make.make_domain(status="pending")
    registering.request_registration(domain=domain, cause="order 1", **SAY)
    run_all(make.AT, failing=True)
    cancel_domain(domain=domain, **SAY)
    assert job().status == "dropped"
    assert not registering.request_registration(domain=domain, cause="order 2", **SAY)
    assert not registering.request_renewal(domain=domain, cause="invoice 2", **SAY)


def test_a_registration_whose_answer_was_lost_is_not_ordered_twice(remote: Remote) -> None:
    domain = make.make_domain(status="pending")
    Domain.objects.update(registrar="remote")
    registering.request_registration(domain=domain, cause="order 1", **SAY)
    remote.loses = True
    run_all(make.AT, failing=True)
    assert job().status == "waiting"
    run_all(make.AT + timedelta(minutes=2))
    domain.refresh_from_db()
    assert (domain.status, domain.expiry_date, domain.remote_id) == ("active", NEXT_YEAR, "r1")
    assert len(remote.orders) == 1


def test_r25_a_renewal_whose_answer_was_lost_adds_one_term(remote: Remote) -> None:
    domain = make.make_domain(status="active")
    Domain.objects.update(registrar="remote")
    before = domain.expiry_date
    assert before is not None
    remote.expiry[domain.domain_name] = before
    registering.request_renewal(domain=domain, cause="invoice 1", **SAY)
    remote.loses = True
    run_all(make.AT, failing=True)
    run_all(make.AT + timedelta(minutes=2))
    domain.refresh_from_db()
    assert domain.expiry_date == before.replace(year=before.year + 1)
    assert len(remote.orders) == 1


def test_what_the_registrar_refuses_parks(remote: Remote) -> None:
    domain = make.make_domain(status="pending")
    Domain.objects.update(registrar="remote")
    registering.request_transfer(domain=domain, cause="order 1", **SAY)
    run_all(make.AT, failing=True)
    assert job().status == "parked"
    done(expires="2028-01-01")
    domain.refresh_from_db()
    assert (domain.status, domain.registrar) == ("active", "remote")


def test_by_hand_every_operation_is_a_to_do() -> None:
    manual, domain = Manual(), make.make_domain()
    answers = [
        manual.info(domain),
        manual.get_code(domain),
        manual.set_lock(domain, on=False),
        manual.set_privacy(domain, on=True),
        manual.set_nameservers(domain, ["ns1.example.net", "ns2.example.net"]),
        *manual.check_bulk("example", ["com", "net"]).values(),
    ]
    assert [answer.trouble for answer in answers] == [Trouble.BY_HAND] * 7
    assert not any(answer.ok for answer in answers)
    assert manual.test().ok
