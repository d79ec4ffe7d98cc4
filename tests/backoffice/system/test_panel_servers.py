"""Servers with a control panel, the log of calls to it, and what staff have it asked, on pages."""

from datetime import timedelta

import pytest

from commerce.audit.models import AuditEntry
from commerce.catalog.models import ServerGroup
from commerce.hosting.actions.servers import change_server
from commerce.hosting.job_names import COMPARE_SERVER
from commerce.hosting.models import Server
from commerce.hosting.modules import registry
from commerce.hosting.modules.contract import ModuleOutcome
from commerce.hosting.panel_servers import call_log, read_secrets
from commerce.jobs.job_states import park_jobs_of_silent_remotes
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.jobs.runner import run_due_jobs
from commerce.kit.context import SYSTEM, Context
from commerce.kit.remote.calls import CallNote
from commerce.mail.models import OutgoingMail
from tests import make
from tests.backoffice.system.test_jobs import send
from tests.doubles.panel import FakePanel, put_on_panel
from tests.make.browser import HttpsTestClient
from tests.make.jobs import run_all_jobs
from tests.make.staff_pages import send as send_whole

pytestmark = pytest.mark.django_db


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> FakePanel:
    made = FakePanel()
    monkeypatch.setitem(registry._MODULES, made.id, made.module)
    made.install()
    return made


def test_credentials_are_typed_and_never_shown(web: HttpsTestClient, panel: FakePanel) -> None:
    server = Server.objects.get(module="fake")
    path = f"/admin/servers/{server.pk}/connection"
    send(web, path, username="root", api_token="s3cret-token")
    server.refresh_from_db()
    assert read_secrets(server) == {"api_token": "s3cret-token"}
    page = web.get(path).text
    assert "s3cret-token" not in page
    assert "Leave empty to keep it" in page
    assert 'value="root"' in page
    send(web, path, username="jane", api_token="")
    server.refresh_from_db()
    assert (server.settings, read_secrets(server)) == (
        {"username": "jane"},
        {"api_token": "s3cret-token"},
    )
    assert "s3cret-token" not in web.get(f"/admin/servers/{server.pk}").text


def test_a_certificate_is_pinned_by_what_stands_in_the_form(
    web: HttpsTestClient, panel: FakePanel
) -> None:
    server = Server.objects.get(module="fake")
    path = f"/admin/servers/{server.pk}/certificate"
    send(web, path, fingerprint=":".join(["ab"] * 32))
    server.refresh_from_db()
    assert server.fingerprint == "ab" * 32
    assert "64 hexadecimal digits" in send(web, path, fingerprint="ab:cd").text  # type: ignore[attr-defined]


def test_to_pin_another_certificate_its_secrets_are_typed_again(
    web: HttpsTestClient, panel: FakePanel
) -> None:
    """Whoever shows it gets them."""
    server = Server.objects.get(module="fake")
    send(web, f"/admin/servers/{server.pk}/connection", username="root", api_token="s3cret")
    path = f"/admin/servers/{server.pk}/certificate"
    answer = send(web, path, fingerprint="ab" * 32, api_token="")
    assert "Enter this again: you changed where it&#x27;s sent" in answer.text  # type: ignore[attr-defined]
    server.refresh_from_db()
    assert (server.fingerprint, read_secrets(server)) == ("", {"api_token": "s3cret"})
    send(web, path, fingerprint="ab" * 32, api_token="typed")
    server.refresh_from_db()
    assert (server.fingerprint, read_secrets(server)) == ("ab" * 32, {"api_token": "typed"})
    send(web, path, fingerprint="AB" * 32, api_token="")  # the same one
    server.refresh_from_db()
    assert read_secrets(server) == {"api_token": "typed"}


def test_what_differs_stands_on_the_server_s_page(web: HttpsTestClient, panel: FakePanel) -> None:
    server = Server.objects.get(module="fake")
    lost = make.make_service()
    put_on_panel(lost)
    panel.drop(lost)
    send(web, f"/admin/servers/{server.pk}/compare")
    run_all_jobs()
    assert "Not on the server" in web.get(f"/admin/servers/{server.pk}").text


def test_the_log_of_calls_is_read_with_the_job_the_service_and_by_itself(
    web: HttpsTestClient, panel: FakePanel
) -> None:
    service = make.make_service()
    put_on_panel(service)
    send(web, f"/admin/services/{service.pk}/refresh")
    job = Job.objects.get(action="service.refresh")
    call_log(service.server, service_id=service.pk, job_id=job.pk)(
        CallNote(make.AT, "POST", "/json-api/accountsummary", "user=acme", 0, "no answer", 5000)
    )
    for path in (f"/admin/jobs/{job.pk}", f"/admin/services/{service.pk}", "/admin/server-calls"):
        assert "/json-api/accountsummary" in web.get(path).text
    call = web.get("/admin/server-calls").text
    assert "No answer" in call


