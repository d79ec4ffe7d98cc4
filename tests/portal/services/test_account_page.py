"""The account of a service on its page: how to get in, what can be done with it, and what is under way."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from commerce.hosting.models import Service, UsageDay
from commerce.hosting.provisioning import request_suspension
from commerce.hosting.sandbox.panel import open_panel
from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from tests.make.browser import HttpsTestClient, hidden_field
from tests.make.people import AT, PASSWORD
from tests.make.sandbox import sandbox_panels
from tests.portal.conftest import PortalCast
from tests.portal.services.panel_accounts import made_hosting, ordered_hosting, run_jobs


@pytest.fixture(autouse=True)
def panels(db: None, tmp_path: Path) -> Iterator[None]:
    with sandbox_panels(tmp_path):
        yield


def page(web: HttpsTestClient, service: Service) -> str:
    return html.unescape(web.get(f"/client/services/{service.pk}").content.decode())


def shown_password(web: HttpsTestClient, service: Service, **over: str) -> Any:
    path = f"/client/services/{service.pk}/password"
    key = hidden_field(web.get(path).content.decode(), "form_key")
    return web.post(path, {"form_key": key, "password": PASSWORD} | over)


def password_in(reply: Any) -> str:
    found = re.search(r'<code id="account-password">([^<]+)</code>', reply.content.decode())
    assert found, reply.content.decode()
    return found[1]


def test_the_page_says_that_it_is_being_set_up_and_looks_again_until_it_is(
    cast: PortalCast,
) -> None:
    service = ordered_hosting(cast.client)
    web = cast.browse(cast.tess)
    found = re.search(r'hx-get="([^"]+)" hx-trigger="every 2s"', before := page(web, service))
    assert found
    assert "We're setting this up. We'll email you when it's ready." in before
    same = web.get(found[1])
    assert (same.status_code, "HX-Refresh" in same) == (204, False)
    run_jobs()
    assert web.get(found[1])["HX-Refresh"] == "true"
    after = page(web, service)
    assert "hx-get" not in after
    for words in ("Access", service_host(service), "acme", "Open control panel", "Show password"):
        assert words in after


def service_host(service: Service) -> str:
    service.refresh_from_db()
    assert service.server is not None
    return service.server.hostname


def test_what_takes_long_is_looked_at_less_often(cast: PortalCast) -> None:
    service = ordered_hosting(cast.client)
    with clock.freeze_time(AT + timedelta(minutes=3)):
        assert 'hx-trigger="every 30s"' in page(cast.browse(cast.tess), service)


def test_a_set_up_that_is_with_staff_shows_nothing_of_the_panel_and_asks_nobody(
    cast: PortalCast,
) -> None:
    service = ordered_hosting(cast.client)
    type(service.product).objects.update(package="bronze")
    run_jobs(1)
    assert Job.objects.get(action="service.create").status == "parked"
    text = page(cast.browse(cast.tess), service)
    assert "We're setting this up. We'll email you when it's ready." in text
    assert "hx-get" not in text
    assert "There is no package" not in text


def test_the_first_password_is_shown_once_and_signs_in_at_the_panel(cast: PortalCast) -> None:
    service = made_hosting(cast.client)
    web = cast.browse(cast.tess)
    form = {"form_key": "sent-twice"}
    first = shown_password(web, service, **form)
    assert first.status_code == 200
    assert "no-store" in first["Cache-Control"]
    password = password_in(first)
    with open_panel() as panel:
        assert panel.signed_in(service.username, password)
    again = web.post(f"/client/services/{service.pk}/password", form | {"password": PASSWORD})
    assert again.status_code == 303
    text = page(web, service)
    assert "The password has already been shown." in text
    assert "Show password" not in text
    assert "Set a new password" in text
    asked = web.get(f"/client/services/{service.pk}/password")
    assert (asked.status_code, asked["Location"]) == (303, f"/client/services/{service.pk}")
    assert "The password has already been shown." in page(web, service)
    assert password not in text


def test_a_wrong_own_password_shows_nothing(cast: PortalCast) -> None:
    service = made_hosting(cast.client)
    web = cast.browse(cast.tess)
    with clock.freeze_time(AT + timedelta(minutes=11)):
        reply = shown_password(web, service, password="wrong")
        assert reply.status_code == 422
        assert "account-password" not in reply.content.decode()
        assert "Show password" in page(web, service)


def test_a_new_password_replaces_the_former_one(cast: PortalCast) -> None:
    service = made_hosting(cast.client)
    web = cast.browse(cast.tess)
    first = password_in(shown_password(web, service))
    path = f"/client/services/{service.pk}/new-password"
    assert "The current password stops working." in web.get(path).content.decode()
    for _press in range(2):
        assert web.post(path).status_code == 303
    text = page(web, service)
    assert "We're setting a new password." in text
    assert "This is already under way." in text
    run_jobs()
    second = password_in(shown_password(web, service))
    assert second != first
    with open_panel() as panel:
        assert panel.signed_in(service.username, second)
        assert panel.signed_in(service.username, first) is None


def test_a_press_of_a_button_signs_in_at_the_panel(cast: PortalCast) -> None:
    service = made_hosting(cast.client)
    web = cast.browse(cast.tess)
    shown = web.get(f"/client/services/{service.pk}")
    assert f"https://{service_host(service)}:*" in shown["Content-Security-Policy"]
    assert 'target="_blank"' in shown.content.decode()
    reply = web.post(f"/client/services/{service.pk}/panel")
    assert reply.status_code == 303
    assert reply["Location"].startswith("https://localhost:8443/sandbox/session/")
    entered = HttpsTestClient(headers={"host": "localhost"})
    path = reply["Location"].removeprefix("https://localhost:8443")
    there = entered.get(path, follow=True)
    assert f"<code>{service.username}</code>" in there.content.decode()
    assert web.get(f"/client/services/{service.pk}/panel").status_code == 200


@pytest.mark.parametrize("machine", [False, True])
def test_a_session_left_open_opened_the_account(cast: PortalCast, *, machine: bool) -> None:
    """With the link one can do whatever the password of the account allows: it is confirmed like showing that."""
    service = made_hosting(cast.client, machine=machine)
    web = cast.browse(cast.tess)
    path = f"/client/services/{service.pk}/{'console' if machine else 'panel'}"
    with clock.freeze_time(AT + timedelta(minutes=11)):
        pressed = web.post(path)
        assert (pressed.status_code, pressed["Location"]) == (303, path)
        asked = web.get(path)
        assert asked.status_code == 200
        assert f"https://{service_host(service)}:*" in asked["Content-Security-Policy"]
        assert 'name="password"' in asked.content.decode()
        wrong = web.post(path, {"password": "wrong"})
        assert wrong.status_code == 422
        assert f"https://{service_host(service)}:*" in wrong["Content-Security-Policy"]
        opened = web.post(path, {"password": PASSWORD})
        assert opened["Location"].startswith("https://localhost:8443/sandbox/session/")
        again = web.post(path)  # the button alone is enough for the next minutes
        assert again["Location"].startswith("https://localhost:8443/sandbox/session/")


def test_a_session_left_open_set_a_new_password(cast: PortalCast) -> None:
    service = made_hosting(cast.client)
    web = cast.browse(cast.tess)
    path = f"/client/services/{service.pk}/new-password"
    with clock.freeze_time(AT + timedelta(minutes=11)):
        for form in ({}, {"password": "wrong"}):
            assert web.post(path, form).status_code == 422
        assert "We're setting a new password." not in page(web, service)
        assert web.post(path, {"password": PASSWORD}).status_code == 303
        assert "We're setting a new password." in page(web, service)


def test_a_panel_that_does_not_answer_is_told_in_plain_words(cast: PortalCast) -> None:
    service = made_hosting(cast.client)
    type(service.server).objects.update(settings={"outage": "on"})
    web = cast.browse(cast.tess)
    assert web.post(f"/client/services/{service.pk}/panel").status_code == 303
    assert "The control panel didn't answer." in page(web, service)


def test_a_machine_is_started_stopped_and_reinstalled(cast: PortalCast) -> None:
    service = made_hosting(cast.client, machine=True)
    web = cast.browse(cast.tess)
    with clock.freeze_time(AT + timedelta(minutes=1)):
        power_and_reinstall(web, service)


def power_and_reinstall(web: HttpsTestClient, service: Service) -> None:
    text = page(web, service)
    for words in ("IPv4 address", "203.0.113.", "Running", "Open console", "Restart", "Reinstall"):
        assert words in text
    assert web.post(f"/client/services/{service.pk}/power", {"power": "stop"}).status_code == 303
    assert "Your server is shutting down." in page(web, service)
    run_jobs()
    stopped = page(web, service)
    assert "Stopped" in stopped
    assert ">Start<" in stopped
    path = f"/client/services/{service.pk}/reinstall"
    assert "All data on this server will be deleted." in web.get(path).content.decode()
    assert web.post(path).status_code == 303
    run_jobs(20)
    assert "Show password" in page(web, service)


def test_the_console_of_a_machine_is_a_link_made_for_the_moment(cast: PortalCast) -> None:
    service = made_hosting(cast.client, machine=True)
    reply = cast.browse(cast.tess).post(f"/client/services/{service.pk}/console")
    assert reply["Location"].startswith("https://localhost:8443/sandbox/session/")


def test_usage_is_told_with_its_limit_and_its_trend(cast: PortalCast) -> None:
    service = made_hosting(cast.client)
    gib = 1024**3
    for days, used in ((40, 1), (29, 2), (10, 5), (0, 9)):
        day = (AT - timedelta(days=days)).date()
        UsageDay.objects.create(
            service=service, day=day, kind="disk", used=used * gib, limit=10 * gib
        )
    UsageDay.objects.create(service=service, day=AT.date(), kind="mailboxes", used=3, limit=None)
    for day in (AT - timedelta(days=5), AT):
        UsageDay.objects.create(
            service=service, day=day.date(), kind="traffic", used=0, limit=100 * gib
        )
    text = page(cast.browse(cast.bob), service)
    assert re.search(r"Disk space</span><span>9.GB of 10.GB", text)
    assert re.search(r"Up 7.GB since Mar 10, 2026", text)
    assert re.search(r"Traffic this month</span><span>0.kB of 100.GB", text)
    assert "Since Apr 3, 2026" in text
    assert '<rect width="90"' in text
    assert 'data-tone="orange"' in text
    assert "Mailboxes</span><span>3</span>" in text


def test_a_suspended_service_keeps_its_details_and_has_no_acts(cast: PortalCast) -> None:
    service = made_hosting(cast.client)
    ctx = Context(AT, SYSTEM)
    request_suspension(service=service, suspension_reason="staff", ctx=ctx)
    web = cast.browse(cast.tess)
    assert "We're suspending this service." in page(web, service)
    run_jobs()
    text = page(web, service)
    assert service.username in text
    assert "Open control panel" not in text
    assert web.post(f"/client/services/{service.pk}/panel")["Location"].endswith(f"{service.pk}")
