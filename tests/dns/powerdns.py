"""A real PowerDNS for tests, started once for each process: fixtures that a conftest or a file takes over."""

import os
import shutil
from collections.abc import Iterator

import pytest

from commerce.dns import delegation_lookup
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.dns_tree import DnsTree, dns_tree
from tools.servers import PowerDns, powerdns

CTX = Context(make.AT, SYSTEM)


@pytest.fixture(scope="session")
def running_powerdns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PowerDns]:
    if shutil.which("pdns_server") is None and not os.environ.get("CI"):
        pytest.skip("no PowerDNS here: `.ci/run` shows how to install it")
    with powerdns(tmp_path_factory.mktemp("powerdns")) as server:
        yield server


@pytest.fixture
def name_server(running_powerdns: PowerDns, db: None) -> PowerDns:
    """Zones are on, and PowerDNS answers for them."""
    choose_powerdns(running_powerdns)
    return running_powerdns


@pytest.fixture
def tree(name_server: PowerDns, monkeypatch: pytest.MonkeyPatch) -> Iterator[DnsTree]:
    """The DNS above our zones; our hosts have the keys of the real server."""
    with dns_tree() as tree:
        monkeypatch.setattr(delegation_lookup, "PORT", tree.port)
        set_setting(key="dns.resolver", value=f"127.0.0.1:{tree.port}", ctx=CTX)
        tree.keys_port = name_server.dns_port
        yield tree


def choose_powerdns(server: PowerDns) -> None:
    for key, value in {
        "dns.nameservers": "ns1.example.net, ns2.example.net",
        "dns.powerdns.api_url": server.api_url,
        "dns.powerdns.api_key": server.api_key,
        "dns.powerdns.dns_address": server.dns_address,
        "dns.server": "powerdns",
    }.items():
        set_setting(key=key, value=value, ctx=CTX)
