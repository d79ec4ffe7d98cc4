"""TOTP, recovery codes, and being asked for them, through HTTP (accounts.md 6)."""

import re
from base64 import b64decode
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session

from commerce.accounts.models import User
from commerce.audit.models import AuditEntry
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.make.browser import hidden_field
from tests.make.mails import MailingBrowser, mails_to
from tests.make.people import AT, PASSWORD, make_client
from tests.make.sign_in import ALICE, new_browser
from tests.make.totp import totp

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_still")]

PAGE, CHALLENGE = "/client/security/two-factor", "/client/two-factor-challenge"


def sign_in(web: MailingBrowser, **over: str) -> Any:
    return web.post("/client/login", {"email": ALICE, "password": PASSWORD} | over)


@pytest.fixture
def web(alice: User) -> MailingBrowser:
    web = new_browser()
    assert sign_in(web)["Location"] == "/client/dashboard"
    return web


def shown(web: MailingBrowser) -> tuple[str, str]:
    """The key on the page, and the sealed draft of it in the form."""
    page = web.get(PAGE).content.decode()
    key = re.search(r'<code id="totp-key">([A-Z2-7 ]+)</code>', page)
    assert key is not None
    return key[1].replace(" ", ""), hidden_field(page, "draft")


def set_up(web: MailingBrowser) -> tuple[str, list[str]]:
    """Set TOTP up now; returns the secret and the recovery codes."""
    secret, draft = shown(web)
    answer = web.post(PAGE, {"draft": draft, "code": totp(secret, clock.now())})
    assert answer.status_code == 200
    return secret, codes_in(answer)


def codes_in(answer: Any) -> list[str]:
    return re.findall(r"^.*?(\d{5} \d{5})$", answer.content.decode(), re.MULTILINE)


def later(seconds: int) -> datetime:
    return AT + timedelta(seconds=seconds)


def at_challenge(address: str = "127.0.0.1") -> MailingBrowser:
    web = new_browser(address)
    answer = sign_in(web, next="/client/services")
    assert (answer.status_code, answer["Location"]) == (303, CHALLENGE)
    return web


# --- Setting up ------------------------------------------------------------------------------------------------------


def test_it_is_on_after_one_right_code(web: MailingBrowser, alice: User) -> None:
    secret, draft = shown(web)
    assert len(secret) >= 32  # 20 bytes
    assert 'src="data:image/svg+xml;base64,' in web.get(PAGE).content.decode()
    assert not Authenticator.objects.exists()
    answer = web.post(PAGE, {"draft": draft, "code": "000000"})
    assert answer.status_code == 422
    assert secret in answer.content.decode().replace(" ", "")  # the code was scanned already
    assert not Authenticator.objects.exists()
    answer = web.post(PAGE, {"draft": draft, "code": totp(secret, AT)})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    codes = codes_in(answer)
    assert len(set(codes)) == 8
    assert codes[0] not in web.get(PAGE).content.decode()
    (told,) = mails_to(ALICE, "Two-factor authentication changed")
    assert "Authenticator app added" in told.body
    assert codes[0] not in told.body
    assert AuditEntry.objects.filter(action="factor.added", record_id=alice.pk).count() == 1


def test_the_codes_can_be_saved_as_a_file_that_says_what_they_are(web: MailingBrowser) -> None:
    secret, draft = shown(web)
    answer = web.post(PAGE, {"draft": draft, "code": totp(secret, AT)})
    page = answer.content.decode()
    (link,) = re.findall(
        r'href="data:text/plain;charset=utf-8;base64,([^"]+)" download="([^"]+)"', page
    )
    assert link[1] == "client-portal-recovery-codes.txt"
    head, blank, *codes, end = b64decode(link[0]).decode().split("\n")
    assert head == f"Recovery codes for Client Portal, {ALICE}. Each works once."
    assert (blank, codes, end) == ("", codes_in(answer), "")


