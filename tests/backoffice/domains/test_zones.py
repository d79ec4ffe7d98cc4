"""`/admin/zones`: DNS zones, their versions, and what staff do with one (dns.md 3)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.audit.models import AuditEntry
from commerce.dns.models import Zone
from commerce.kit import clock
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.sandbox import sandbox_name_server, sandbox_registrar
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import open_form, send, text_of
from tests.make.zones import make_stored_zone

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace(tmp_path: Path) -> Iterator[HttpsTestClient]:
    with clock.freeze_time(make.AT), sandbox_registrar(tmp_path), sandbox_name_server():
        yield staff_browser(make_staff(email="grace@example.com"))


def made(web: HttpsTestClient) -> Zone:
    """The zone that staff create for a domain on its page."""
    domain = make.make_domain()
    answer = send(web, f"/admin/domains/{domain.pk}/add-zone")
    zone = Zone.objects.get()
    assert answer["Location"] == at(zone)
    return zone


def at(zone: Zone, act: str = "") -> str:
    return f"/admin/zones/{zone.pk}{act and f'/{act}'}"


def reasons(web: HttpsTestClient, zone: Zone) -> dict[str, str]:
    shown = web.get(at(zone)).context["shown_actions"]
    return {one.action.name: str(one.reason_against or "") for one in shown}


def test_zones_are_found_and_a_full_page_takes_as_many_queries_as_one(
    grace: HttpsTestClient,
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            grace.get("/admin/zones")
        return len(seen)

    client = make.make_client(company="Acme")
    zone = make_stored_zone(client, "acme.example")
    grace.get("/admin/zones")
    of_one = queries()
    for number in range(3):
        make_stored_zone(make.make_client(), f"other{number}.example")
    assert queries() == of_one
    for query in ("q=acme.ex", "q=Acme", f"client__id__exact={client.pk}"):
        assert list(grace.get(f"/admin/zones?{query}").context["cl"].result_list) == [zone], query


def test_a_zone_is_made_for_a_domain_and_shows_its_records(grace: HttpsTestClient) -> None:
    zone = made(grace)
    page = text_of(grace.get(at(zone)))
    assert "NS 3600 ns1.example.net." in page
    domain = f"/admin/domains/{zone.domain_id}"
    assert zone.name in text_of(grace.get(domain))
    assert grace.post(f"{domain}/add-zone").status_code == 409  # it has one


def test_a_zone_file_goes_out_and_comes_in(grace: HttpsTestClient) -> None:
    zone = made(grace)
    file = grace.get(at(zone, "zone-file"))
    assert file["Content-Disposition"] == f'attachment; filename="{zone.name}.zone"'
    assert AuditEntry.objects.get(action="list.exported").after["query"] == zone.name
    text = file.content.decode() + "www 600 IN A 192.0.2.7\n"
    wrong = send(grace, at(zone, "import"), file_text=text + "odd 600 IN A 1.2.3\n")
    [error] = wrong.context["form"].errors["file_text"]
    assert error.startswith("Line 8: 1.2.3")
    assert zone.versions.count() == 1
    send(grace, at(zone, "import"), file_text=text)
    assert {"name": "www", "type": "A", "ttl": 600, "value": "192.0.2.7"} in zone.newest.records


def test_a_form_that_was_opened_before_another_version_is_told(grace: HttpsTestClient) -> None:
    zone = made(grace)
    text = grace.get(at(zone, "zone-file")).content.decode()
    opened = open_form(grace, at(zone, "import"))
    send(grace, at(zone, "import"), file_text=text + "www 600 IN A 192.0.2.7\n")
    late = grace.post(at(zone, "import"), opened | {"file_text": text})
    assert late.status_code == 409
    assert zone.versions.count() == 2


def test_versions_come_back_and_the_template_too(grace: HttpsTestClient) -> None:
    zone = made(grace)
    assert "no earlier" in reasons(grace, zone)["restore"]
    first = zone.newest.records
    text = grace.get(at(zone, "zone-file")).content.decode()
    send(grace, at(zone, "import"), file_text=text + "www 600 IN A 192.0.2.7\n")
    send(grace, at(zone, "restore"), number="1")
    assert (zone.newest.number, zone.newest.records) == (3, first)
    send(grace, at(zone, "import"), file_text=text + "www 600 IN A 192.0.2.8\n")
    send(grace, at(zone, "reset"))
    assert zone.newest.records == first


def test_a_zone_is_sent_again_and_ends_with_a_reason(grace: HttpsTestClient) -> None:
    zone = made(grace)
    send(grace, at(zone, "publish"))
    assert AuditEntry.objects.filter(action="zone.published_again").exists()
    assert send(grace, at(zone, "end")).context["form"].errors["reason"]
    send(grace, at(zone, "end"), reason="Asked by phone")
    zone.refresh_from_db()
    assert zone.status == "ended"


def test_support_reads_zones_and_changes_none(grace: HttpsTestClient) -> None:
    zone = made(grace)
    support = staff_browser(make_staff("support"))
    assert support.get(at(zone)).status_code == 200
    assert support.get(at(zone, "zone-file")).status_code == 200
    assert support.get(at(zone, "import")).status_code == 403
