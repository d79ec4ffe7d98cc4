"""A change of the sign-in address that waits for its proof, and what ends it, through HTTP (accounts.md 5, X6)."""

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession

from commerce.accounts.actions.email_changes import email_change_of_stop_link
from commerce.accounts.models import User
from commerce.audit.models import AuditEntry
from commerce.portal.base.sign_in import email_links
from tests.make.mails import MailingBrowser, link_to, mails_to
from tests.make.people import PASSWORD, make_client, make_user
from tests.make.sign_in import ALICE, new_browser, send_sign_in_form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_still")]

OTHER = "other@example.org"
NEW = "another sentence of mine"


@pytest.fixture
def thief(alice: User) -> MailingBrowser:
    """Somebody who knows the password, and asked for an address of his own."""
    web = new_browser("192.0.2.66")
    send_sign_in_form(web)
    ask(web)
    return web


def ask(web: MailingBrowser, email: str = OTHER) -> None:
    form = {"password": PASSWORD, "email": email}
    assert web.post("/client/security/email", form).status_code == 303


def signed_in() -> MailingBrowser:
    web = new_browser()
    assert send_sign_in_form(web)["Location"] == "/client/dashboard"
    return web


def assert_ended(alice: User) -> None:
    stranger = new_browser("192.0.2.66")
    assert stranger.post(link_to(OTHER, "verify")).status_code == 410
    alice.refresh_from_db()
    assert alice.email == ALICE
    assert [one.email for one in EmailAddress.objects.filter(user=alice)] == [ALICE]


def test_a_changed_password_ends_it(alice: User, thief: MailingBrowser) -> None:
    form = {"password": PASSWORD, "new": NEW}
    assert signed_in().post("/client/security/password", form).status_code == 303
    assert_ended(alice)
    assert AuditEntry.objects.filter(action="user.email_change_dropped").count() == 1


def test_a_reset_password_ends_it(alice: User, thief: MailingBrowser) -> None:
    web = new_browser()
    web.post("/client/forgot-password", {"email": ALICE})
    assert web.post(link_to(ALICE, "reset-password"), {"password": NEW}).status_code == 303
    assert_ended(alice)


def test_ending_all_other_sessions_ends_it(alice: User, thief: MailingBrowser) -> None:
    assert signed_in().post("/client/security/sessions/end-others").status_code == 303
    assert_ended(alice)


def test_ending_one_session_ends_it(alice: User, thief: MailingBrowser) -> None:
    session = UserSession.objects.get(session_key=thief.session.session_key)
    assert signed_in().post(f"/client/security/sessions/{session.pk}/end").status_code == 303
    assert_ended(alice)


def test_another_change_ends_it(alice: User, thief: MailingBrowser) -> None:
    ask(signed_in(), "third@example.org")
    stranger = new_browser()
    assert stranger.post(link_to(OTHER, "verify")).status_code == 410
    assert stranger.post(link_to("third@example.org", "verify")).status_code == 303


def test_the_present_address_is_told_and_stops_it(alice: User, thief: MailingBrowser) -> None:
    (told,) = mails_to(ALICE, "change requested")
    assert OTHER in told.body
    assert "192.0.2.66" in told.body
    web, link = new_browser(), link_to(ALICE, "keep-email")
    page = web.get(link).content.decode()
    assert OTHER in page
    assert (
        EmailAddress.objects.filter(user=alice).count() == 2
    )  # a page that was read changes nothing
    answer = web.post(link)
    assert (answer.status_code, answer["Location"]) == (303, "/client/forgot-password")
    assert "Choose a new password" in web.get(answer["Location"]).content.decode()
    assert_ended(alice)
    assert thief.get("/client/dashboard").status_code == 302
    assert web.get(link).status_code == web.post(link).status_code == 410
    assert (
        AuditEntry.objects.filter(action="user.email_change_stopped", record_id=alice.pk).count()
        == 1
    )


def test_it_is_stopped_from_a_browser_that_is_signed_in(alice: User, thief: MailingBrowser) -> None:
    web = signed_in()
    assert web.post(link_to(ALICE, "keep-email")).status_code == 303
    assert web.get("/client/dashboard").status_code == 302
    assert_ended(alice)


def test_a_change_that_was_made_cannot_be_stopped(alice: User, thief: MailingBrowser) -> None:
    thief.post(link_to(OTHER, "verify"))
    assert new_browser().post(link_to(ALICE, "keep-email")).status_code == 410


@pytest.mark.parametrize("token", ["x", "a" * 300, "1:2:3"])
def test_a_false_link_stops_nothing(alice: User, thief: MailingBrowser, token: str) -> None:
    assert new_browser().post(f"/client/keep-email/{token}").status_code == 410
    verify = link_to(OTHER, "verify").rpartition("/")[2]
    assert new_browser().post(f"/client/keep-email/{verify}").status_code == 410  # T6
    assert EmailAddress.objects.filter(user=alice).count() == 2


def test_an_unproven_address_is_not_told_what_was_typed() -> None:
    newcomer = make_user("new@example.com", verified=False)
    make_client(owner=newcomer)
    web = new_browser()
    web.force_login(newcomer)
    ask(web)
    (told,) = mails_to("new@example.com", "change requested")
    assert OTHER not in told.body


def test_a_change_that_is_made_while_it_is_stopped_is_not_said_to_be_stopped(
    alice: User, thief: MailingBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, verify, find = (
        link_to(ALICE, "keep-email"),
        link_to(OTHER, "verify"),
        email_change_of_stop_link,
    )

    def made_just_then(token: str) -> EmailAddress | None:
        found = find(token)
        assert new_browser().post(verify).status_code == 303
        return found

    monkeypatch.setattr(email_links, "email_change_of_stop_link", made_just_then)
    assert new_browser().post(link).status_code == 410
    assert not AuditEntry.objects.filter(action="user.email_change_stopped").exists()


def test_what_is_refused_says_why_each_time(alice: User) -> None:
    web = signed_in()
    for _ in range(2):
        answer = web.post("/client/security/email", {"password": PASSWORD, "email": ALICE})
        assert "This is already your email address" in answer.content.decode()


def test_asking_again_and_again_is_limited(alice: User, thief: MailingBrowser) -> None:
    form = {"password": PASSWORD}
    for number in range(4):
        ask(thief, f"victim{number}@example.org")
    answer = thief.post("/client/security/email", form | {"email": "victim9@example.org"})
    assert answer.status_code == 429
    assert mails_to("victim9@example.org") == []
