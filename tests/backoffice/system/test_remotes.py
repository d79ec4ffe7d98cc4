"""What does not answer, why, and what waits for it, on pages within a minute (services-and-provisioning.md 5)."""

from datetime import timedelta

import pytest

from commerce.audit.models import AuditEntry
from commerce.backoffice.system.remotes import duration_text
from commerce.domains.models import Domain
from commerce.hosting.actions.servers import change_server
from commerce.hosting.models import Server, Service
from commerce.hosting.modules import registry
from commerce.hosting.modules.contract import ModuleOutcome
from commerce.jobs.job_states import park_jobs_of_silent_remotes
from commerce.jobs.models import Job, RemoteState
from commerce.jobs.remotes import note_silence
from commerce.jobs.rules import RestCause
from commerce.jobs.runner import run_due_jobs
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import NeedsConfirmation
from tests import make
from tests.doubles.panel import FakePanel, put_on_panel
from tests.make.browser import HttpsTestClient
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import send, text_of

pytestmark = pytest.mark.django_db
AT = make.AT
CTX = Context(AT, SYSTEM)
SILENT = "no answer from px.example:8006: the connection is refused"


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> FakePanel:
    made = FakePanel()
    monkeypatch.setitem(registry._MODULES, made.id, made.module)
    server = made.install()
    change_server(server=server, name="px-dead", ctx=CTX)
    return made


@pytest.fixture
def server(panel: FakePanel) -> Server:
    return Server.objects.get(module="fake")


def page(web: HttpsTestClient, path: str, **later: float) -> str:
    with clock.freeze_time(AT + timedelta(**later)):
        return text_of(web.get(path))


def test_a_paid_order_that_waits_for_a_dead_server_stands_on_each_page_within_a_minute(
    web: HttpsTestClient, panel: FakePanel, server: Server
) -> None:
    """It stood nowhere for six hours."""
    panel.says(ModuleOutcome.SILENT, SILENT)
    product = make.make_product(module="fake", prices=[("EUR", "monthly", 500)])
    make.make_order(status="active", items=[make.make_item(product=product)])
    run_due_jobs(at=AT)
    service = Service.objects.get()
    for path in (
        "/admin/dashboard",
        f"/admin/servers/{server.pk}",
        f"/admin/services/{service.pk}",
    ):
        shown = page(web, path, seconds=50)
        assert (
            "px-dead hasn't answered for less than a minute (px.example:8006: the connection is refused)."
            " 1 paid order is waiting." in shown
        )
    assert "for 12 minutes" in page(web, "/admin/dashboard", minutes=12)
    path = f"/admin/servers/{server.pk}/try-now"
    with clock.freeze_time(AT + timedelta(minutes=12)):
        own = f"/admin/services/{service.pk}/try-now"
        assert own in web.get(f"/admin/services/{service.pk}").text
        assert "connection is refused" in text_of(send(web, own))
        assert "connection is refused" in text_of(send(web, path))
        panel.says(ModuleOutcome.OK)
        send(web, path)
    run_due_jobs(at=AT + timedelta(minutes=12))
    service.refresh_from_db()
    assert service.status == "active"
    assert "px-dead hasn't" not in page(web, "/admin/dashboard", minutes=13)
    assert "The server's last answer was fine." in page(web, path, minutes=13)
    assert AuditEntry.objects.filter(action="server.asked_now").count() == 1


def test_what_parked_while_it_was_silent_is_tried_by_the_same_press(
    web: HttpsTestClient, panel: FakePanel, server: Server
) -> None:
    service = make.make_service()
    put_on_panel(service)
    panel.says(ModuleOutcome.SILENT, SILENT)
    with clock.freeze_time(AT):
        send(web, f"/admin/services/{service.pk}/set-password")
    for minutes in range(0, 7 * 60, 20):
        run_due_jobs(at=AT + timedelta(minutes=minutes))
        park_jobs_of_silent_remotes(at=AT + timedelta(minutes=minutes))
    job = Job.objects.get(action="service.set_password")
    assert job.status == "parked"
    panel.says(ModuleOutcome.OK)
    with clock.freeze_time(AT + timedelta(hours=7)):
        send(staff_browser(), f"/admin/servers/{server.pk}/try-now")
    job.refresh_from_db()
    assert job.status == "queued"


