"""Sign-in and sign-out, through HTTP (accounts.md 5)."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.sessions.models import Session
from django.core import mail
from pytest_django.fixtures import Settings

from commerce.accounts.actions.clients import suspend_client
from commerce.accounts.auth_backend import EmailBackend
from commerce.accounts.models import Client, User
from commerce.accounts.passwords import MAX_PASSWORD_LENGTH
from commerce.audit.models import AuditEntry
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from tests.make.mails import MailingBrowser, link_to
from tests.make.people import AT, PASSWORD, make_client, make_user
from tests.make.sign_in import ALICE, new_browser, send_sign_in_form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_still")]


WRONG = "Incorrect email or password."

# --- Right and wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", [ALICE, "alice@EXAMPLE.com", " alice@example.com "])
def test_right_data_open_a_session(web: MailingBrowser, alice: User, email: str) -> None:
    answer = send_sign_in_form(web, email=email)
    assert (answer.status_code, answer["Location"]) == (303, "/client/dashboard")
    assert web.get("/client/dashboard").status_code == 200
    alice.refresh_from_db()
    assert (alice.last_login_at, alice.last_login_ip) == (AT, "127.0.0.1")
    entry = AuditEntry.objects.get(action="user.signed_in")
    assert (entry.record_id, entry.actor_id, entry.address) == (alice.pk, alice.pk, "127.0.0.1")
    assert entry.after["with"] == ["password"]


@pytest.mark.parametrize(
    "over",
    [
        {"password": "wrong"},
        {"password": PASSWORD.upper()},
        {"password": PASSWORD + " "},
        {"password": "x" * 5000},
        {"email": "nobody@example.com"},
        {"email": "no address at all"},
        {"email": "ä" * 300},
        {"email": "inactive@example.com"},
        {"email": "passwordless@example.com"},
    ],
    ids=lambda over: "-".join(f"{k}-{v[:12]}" for k, v in over.items()),
)
def test_every_failure_reads_the_same(
    web: MailingBrowser, alice: User, over: dict[str, str]
) -> None:
    User.objects.filter(pk=make_user("inactive@example.com").pk).update(is_active=False)
    make_user("passwordless@example.com", password=None)
    pages = []
    for data in ({"password": "wrong"}, over):
        answer = send_sign_in_form(new_browser(), **data)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert WRONG in page
        assert data.get("password", PASSWORD) not in page
        page = page.replace(data.get("email", ALICE), "…")
        pages.append(re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", page))
    assert pages[0] == pages[1]
    assert Session.objects.count() == 0
    alice.refresh_from_db()
    assert alice.last_login_at is None


def test_only_the_email_is_kept_in_the_form(web: MailingBrowser, alice: User) -> None:
    page = send_sign_in_form(web, password="wrong-wrong").content.decode()
    assert f'value="{ALICE}"' in page
    assert "wrong-wrong" not in page


@pytest.mark.parametrize("email", [ALICE, "nobody@example.com", "inactive@example.com"])
def test_every_failure_hashes_once(
    web: MailingBrowser,
    alice: User,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    email: str,
) -> None:
    """X4: the same time, which is that of one hash, whether or not there is such a person."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    alice.set_password(PASSWORD)
    alice.save()
    gone = make_user("inactive@example.com")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    hashed: list[str] = []
    for name in ("encode", "verify"):
        real = getattr(Argon2PasswordHasher, name)

        def counted(self: Any, password: str, *args: Any, real: Any = real) -> Any:
            hashed.append(password)
            return real(self, password, *args)

        monkeypatch.setattr(Argon2PasswordHasher, name, counted)
    assert send_sign_in_form(web, email=email, password="wrong").status_code == 422
    assert hashed == ["wrong"]


def test_of_an_endless_password_only_the_start_is_hashed(
    web: MailingBrowser, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the store of users is asked, whose hash would be busy with all of it."""
    seen: list[tuple[str, int]] = []

    def noted(self: Any, request: Any, username: str, password: str) -> None:
        seen.append((username, len(password)))

    monkeypatch.setattr(ModelBackend, "authenticate", noted)
    for length in (MAX_PASSWORD_LENGTH, MAX_PASSWORD_LENGTH + 1, 900_000):
        EmailBackend().authenticate(None, username=ALICE, password="x" * length)
    assert seen == [
        (ALICE, MAX_PASSWORD_LENGTH),
        ("", MAX_PASSWORD_LENGTH),
        ("", MAX_PASSWORD_LENGTH),
    ]


def test_passwords_are_kept_as_argon2id(settings: Settings) -> None:
    """X1 of the invariants."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert make_user("x@example.com").password.startswith("argon2$argon2id$")


def test_a_failure_is_audited_without_what_was_typed(web: MailingBrowser, alice: User) -> None:
    send_sign_in_form(web, password="wrong")
    send_sign_in_form(web, email="my-password-by-mistake", password="wrong")
    known, unknown = AuditEntry.objects.filter(action="user.sign_in_failed").order_by("pk")
    assert (known.record_id, known.record_name) == (alice.pk, ALICE)
    assert (unknown.record_id, unknown.record_name) == (None, "")
    assert "wrong" not in str(known.__dict__) + str(unknown.__dict__)
    assert "my-password" not in str(unknown.__dict__)


def test_blank_fields_are_said_at_the_field(web: MailingBrowser, alice: User) -> None:
    answer = send_sign_in_form(web, email="", password="")
    assert answer.status_code == 422
    assert answer.content.decode().count("This field is required.") == 2


# --- The way in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "reached"),
    [
        ("/client/services?status=active", "/client/services?status=active"),
        ("https://evil.example/", "/client/dashboard"),
        ("//evil.example/", "/client/dashboard"),
        ("/\\evil.example/", "/client/dashboard"),
        ("javascript:alert(1)", "/client/dashboard"),
        ("client/services", "/client/dashboard"),
        ("https://localhost:8443/client/services", "/client/dashboard"),
        ("", "/client/dashboard"),
    ],
)
def test_next_is_a_path_on_this_site(
    web: MailingBrowser, alice: User, asked: str, reached: str
) -> None:
    """X12 of the invariants."""
    assert send_sign_in_form(web, next=asked)["Location"] == reached
    assert web.get("/client/login", {"next": asked})["Location"] == reached  # signed in already


