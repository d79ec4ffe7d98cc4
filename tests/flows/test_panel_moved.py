"""A server whose address leads to another machine or panel, and one whose key expires: no account ends by it."""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from commerce.hosting.actions.servers import change_server, create_server
from commerce.hosting.actions.staff import set_service_account
from commerce.hosting.models import DriftFinding, Server, Service
from commerce.hosting.provisioning import request_suspension, request_termination
from commerce.hosting.steps import ask_servers_daily
from commerce.jobs.job_states import park_jobs_of_silent_remotes
from commerce.jobs.models import Job
from commerce.jobs.runner import run_due_jobs
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import NeedsConfirmation
from commerce.mail.models import OutgoingMail
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from tests import make
from tests.doubles.panels import cpanel
from tests.doubles.panels.https_server import panel_fingerprint
from tests.doubles.registrars.http_server import HttpReply
from tests.make.browser import HttpsTestClient
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import send, text_of

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
ACCOUNTS = int(os.environ.get("ACCOUNTS", "10"))
PAGE = b"<!DOCTYPE html><html><title>Sign in</title></html>"


@pytest.fixture
def double() -> Iterator[cpanel.CpanelDouble]:
    made = cpanel.CpanelDouble()
    yield made
    made.server.end()


@pytest.fixture
def server(double: cpanel.CpanelDouble) -> Server:
    """A WHM with accounts of ours."""
    row = create_server(
        name="web1",
        hostname="web1.example",
        module="cpanel",
        port=double.server.server_port,
        fingerprint=panel_fingerprint(),
        settings={"username": cpanel.USERNAME, "api_token": cpanel.API_TOKEN},
        ctx=CTX,
    )
    Server.objects.filter(pk=row.pk).update(hostname="127.0.0.1")  # where the double is
    row.refresh_from_db()
    client, product = make.make_client(), make.make_product(module="cpanel", package="Starter")
    for number in range(ACCOUNTS):
        name = f"user{number}"
        service = make.make_service(client, product=product, domain=f"{name}.example")
        set_service_account(
            service=service, server=row, username=name, remote_id=name, reason="moved", ctx=CTX
        )
        double.accounts.hold(name, service.domain)
    return row


@pytest.fixture
def staff() -> HttpsTestClient:
    return staff_browser(make_staff(email="grace@example.com"))


def a_weekend_passes(first: datetime) -> datetime:
    """What ends, is suspended and is asked on a weekend, with the worker; when it is over."""
    services = list(Service.objects.order_by("pk"))
    for service in services[:3]:
        request_termination(service=service, suspension_reason="staff", ctx=Context(first, SYSTEM))
    for service in services[3:6]:
        request_suspension(service=service, suspension_reason="staff", ctx=Context(first, SYSTEM))
    ask_servers_daily(RunDay(first.date(), first), StepReport("ask-servers", "asks servers"))
    for hours in range(0, 66, 6):
        at = first + timedelta(hours=hours)
        run_due_jobs(at=at)
        park_jobs_of_silent_remotes(at=at)
    return first + timedelta(hours=66)


def told() -> Counter[str]:
    kinds = ("remote_", "server_", "job_parked", "service_terminated", "service_suspended")
    events = OutgoingMail.objects.values_list("event", flat=True)
    return Counter(one for one in events if one.startswith(kinds))


def assert_nothing_ended() -> None:
    assert Service.objects.filter(status="active").count() == ACCOUNTS
    assert not DriftFinding.objects.exists()
    assert not Job.objects.filter(status="parked").exists()


def assert_all_is_done(double: cpanel.CpanelDouble) -> None:
    assert Counter(Service.objects.values_list("status", flat=True)) == {
        "active": ACCOUNTS - 6,
        "suspended": 3,
        "terminated": 3,
    }
    assert sorted(double.accounts.removed) == ["user0", "user1", "user2"]
    unfinished = Job.objects.filter(status__in=["parked", "waiting", "queued"])
    assert not unfinished.exclude(action="mail.send").exists()
    assert not DriftFinding.objects.exists()


