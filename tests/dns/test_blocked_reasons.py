"""Why an action on a zone is not possible now: what is asked before says what it raises (dns.md 3)."""

from collections.abc import Callable, Mapping

import pytest
from django.db import transaction

from commerce.dns.actions import records, signing, zones
from commerce.dns.actions.checks import check_delegation_now
from commerce.dns.imports import import_zone_file
from commerce.dns.models import Zone
from commerce.dns.rules import DnsRecord
from commerce.domains.actions.changes import ParentDs, request_nameservers
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from tests import make
from tests.doubles.dns_tree import DnsTree
from tests.make.jobs import run_all_jobs
from tools.servers import PowerDns

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
PARENT = ParentDs(CTX.at, frozenset())

type Blocked[Record] = Callable[[Record, Context], StateConflict | None]

ZONE_FILE = "@ 300 IN NS ns1.example.net.\n@ 300 IN NS ns2.example.net.\nwww 300 IN A 192.0.2.8\n"
ACTIONS: Mapping[str, tuple[Blocked[Zone], Callable[[Zone], object]]] = {
    "publish": (
        records.ended_blocked_reason,
        lambda zone: zones.publish_zone_again(zone=zone, ctx=CTX),
    ),
    "check": (records.ended_blocked_reason, lambda zone: check_delegation_now(zone=zone, ctx=CTX)),
    "import": (
        records.ended_blocked_reason,
        lambda zone: import_zone_file(zone=zone, file_text=ZONE_FILE, ctx=CTX),
    ),
    "reset": (records.ended_blocked_reason, lambda zone: records.reset_zone(zone=zone, ctx=CTX)),
    "change": (records.ended_blocked_reason, lambda zone: change(zone, "192.0.2.9")),
    "restore": (
        records.restore_blocked_reason,
        lambda zone: records.restore_version(zone=zone, number=1, ctx=CTX),
    ),
    "sign": (signing.sign_blocked_reason, lambda zone: signing.sign_zone(zone=zone, ctx=CTX)),
    "unsign": (signing.unsign_blocked_reason, lambda zone: signing.unsign_zone(zone=zone, ctx=CTX)),
    "end": (zones.end_blocked_reason, lambda zone: zones.end_zone(zone=zone, ctx=CTX)),
    "end for them": (
        zones.end_blocked_reason,
        lambda zone: zones.end_zone_for_staff(zone=zone, reason="asked", ctx=CTX),
    ),
}
DOMAIN_ACTIONS: Mapping[str, tuple[Blocked[Domain], Callable[[Domain], object]]] = {
    "zone": (
        zones.domain_zone_blocked_reason,
        lambda domain: zones.open_domain_zone(domain=domain, ctx=CTX),
    ),
    "our DNS": (
        zones.our_dns_blocked_reason,
        lambda domain: zones.use_our_dns(domain=domain, parent=PARENT, ctx=CTX),
    ),
}


def change(zone: Zone, address: str) -> None:
    newest = zone.newest
    more = [*newest.record_list(), DnsRecord("www", "A", 300, address)]
    records.change_records(zone=zone, records=more, seen_number=newest.number, ctx=CTX)


def new_zone() -> Zone:
    domain = make.make_domain()
    run_all_jobs(make.AT, failing=True)
    return Zone.objects.get(domain=domain)


def signed() -> Zone:
    zone = new_zone()
    signing.sign_zone(zone=zone, ctx=CTX)
    return zone


def unsigning() -> Zone:
    zone = signed()
    signing.unsign_zone(zone=zone, ctx=CTX)
    return zone


def changed() -> Zone:
    zone = new_zone()
    change(zone, "192.0.2.1")
    return zone


def leaving() -> Zone:
    zone = new_zone()
    hosts = ["ns1.else.net", "ns2.else.net"]
    assert zone.domain is not None
    request_nameservers(domain=zone.domain, nameservers=hosts, parent=PARENT, ctx=CTX)
    return zone


def ended() -> Zone:
    zone = changed()
    zones.end_zone(zone=zone, ctx=CTX)
    return zone


def said_by(action: Callable[[], object]) -> str | None:
    """The code by which an action refuses a state; None where it is let through, whatever is then wrong."""
    with transaction.atomic():
        try:
            action()
        except StateConflict as conflict:
            return conflict.code
        except BusinessError:
            return None
        finally:
            transaction.set_rollback(True)
    return None


def test_what_is_said_of_a_zone_before_is_what_the_action_raises(tree: DnsTree) -> None:
    before, raised = {}, {}
    for made in (new_zone, changed, signed, unsigning, leaving, ended):
        zone = made()
        if zone.name not in tree.delegations:
            tree.delegations[zone.name] = ["ns1.example.net", "ns2.example.net"]
        for name, (blocked, action) in ACTIONS.items():
            reason = blocked(zone, CTX)
            before[made.__name__, name] = reason and reason.code
            again = Zone.objects.get(pk=zone.pk)
            raised[made.__name__, name] = said_by(lambda act=action, row=again: act(row))
    assert before == raised
    assert {name for (_zone, name), code in before.items() if code is None} == ACTIONS.keys()


def test_what_is_said_of_the_zone_of_a_name_before_is_what_the_action_raises(
    name_server: PowerDns,
) -> None:
    made = {str(status): make.make_domain(status=status) for status in DomainStatus}
    made["without a zone"] = make.make_domain(nameservers=("ns1.else.net", "ns2.else.net"))
    run_all_jobs(make.AT)
    before, raised = {}, {}
    for state, domain in made.items():
        for name, (blocked, action) in DOMAIN_ACTIONS.items():
            reason = blocked(domain, CTX)
            before[state, name] = reason and reason.code
            raised[state, name] = said_by(lambda act=action, row=domain: act(row))
    assert before == raised
    assert before["without a zone", "zone"] is before["without a zone", "our DNS"] is None
    assert before["active", "zone"] == "zone.exists"
