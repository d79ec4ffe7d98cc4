"""What every name server does (dns.md 4): a real PowerDNS, asked over DNS, and the sandbox of a demo."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dns.dnssec
import dns.name
import dns.rdatatype
import dns.rrset
import dns.zone
import pytest

from commerce.dns.record_types import TypedRecord, check_records, same_form, zone_file_value
from commerce.dns.rules import DnsRecord
from commerce.dns.sandbox.folder import ZoneFolder
from commerce.dns.servers.contract import DnsServer, ServedZone, ZoneRefusedError
from commerce.dns.servers.powerdns.adapter import PowerDnsServer
from commerce.dns.servers.sandbox.adapter import SandboxDnsServer
from commerce.kit.remote.http import ProviderSilentError
from tests import make
from tests.dns.test_zones import TYPES
from tools.servers import PowerDns

NS = ("@", "NS", "ns1.example.net.")
SOA = "ns1.example.net. hostmaster.{zone}. {serial} 10800 3600 604800 3600"

type Connect = Callable[..., DnsServer]
"""A server, or one that does not answer: ``connect(silent=True)``."""


@pytest.fixture(params=[PowerDnsServer.slug, SandboxDnsServer.slug])
def connect(request: pytest.FixtureRequest, tmp_path: Path, settings: Any) -> Iterator[Connect]:
    if request.param == SandboxDnsServer.slug:
        settings.COMMERCE_DEMO, settings.COMMERCE_DATA_DIR = True, tmp_path
        yield lambda *, silent=False: SandboxDnsServer({"outage": silent})
        return
    running: PowerDns = request.getfixturevalue("running_powerdns")
    fields = {field.name: field.default or "" for field in PowerDnsServer.fields}
    fields |= {
        "api_url": running.api_url,
        "api_key": running.api_key,
        "dns_address": running.dns_address,
    }
    yield lambda *, silent=False: PowerDnsServer(
        fields | ({"api_url": "http://127.0.0.1:9", "dns_address": "127.0.0.1:9"} if silent else {})
    )


@pytest.mark.parametrize("wrong", [{"server_id": "other"}, {"api_url": "/elsewhere"}])
def test_powerdns_says_not_found_at_a_wrong_path_too(
    running_powerdns: PowerDns, wrong: dict[str, str]
) -> None:
    """With the same words as of a zone that isn't there."""
    fields = {field.name: field.default or "" for field in PowerDnsServer.fields}
    fields |= {"api_url": running_powerdns.api_url, "api_key": running_powerdns.api_key}
    assert PowerDnsServer(fields).get_zone("nowhere.example") is None
    there = PowerDnsServer(
        fields | {name: fields[name] * (text[0] == "/") + text for name, text in wrong.items()}
    )
    for act in (there.get_zone, there.delete_zone, there.ds_records):
        with pytest.raises(ProviderSilentError):
            act("nowhere.example")


def served(name: str, *rows: tuple[str, str, str], serial: int, signed: bool = False) -> ServedZone:
    typed = [TypedRecord(n, row[0], row[1], "", row[2]) for n, row in enumerate([NS, *rows], 1)]
    checked = check_records(name, typed, takes_alias=False)
    assert checked.problems == []
    return ServedZone(name, SOA.format(zone=name, serial=serial), checked.records, signed)


def in_one_form(records: list[DnsRecord]) -> set[tuple[str, str, int, str]]:
    return {(r.name, r.type, r.ttl, same_form(r.type, r.value)) for r in records}


def test_a_zone_is_had_as_it_was_put_and_nothing_else(connect: Connect) -> None:
    server, name = connect(), "put.example"
    assert server.test()
    first = served(name, *TYPES, serial=2026040800)
    for _again in range(2):
        server.put_zone(first)
        there = server.get_zone(name)
        assert there is not None
        expected = [
            DnsRecord(each.name, each.type, each.ttl, zone_file_value(each))
            for each in first.records
        ]
        assert in_one_form(list(there.records)) == in_one_form(expected)
        assert (there.soa, there.is_signed) == (first.soa, False)
        assert server.served_serial(name) == first.serial
    server.put_zone(served(name, ("www", "A", "192.0.2.7"), serial=2026040801))
    there = server.get_zone(name)
    assert there is not None
    assert {(each.name, each.type) for each in there.records} == {("@", "NS"), ("www", "A")}
    assert server.served_serial(name) == there.serial == 2026040801


