"""The pages of a zone: records in one form, a zone file, versions, DNSSEC, delegation (dns.md 3)."""

from threading import BoundedSemaphore
from typing import Any

import pytest

from commerce.dns import delegation
from commerce.dns.models import Zone
from commerce.domains.models import DomainChange
from commerce.kit import clock
from commerce.kit.remote import page_limits
from commerce.site_settings.actions import reset_setting, set_setting
from tests.dns.asking import ask
from tests.dns.powerdns import name_server, running_powerdns, tree
from tests.doubles.dns_tree import DnsTree
from tests.make.browser import HttpsTestClient
from tests.make.jobs import run_all_jobs
from tests.make.records import make_domain, make_service
from tests.portal.conftest import PortalCast
from tests.portal.domains.acts import CTX, text_of
from tools.servers import PowerDns

__all__ = ["name_server", "running_powerdns", "tree"]
pytestmark = pytest.mark.django_db


def make_zone(cast: PortalCast, name: str = "edit.example") -> Zone:
    make_domain(cast.client, domain_name=name)
    run_all_jobs(clock.now())
    return Zone.objects.live().get(name=name)


def page_of(web: HttpsTestClient, path: str) -> str:
    answer = web.get(path)
    assert answer.status_code == 200, answer
    return text_of(answer.content.decode())


def typed(
    zone: Zone, *more: tuple[str, str, str, str], delete: tuple[int, ...] = ()
) -> dict[str, Any]:
    """The form as it is, with more rows."""
    rows = [(r.name, r.type, str(r.ttl), r.value) for r in zone.newest.record_list()]
    columns = zip(*[*rows, *more], strict=True)
    fields: dict[str, Any] = dict(
        zip(("name", "type", "ttl", "value"), map(list, columns), strict=True)
    )
    return {**fields, "seen": zone.newest.number, "delete": [str(line) for line in delete]}


def test_records_are_added_changed_and_deleted_in_one_form_and_answered(
    cast: PortalCast, name_server: PowerDns
) -> None:
    zone, web = make_zone(cast), cast.browse(cast.tess)
    path = f"/client/zones/{zone.pk}"
    page = web.get(path).content.decode()
    assert 'value="ns1.example.net."' in page
    assert page.count('class="record"') == 3 + 3
    dmarc = 3
    form = typed(zone, ("www", "A", "", "192.0.2.1"), ("", "A", "", ""), delete=(dmarc,))
    answer = web.post(path, form)
    assert (answer.status_code, answer["Location"]) == (303, path)
    assert "are being published." in page_of(web, path)
    run_all_jobs(clock.now())
    assert "being published" not in page_of(web, path)
    assert ask(name_server, "www.edit.example", "A") == ["192.0.2.1"]
    assert ask(name_server, "_dmarc.edit.example", "TXT") == ["NXDOMAIN"]
    assert zone.newest.made_by == cast.tess.email
    assert web.post(path, typed(zone)).status_code == 303
    assert zone.versions.count() == 2