def test_the_same_form_again_says_that_it_was_done(web: MailingBrowser) -> None:
    secret, draft = shown(web)
    form = {"draft": draft, "code": totp(secret, AT)}
    assert codes_in(web.post(PAGE, form))
    again = web.post(PAGE, form)
    assert (again.status_code, again["Location"]) == (303, PAGE)
    assert "An authenticator app is already set up" in web.get(PAGE).content.decode()


def test_secrets_are_kept_encrypted(web: MailingBrowser) -> None:
    """X1 of the invariants."""
    secret, codes = set_up(web)
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    kept += str(list(Session.objects.values_list("session_data", flat=True)))
    kept += str(list(AuditEntry.objects.values_list("before", "after")))
    for text in (secret, codes[0], codes[0].replace(" ", "")):
        assert text not in kept
    assert all(isinstance(session, dict) for session in [Session.objects.get().get_decoded()])
    assert secret not in str(Session.objects.get().get_decoded())


def test_it_needs_the_password_unless_it_was_given_lately(web: MailingBrowser) -> None:
    with clock.freeze_time(AT + timedelta(minutes=10)):
        secret, draft = shown(web)
        code = totp(secret, clock.now())
        assert web.post(PAGE, {"draft": draft, "code": code}).status_code == 422
        assert web.post(PAGE, {"draft": draft, "code": code, "password": "no"}).status_code == 422
        assert not Authenticator.objects.exists()
        answer = web.post(PAGE, {"draft": draft, "code": code, "password": PASSWORD})
        assert codes_in(answer)


@pytest.mark.parametrize("draft", ["", "false", "of another"])
def test_a_secret_that_was_not_shown_to_him_is_refused(
    web: MailingBrowser, alice: User, draft: str
) -> None:
    secret, _ = shown(web)
    if draft == "of another":
        make_client(owner="charlie@example.com")
        other = new_browser()
        sign_in(other, email="charlie@example.com")
        secret, draft = shown(other)
    answer = web.post(PAGE, {"draft": draft, "code": totp(secret, AT)})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "open for too long" in page
    key = re.search(r'<code id="totp-key">([A-Z2-7 ]+)</code>', page)
    assert key is not None
    fresh = key[1].replace(" ", "")
    assert fresh != secret
    again = web.post(PAGE, {"draft": hidden_field(page, "draft"), "code": totp(fresh, AT)})
    assert codes_in(again)  # the new drawing and its form belong together


def test_a_change_ends_the_other_sessions(web: MailingBrowser) -> None:
    """X6 of the invariants."""
    other = new_browser()
    sign_in(other)
    set_up(web)
    assert web.get("/client/dashboard").status_code == 200
    assert other.get("/client/dashboard").status_code == 302


# --- The challenge ---------------------------------------------------------------------------------------------------


def test_no_session_before_the_last_step(web: MailingBrowser, alice: User) -> None:
    secret, _ = set_up(web)
    User.objects.filter(pk=alice.pk).update(last_login_at=None)
    web = at_challenge()
    assert web.get("/client/dashboard")["Location"].startswith("/client/login")
    assert web.get("/client/api-tokens").status_code == 302
    assert "_auth_user_id" not in web.session
    alice.refresh_from_db()
    assert alice.last_login_at is None
    with clock.freeze_time(later(30)):
        answer = web.post(CHALLENGE, {"code": totp(secret, later(30))})
        assert (answer.status_code, answer["Location"]) == (303, "/client/services")
        assert web.get("/client/services").status_code == 200
    assert AuditEntry.objects.filter(action="user.signed_in").latest("pk").after["with"] == [
        "password",
        "totp",
    ]


def test_without_a_password_there_is_no_challenge(alice: User) -> None:
    web = new_browser()
    assert web.get(CHALLENGE)["Location"] == "/client/login"
    assert web.post(CHALLENGE, {"code": "123456"})["Location"] == "/client/login"


