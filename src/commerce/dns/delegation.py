"""What the parent of a name says of it, and what is wrong with it (dns.md 3).

The look-ups are network: call them outside of transactions. All of it ends within the seconds that are given.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings

from commerce.dns.delegation_lookup import SECONDS, Delegation, DelegationLookup
from commerce.dns.rules import has_reached
from commerce.dns.servers.registry import our_nameservers, required_dns_server
from commerce.domains.registrars.contract import DsRecord

DEMO_DS_TTL = 300
"""Whoever turns DNSSEC off in a demo shall not wait for a day."""


def look_up_delegation(
    name: str, *, seconds: float = SECONDS, with_serials: bool = True
) -> Delegation:
    """Ask the name servers of the parent, and then those that they name. Raises ``DelegationUnknownError``."""
    if settings.COMMERCE_DEMO:
        return _in_a_demo(name)
    return DelegationLookup(time.monotonic() + seconds).delegation(name, with_serials=with_serials)


def host_without_keys(name: str, hosts: Sequence[str], ds_records: Sequence[DsRecord]) -> str:
    """The first of these hosts that does not answer with the keys of delegation signers; empty when all do."""
    if settings.COMMERCE_DEMO:
        return "" if required_dns_server().answers_keys(name, ds_records) else hosts[0]
    lookup = DelegationLookup(time.monotonic() + SECONDS)
    return next((host for host in hosts if not lookup.has_keys(name, host, ds_records)), "")


def _in_a_demo(name: str) -> Delegation:
    """The registry of its sandbox stands for all parents, and the chosen server for our hosts."""
    from commerce.domains.sandbox.public import delegated

    hosts, ds_records = delegated(name)
    try:
        serial = required_dns_server().served_serial(name)
    except OSError:
        serial = None
    ours = set(our_nameservers())
    return Delegation(
        nameservers=tuple(sorted(hosts)),
        ds_records=tuple(ds_records),
        ds_ttl=DEMO_DS_TTL if ds_records else 0,
        serials={host: serial for host in hosts if host in ours},
    )


@dataclass(frozen=True, slots=True)
class DelegationReport:
    """Whether a name is delegated to us, and what is wrong: codes with what they are about, as a zone keeps them."""

    is_delegated: bool
    problems: list[dict[str, str]]


def report_delegation(
    found: Delegation,
    *,
    ours: Sequence[str],
    serial: int,
    is_signed: bool,
    ds_records: Sequence[Mapping[str, Any]],
) -> DelegationReport:
    """What is wrong with what the parent says of a zone whose live version has ``serial``."""
    if not found.nameservers:
        return DelegationReport(False, [{"code": "not_registered"}])
    if not set(found.nameservers) & set(ours):
        hosts = ", ".join(found.nameservers)
        return DelegationReport(False, [{"code": "elsewhere", "about": hosts}])
    problems = [
        {"code": "nameserver_missing", "about": host}
        for host in ours
        if host not in found.nameservers
    ]
    for host in found.nameservers:
        answered = found.serials.get(host)
        if host not in ours:
            problems.append({"code": "nameserver_foreign", "about": host})
        elif host in found.serials and answered is None:
            problems.append({"code": "nameserver_silent", "about": host})
        elif answered is not None and not has_reached(answered, serial):
            problems.append({"code": "nameserver_behind", "about": host})
    theirs = [asdict(each) for each in found.ds_records]
    known = [(each["key_tag"], each["digest"]) for each in ds_records]
    if theirs and not is_signed:
        problems.append({"code": "ds_left"})
    elif theirs and not any((each["key_tag"], each["digest"]) in known for each in theirs):
        problems.append({"code": "ds_wrong"})
    elif is_signed and not theirs:
        problems.append({"code": "ds_missing"})
    return DelegationReport(True, problems)
