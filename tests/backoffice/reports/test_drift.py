"""`/admin/reports/drift`: each registrar and each server, and every difference (services-and-provisioning.md 8)."""

from collections.abc import Iterator

import pytest
from django.test import Client as Browser

from commerce.domains.actions.drifts import note_drift
from commerce.domains.models import Domain
from commerce.hosting.models import DriftFinding, Server, Service
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.backoffice.reports.test_report_pages import rows_of
from tests.doubles.registrar import remote_registrar
from tests.make.registered_names import make_domain_at
from tests.make.staff import staff_browser

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


@pytest.fixture
def web() -> Iterator[Browser]:
    with clock.freeze_time(make.AT), remote_registrar() as remote:
        client = make.make_client()
        for n in range(5):
            make_domain_at(remote, client, domain_name=f"name-{n}.com")
        yield staff_browser()


def test_all_heaps_of_registrars_and_servers_are_counted(web: Browser) -> None:
    same, differs, missing, _asked, _never = Domain.objects.order_by("pk")
    Domain.objects.exclude(pk=_never.pk).update(synced_at=make.AT)
    note_drift(domain=differs, field="expiry", theirs="2030-01-01", ctx=CTX)
    note_drift(domain=missing, field="status", theirs="gone", ctx=CTX)
    note_drift(domain=missing, field="expiry", theirs="2030-01-01", ctx=CTX)
    server = Server.objects.create(
        name="web1", module="opterius", hostname="h", changed_at=make.AT, drift_checked_at=make.AT
    )
    for number, kind in enumerate(["", "", "missing", "other_package", "alive"]):
        service = make.make_service(same.client, "terminated" if kind == "alive" else "active")
        Service.objects.filter(pk=service.pk).update(server=server, remote_id=f"r{number}")
        if kind:
            DriftFinding.objects.create(
                server=server,
                service=service,
                kind=kind,
                account=f"acme{number}",
                found_at=make.AT,
            )
    at = make.AT.strftime("%Y-%m-%dT%H:%M:%SZ")
    counts = rows_of(web, "/admin/reports/drift.csv?table=counts")[1:]
    assert counts == [
        ["By hand", "2", "1", "1", "", "1", at],
        ["web1", "2", "1", "1", "1", "0", at],
    ]
    listed = rows_of(web, "/admin/reports/drift.csv?table=servers")[1:]
    assert sorted(row[0] for row in listed) == ["acme2", "acme3", "acme4"]
    assert "Not on the server" in web.get("/admin/reports/drift").content.decode()