def test_what_is_refused_says_line_and_reason_and_keeps_what_was_typed(
    cast: PortalCast, name_server: PowerDns
) -> None:
    zone, web = make_zone(cast), cast.browse(cast.alice)
    form = typed(zone, ("www", "A", "", "192.0.2"), ("www", "CNAME", "", "x.net"))
    answer = web.post(f"/client/zones/{zone.pk}", form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Line 4: 192.0.2 isn&#x27;t an IPv4 address." in page
    assert 'value="192.0.2"' in page
    assert 'id="problem-4"' in page
    assert zone.versions.count() == 1
    stale = typed(zone, ("www", "A", "", "192.0.2.1")) | {"seen": "0"}
    for _ in range(2):
        page = web.post(f"/client/zones/{zone.pk}", stale).content.decode()
        assert "changed in the meantime" in page
        assert 'name="seen" value="0"' in page
    assert zone.versions.count() == 1


def test_more_rows_come_without_saving(cast: PortalCast, name_server: PowerDns) -> None:
    zone, web = make_zone(cast), cast.browse(cast.alice)
    answer = web.post(f"/client/zones/{zone.pk}", typed(zone, ("new", "A", "", "")) | {"more": "1"})
    page = answer.content.decode()
    assert (answer.status_code, page.count('class="record"')) == (200, 3 + 1 + 10)
    assert zone.versions.count() == 1


def test_a_full_zone_can_be_sent_as_a_whole(cast: PortalCast, name_server: PowerDns) -> None:
    zone, web = make_zone(cast), cast.browse(cast.alice)
    many = [(f"h{n}", "A", "60", "192.0.2.1") for n in range(497)]
    answer = web.post(f"/client/zones/{zone.pk}", typed(zone, *many))
    assert (answer.status_code, len(zone.newest.records)) == (303, 500)
    too_many = typed(zone, ("one-more", "A", "60", "192.0.2.1"))
    assert web.post(f"/client/zones/{zone.pk}", too_many).status_code == 422


def test_a_zone_file_is_previewed_and_only_then_imported(
    cast: PortalCast, name_server: PowerDns
) -> None:
    zone, web = make_zone(cast), cast.browse(cast.alice)
    path = f"/client/zones/{zone.pk}/import"
    wrong = web.post(path, {"zone_file": "@ NS ns1.example.net.\na A 1.2\nb MX x"})
    assert wrong.status_code == 422
    assert "Line 2: 1.2 isn&#x27;t an IPv4 address." in wrong.content.decode()
    assert "Line 3:" in wrong.content.decode()
    text = "@ NS ns1.example.net.\n@ NS ns2.example.net.\nshop A 192.0.2.9\n"
    preview = text_of(web.post(path, {"zone_file": text}).content.decode())
    assert "− _dmarc 3600 TXT v=DMARC1; p=none" in preview
    assert "+ shop 3600 A 192.0.2.9" in preview
    assert zone.versions.count() == 1
    stale = web.post(path, {"zone_file": text, "apply": "1", "seen": "7"})
    assert (stale.status_code, zone.versions.count()) == (303, 1)
    assert web.post(path, {"zone_file": text, "apply": "1", "seen": "1"}).status_code == 303
    run_all_jobs(clock.now())
    assert ask(name_server, "shop.edit.example", "A") == ["192.0.2.9"]
    assert web.post(path, {"zone_file": " "}).status_code == 422
    exported = web.get(f"/client/zones/{zone.pk}/export")
    assert exported["Content-Disposition"] == 'attachment; filename="edit.example.txt"'
    assert b"shop\t3600\tIN\tA\t192.0.2.9" in exported.content


def test_versions_are_restored_and_reset(cast: PortalCast, name_server: PowerDns) -> None:
    zone, web = make_zone(cast), cast.browse(cast.alice)
    path = f"/client/zones/{zone.pk}"
    web.post(path, typed(zone, ("www", "A", "", "192.0.2.1")))
    for number in ("1", "2"):
        assert web.post(f"{path}/restore", {"number": number}).status_code == 303
    assert web.post(f"{path}/reset").status_code == 303
    assert [each.cause for each in zone.versions.order_by("number")] == [
        *("template", "edit", "restore", "restore", "template"),
    ]
    assert web.post(f"{path}/restore", {"number": "99"}).status_code == 303
    assert web.post(f"{path}/restore", {"number": "x"}).status_code == 303
    assert zone.versions.count() == 5


def test_dnssec_is_switched_and_says_what_is_left_to_do(
    cast: PortalCast, name_server: PowerDns, tree: DnsTree
) -> None:
    make_service(cast.client)
    web = cast.browse(cast.alice)
    made = web.post("/client/zones", {"name": "foreign.example"})
    zone = Zone.objects.get()
    path = f"/client/zones/{zone.pk}"
    assert (made["Location"], zone.domain) == (path, None)
    assert "Off. DNSSEC protects answers" in page_of(web, path)
    web.post(f"{path}/sign")
    assert "DNSSEC needs our nameservers." in page_of(web, path)
    tree.delegations[zone.name] = ["ns1.example.net", "ns2.example.net"]
    web.post(f"{path}/check")
    web.post(f"{path}/sign")
    run_all_jobs(clock.now())
    zone.refresh_from_db()
    page = page_of(web, path)
    assert "Add this DS record at your registrar" in page
    assert zone.ds_records[0]["digest"] in page
    web.post(f"{path}/unsign")
    assert "Remove the DS record at your registrar" in page_of(web, path)
    again = web.post("/client/zones", {"name": "foreign.example"})
    assert again.status_code == 422


def test_use_our_dns_makes_the_zone_and_changes_the_nameservers(
    cast: PortalCast, name_server: PowerDns, tree: DnsTree
) -> None:
    domain = make_domain(cast.client, nameservers=("a.other.example", "b.other.example"))
    web = cast.browse(cast.alice)
    assert "Use our DNS" in page_of(web, f"/client/domains/{domain.pk}")
    tree.delegations[domain.domain_name] = domain.nameservers
    tree.ds_records[domain.domain_name] = ["1 13 2 " + "AB" * 32]
    refused = web.post(f"/client/domains/{domain.pk}/dns")
    assert refused["Location"] == f"/client/domains/{domain.pk}"
    assert "DS records of another DNS provider" in page_of(web, f"/client/domains/{domain.pk}")
    assert not Zone.objects.exists()
    tree.ds_records.clear()
    answer = web.post(f"/client/domains/{domain.pk}/dns")
    zone = Zone.objects.get()
    assert answer["Location"] == f"/client/zones/{zone.pk}"
    change = DomainChange.objects.get(domain=domain)
    assert change.wanted == {"nameservers": ["ns1.example.net", "ns2.example.net"]}
    assert web.post(f"/client/domains/{domain.pk}/dns")["Location"] == f"/client/zones/{zone.pk}"
    page = page_of(web, f"/client/domains/{domain.pk}")
    assert "Edit DNS records" in page
    assert domain.domain_name in page_of(web, "/client/zones")


def test_our_nameservers_are_not_taken_while_the_parent_says_that_another_signs(
    cast: PortalCast, name_server: PowerDns, tree: DnsTree
) -> None:
    for number in (1, 2):
        set_setting(key=f"domains.ns{number}", value=f"ns{number}.example.net", ctx=CTX)
    domain = make_domain(cast.client, nameservers=("a.other.example", "b.other.example"))
    web, form = cast.browse(cast.alice), f"/client/domains/{domain.pk}/nameservers"
    tree.delegations[domain.domain_name] = domain.nameservers
    tree.ds_records[domain.domain_name] = ["1 13 2 " + "AB" * 32]
    refused = web.post(form, {"use": "ours"})
    assert refused.status_code == 422
    assert "DS records of another DNS provider" in refused.content.decode()
    web.post("/client/domains/nameservers", {"domain": domain.pk, "use": "ours"})
    assert "DS records of another DNS provider" in page_of(web, "/client/domains")
    assert not DomainChange.objects.exists()
    tree.ds_records.clear()
    assert web.post(form, {"use": "ours"}).status_code == 303
    assert DomainChange.objects.get().wanted == {
        "nameservers": ["ns1.example.net", "ns2.example.net"]
    }


def test_a_zone_is_its_clients_alone(cast: PortalCast, name_server: PowerDns) -> None:
    zone = make_zone(cast)
    stranger, reader = cast.browse(cast.charlie), cast.browse(cast.bob)
    for path in ("", "/export", "/import"):
        assert stranger.get(f"/client/zones/{zone.pk}{path}").status_code == 404
        assert reader.get(f"/client/zones/{zone.pk}{path}").status_code == 403
    for path in ("", "/import", "/restore", "/sign", "/check"):
        assert stranger.post(f"/client/zones/{zone.pk}{path}").status_code == 404
    assert zone.versions.count() == 1


def test_a_check_of_the_delegation_leaves_a_thread(
    cast: PortalCast, name_server: PowerDns, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone, web, asked = make_zone(cast), cast.browse(cast.alice), list[str]()
    monkeypatch.setattr(delegation, "look_up_delegation", asked.append)
    monkeypatch.setattr(page_limits, "TURN_SECONDS", 0.01)
    monkeypatch.setattr(page_limits, "_turns", BoundedSemaphore(1))
    with page_limits.page_limits():  # another page waits for others
        assert web.post(f"/client/zones/{zone.pk}/check").status_code == 303
    assert asked == []


def test_without_a_server_nothing_of_zones_is_shown(
    cast: PortalCast, name_server: PowerDns
) -> None:
    domain, web = make_domain(cast.client, nameservers=("a.net", "b.net")), cast.browse(cast.alice)
    reset_setting(key="dns.server", ctx=CTX)
    assert web.get("/client/zones").status_code == 404
    assert "DNS" not in page_of(web, f"/client/domains/{domain.pk}").replace("DNSSEC", "")
    assert "DNS zones" not in page_of(web, "/client/domains")
    web.post(f"/client/domains/{domain.pk}/dns")
    assert not Zone.objects.exists()


def test_a_zone_that_waits_for_a_silent_server_is_still_edited(
    cast: PortalCast, name_server: PowerDns
) -> None:
    from commerce.site_settings.actions import set_setting

    zone, web = make_zone(cast), cast.browse(cast.alice)
    set_setting(key="dns.powerdns.api_url", value="http://127.0.0.1:9", ctx=CTX)
    assert (
        web.post(f"/client/zones/{zone.pk}", typed(zone, ("a", "A", "", "192.0.2.1"))).status_code
        == 303
    )
    run_all_jobs(clock.now(), failing=True)
    assert "are being published." in page_of(web, f"/client/zones/{zone.pk}")
