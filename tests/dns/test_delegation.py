"""What the parent says of a zone, and DNSSEC from the first key to the last signature (dns.md 3)."""

import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from commerce.dns import delegation, delegation_lookup
from commerce.dns.actions.checks import ask_parent_ds, check_delegation
from commerce.dns.actions.signing import sign_zone, unsign_zone
from commerce.dns.actions.zones import open_zone
from commerce.dns.models import Zone
from commerce.dns.servers.registry import required_dns_server
from commerce.domains.actions.changes import ParentDs, request_nameservers
from commerce.domains.actions.editing import set_nameservers
from commerce.domains.models import Domain
from commerce.domains.registrars.contract import (
    DomainName,
    DsRecord,
    RegistrarCapabilities,
    RegistrarProblem,
    RegistrarResult,
)
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.site_settings.actions import set_setting
from tests import make
from tests.dns.asking import ask
from tests.doubles.dns_tree import DS_TTL, DnsTree
from tests.doubles.registrar import RegistrarDouble
from tests.make.jobs import run_all_jobs
from tools.servers import PowerDns

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
OURS = ["ns1.example.net", "ns2.example.net"]


class DsRegistrar(RegistrarDouble):
    """A registrar that takes delegation signers."""

    slug: ClassVar[str] = "signing"
    capabilities: ClassVar[RegistrarCapabilities] = RegistrarCapabilities(ds_records=True)
    told: ClassVar[list[list[DsRecord]]] = []
    is_silent: ClassVar[bool] = False

    def set_ds_records(self, domain: DomainName, records: Any) -> RegistrarResult[None]:
        if self.is_silent:
            return RegistrarResult(None, RegistrarProblem.RETRY, "no answer")
        self.told.append(list(records))
        return RegistrarResult(None)

    def set_nameservers(self, domain: DomainName, hosts: Any) -> RegistrarResult[None]:
        return RegistrarResult(None)


@pytest.fixture
def registrar(monkeypatch: pytest.MonkeyPatch) -> type[DsRegistrar]:
    double = type("Double", (DsRegistrar,), {"told": []})
    monkeypatch.setitem(REGISTRAR_CLASSES, "signing", double)
    set_setting(key="domains.registrar", value="signing", ctx=CTX)
    return double


def make_zone(name: str) -> Zone:
    client = make.make_client()
    make.make_domain(client, domain_name=name)
    run_all_jobs(make.AT)
    return Zone.objects.live().get(name=name)


def codes(zone: Zone, tree: DnsTree) -> list[str]:
    check_delegation(zone=zone, ctx=CTX)
    return [problem["code"] for problem in zone.delegation_problems]


def test_a_delegation_is_told_with_all_that_is_wrong(tree: DnsTree) -> None:
    zone = make_zone("asked.example")
    serial = zone.newest.serial
    assert codes(zone, tree) == ["not_registered"]
    tree.delegations[zone.name] = ["ns1.else.net", "ns2.else.net"]
    assert (codes(zone, tree), zone.is_delegated) == (["elsewhere"], False)
    assert zone.delegation_problems[0]["about"] == "ns1.else.net, ns2.else.net"
    tree.delegations[zone.name] = ["ns1.example.net", "ns1.else.net"]
    tree.serials[zone.name] = serial
    assert codes(zone, tree) == ["nameserver_missing", "nameserver_foreign"]
    assert zone.is_delegated
    tree.delegations[zone.name] = OURS
    assert codes(zone, tree) == []
    tree.serials[zone.name] = serial - 1
    assert codes(zone, tree) == ["nameserver_behind", "nameserver_behind"]
    del tree.serials[zone.name]
    assert codes(zone, tree) == ["nameserver_silent", "nameserver_silent"]
    assert zone.delegation_checked_at == make.AT