def test_the_page_asked_for_is_reached(web: MailingBrowser, alice: User) -> None:
    sent = web.get("/client/invoices?status=paid")
    assert sent["Location"] == "/client/login?next=/client/invoices%3Fstatus%3Dpaid"
    page = web.get(sent["Location"]).content.decode()
    assert 'name="next" value="/client/invoices?status=paid"' in page


def test_a_session_has_a_new_id_and_a_careful_cookie(web: MailingBrowser, alice: User) -> None:
    web.get("/client/verify")
    session = web.session
    session["before"] = 1
    session.save()
    before = session.session_key
    web.cookies["__Host-commerce_client"] = before
    answer = send_sign_in_form(web)
    cookie = answer.cookies["__Host-commerce_client"]
    assert cookie.value != before
    assert not Session.objects.filter(pk=before).exists()
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
    assert (cookie["domain"], cookie["path"]) == ("", "/")
    assert cookie["max-age"] == ""  # as long as the browser is open
    assert web.get("/client/login").cookies.get("sessionid") is None


def test_to_be_remembered_is_a_cookie_of_30_days(web: MailingBrowser, alice: User) -> None:
    cookie = send_sign_in_form(web, remember="on").cookies["__Host-commerce_client"]
    with clock.freeze_time(AT):
        kept = Session.objects.get().expire_date
    assert kept == AT + timedelta(days=30)
    assert cookie["expires"]


def test_without_a_token_no_form_counts(alice: User) -> None:
    """X14 of the invariants."""
    web = MailingBrowser(enforce_csrf_checks=True, headers={"host": "localhost"})
    for url in ("/client/login", "/client/logout", "/register", "/client/forgot-password"):
        assert web.post(url, {"email": ALICE, "password": PASSWORD}).status_code == 403


def test_an_address_that_is_not_proven_comes_first(web: MailingBrowser) -> None:
    user = make_user("new@example.com", verified=False)
    make_client(owner=user)
    answer = send_sign_in_form(web, email="new@example.com", next="/client/services")
    assert (answer.status_code, answer["Location"]) == (303, "/client/verify")
    assert web.get("/client/dashboard").status_code == 302
    answer = web.post(link_to("new@example.com", "verify"))
    assert answer["Location"] == "/client/services"
    assert web.get("/client/dashboard").status_code == 200


def test_a_wrong_password_tells_nothing_of_an_unproven_address(web: MailingBrowser) -> None:
    make_user("new@example.com", verified=False)
    answer = send_sign_in_form(web, email="new@example.com", password="wrong")
    assert answer.status_code == 422
    assert WRONG in answer.content.decode()
    assert mail.outbox == []


def test_sign_out_is_a_post(web: MailingBrowser, alice: User) -> None:
    send_sign_in_form(web)
    assert web.get("/client/logout").status_code == 405
    answer = web.post("/client/logout")
    assert (answer.status_code, answer["Location"]) == (303, "/client/login")
    assert web.get("/client/dashboard")["Location"].startswith("/client/login")
    assert (Session.objects.count(), UserSession.objects.count()) == (0, 0)
    assert AuditEntry.objects.filter(action="user.signed_out", record_id=alice.pk).count() == 1


def test_a_suspended_client_can_sign_in(web: MailingBrowser, alice: User) -> None:
    suspend_client(client=Client.objects.get(), ctx=Context(AT, SYSTEM), reason="test")
    send_sign_in_form(web)
    assert web.get("/client/dashboard").status_code == 200


def test_demo_accounts_are_shown_on_a_demo_only(web: MailingBrowser, settings: Settings) -> None:
    assert "demo-demo-demo" not in web.get("/client/login").content.decode()
    settings.COMMERCE_DEMO = True
    page = web.get("/client/login").content.decode()
    assert "demo-demo-demo" in page
    assert "alice@example.com" in page
    assert "demo-demo-demo" not in web.get("/client/forgot-password").content.decode()


# --- Well-known addresses ---------------------------------------------------------------------------------------------


def test_security_txt_is_never_out_of_date(web: MailingBrowser) -> None:
    answer = web.get("/.well-known/security.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    lines = answer.content.decode().splitlines()
    assert "Contact: mailto:support@example.com" in lines
    assert "Expires: 2026-10-05T00:00:00Z" in lines
    assert "Canonical: https://localhost:8443/.well-known/security.txt" in lines


def test_change_password_leads_to_the_security_page(web: MailingBrowser) -> None:
    assert web.get("/.well-known/change-password")["Location"] == "/client/security"


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/",
        "/login/",
        "/signup/",
        "/password/reset/",
        "/2fa/",
        "/sessions/",
        "/email/",
    ],
)
def test_the_library_has_no_pages_of_its_own(web: MailingBrowser, path: str) -> None:
    assert web.get(path).status_code == 404
