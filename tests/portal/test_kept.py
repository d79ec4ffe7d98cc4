"""A form whose session had ended comes back with its text, to its sender only (portal.md 5)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client, User
from commerce.kit import clock
from commerce.portal import kept
from tests.make.mails import Correspondent
from tests.make.people import AT, PASSWORD, make_client, make_member
from tests.make.signing import ALICE, make_alice, new_browser, send

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=3)
CITY = {"first_name": "Jane", "last_name": "Smith", "email": "j@example.com", "country": "DE"}
CITY |= {"city": "A long walk from here", "currency_code": "EUR", "locale": "en"}


@pytest.fixture(autouse=True)
def _still() -> Iterator[None]:
    with clock.frozen(AT):
        yield


@pytest.fixture
def alice() -> User:
    return make_alice()


@pytest.fixture
def web(alice: User) -> Correspondent:
    made = new_browser()
    send(made)
    made.get("/client/dashboard")
    return made


def send_late(web: Correspondent, path: str, form: dict[str, Any], page: str = "") -> str:
    """Send a form when its session has ended; where it leads to."""
    answer = web.post(path, form, headers={"referer": f"https://localhost{page or path}"})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_a_form_was_lost_when_its_session_had_ended(web: Correspondent) -> None:
    with clock.frozen(LATER):
        to = send_late(web, "/client/profile", CITY | {"password": "hush-hush"})
        assert to == "/client/login?next=/client/profile"
        assert "hush-hush" not in str(dict(web.session))
        back = send(web, next="/client/profile")
        assert (back.status_code, back["Location"]) == (303, "/client/profile")
        page = web.get("/client/profile").content.decode()
        assert 'value="A long walk from here"' in page
        assert "What you typed is here again" in page
        assert Client.objects.get().city == ""
        assert "A long walk" not in web.get("/client/profile").content.decode()


@pytest.mark.parametrize(
    ("path", "form", "page", "shown"),
    [
        (
            "/client/api-tokens",
            {"name": "sync", "scopes": ["orders:read"], "networks": "203.0.113.0/24"},
            "/client/api-tokens",
            'value="sync"',
        ),
        (
            "/client/members",
            {"email": "new@example.org", "role": "technical", "rights": ["orders.view"]},
            "/client/members",
            'value="new@example.org"',
        ),
        (
            "/client/security/email",
            {"email": "new@example.org", "password": PASSWORD},
            "/client/security",
            'value="new@example.org"',
        ),
        ("/client/security/passkeys", {"name": "Laptop"}, "", 'value="Laptop"'),
        (
            "/client/security/language",
            {"locale": "en", "time_zone": "Europe/Berlin"},
            "",
            '<option value="Europe/Berlin" selected>',
        ),
    ],
)
def test_each_form_with_text_comes_back(
    web: Correspondent, path: str, form: dict[str, Any], page: str, shown: str
) -> None:
    page = page or path
    with clock.frozen(LATER):
        assert send_late(web, path, form, page) == f"/client/login?next={page}"
        send(web)
        text = web.get(page).content.decode()
    assert shown in text
    assert PASSWORD not in text
    for value in form.get("scopes", []) + form.get("rights", []):
        assert text.count("checked") >= 1
        assert f'value="{value}"' in text


def test_somebody_else_who_signs_in_does_not_see_it(web: Correspondent) -> None:
    make_member(Client.objects.get(), "bob@example.com", "billing")
    with clock.frozen(LATER):
        send_late(web, "/client/profile", CITY)
        send(web, email="bob@example.com")
        assert "A long walk" not in web.get("/client/profile").content.decode()
        assert kept.KEY not in web.session


def test_it_is_not_kept_for_long(web: Correspondent) -> None:
    with clock.frozen(LATER):
        send_late(web, "/client/profile", CITY)
    with clock.frozen(LATER + timedelta(minutes=61)):
        send(web)
        assert "A long walk" not in web.get("/client/profile").content.decode()


def test_a_stranger_fills_no_session() -> None:
    make_client(owner="x@example.com")
    web = new_browser()
    assert send_late(web, "/client/profile", CITY) == "/client/login?next=/client/profile"
    assert kept.KEY not in web.session


def test_a_button_alone_leads_back_to_its_page(web: Correspondent) -> None:
    """It led to an address that only takes posts."""
    with clock.frozen(LATER):
        to = send_late(web, "/client/invitations/7/withdraw", {}, "/client/members?page=2")
        assert to == "/client/login?next=/client/members%3Fpage%3D2"


@pytest.mark.parametrize("referer", ["https://evil.example/client/x", "https://localhost/invite/x"])
def test_no_other_page_is_gone_on_to(web: Correspondent, referer: str) -> None:
    with clock.frozen(LATER):
        answer = web.post("/client/profile", CITY, headers={"referer": referer})
    assert answer["Location"] == "/client/login?next=/client/profile"


def test_too_much_is_not_kept(web: Correspondent) -> None:
    with clock.frozen(LATER):
        send_late(web, "/client/profile", CITY | {"company": "x" * 9000})
        assert kept.KEY not in web.session
    assert User.objects.with_email(ALICE).exists()
