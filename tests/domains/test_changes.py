"""Changes of a name at its registrar: under way until it took them, one of a kind at a time (domains.md 5)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from commerce.audit.models import AuditEntry
from commerce.domains.actions.changes import (
    ParentDs,
    open_changes,
    request_contacts,
    request_nameservers,
    request_transfer_lock,
    request_whois_privacy,
    shown_changes,
)
from commerce.domains.actions.states import cancel_domain, expire_domain
from commerce.domains.actions.tlds import set_tld
from commerce.domains.models import Domain, DomainChange
from commerce.domains.registrars.contract import DomainInfo, RegistrarState
from commerce.jobs.manual import drop_job, finish_manually
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError, StateConflict
from tests import make
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make.jobs import run_all_jobs
from tests.make.registrants import REGISTRANT

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
HOSTS = ["ns1.other.example", "ns2.other.example"]
OTHER = REGISTRANT | {"first_name": "Bea", "email": "bea@example.org"}


@pytest.fixture
def remote() -> Iterator[RemoteRegistry]:
    with remote_registrar() as registry:
        yield registry


def at_registrar(remote: RemoteRegistry, **over: Any) -> Domain:
    domain = make.make_domain(registrant=REGISTRANT, **over)
    Domain.objects.update(registrar="remote")
    remote.names[domain.domain_name] = DomainInfo(
        state=RegistrarState.ACTIVE,
        expiry=domain.expiry_date,
        is_locked=True,
        whois_privacy=False,
        nameservers=("ns1.example.net", "ns2.example.net"),
    )
    domain.refresh_from_db()
    return domain


REQUESTS: dict[str, tuple[Callable[[Domain], DomainChange], str, object]] = {
    "nameservers": (
        lambda domain: request_nameservers(
            domain=domain, nameservers=HOSTS, parent=ParentDs(CTX.at), ctx=CTX
        ),
        "nameservers",
        HOSTS,
    ),
    "lock": (
        lambda domain: request_transfer_lock(domain=domain, locked=False, ctx=CTX),
        "is_locked",
        False,
    ),
    "privacy": (
        lambda domain: request_whois_privacy(domain=domain, enabled=True, ctx=CTX),
        "whois_privacy",
        True,
    ),
}


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_change_holds_once_the_registrar_took_it(remote: RemoteRegistry, kind: str) -> None:
    domain = at_registrar(remote)
    request, column, wanted = REQUESTS[kind]
    before = getattr(domain, column)
    change = request(domain)
    domain.refresh_from_db()
    assert getattr(domain, column) == before != wanted
    assert open_changes(domain) == {kind: change}
    run_all_jobs(make.AT)
    domain.refresh_from_db()
    assert getattr(domain, column) == wanted
    there = getattr(remote.names[domain.domain_name], column)
    assert there == (tuple(HOSTS) if kind == "nameservers" else wanted)
    assert (open_changes(domain), shown_changes(domain, make.AT)) == ({}, {})


def test_contacts_change_by_role_and_the_log_has_no_more_than_a_name(
    remote: RemoteRegistry,
) -> None:
    domain = at_registrar(remote)
    request_contacts(domain=domain, contacts={"registrant": OTHER}, ctx=CTX)
    run_all_jobs(make.AT)
    domain.refresh_from_db()
    assert domain.contacts["registrant"] == OTHER
    assert domain.contacts["admin"] == REGISTRANT
    sent = remote.contacts[domain.domain_name]
    assert (sent.registrant.first_name, sent.billing.first_name) == ("Bea", "Ann")
    entry = AuditEntry.objects.get(action="domain.contacts_set")
    assert (entry.before, entry.after) == (
        {"contacts": "Ann Example"},
        {"contacts": "Bea Example"},
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"registrant": OTHER | {"phone": "030"}},
        {"tech": OTHER | {"city": ""}},
        {"owner": OTHER},
        {"registrant": OTHER | {"email": "bea"}},
        {"admin": OTHER | {"country": "XX"}},
    ],
    ids=str,
)
def test_contacts_that_no_registry_takes_are_refused(
    remote: RemoteRegistry, wrong: dict[str, dict[str, str]]
) -> None:
    domain = at_registrar(remote)
    with pytest.raises(BusinessError) as refused:
        request_contacts(domain=domain, contacts=wrong, ctx=CTX)
    assert refused.value.code == "domain.contact_not_valid"
    assert not domain.changes.exists()


def test_one_change_of_a_kind_at_a_time(remote: RemoteRegistry) -> None:
    domain = at_registrar(remote)
    request_transfer_lock(domain=domain, locked=False, ctx=CTX)
    with pytest.raises(StateConflict, match="already being changed"):
        request_transfer_lock(domain=domain, locked=True, ctx=CTX)
    request_whois_privacy(domain=domain, enabled=True, ctx=CTX)
    run_all_jobs(make.AT)
    request_transfer_lock(domain=domain, locked=True, ctx=CTX)
    run_all_jobs(make.AT)
    assert [kind for kind, _, _ in remote.orders] == ["change"] * 3
    domain.refresh_from_db()
    assert (domain.is_locked, domain.whois_privacy) == (True, True)


def test_what_the_registrar_refuses_fails_and_is_shown_for_14_days(remote: RemoteRegistry) -> None:
    domain = at_registrar(remote)
    change = request_nameservers(domain=domain, nameservers=HOSTS, parent=ParentDs(CTX.at), ctx=CTX)
    remote.refuses = True
    run_all_jobs(make.AT)
    change.refresh_from_db()
    domain.refresh_from_db()
    assert (change.status, change.problem) == ("failed", "refused")
    assert domain.nameservers == ["ns1.example.net", "ns2.example.net"]
    assert shown_changes(domain, make.AT + timedelta(days=13)) == {"nameservers": change}
    assert shown_changes(domain, make.AT + timedelta(days=14)) == {}
    assert not AuditEntry.objects.filter(reason__contains="not this one").exists()
    remote.refuses = False
    request_nameservers(domain=domain, nameservers=HOSTS, parent=ParentDs(CTX.at), ctx=CTX)
    run_all_jobs(make.AT)
    assert shown_changes(domain, make.AT) == {}


def test_a_registrar_that_is_down_is_asked_again_and_then_staff_are_asked(
    remote: RemoteRegistry,
) -> None:
    domain = at_registrar(remote)
    change = request_nameservers(domain=domain, nameservers=HOSTS, parent=ParentDs(CTX.at), ctx=CTX)
    remote.is_down = True
    for minutes in (0, 2, 9, 30):
        run_all_jobs(make.AT + timedelta(minutes=minutes), failing=True)
    job = Job.objects.get(action="domain.nameservers")
    assert (job.status, job.tries) == ("parked", 4)
    assert open_changes(domain) == {"nameservers": change}
    drop_job(job=job, reason="gone", ctx=CTX)
    change.refresh_from_db()
    assert change.status == "failed"


def test_without_a_connection_staff_do_it_and_then_it_holds() -> None:
    domain = make.make_domain()
    change = request_nameservers(
        domain=domain,
        nameservers=HOSTS,
        parent=ParentDs(make.AT),
        ctx=Context(make.AT, Actor("member", make.make_user().pk)),
    )
    run_all_jobs(make.AT, failing=True)
    job = Job.objects.get(action="domain.nameservers")
    assert job.status == "parked"
    assert HOSTS[0] in job.error
    finish_manually(job=job, reason="done", ctx=CTX)
    for row in (change, domain):
        row.refresh_from_db()
    assert (change.status, domain.nameservers) == ("done", HOSTS)
    assert change.requested_by is not None
    assert domain.registrar == "manual"


def test_a_name_that_is_not_active_any_more_stays_as_it_is(remote: RemoteRegistry) -> None:
    domain = at_registrar(remote)
    change = request_transfer_lock(domain=domain, locked=False, ctx=CTX)
    expire_domain(domain=domain, ctx=CTX)
    with pytest.raises(StateConflict):
        request_whois_privacy(domain=domain, enabled=True, ctx=CTX)
    run_all_jobs(make.AT)
    change.refresh_from_db()
    assert (change.status, change.problem) == ("failed", "ended")
    assert remote.orders == []


def test_a_name_that_ended_takes_its_changes_along(remote: RemoteRegistry) -> None:
    domain = at_registrar(remote)
    change = request_transfer_lock(domain=domain, locked=False, ctx=CTX)
    cancel_domain(domain=domain, ctx=CTX)
    change.refresh_from_db()
    assert change.status == "failed"
    assert run_all_jobs(make.AT) == [] or remote.orders == []


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        ["ns1.other.example"],
        ["ns1.other.example", "NS1.other.example."],
        [f"ns{n}.other.example" for n in range(5)],
        ["ns1.other.example", "no host"],
        ["ns1.other.example", "ns1.acme.example"],
    ],
    ids=str,
)
def test_nameservers_that_no_name_can_have_are_refused(hosts: list[str]) -> None:
    domain = make.make_domain(domain_name="acme.example")
    with pytest.raises(BusinessError):
        request_nameservers(domain=domain, nameservers=hosts, parent=ParentDs(CTX.at), ctx=CTX)
    assert not domain.changes.exists()


def test_a_nameserver_below_the_name_stays_where_it_is_used_already() -> None:
    own = ["ns1.acme.example", "ns2.acme.example"]
    domain = make.make_domain(domain_name="acme.example", nameservers=own)
    change = request_nameservers(
        domain=domain, nameservers=[own[1], "ns1.other.net"], parent=ParentDs(CTX.at), ctx=CTX
    )
    assert change.wanted == {"nameservers": ["ns2.acme.example", "ns1.other.net"]}


def test_privacy_is_offered_only_where_the_registry_allows_it() -> None:
    set_tld(tld="example", is_active=False, privacy_available=False, ctx=CTX)
    with pytest.raises(BusinessError, match="WHOIS privacy isn't available"):
        request_whois_privacy(domain=make.make_domain(), enabled=True, ctx=CTX)
    domain = make.make_domain(whois_privacy=True)
    assert request_whois_privacy(domain=domain, enabled=True, ctx=CTX) is None
    request_whois_privacy(domain=domain, enabled=False, ctx=CTX)
