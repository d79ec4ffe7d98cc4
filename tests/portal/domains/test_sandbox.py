"""A zone on the demo, from "Use our DNS" to signatures that its registry knows, and the page of the other side."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from commerce.demo.sandbox_names import fill_sandbox_from_books, publish_missing_zones
from commerce.dns.models import Zone
from commerce.dns.sandbox.folder import sandbox_folder
from commerce.domains.models import Domain
from commerce.kit import clock
from commerce.site_settings.actions import set_setting
from tests.make.jobs import run_all_jobs
from tests.make.records import make_domain
from tests.make.sandbox import sandbox_name_server, sandbox_registrar
from tests.portal.conftest import PortalCast
from tests.portal.domains.acts import CTX, read

OURS = ("ns1.example.net", "ns2.example.net")


@pytest.fixture
def domain(cast: PortalCast, tmp_path: Path) -> Iterator[Domain]:
    """A client's name at the sandbox registrar, with nameservers of somebody else."""
    with sandbox_registrar(tmp_path), sandbox_name_server():
        hosts = ("ns1.elsewhere.example", "ns2.elsewhere.example")
        made = make_domain(cast.client, domain_name="harbour.example", nameservers=hosts)
        Domain.objects.filter(pk=made.pk).update(registrar="sandbox")
        fill_sandbox_from_books()
        yield made


def test_a_zone_is_published_signed_and_delegated_on_the_demo(
    cast: PortalCast, domain: Domain
) -> None:
    web, other_side = cast.browse(cast.tess), "/client/domains/sandbox/harbour.example"
    assert "The DNS server doesn't have this zone." in read(web, other_side)
    made = web.post(f"/client/domains/{domain.pk}/dns")
    path = made["Location"]
    web.post(f"{path}/check")
    assert "The domain uses other nameservers: ns1.elsewhere.example" in read(web, path)
    run_all_jobs(clock.now())
    web.post(f"{path}/check")
    assert "delegated to our nameservers, and they answer" in read(web, path)
    shown = read(web, other_side)
    assert ", ".join(OURS) in shown
    assert "IN NS ns1.example.net." in shown
    assert "RRSIG" not in shown
    web.post(f"{path}/sign")
    run_all_jobs(clock.now())
    web.post(f"{path}/check")
    words = read(web, path)
    assert "The DS record is at the registry" in words
    assert "delegated to our nameservers, and they answer" in words
    [signer] = Zone.objects.get().ds_records
    shown = read(web, other_side)
    assert f"{signer['key_tag']} 13 2 {signer['digest']}" in shown
    assert "RRSIG" in shown


def test_a_name_server_that_is_down_is_waited_for(cast: PortalCast, domain: Domain) -> None:
    web = cast.browse(cast.tess)
    set_setting(key="dns.sandbox.outage", value="on", ctx=CTX)
    path = web.post(f"/client/domains/{domain.pk}/dns")["Location"]
    run_all_jobs(clock.now(), failing=True)
    assert "are being published" in read(web, path)
    web.post(f"{path}/check")
    assert "ns1.example.net doesn't answer for this zone" in read(web, path)


def test_zones_that_somebody_deleted_are_published_at_the_next_start(
    cast: PortalCast, domain: Domain
) -> None:
    web = cast.browse(cast.tess)
    web.post(f"/client/domains/{domain.pk}/dns")
    run_all_jobs(clock.now())
    [zone] = sandbox_folder().iterdir()
    for file in zone.iterdir():
        file.unlink()
    publish_missing_zones(clock.now())
    run_all_jobs(clock.now())
    assert "IN NS ns1.example.net." in read(web, "/client/domains/sandbox/harbour.example")


def test_the_other_side_is_shown_of_ones_own_names_and_on_a_demo_alone(
    cast: PortalCast, domain: Domain, settings: Any
) -> None:
    path = "/client/domains/sandbox/harbour.example"
    assert cast.browse(cast.charlie).get(path).status_code == 404
    web = cast.browse(cast.alice)
    assert path in web.get(f"/client/domains/{domain.pk}").content.decode()
    settings.COMMERCE_DEMO = False
    assert web.get(path).status_code == 404
    assert path not in web.get(f"/client/domains/{domain.pk}").content.decode()