def test_a_server_whose_last_test_failed_gets_new_accounts_only_for_who_is_sure(
    web: HttpsTestClient, panel: FakePanel, server: Server
) -> None:
    change_server(server=server, is_active=False, ctx=CTX)
    panel.says(ModuleOutcome.REFUSED, "The licence has expired.")
    send(web, f"/admin/servers/{server.pk}/test")
    assert "The licence has expired." in page(web, f"/admin/servers/{server.pk}")
    with pytest.raises(NeedsConfirmation, match="licence"):
        change_server(server=server, is_active=True, ctx=CTX)
    path = f"/admin/servers/{server.pk}/enable"
    answer = send(web, path)
    assert (answer.status_code, "licence has expired" in answer.text) == (422, True)
    assert "I&#x27;m sure, save anyway" in answer.text
    server.refresh_from_db()
    assert not server.is_active
    send(web, path, confirmed="server.not_tried")  # another question
    server.refresh_from_db()
    assert not server.is_active
    assert 'type="checkbox" name="confirmed" value="server.test_failed"' in answer.text
    send(web, path, confirmed="server.test_failed")
    server.refresh_from_db()
    assert server.is_active

    panel.says(ModuleOutcome.OK)
    change_server(server=server, is_active=False, ctx=CTX)
    send(web, f"/admin/servers/{server.pk}/test")
    send(web, path)
    server.refresh_from_db()
    assert (server.is_active, server.test_problem) == (True, "")


def test_a_server_that_is_silent_now_is_not_turned_on_in_passing(server: Server) -> None:
    change_server(server=server, is_active=False, ctx=CTX)
    note_silence(remote="server px-dead", at=AT, problem=SILENT)
    with pytest.raises(NeedsConfirmation, match="connection is refused"):
        change_server(server=server, is_active=True, ctx=CTX)


def test_registrars_and_gateways_stand_on_what_is_theirs(web: HttpsTestClient) -> None:
    domain = make.make_domain()
    Domain.objects.update(registrar="opensrs")
    payment = make.make_payment(make.make_invoice(), gateway="stripe")
    note_silence(
        remote="registrar opensrs", at=AT, cause=RestCause.REFUSED, problem="Wrong key (401)."
    )
    note_silence(
        remote="gateway stripe", at=AT, problem="no answer from api.stripe.com: it takes too long"
    )
    refused = "OpenSRS has refused your credentials for 3 hours (Wrong key (401))."
    silent = "Card (stripe) hasn't answered for 3 hours (api.stripe.com: it takes too long)."
    theirs = {
        refused: (
            f"/admin/domains/{domain.pk}",
            "/admin/registrars/opensrs",
            "/admin/registrars/opensrs/domains",
        ),
        silent: (f"/admin/payments/{payment.pk}", "/admin/gateways/stripe"),
    }
    for words, paths in theirs.items():
        for path in (*paths, "/admin/dashboard"):
            assert words in page(web, path, hours=3), path


def test_nobody_sees_on_the_dashboard_what_is_not_their_work(server: Server) -> None:
    note_silence(remote="server px-dead", at=AT, problem=SILENT)
    note_silence(remote="registrar opensrs", at=AT, problem="")
    other = make_staff("support", "bea@example.com", permissions=["domains.view"])
    shown = page(staff_browser(other), "/admin/dashboard")
    assert ("px-dead" in shown, "OpenSRS" in shown) == (False, True)


def test_what_is_gone_or_only_asked_for_a_pause_is_not_told(web: HttpsTestClient) -> None:
    note_silence(remote="server of-yesterday", at=AT)
    RemoteState.objects.create(name="registrar opensrs", silent_since=AT, rests_until=AT)
    shown = page(web, "/admin/dashboard")
    assert "of-yesterday" not in shown
    assert "OpenSRS" not in shown


def test_a_silence_that_becomes_a_refusal_is_told_as_that_from_then_on(
    web: HttpsTestClient, server: Server
) -> None:
    note_silence(remote="server px-dead", at=AT, problem=SILENT)
    late = AT + timedelta(hours=5)
    for minutes in (0, 10):
        at = late + timedelta(minutes=minutes)
        note_silence(remote="server px-dead", at=at, cause=RestCause.REFUSED, problem="401")
    assert "px-dead has refused your credentials for 60 minutes (401)." in page(
        web, "/admin/dashboard", hours=6
    )


def test_durations_are_told_in_what_one_counts() -> None:
    told = [
        duration_text(AT, AT + timedelta(minutes=minutes))
        for minutes in (0, 1, 119, 120, 47 * 60, 48 * 60, 9 * 24 * 60)
    ]
    assert told == [
        *(
            "less than a minute",
            "1 minute",
            "119 minutes",
            "2 hours",
            "47 hours",
            "2 days",
            "9 days",
        ),
    ]
