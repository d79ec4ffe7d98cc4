"""Daily runs, what the next one would do, the nightly proof, and servers, on pages."""

from datetime import timedelta

import pytest

from commerce.billing.models import Invoice
from commerce.hosting.models import Server
from commerce.hosting.modules import registry
from commerce.hosting.modules.contract import ModuleOutcome
from commerce.kit import clock
from commerce.mail.models import OutgoingMail
from commerce.runs.models import DailyRun, DailyRunStep
from commerce.site_settings.current import business_date
from tests import make
from tests.backoffice.system.test_jobs import send
from tests.doubles.panel import FakePanel
from tests.make.browser import HttpsTestClient
from tests.make.records import make_server_group
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.django_db


def made_run(**step: object) -> DailyRun:
    run = DailyRun.objects.create(
        date=make.AT.date(), started_at=make.AT, ended_at=make.AT, started_by="worker"
    )
    values = {"name": "renew", "status": "failed", "started_at": make.AT, "ended_at": make.AT}
    DailyRunStep.objects.create(run=run, **values | step)
    return run


def test_a_run_shows_its_steps_and_what_failed(web: HttpsTestClient) -> None:
    error = {"kind": "renew", "id": 7, "error": "ValueError: odd"}
    run = made_run(counts={"invoices": 3}, errors=[error])
    assert web.get("/admin/runs").status_code == 200
    page = web.get(f"/admin/runs/{run.pk}").text
    for text in ("Invoice renewals of services", "invoices: 3", "ValueError: odd", "Failed"):
        assert text in page


def test_a_dry_run_says_what_would_be_done_and_does_nothing(web: HttpsTestClient) -> None:
    service = make.make_service()
    due = business_date(clock.now()) + timedelta(days=400)
    invoices, mails = Invoice.objects.count(), OutgoingMail.objects.count()
    page = web.post("/admin/runs/dry-run", {"day": due.isoformat(), "step": ""})
    assert page.status_code == 200
    assert page.context["report"].acts, page.context["report"].as_text()
    assert str(service.client.name) in page.text
    assert (Invoice.objects.count(), OutgoingMail.objects.count()) == (invoices, mails)
    one = web.post("/admin/runs/dry-run", {"day": due.isoformat(), "step": "prove"})
    assert one.context["report"].acts == []
    assert web.post("/admin/runs/dry-run", {"day": "soon"}).status_code == 422


def test_a_dry_run_of_a_page_ends_in_time_and_says_what_is_left(
    web: HttpsTestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.make_service()
    monkeypatch.setattr("commerce.backoffice.system.runs.PREVIEW_SECONDS", -1)
    due = business_date(clock.now()) + timedelta(days=400)
    page = web.post("/admin/runs/dry-run", {"day": due.isoformat(), "step": ""}).text
    assert "1 more client has something due" in page


def test_checks_show_what_the_last_proof_found(web: HttpsTestClient) -> None:
    assert "No daily run has made the checks yet." in web.get("/admin/checks").text
    error = {"kind": "M8-credit", "id": 1, "error": "credit account 1: 500 is not 400"}
    made_run(name="prove", errors=[error])
    page = web.get("/admin/checks")
    assert page.context["rows"][0]["check"].name == "M8-credit"
    assert "500 is not 400" in page.text
    anew = web.post("/admin/checks", {"check": "M8-credit"})
    assert "M8-credit holds" in anew.text
    assert staff_browser(make_staff("admin")).post("/admin/checks").status_code == 403


def test_a_server_is_added_changed_and_turned_off(web: HttpsTestClient) -> None:
    server = {"name": "web1", "hostname": "web1.example.net", "module": "manual"}
    typed = {
        **server,
        "port": "0",
        "max_accounts": "10",
        "nameservers": "ns1.example.net ns2.example.net",
    }
    refused = send(web, "/admin/servers/new", **typed | {"hostname": "x"})
    assert "hostname" in refused.context["form"].errors  # type: ignore[attr-defined]
    send(web, "/admin/servers/new", **typed)
    row = Server.objects.get()
    assert (row.name, row.ns2, row.max_accounts) == ("web1", "ns2.example.net", 10)
    make_server_group("fast")
    send(web, f"/admin/servers/{row.pk}/edit", **typed | {"group": "fast"})
    send(web, f"/admin/servers/{row.pk}/disable")
    row.refresh_from_db()
    assert (row.group, row.is_active) == ("fast", False)
    assert "web1" in web.get("/admin/servers").text


def test_a_server_is_tested_where_there_is_a_panel_to_ask(
    web: HttpsTestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make.make_server()
    path = f"/admin/servers/{server.pk}/test"
    assert "managed by hand" in web.get(path).text
    panel = FakePanel()
    monkeypatch.setitem(registry._MODULES, panel.id, panel.module)
    Server.objects.update(module=panel.id)
    assert f"{server.name} works: answered in" in send(web, path).text  # type: ignore[attr-defined]
    panel.says(ModuleOutcome.REFUSED, "The key is not right.")
    assert "The key is not right." in send(web, path).text  # type: ignore[attr-defined]