def test_staff_have_a_panel_asked(web: HttpsTestClient, panel: FakePanel) -> None:
    service = make.make_service()
    put_on_panel(service)
    for act in ("apply-package", "set-password", "refresh"):
        send(web, f"/admin/services/{service.pk}/{act}")
    run_all_jobs()
    assert panel.calls == ["change_package", "set_password"]
    assert AuditEntry.objects.filter(action="service.set_password_requested").exists()


def test_a_server_without_services_is_deleted(web: HttpsTestClient) -> None:
    server = make.make_server()
    send(web, f"/admin/servers/{server.pk}/delete")
    assert not Server.objects.filter(pk=server.pk).exists()


def test_credentials_that_are_not_accepted_wait_for_new_ones(
    web: HttpsTestClient, panel: FakePanel
) -> None:
    server = Server.objects.get(module="fake")
    panel.says(ModuleOutcome.UNAUTHORIZED, "Wrong token.")
    enqueue(("server", server.pk), COMPARE_SERVER, "1", make.AT)
    for minutes in range(0, 12 * 60, 60):
        run_due_jobs(at=make.AT + timedelta(minutes=minutes))
        park_jobs_of_silent_remotes(at=make.AT + timedelta(minutes=minutes))
    job = Job.objects.get(action=COMPARE_SERVER)
    assert (job.status, job.tries) == ("waiting", 0)
    assert OutgoingMail.objects.filter(event="remote_refuses").count() == 1
    panel.says(ModuleOutcome.OK)
    late = make.AT + timedelta(hours=12)
    changes = {"username": "root", "api_token": "new"}
    change_server(server=server, settings=changes, ctx=Context(late, SYSTEM))
    run_due_jobs(at=late)
    job.refresh_from_db()
    assert job.status == "succeeded"


def test_jobs_that_failed_at_a_server_are_retried_at_once(
    web: HttpsTestClient, panel: FakePanel
) -> None:
    server = Server.objects.get(module="fake")
    path = f"/admin/servers/{server.pk}/retry"
    assert "No jobs need attention." in web.get(f"/admin/servers/{server.pk}").text
    panel.says(ModuleOutcome.REFUSED, "No.")
    for number in range(3):
        enqueue(("server", server.pk), COMPARE_SERVER, f"{number}", make.AT)
    run_due_jobs(at=make.AT)
    jobs = Job.objects.filter(action=COMPARE_SERVER)
    assert {job.status for job in jobs} == {"parked"}
    send(web, path, since="2030-01-01")
    assert {job.status for job in jobs.all()} == {"parked"}
    send(web, path, since="")
    assert {job.status for job in jobs.all()} == {"queued"}


def test_a_server_leads_to_its_services(web: HttpsTestClient) -> None:
    server, other = make.make_server(), make.make_server()
    service = make.make_service(server=server)
    page = web.get(f"/admin/servers/{server.pk}")
    [panel] = [one for one in page.context["panels"] if one["title"] == "Services"]
    assert [row["url"] for row in panel["rows"]] == [f"/admin/services/{service.pk}"]
    assert panel["all_url"] == f"/admin/services?server={server.pk}"
    empty = web.get(f"/admin/services?server={other.pk}").context["cl"]
    assert empty.result_count == 0


def test_a_group_of_servers_is_a_page_and_goes_when_nothing_is_in_it(web: HttpsTestClient) -> None:
    send_whole(web, "/admin/server-groups/new", name="eu")
    group, server = ServerGroup.objects.get(), make.make_server()
    path = f"/admin/server-groups/{group.pk}"
    send_whole(web, f"/admin/servers/{server.pk}/edit", group="eu")
    send_whole(web, f"{path}/edit", name="europe")
    server.refresh_from_db()
    assert server.group == "europe"
    [row] = web.get("/admin/server-groups").context["cl"].result_list
    assert (row.name, row.server_count, row.product_count) == ("europe", 1, 0)
    assert server.name in web.get(f"{path}/delete").content.decode()
    send_whole(web, f"/admin/servers/{server.pk}/edit", group="")
    send_whole(web, f"{path}/delete")
    assert not ServerGroup.objects.exists()
    actions = AuditEntry.objects.filter(action__startswith="server_group.").order_by("pk")
    assert [one.action.partition(".")[2] for one in actions] == ["created", "changed", "deleted"]