def test_a_parent_that_cannot_be_asked_changes_nothing_and_takes_no_longer(
    tree: DnsTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = make_zone("slow.example")
    tree.delegations[zone.name] = OURS
    tree.serials[zone.name] = zone.newest.serial
    assert codes(zone, tree) == []
    tree.is_silent = True
    monkeypatch.setattr(delegation_lookup, "QUESTION_SECONDS", 0.2)
    began = time.monotonic()
    with pytest.raises(OSError, match="NS"):
        check_delegation(zone=zone, ctx=CTX)
    assert time.monotonic() - began < 2
    zone.refresh_from_db()
    assert (zone.is_delegated, zone.delegation_problems) == (True, [])


def test_delegation_signers_go_to_the_registrar_and_signing_ends_when_they_are_forgotten(
    tree: DnsTree, registrar: type[DsRegistrar], name_server: PowerDns
) -> None:
    zone = make_zone("life.example")
    tree.delegations[zone.name], tree.serials[zone.name] = OURS, zone.newest.serial
    sign_zone(zone=zone, ctx=CTX)
    run_all_jobs(make.AT)
    zone.refresh_from_db()
    [ds] = zone.ds_records
    assert (registrar.told, zone.ds_at_registrar) == ([[DsRecord(**ds)]], [ds])
    assert codes(zone, tree) == ["ds_missing"]
    text = f"{ds['key_tag']} {ds['algorithm']} {ds['digest_type']} {ds['digest']}"
    tree.ds_records[zone.name] = ["1 13 2 " + "AB" * 32]
    assert codes(zone, tree) == ["ds_wrong"]
    tree.ds_records[zone.name] = [text]
    assert codes(zone, tree) == []

    unsign_zone(zone=zone, ctx=CTX)
    at = make.AT
    run_all_jobs(at, failing=True)
    assert registrar.told[1:] == [[]]
    assert still_signed(name_server, zone, "The parent still has DS records.")
    tree.ds_records.clear()
    at += timedelta(hours=1)
    run_all_jobs(at, failing=True)
    assert still_signed(name_server, zone, "DS records may be remembered.")
    at += timedelta(seconds=DS_TTL - 1)
    run_all_jobs(at, failing=True)
    assert still_signed(name_server, zone, "DS records may be remembered.")
    at += timedelta(seconds=1)
    run_all_jobs(at)
    zone.refresh_from_db()
    assert (zone.dnssec, zone.ds_records) == ("unsigned", [])
    assert ask(name_server, zone.name, "DNSKEY") == []
    assert codes(zone, tree) == []


def still_signed(name_server: PowerDns, zone: Zone, why: str) -> bool:
    job = Job.objects.get(action="zone.unsign")
    zone.refresh_from_db()
    has_keys = ask(name_server, zone.name, "DNSKEY") != []
    return (job.status, job.error, zone.dnssec, has_keys) == ("waiting", why, "unsigning", True)


def test_signing_again_while_it_ends_keeps_the_keys(
    tree: DnsTree, registrar: type[DsRegistrar]
) -> None:
    zone = make_zone("back.example")
    tree.delegations[zone.name] = OURS
    sign_zone(zone=zone, ctx=CTX)
    run_all_jobs(make.AT)
    with pytest.raises(StateConflict):
        sign_zone(zone=zone, ctx=CTX)
    later = Context(make.AT + timedelta(minutes=1), SYSTEM)
    unsign_zone(zone=zone, ctx=later)
    run_all_jobs(later.at, failing=True)
    again = Context(make.AT + timedelta(minutes=2), SYSTEM)
    sign_zone(zone=zone, ctx=again)
    run_all_jobs(make.AT + timedelta(days=2))
    zone.refresh_from_db()
    assert zone.dnssec == "signed"
    assert [len(told) for told in registrar.told] == [1, 0, 1]
    assert registrar.told[0] == registrar.told[2]
    assert Job.objects.get(action="zone.unsign").status == "dropped"


def test_a_registrar_that_does_not_answer_gets_them_later(
    tree: DnsTree, registrar: type[DsRegistrar]
) -> None:
    zone = make_zone("later.example")
    registrar.is_silent = True
    sign_zone(zone=zone, ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    zone.refresh_from_db()
    assert (zone.ds_at_registrar, len(zone.ds_records)) == ([], 1)
    registrar.is_silent = False
    run_all_jobs(make.AT + timedelta(minutes=2))
    zone.refresh_from_db()
    assert zone.ds_at_registrar == zone.ds_records


def test_a_name_that_is_registered_elsewhere_has_its_delegation_signers_shown_only(
    tree: DnsTree, registrar: type[DsRegistrar]
) -> None:
    client = make.make_client()
    make.make_service(client)
    zone = open_zone(client=client, name="foreign.example", ctx=CTX)
    with pytest.raises(BusinessError, match="needs our nameservers"):
        sign_zone(zone=zone, ctx=CTX)
    tree.delegations[zone.name] = OURS
    check_delegation(zone=zone, ctx=CTX)
    sign_zone(zone=zone, ctx=CTX)
    run_all_jobs(make.AT)
    zone.refresh_from_db()
    assert (len(zone.ds_records), registrar.told) == (1, [])


def test_delegation_signers_are_sent_only_once_each_nameserver_answers_with_the_keys(
    tree: DnsTree, registrar: type[DsRegistrar], name_server: PowerDns
) -> None:
    zone = make_zone("proof.example")
    tree.keys_port = 0
    sign_zone(zone=zone, ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    job = Job.objects.get(action="zone.send_ds")
    assert (job.status, registrar.told) == ("waiting", [])
    assert job.error == "ns1.example.net doesn't answer with the zone's keys."
    tree.keys_port = name_server.dns_port
    run_all_jobs(make.AT + timedelta(minutes=2))
    zone.refresh_from_db()
    assert registrar.told == [[DsRecord(**each) for each in zone.ds_records]]


def test_keys_of_others_prove_nothing(name_server: PowerDns, tree: DnsTree) -> None:
    zone = make_zone("keys.example")
    sign_zone(zone=zone, ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    server, wrong = (
        required_dns_server(),
        DsRecord(key_tag=1, algorithm=13, digest_type=2, digest="AB" * 32),
    )
    [ds] = server.ds_records(zone.name)
    assert server.answers_keys(zone.name, [ds])
    assert not server.answers_keys(zone.name, [ds, wrong])
    assert delegation.host_without_keys(zone.name, OURS, [ds]) == ""
    assert delegation.host_without_keys(zone.name, OURS, [wrong]) == "ns1.example.net"


def test_a_name_with_other_nameservers_is_not_signed_and_a_signed_one_keeps_ours(
    tree: DnsTree, registrar: type[DsRegistrar]
) -> None:
    theirs = ["ns1.else.net", "ns2.else.net"]
    zone = make_zone("stays.example")
    domain = zone.domain
    assert domain is not None
    request_nameservers(domain=domain, nameservers=theirs, parent=ParentDs(CTX.at), ctx=CTX)
    with pytest.raises(BusinessError, match="needs our nameservers"):
        sign_zone(zone=zone, ctx=CTX)
    run_all_jobs(make.AT)
    domain.refresh_from_db()
    assert domain.nameservers == theirs
    with pytest.raises(BusinessError, match="needs our nameservers"):
        sign_zone(zone=zone, ctx=CTX)
    later = Context(make.AT + timedelta(hours=1), SYSTEM)
    request_nameservers(
        domain=domain, nameservers=OURS, parent=ParentDs(later.at, frozenset()), ctx=later
    )
    run_all_jobs(later.at)
    sign_zone(zone=zone, ctx=later)
    with pytest.raises(BusinessError, match="DNSSEC is still in effect"):
        request_nameservers(
            domain=domain, nameservers=[OURS[0], theirs[0]], parent=ParentDs(later.at), ctx=later
        )
    assert not domain.changes.open().exists()


def test_no_name_comes_to_us_with_signers_of_others_and_the_parent_was_asked_just_before(
    tree: DnsTree, registrar: type[DsRegistrar]
) -> None:
    theirs = ("ns1.else.net", "ns2.else.net")
    domain = make.make_domain(domain_name="comes.example", nameservers=theirs)
    tree.delegations["comes.example"] = list(theirs)
    tree.ds_records["comes.example"] = ["1 13 2 " + "AB" * 32]
    mixed = [theirs[0], "NS1.example.net."]
    with pytest.raises(BusinessError, match="DS records of another DNS provider"):
        move(domain, mixed, ask_parent_ds(domain, mixed, CTX))
    nobody_was_asked = ask_parent_ds(domain, [theirs[0], "ns3.else.net"], CTX)
    six_minutes_ago = ParentDs(CTX.at - timedelta(minutes=6), frozenset())
    for parent in (nobody_was_asked, six_minutes_ago):
        with pytest.raises(StateConflict, match="too old"):
            move(domain, OURS, parent)
    assert not domain.changes.exists()
    del tree.ds_records["comes.example"]
    move(domain, OURS, ask_parent_ds(domain, OURS, CTX))


def move(domain: Domain, hosts: Sequence[str], parent: ParentDs) -> None:
    request_nameservers(domain=domain, nameservers=hosts, parent=parent, ctx=CTX)


def test_a_name_may_come_with_the_signers_of_the_zone_that_it_has_here(
    tree: DnsTree, registrar: type[DsRegistrar]
) -> None:
    zone = make_zone("back.example")
    sign_zone(zone=zone, ctx=CTX)
    run_all_jobs(make.AT)
    zone.refresh_from_db()
    assert zone.domain is not None
    set_nameservers(domain=zone.domain, nameservers=["ns1.else.net", "ns2.else.net"], ctx=CTX)
    own = frozenset(str(each["digest"]) for each in zone.ds_records)
    move(zone.domain, OURS, ParentDs(CTX.at, own))
    assert own


def test_signers_are_not_sent_for_a_name_that_left_our_nameservers_otherwise(
    tree: DnsTree, registrar: type[DsRegistrar]
) -> None:
    zone = make_zone("gone.example")
    sign_zone(zone=zone, ctx=CTX)
    assert zone.domain is not None
    set_nameservers(domain=zone.domain, nameservers=["ns1.else.net", "ns2.else.net"], ctx=CTX)
    run_all_jobs(make.AT)
    zone.refresh_from_db()
    assert (len(zone.ds_records), registrar.told) == (1, [])