def test_a_zone_that_is_not_there_is_none_and_may_be_deleted(connect: Connect) -> None:
    server, name = connect(), "gone.example"
    server.put_zone(served(name, serial=1, signed=True))
    for _again in range(2):
        server.delete_zone(name)
        assert server.get_zone(name) is None
        assert server.served_serial(name) is None
        assert server.ds_records(name) == []


def test_a_signed_zone_keeps_its_key_until_it_is_signed_no_more(connect: Connect) -> None:
    server, name = connect(), "signed.example"
    server.put_zone(served(name, serial=1, signed=True))
    [signer] = server.ds_records(name)
    assert (signer.algorithm, signer.digest_type, len(signer.digest)) == (13, 2, 64)
    assert server.answers_keys(name, [signer])
    foreign = replace(signer, digest="AB" * 32)
    assert not server.answers_keys(name, [signer, foreign])
    server.put_zone(served(name, ("www", "A", "192.0.2.7"), serial=2, signed=True))
    assert server.ds_records(name) == [signer]
    server.put_zone(served(name, serial=3))
    assert server.ds_records(name) == []
    assert not server.answers_keys(name, [signer])
    there = server.get_zone(name)
    assert there is not None
    assert not there.is_signed


def test_without_an_answer_nothing_is_known(connect: Connect) -> None:
    server, name = connect(silent=True), "silent.example"
    for act in (
        server.test,
        lambda: server.put_zone(served(name, serial=1)),
        lambda: server.get_zone(name),
        lambda: server.delete_zone(name),
        lambda: server.ds_records(name),
        lambda: server.served_serial(name),
    ):
        with pytest.raises(OSError):  # noqa: PT011 -- any of them, as the contract says
            act()


@pytest.fixture
def demo(tmp_path: Path, settings: Any) -> SandboxDnsServer:
    settings.COMMERCE_DEMO, settings.COMMERCE_DATA_DIR = True, tmp_path
    return SandboxDnsServer({"outage": False})


def test_the_signatures_of_the_sandbox_prove_each_record(demo: SandboxDnsServer) -> None:
    name = "valid.example"
    demo.put_zone(served(name, *TYPES, serial=1, signed=True))
    signed = dns.zone.from_text(ZoneFolder(name).text(make.AT), relativize=False)
    apex = dns.name.from_text(name)
    keys = signed.find_rrset(apex, "DNSKEY")
    digest = dns.dnssec.make_ds(apex, keys[0], "SHA256").digest.hex().upper()
    assert [each.digest for each in demo.ds_records(name)] == [digest]
    count = 0
    for owner, rdataset in signed.iterate_rdatasets():
        if rdataset.rdtype == dns.rdatatype.RRSIG or owner.is_subdomain(
            dns.name.from_text(f"child.{name}")
        ):
            continue
        signatures = signed.find_rrset(owner, "RRSIG", covers=rdataset.rdtype)
        rrset = dns.rrset.from_rdata_list(owner, rdataset.ttl, list(rdataset))
        dns.dnssec.validate(rrset, signatures, {apex: keys}, now=make.AT.timestamp())
        count += 1
    assert count > len(TYPES)


def test_the_sandbox_serves_no_other_installation(demo: SandboxDnsServer, settings: Any) -> None:
    settings.COMMERCE_DEMO = False
    with pytest.raises(ZoneRefusedError, match="only available in a demo"):
        demo.put_zone(served("real.example", serial=1))
    assert not ZoneFolder("real.example").zone_file.exists()