@pytest.mark.parametrize(
    ("steps", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_one_step_before_or_after_is_accepted(
    web: MailingBrowser, *, steps: int, accepted: bool
) -> None:
    secret, _ = set_up(web)
    now = later(600)
    with clock.freeze_time(now):
        answer = at_challenge().post(CHALLENGE, {"code": totp(secret, now, steps=steps)})
    assert (answer.status_code == 303) is accepted


def test_a_step_that_was_used_is_not_accepted_again(web: MailingBrowser) -> None:
    secret, _ = set_up(web)
    code = totp(secret, AT)
    assert at_challenge().post(CHALLENGE, {"code": code}).status_code == 422  # used to set it up
    with clock.freeze_time(later(60)):
        ahead = totp(secret, later(60), steps=1)
        assert at_challenge().post(CHALLENGE, {"code": ahead}).status_code == 303
        for steps in (1, 0, -1):  # neither that one nor any before it
            late = totp(secret, later(60), steps=steps)
            assert at_challenge().post(CHALLENGE, {"code": late}).status_code == 422
    with clock.freeze_time(later(89)):
        assert at_challenge().post(CHALLENGE, {"code": ahead}).status_code == 422
    with clock.freeze_time(later(120)):
        elsewhere = at_challenge("203.0.113.9")  # four failures and one more would be too many here
        answer = elsewhere.post(CHALLENGE, {"code": totp(secret, later(120))})
        assert answer.status_code == 303


@pytest.mark.parametrize("form", ["{a}{b}", "{a} {b}", " {a} {b} "])
def test_a_code_may_have_blanks(web: MailingBrowser, form: str) -> None:
    secret, _ = set_up(web)
    code = totp(secret, later(60))
    with clock.freeze_time(later(60)):
        typed = form.format(a=code[:3], b=code[3:])
        assert at_challenge().post(CHALLENGE, {"code": typed}).status_code == 303


def test_a_recovery_code_counts_once(web: MailingBrowser) -> None:
    _, codes = set_up(web)
    for typed in (codes[0], codes[1].replace(" ", ""), codes[2].replace(" ", "-")):
        assert at_challenge().post(CHALLENGE, {"code": typed}).status_code == 303
        assert at_challenge().post(CHALLENGE, {"code": typed}).status_code == 422
    told = mails_to(ALICE, "Two-factor authentication changed")
    assert ["Recovery code used" in str(one.body) for one in told] == [False, True, True, True]


def test_at_two_left_he_is_told_at_each_sign_in(web: MailingBrowser) -> None:
    _, codes = set_up(web)
    said = []
    for code in codes:
        one = at_challenge()
        one.post(CHALLENGE, {"code": code})
        page = one.get("/client/dashboard").content.decode()
        found = re.search(r"You have (\d) recovery codes? left", page)
        said.append(int(found[1]) if found else None)
    assert said == [None, None, None, None, None, 2, 1, 0]


def test_guesses_are_limited(web: MailingBrowser) -> None:
    secret, _ = set_up(web)
    guesser = at_challenge()
    for _ in range(5):
        answer = guesser.post(CHALLENGE, {"code": "000000"})
        assert answer.status_code == 422
    with clock.freeze_time(later(60)):
        answer = guesser.post(CHALLENGE, {"code": totp(secret, later(60))})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) >= 1
    assert len(mails_to(ALICE, "Failed sign-in attempts")) == 1
    assert AuditEntry.objects.filter(action="user.sign_in_failed", record_name=ALICE).count() == 5


def test_a_wrong_code_is_not_shown_again(web: MailingBrowser) -> None:
    set_up(web)
    page = at_challenge().post(CHALLENGE, {"code": "987654321"}).content.decode()
    assert "987654321" not in page
    assert "This code is incorrect" in page


def test_he_who_is_deactivated_meanwhile_stays_out(web: MailingBrowser, alice: User) -> None:
    secret, _ = set_up(web)
    one = at_challenge()
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with clock.freeze_time(later(60)):
        answer = one.post(CHALLENGE, {"code": totp(secret, later(60))})
    assert answer["Location"] == "/client/login"


# --- New codes, and removal ------------------------------------------------------------------------------------------


def test_new_codes_ask_for_the_password_and_void_the_old_ones(web: MailingBrowser) -> None:
    _, old = set_up(web)
    page = web.get(f"{PAGE}/codes").content.decode()
    form = {"instead_of": hidden_field(page, "instead_of")}
    assert web.post(f"{PAGE}/codes", form).status_code == 422
    assert web.post(f"{PAGE}/codes", form | {"password": "wrong"}).status_code == 422
    answer = web.post(f"{PAGE}/codes", form | {"password": PASSWORD})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    new = codes_in(answer)
    assert len(new) == 8
    assert not set(new) & set(old)
    again = web.post(f"{PAGE}/codes", form | {"password": PASSWORD})
    assert again.status_code == 303  # the same form sent twice counts once
    assert at_challenge().post(CHALLENGE, {"code": old[0]}).status_code == 422
    assert at_challenge().post(CHALLENGE, {"code": new[0]}).status_code == 303
    assert len(mails_to(ALICE, "Two-factor authentication")) == 3


def test_taking_away_the_last_factor_asks_for_password_and_code(
    web: MailingBrowser, alice: User
) -> None:
    secret, codes = set_up(web)
    other = at_challenge()
    other.post(CHALLENGE, {"code": codes[0]})
    factor = Authenticator.objects.get(type="totp")
    url = f"{PAGE}/{factor.pk}/remove"
    assert web.get(url).status_code == 200
    with clock.freeze_time(later(60)):
        code = totp(secret, later(60))
        for form in ({}, {"code": code}, {"code": code, "password": "no"}, {"password": PASSWORD}):
            assert web.post(url, form).status_code == 422
        assert web.post(url, {"password": PASSWORD, "code": "000000"}).status_code == 422
        assert Authenticator.objects.filter(type="totp").exists()
        answer = web.post(url, {"password": PASSWORD, "code": code})
        assert (answer.status_code, answer["Location"]) == (303, PAGE)
    assert not Authenticator.objects.exists()  # the recovery codes are gone too
    assert other.get("/client/dashboard").status_code == 302
    assert web.get("/client/dashboard").status_code == 200
    assert sign_in(new_browser())["Location"] == "/client/dashboard"
    assert "Two-factor method removed" in str(mails_to(ALICE, "Two-factor authentication")[-1].body)
    assert web.post(url, {"password": PASSWORD, "code": codes[1]}).status_code == 303
    assert (
        "This sign-in method has already been removed."
        in web.get("/client/security").content.decode()
    )
    assert web.get(url).status_code == 404


def test_a_recovery_code_takes_the_last_factor_away_too(web: MailingBrowser) -> None:
    _, codes = set_up(web)
    factor = Authenticator.objects.get(type="totp")
    form = {"password": PASSWORD, "code": codes[3]}
    assert web.post(f"{PAGE}/{factor.pk}/remove", form).status_code == 303


def test_nobody_removes_the_factor_of_another(web: MailingBrowser) -> None:
    set_up(web)
    factor = Authenticator.objects.get(type="totp")
    make_client(owner="charlie@example.com")
    charlie = new_browser()
    sign_in(charlie, email="charlie@example.com")
    for url in (f"{PAGE}/{factor.pk}/remove", f"{PAGE}/987654/remove"):
        assert charlie.get(url).status_code == charlie.post(url).status_code == 404
    assert Authenticator.objects.filter(pk=factor.pk).exists()


# --- Required of members ---------------------------------------------------------------------------------------------


def test_required_of_members_only_the_set_up_pages_open(web: MailingBrowser) -> None:
    set_setting(key="security.client_2fa_required", value="on", ctx=Context(AT, SYSTEM))
    for page in ("/client/dashboard", "/client/api-tokens", "/client/security", "/cart", "/"):
        assert web.get(page)["Location"] == PAGE
    assert web.post("/client/security/password", {})["Location"] == PAGE
    for page in (PAGE, "/client/security/passkeys"):
        assert web.get(page).status_code == 200
    set_up(web)
    assert web.get("/client/dashboard").status_code == 200
    assert web.post("/client/logout")["Location"] == "/client/login"
