"""Whom a zone is refused: names of ours and of others, and what others made at the name server (dns.md 1)."""

from typing import Any

import httpx
import pytest

from commerce.dns.actions import zones
from commerce.dns.actions.zones import end_zone, open_zone
from commerce.dns.models import Zone
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.site_settings.actions import set_setting
from tests import make
from tests.dns.asking import ask
from tests.make.jobs import run_all_jobs
from tools.servers import PowerDns

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


@pytest.mark.parametrize(
    "name",
    [
        "ns1.example.net",
        "x.ns2.example.net",
        "example.net",
        "portal.host.test",
        "host.test",
        "web7.host.example",
        "host.example",
        "catalog.invalid",
        "2.0.192.in-addr.arpa",
        "shop.co.uk",
        "co.uk",
        "www.neighbour.test",
        "neighbour.test",
        "sub.www.neighbour.test",
    ],
)
def test_nobody_has_a_zone_around_a_name_of_ours_or_of_a_service_of_another(
    name_server: PowerDns, settings: Any, name: str
) -> None:
    settings.COMMERCE_URL = "https://portal.host.test:8443"
    set_setting(key="dns.powerdns.catalog", value="catalog.invalid", ctx=CTX)
    make.make_server(hostname="web7.host.example")
    make.make_service(make.make_client(), domain="www.neighbour.test")
    make.make_service(make.make_client(), domain="shop.co.uk")
    client = make.make_client()
    make.make_service(client)
    with pytest.raises(BusinessError, match="can't have a zone here"):
        open_zone(client=client, name=name, ctx=CTX)
    assert not Zone.objects.exists()


def test_a_name_registered_here_has_its_zone_whatever_services_others_have(
    name_server: PowerDns,
) -> None:
    make.make_service(make.make_client(), domain="www.mine.example")
    make.make_domain(domain_name="mine.example")
    run_all_jobs(make.AT)
    assert Zone.objects.live().get().name == "mine.example"


def test_a_zone_that_others_made_at_the_server_is_left_as_it_is(name_server: PowerDns) -> None:
    address = f"{name_server.api_url}/api/v1/servers/localhost/zones"
    with httpx.Client(headers={"X-API-Key": name_server.api_key}) as api:
        for name in ("theirs.example.", "above.example."):
            body = {"name": name, "kind": "Native", "nameservers": ["ns.else.net."]}
            api.post(address, json=body).raise_for_status()
    client = make.make_client()
    make.make_domain(client, domain_name="theirs.example")
    make.make_service(client)
    open_zone(client=client, name="below.above.example", ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    jobs = Job.objects.filter(action="zone.publish")
    assert {job.status for job in jobs} == {"parked"}
    assert all("made by others" in job.error for job in jobs)
    assert ask(name_server, "theirs.example", "NS") == ["ns.else.net."]
    assert ask(name_server, "below.above.example", "SOA") == ["NXDOMAIN"]
    end_zone(zone=Zone.objects.get(name="theirs.example"), ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    assert ask(name_server, "theirs.example", "NS") == ["ns.else.net."]


def test_a_client_has_so_many_zones_of_names_elsewhere(
    name_server: PowerDns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zones, "MAX_ELSEWHERE", 2)
    client = make.make_client()
    make.make_service(client)
    open_zone(client=client, name="one.test", ctx=CTX)
    open_zone(client=client, name="two.test", ctx=CTX)
    with pytest.raises(BusinessError, match="at most 2 zones"):
        open_zone(client=client, name="three.test", ctx=CTX)
    make.make_domain(client, domain_name="mine.example")
    run_all_jobs(make.AT)
    assert Zone.objects.live().filter(client=client).count() == 3
