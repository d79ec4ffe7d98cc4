"""How long a session lives, through HTTP (accounts.md 5)."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from commerce.accounts.actions.mfa import add_totp
from commerce.accounts.models import User
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests.make.browser import make_browser
from tests.make.mails import MailingBrowser
from tests.make.people import AT, as_member
from tests.make.sign_in import new_browser, send_sign_in_form
from tests.make.totp import totp

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_still")]


def choose(key: str, value: str) -> None:
    set_setting(key=key, value=value, ctx=Context(AT, SYSTEM))


def opens(web: MailingBrowser, after: timedelta, *, since: datetime = AT) -> bool:
    with clock.freeze_time(since + after):
        return bool(web.get("/client/dashboard").status_code == 200)


def test_120_minutes_idle(web: MailingBrowser, alice: User) -> None:
    send_sign_in_form(web)
    assert opens(web, timedelta(minutes=119))
    assert opens(web, timedelta(minutes=238))
    assert not opens(web, timedelta(minutes=358))
    assert UserSession.objects.count() == 0
    assert Session.objects.count() == 0


def test_the_idle_time_is_a_setting(web: MailingBrowser, alice: User) -> None:
    choose("security.session_idle_minutes", "10")
    send_sign_in_form(web)
    assert opens(web, timedelta(minutes=9))
    assert not opens(web, timedelta(minutes=19))


def test_12_hours_at_most(web: MailingBrowser, alice: User) -> None:
    send_sign_in_form(web)
    for hour in range(1, 12):
        assert opens(web, timedelta(hours=hour))
    assert opens(web, timedelta(hours=12, seconds=-1))
    assert not opens(web, timedelta(hours=12))


def test_remembered_for_30_days_idle_or_not(web: MailingBrowser, alice: User) -> None:
    now = datetime.now(UTC)  # the client of these tests drops cookies by the machine's clock
    with clock.freeze_time(now):
        send_sign_in_form(web, remember="on")
    assert opens(web, timedelta(days=15), since=now)
    assert opens(web, timedelta(days=30, seconds=-1), since=now)
    assert not opens(web, timedelta(days=30), since=now)


def test_sessions_that_ended_long_ago_are_dropped(web: MailingBrowser, alice: User) -> None:
    send_sign_in_form(web)
    with clock.freeze_time(AT + timedelta(days=30)):
        send_sign_in_form(new_browser())
    assert (UserSession.objects.count(), Session.objects.count()) == (1, 1)


def test_a_session_ends_with_its_user(web: MailingBrowser, alice: User) -> None:
    send_sign_in_form(web)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert not opens(web, timedelta(minutes=1))


def test_a_page_in_between_writes_nothing(web: MailingBrowser, alice: User) -> None:
    send_sign_in_form(web)
    web.get("/client/dashboard")
    with clock.freeze_time(AT + timedelta(seconds=59)):
        before = Session.objects.get().session_data
        web.get("/client/security")
        assert Session.objects.get().session_data == before
    assert UserSession.objects.get().last_seen_at == AT
    with clock.freeze_time(AT + timedelta(seconds=60)):
        web.get("/client/security", REMOTE_ADDR="192.0.2.9")
    seen = UserSession.objects.get()
    assert (seen.last_seen_at, seen.ip) == (AT + timedelta(seconds=60), "192.0.2.9")


def test_a_session_that_no_form_began_lives_12_hours_from_its_first_page(alice: User) -> None:
    web = make_browser(alice)
    for hour in range(12):
        assert opens(web, timedelta(hours=hour))
    assert opens(web, timedelta(hours=12, seconds=-1))
    assert not opens(web, timedelta(hours=12))


def test_a_required_factor_comes_before_every_page_and_is_asked_for_once(alice: User) -> None:
    choose("security.client_2fa_required", "on")
    web = make_browser(alice)
    answer = web.get("/client/dashboard")
    assert (answer.status_code, answer["Location"]) == (302, "/client/security/two-factor")
    page = web.get("/client/security/two-factor").content.decode()
    assert "Two-factor authentication is required here." in page
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    code, keep = totp(secret, AT), web.session.session_key
    add_totp(
        user=alice, secret=secret, code=code, ctx=Context(AT, as_member(alice)), keep_session=keep
    )
    assert web.get("/client/dashboard").status_code == 200
