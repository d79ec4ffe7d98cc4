"""`/sandbox`: the control panel of a demo, as the user of an account sees it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from commerce.hosting.models import Service
from commerce.hosting.modules.registry import module_for_service
from commerce.hosting.panel_servers import account_of
from commerce.hosting.sandbox.panel import SandboxAccount, open_panel
from tests.make.browser import HttpsTestClient
from tests.make.people import AT
from tests.make.sandbox import sandbox_panels
from tests.portal.conftest import PortalCast
from tests.portal.services.panel_accounts import made_hosting


@pytest.fixture(autouse=True)
def panels(db: None, tmp_path: Path) -> Iterator[None]:
    with sandbox_panels(tmp_path):
        yield


@pytest.fixture
def stranger() -> HttpsTestClient:
    return HttpsTestClient(headers={"host": "localhost"})


def account_at_panel(service: Service, **changes: Any) -> SandboxAccount:
    """The account as its panel has it, after these changes there."""
    with open_panel() as panel:
        found = panel.account(service.remote_id)
        assert found is not None
        for name, value in changes.items():
            setattr(found, name, value)
        panel.save(found)
    return found


def signed_in(web: HttpsTestClient, service: Service) -> str:
    row = Service.objects.select_related("product", "server", "client").get(pk=service.pk)
    url = module_for_service(row).login_url(account_of(row, first_tried_at=AT)).url
    reply = web.get(f"/{url.split('/', 3)[3]}", follow=True)
    return str(reply.content.decode())


def test_a_username_and_its_password_sign_in(cast: PortalCast, stranger: HttpsTestClient) -> None:
    service = made_hosting(cast.client)
    found = account_at_panel(service)
    found.set_password("right")
    account_at_panel(service, password_hash=found.password_hash)
    wrong = stranger.post("/sandbox", {"username": service.username, "password": "wrong"})
    assert wrong.status_code == 422
    assert "Incorrect username or password." in wrong.content.decode()
    assert "wrong" not in wrong.content.decode().partition("<form")[2]
    right = stranger.post(
        "/sandbox", {"username": service.username, "password": "right"}, follow=True
    )
    text = right.content.decode()
    for words in ("acme.example", f"<code>{service.username}</code>", "<code>starter</code>"):
        assert words in text
    assert "Disk space" in text
    assert stranger.post("/sandbox/sign-out").status_code == 303
    assert stranger.get("/sandbox/account")["Location"] == "/sandbox"


def test_guessing_a_password_ends_after_a_few(cast: PortalCast, stranger: HttpsTestClient) -> None:
    service = made_hosting(cast.client)
    form = {"username": service.username, "password": "guess"}
    statuses = [stranger.post("/sandbox", form).status_code for _ in range(7)]
    assert statuses[0] == 422
    assert statuses[-1] == 429


def test_a_link_works_once(cast: PortalCast, stranger: HttpsTestClient) -> None:
    service = made_hosting(cast.client)
    with open_panel() as panel:
        account = panel.account(service.remote_id)
        assert account is not None
        token = panel.new_link(account)
    assert stranger.get(f"/sandbox/session/{token}").status_code == 303
    again = HttpsTestClient(headers={"host": "localhost"}).get(f"/sandbox/session/{token}")
    assert again.status_code == 410
    assert "This link has expired" in again.content.decode()


def test_the_panel_shows_what_became_of_the_account(
    cast: PortalCast, stranger: HttpsTestClient
) -> None:
    service = made_hosting(cast.client)
    assert "This account is suspended." not in signed_in(stranger, service)
    account_at_panel(service, is_suspended=True, package="business")
    text = stranger.get("/sandbox/account").content.decode()
    assert "This account is suspended. Its data is kept, but nothing is served." in text
    assert "<code>business</code>" in text
    found = account_at_panel(service)
    with open_panel() as panel:
        panel.delete(found)
    gone = stranger.get("/sandbox/account")
    assert gone.status_code == 410
    assert "This account is gone" in gone.content.decode()


def test_a_machine_has_an_address_and_power(cast: PortalCast, stranger: HttpsTestClient) -> None:
    service = made_hosting(cast.client, machine=True)
    text = signed_in(stranger, service)
    assert "203.0.113." in text
    assert "Running" in text
    account_at_panel(service, is_running=False)
    assert "Stopped" in stranger.get("/sandbox/account").content.decode()


@pytest.mark.parametrize("path", ["", "/account", "/session/abc"])
def test_no_other_installation_has_the_pages(
    path: str, stranger: HttpsTestClient, settings: Settings
) -> None:
    settings.COMMERCE_DEMO = False
    assert stranger.get(f"/sandbox{path}").status_code == 404
