"""The security page: password, address, sessions, through HTTP (accounts.md 5)."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session

from commerce.accounts.actions.clients import suspend_client
from commerce.accounts.actions.tokens import create_token
from commerce.accounts.models import ApiToken, Client, User
from commerce.audit.models import AuditEntry
from commerce.kit import clock, counter_store
from commerce.kit.context import SYSTEM, Context
from commerce.portal.base.throttles import person_key
from commerce.site_settings.actions import set_setting
from tests.make.mails import MailingBrowser, link_to, mails_to
from tests.make.people import AT, PASSWORD, as_member, make_client, make_member, make_user
from tests.make.sign_in import ALICE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_still")]

OTHER = "Other@example.org"
NEW = "another sentence of mine"


def signed_in(agent: str = "", *, email: str = ALICE, password: str = PASSWORD) -> MailingBrowser:
    web = MailingBrowser(headers={"host": "localhost", "user-agent": agent})
    answer = web.post("/client/login", {"email": email, "password": password})
    assert answer.status_code == 303
    return web


@pytest.fixture
def web(alice: User) -> MailingBrowser:
    return signed_in()


def is_in(web: MailingBrowser) -> bool:
    return bool(web.get("/client/dashboard").status_code == 200)


# --- Password --------------------------------------------------------------------------------------------------------


def change(web: MailingBrowser, **over: Any) -> Any:
    return web.post("/client/security/password", {"password": PASSWORD, "new": NEW} | over)


def test_a_new_password_ends_all_other_sessions(web: MailingBrowser, alice: User) -> None:
    other, key = signed_in(), web.session.session_key
    answer = change(web)
    assert (answer.status_code, answer["Location"]) == (303, "/client/security")
    assert is_in(web)
    assert not is_in(other)
    assert web.session.session_key != key
    (kept,) = UserSession.objects.all()
    assert kept.session_key == web.session.session_key
    assert Session.objects.count() == 1
    alice.refresh_from_db()
    assert alice.check_password(NEW)
    (told,) = mails_to(ALICE, "password was changed")
    assert "127.0.0.1" in told.body
    assert NEW not in told.body
    assert (
        AuditEntry.objects.filter(action="user.password_changed", record_id=alice.pk).count() == 1
    )


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"password": "wrong"}, "Incorrect password. Try again."),
        ({"password": ""}, "required"),
        ({"new": "short"}, "at least 8"),
        ({"new": ALICE}, "too similar"),
        ({"new": ""}, "required"),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(
    web: MailingBrowser, alice: User, over: dict[str, str], said: str
) -> None:
    other = signed_in()
    answer = change(web, **over)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert PASSWORD not in page
    assert is_in(other)
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_the_old_password_is_asked_for_every_time(web: MailingBrowser) -> None:
    assert 'id="password_password"' in web.get("/client/security").content.decode()
    assert change(web, password="").status_code == 422


def test_wrong_passwords_are_limited_like_failed_sign_ins(web: MailingBrowser) -> None:
    for _ in range(5):
        assert change(web, password="wrong").status_code == 422
    assert change(web).status_code == 429


@pytest.mark.parametrize("ticked", [True, False])
def test_tokens_go_too_if_wanted(web: MailingBrowser, alice: User, *, ticked: bool) -> None:
    client = Client.objects.get()
    bob = make_member(client, "bob@example.com", "technical").user
    for maker in (alice, bob):
        create_token(
            client=client, maker=maker, name=maker.email, ctx=Context(AT, as_member(maker))
        )
    change(web, **({"revoke_tokens": "on"} if ticked else {}))
    states = dict(ApiToken.objects.values_list("name", "status"))
    assert states == {ALICE: "revoked" if ticked else "live", "bob@example.com": "live"}


# --- Address ---------------------------------------------------------------------------------------------------------


def move(web: MailingBrowser, **over: Any) -> Any:
    return web.post("/client/security/email", {"password": PASSWORD, "email": OTHER} | over)


def test_a_new_address_counts_once_its_link_was_opened(web: MailingBrowser, alice: User) -> None:
    other = signed_in()
    assert move(web).status_code == 303
    assert OTHER in web.get("/client/security").content.decode()
    assert signed_in(email=ALICE)  # until then the old one works
    reset = MailingBrowser(headers={"host": "localhost"})
    assert reset.post("/client/login", {"email": OTHER, "password": PASSWORD}).status_code == 422
    link = link_to(OTHER, "verify")
    assert OTHER in web.get(link).content.decode()
    answer = web.post(link)
    assert (answer.status_code, answer["Location"]) == (303, "/client/security")
    alice.refresh_from_db()
    assert (alice.email, alice.email_verified_at) == (OTHER, AT)
    (address,) = EmailAddress.objects.filter(user=alice)
    assert (address.email, address.primary, address.verified) == (OTHER, True, True)
    assert is_in(web)
    assert not is_in(other)  # X6 of the invariants
    for told in (ALICE, OTHER):
        (one,) = mails_to(told, "Your sign-in email was changed")
        assert ALICE in one.body
        assert OTHER in one.body
    assert signed_in(email=OTHER.upper())
    assert Client.objects.get().email == "billing@example.com"
    assert web.post(link).status_code == 410
    entry = AuditEntry.objects.get(action="user.email_changed")
    assert (entry.before, entry.after) == ({"email": ALICE}, {"email": OTHER})


def test_the_link_opened_elsewhere_ends_every_session(web: MailingBrowser, alice: User) -> None:
    move(web)
    stranger = MailingBrowser(headers={"host": "localhost"})
    assert stranger.post(link_to(OTHER, "verify"))["Location"] == "/client/login"
    assert not is_in(web)
    assert not is_in(stranger)


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"password": "wrong"}, "Incorrect password. Try again."),
        ({"password": ""}, "required"),
        ({"email": "no address"}, "valid email"),
        ({"email": ALICE.upper()}, "This is already your email address"),
    ],
)
def test_an_address_that_cannot_be(web: MailingBrowser, over: dict[str, str], said: str) -> None:
    answer = move(web, **over)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert EmailAddress.objects.count() == 1


def test_an_address_of_somebody_else_shows_nothing(web: MailingBrowser, alice: User) -> None:
    make_user(OTHER.lower())
    assert move(web).status_code == 303
    (told,) = mails_to(OTHER.lower())
    assert "/client/verify/" not in told.body
    assert "account" in told.subject


def test_an_address_that_was_taken_meanwhile(web: MailingBrowser, alice: User) -> None:
    move(web)
    make_user(OTHER.lower())
    assert web.post(link_to(OTHER, "verify")).status_code == 410
    alice.refresh_from_db()
    assert alice.email == ALICE


def test_a_wish_can_be_dropped_and_replaced(web: MailingBrowser, alice: User) -> None:
    move(web)
    first = link_to(OTHER, "verify")
    move(web, email="third@example.org")
    assert web.get(first).status_code == 410
    second = link_to("third@example.org", "verify")
    assert web.post("/client/security/email/drop").status_code == 303
    assert web.post(second).status_code == 410
    assert "third@example.org" not in web.get("/client/security").content.decode()


def test_one_mail_to_an_address_in_60_seconds(web: MailingBrowser) -> None:
    assert move(web).status_code == 303
    assert move(web).status_code == 422
    counter_store.counter_store_for(settings.COMMERCE_COUNTERS).clear(
        f"mailed-verify:{person_key(OTHER)}"
    )
    assert move(web).status_code == 303
    assert len(mails_to(OTHER, "Confirm")) == 2


def test_an_unproven_address_can_be_proven_later(alice: User) -> None:
    set_setting(key="security.require_email_verification", value="off", ctx=Context(AT, SYSTEM))
    make_client(owner=make_user("new@example.com", verified=False))
    web = signed_in(email="new@example.com")
    assert "t confirmed yet" in web.get("/client/security").content.decode()
    assert web.post("/client/security/email/verify").status_code == 303
    web.post("/client/security/email/verify")
    assert len(mails_to("new@example.com", "Confirm")) == 1
    assert web.post(link_to("new@example.com", "verify"))["Location"] == "/client/security"
    assert "t confirmed yet" not in web.get("/client/security").content.decode()


# --- Sessions --------------------------------------------------------------------------------------------------------

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_the_list_tells_device_address_and_last_use(web: MailingBrowser) -> None:
    other = signed_in(FIREFOX)
    with clock.freeze_time(AT + timedelta(minutes=30)):
        other.get("/client/dashboard")
        page = web.get("/client/security/sessions").content.decode()
    assert "Firefox on Linux" in page
    assert "This session" in page
    assert "127.0.0.1" in page
    assert "3:03 PM" in page or "15:03" in page


def test_one_is_ended(web: MailingBrowser, alice: User) -> None:
    other = signed_in(FIREFOX)
    session = UserSession.objects.get(session_key=other.session.session_key)
    answer = web.post(f"/client/security/sessions/{session.pk}/end")
    assert (answer.status_code, answer["Location"]) == (303, "/client/security/sessions")
    assert not is_in(other)
    assert is_in(web)
    assert AuditEntry.objects.filter(action="user.session_ended", record_id=alice.pk).count() == 1


def test_a_sign_in_that_was_ended_twice_was_a_missing_page(web: MailingBrowser) -> None:
    other = signed_in(FIREFOX)
    key = UserSession.objects.get(session_key=other.session.session_key).pk
    for said in ("Session signed out.", "That session was already signed out."):
        assert web.post(f"/client/security/sessions/{key}/end").status_code == 303
        assert said in web.get("/client/security/sessions").content.decode()
    assert web.post(f"/client/security/sessions/{key + 1}/end").status_code == 404
    stranger = User.objects.create(email="c@example.com", created_at=AT)
    web.force_login(stranger)
    assert web.post(f"/client/security/sessions/{key}/end").status_code in {403, 404}


def test_all_others_are_ended(web: MailingBrowser, alice: User) -> None:
    others = [signed_in(), signed_in(FIREFOX)]
    assert web.post("/client/security/sessions/end-others").status_code == 303
    assert [is_in(one) for one in [web, *others]] == [True, False, False]
    assert AuditEntry.objects.get(action="user.sessions_ended").after == {"count": 2}
    assert "Sign out of all others" not in web.get("/client/security/sessions").content.decode()


def test_ending_the_present_one_is_a_sign_out(web: MailingBrowser) -> None:
    session = UserSession.objects.get()
    assert web.post(f"/client/security/sessions/{session.pk}/end")["Location"] == "/client/login"
    assert not is_in(web)
    assert AuditEntry.objects.filter(action="user.signed_out").count() == 1


def test_nobody_ends_the_sessions_of_others(web: MailingBrowser) -> None:
    make_client(owner="charlie@example.com")
    charlie = signed_in(email="charlie@example.com")
    foreign = UserSession.objects.get(session_key=charlie.session.session_key)
    answer = web.post(f"/client/security/sessions/{foreign.pk}/end")
    random = web.post("/client/security/sessions/987654/end")
    assert (answer.status_code, random.status_code) == (404, 404)
    web.post("/client/security/sessions/end-others")
    assert is_in(charlie)


def test_what_ended_by_itself_is_not_listed(web: MailingBrowser) -> None:
    idle, kept = signed_in(FIREFOX), signed_in()
    del idle
    kept_key = UserSession.objects.get(session_key=kept.session.session_key)
    UserSession.objects.filter(pk=kept_key.pk).update(data={"stays": True})
    for minutes in (100, 200):
        with clock.freeze_time(AT + timedelta(minutes=minutes)):
            page = web.get("/client/security/sessions").content.decode()
    assert "Firefox" not in page
    assert page.count('/end"') == 2


# --- Who may come here -----------------------------------------------------------------------------------------------


def test_a_suspended_client_keeps_his_security(web: MailingBrowser) -> None:
    suspend_client(client=Client.objects.get(), ctx=Context(AT, SYSTEM), reason="test")
    assert web.get("/client/security").status_code == 200
    assert change(web).status_code == 303


@pytest.mark.parametrize("path", ["/client/security/password", "/client/security/email"])
def test_a_form_address_read_again_leads_back(web: MailingBrowser, path: str) -> None:
    assert web.get(path)["Location"] == "/client/security"


@pytest.mark.parametrize(
    "path",
    [
        "/client/security",
        "/client/security/two-factor",
        "/client/security/two-factor/codes",
        "/client/security/passkeys",
        "/client/security/sessions",
    ],
)
def test_pages_behind_sign_in_are_never_stored(web: MailingBrowser, path: str) -> None:
    answer = web.get(path)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert "unsafe" not in answer["Content-Security-Policy"]