def test_another_machine_at_its_address_ends_nothing_and_one_press_mends_it(
    double: cpanel.CpanelDouble, server: Server, staff: HttpsTestClient
) -> None:
    here, double.accounts.by_username = double.accounts.by_username, {}
    monday = a_weekend_passes(make.AT)
    assert_nothing_ended()
    assert told() == {"server_moved": 1}
    with clock.freeze_time(monday):
        dashboard = text_of(staff.get("/admin/dashboard"))
        assert "Something else has been answering in place of web1 for 2 days" in dashboard
        page = f"/admin/servers/{server.pk}/try-now"
        assert "0 of 10 accounts" in text_of(send(staff, page))
        double.accounts.by_username = here
        send(staff, page)
        assert "in place of web1" not in text_of(staff.get("/admin/dashboard"))
    run_due_jobs(at=monday)
    assert_all_is_done(double)
    assert told()["server_moved"] == 1


def test_another_panel_at_its_address_ends_nothing(
    double: cpanel.CpanelDouble, server: Server, staff: HttpsTestClient
) -> None:
    double.server.reply = lambda _request: HttpReply(200, PAGE, "text/html")
    monday = a_weekend_passes(make.AT)
    assert_nothing_ended()
    assert told() == {"server_moved": 1}
    double.server.reply = double.reply
    with clock.freeze_time(monday):
        send(staff, f"/admin/servers/{server.pk}/try-now")
    run_due_jobs(at=monday)
    assert_all_is_done(double)


def test_a_key_that_expires_on_friday_stops_nothing_for_good(
    double: cpanel.CpanelDouble, server: Server, staff: HttpsTestClient
) -> None:
    """WHM says so in words, with status 200."""
    double.server.reply = lambda _request: cpanel.told({}, "Access denied")
    monday = a_weekend_passes(make.AT)
    assert_nothing_ended()
    assert told() == {"remote_refuses": 1}
    double.server.reply = double.reply
    with clock.freeze_time(monday):
        path = f"/admin/servers/{server.pk}/connection"
        answer = send(staff, path, username="root", api_token="mistyped")
        assert "doesn't accept the credentials" in text_of(answer)
        send(staff, path, username="root", api_token=cpanel.API_TOKEN)
    run_due_jobs(at=monday)
    assert_all_is_done(double)


def test_accounts_that_are_gone_for_good_are_accepted_by_one_press(
    double: cpanel.CpanelDouble, server: Server, staff: HttpsTestClient
) -> None:
    double.accounts.by_username = {}
    service = Service.objects.earliest("pk")
    request_termination(service=service, suspension_reason="staff", ctx=CTX)
    run_due_jobs(at=make.AT)
    service.refresh_from_db()
    assert service.status == "active"
    with clock.freeze_time(make.AT):
        send(staff, f"/admin/servers/{server.pk}/accept-missing", reason="Disk lost.")
    run_due_jobs(at=make.AT + timedelta(minutes=1))
    service.refresh_from_db()
    assert service.status == "terminated"
    late = make.AT + timedelta(days=2)
    other = Service.objects.filter(status="active").earliest("pk")
    request_termination(service=other, suspension_reason="staff", ctx=Context(late, SYSTEM))
    run_due_jobs(at=late)
    other.refresh_from_db()
    assert other.status == "active"


def test_another_address_is_tried_before_it_is_kept(
    double: cpanel.CpanelDouble, server: Server
) -> None:
    other = cpanel.CpanelDouble()
    try:
        settings = {"api_token": cpanel.API_TOKEN}
        changes = {"port": other.server.server_port, "settings": settings}
        with pytest.raises(NeedsConfirmation, match="0 of 10"):
            change_server(server=server, ctx=CTX, **changes)  # type: ignore[arg-type]
        server.refresh_from_db()
        assert server.port == double.server.server_port
        other.accounts.by_username = double.accounts.by_username
        change_server(server=server, ctx=CTX, **changes)  # type: ignore[arg-type]
        server.refresh_from_db()
        assert server.port == other.server.server_port
    finally:
        other.server.end()


def test_an_account_that_is_gone_alone_is_gone(double: cpanel.CpanelDouble, server: Server) -> None:
    del double.accounts.by_username["user0"]
    service = Service.objects.earliest("pk")
    request_termination(service=service, suspension_reason="staff", ctx=CTX)
    run_due_jobs(at=make.AT)
    service.refresh_from_db()
    assert service.status == "terminated"
