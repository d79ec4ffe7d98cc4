"""What opens before a second factor was set up or shown: walks over every URL (accounts.md 5 and 6)."""

from datetime import timedelta

import pytest
from django.urls import resolve

from commerce.accounts.actions.mfa import add_totp
from commerce.accounts.models import User
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.counter_store import forget_counter_stores
from commerce.portal.base.middleware.session_limits import PAGES_OPEN_WITHOUT_FACTOR
from commerce.site_settings.actions import set_setting
from tests.house.test_strangers import path, routes
from tests.make.mails import MailingBrowser
from tests.make.people import AT, PASSWORD, as_member
from tests.make.sign_in import new_browser, send_sign_in_form
from tests.make.totp import totp

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_still")]

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PAGE, CHALLENGE = "/client/security/two-factor", "/client/two-factor-challenge"


def set_up(user: User, keep: str | None = None) -> None:
    add_totp(
        user=user,
        secret=SECRET,
        code=totp(SECRET, AT),
        ctx=Context(AT, as_member(user)),
        keep_session=keep,
    )


def at_challenge() -> MailingBrowser:
    web = new_browser()
    assert send_sign_in_form(web)["Location"] == CHALLENGE
    return web


@pytest.mark.parametrize("method", ["get", "post"])
def test_while_a_factor_is_required_a_session_without_one_opens_the_listed_pages_only(
    alice: User, method: str
) -> None:
    """Checkout, cart and store were open."""
    set_setting(key="security.client_2fa_required", value="on", ctx=Context(AT, SYSTEM))
    web = new_browser()
    send_sign_in_form(web)
    opened = set()
    for route in routes():
        reply = getattr(web, method)(path(route))
        if (reply.status_code, reply.headers.get("Location")) != (302, PAGE):
            opened.add(resolve(path(route)).view_name)
        if route == "client/logout" and method == "post":
            send_sign_in_form(web)
    assert opened == PAGES_OPEN_WITHOUT_FACTOR


def test_whether_the_installation_is_up_is_told_before_a_factor_is_set_up(alice: User) -> None:
    web = new_browser()
    send_sign_in_form(web)
    set_setting(key="security.client_2fa_required", value="on", ctx=Context(AT, SYSTEM))
    assert web.get("/up").headers.get("Location") is None


@pytest.mark.parametrize("method", ["get", "post"])
def test_before_the_second_factor_every_page_is_a_strangers(alice: User, method: str) -> None:
    set_up(alice)
    between, stranger = at_challenge(), new_browser("203.0.113.9")
    own = {"client/two-factor-challenge", "client/two-factor-challenge/passkey", "client/logout"}
    for number, route in enumerate(sorted(set(routes()) - own)):
        if number % 100 == 0:  # strangers send at most 120 forms a minute
            forget_counter_stores()
        replies = [getattr(one, method)(path(route)) for one in (between, stranger)]
        assert len({(one.status_code, one.headers.get("Location")) for one in replies}) == 1, route
    assert between.get(CHALLENGE).status_code == 200  # it still waits


def test_a_sign_in_that_waits_for_its_factor_ends_when_the_password_changes(alice: User) -> None:
    own = new_browser()
    send_sign_in_form(own)
    set_up(alice, keep=own.session.session_key)
    with clock.freeze_time(AT + timedelta(seconds=30)):
        waiting = at_challenge()
        form = {"password": PASSWORD, "new": "another sentence of mine"}
        assert own.post("/client/security/password", form).status_code == 303
        code = {"code": totp(SECRET, clock.now())}
        assert waiting.post(CHALLENGE, code)["Location"] == "/client/login"
        assert waiting.get("/client/dashboard").status_code == 302
        assert waiting.get(CHALLENGE)["Location"] == "/client/login"
