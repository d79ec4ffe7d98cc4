"""A forgotten password, through HTTP (accounts.md 5)."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail

from commerce.accounts.actions.mfa import add_totp
from commerce.accounts.actions.tokens import create_token
from commerce.accounts.models import ApiToken, Client, User
from commerce.audit.models import AuditEntry
from commerce.kit import clock, counter_store
from commerce.kit.context import Context
from commerce.portal.base.throttles import person_key
from tests.make.mails import MailingBrowser, link_to, mails_to
from tests.make.people import AT, PASSWORD, as_member, make_client, make_member, make_user
from tests.make.sign_in import ALICE, new_browser
from tests.make.totp import totp

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_still")]

NEW = "another sentence of mine"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def ask(web: MailingBrowser, email: str = ALICE) -> str:
    """Ask for a link; returns its path."""
    web.post("/client/forgot-password", {"email": email})
    return link_to(email, "reset-password")


def sign_in(web: MailingBrowser, password: str) -> int:
    return int(web.post("/client/login", {"email": ALICE, "password": password}).status_code)


def test_one_answer_for_known_and_unknown_addresses(alice: User) -> None:
    answers = [
        new_browser().post("/client/forgot-password", {"email": email})
        for email in (ALICE, "nobody@example.com")
    ]
    assert len({(a.status_code, a["Location"], a.content) for a in answers}) == 1
    assert answers[0]["Location"] == "/client/forgot-password/sent"
    assert [one.to for one in mail.outbox] == [[ALICE]]
    asked = AuditEntry.objects.filter(action="user.reset_asked").order_by("pk")
    assert [(one.record_id, one.record_name) for one in asked] == [(alice.pk, ALICE), (None, "")]


def test_the_link_sets_a_password_once(web: MailingBrowser, alice: User) -> None:
    here = new_browser()
    sign_in(here, PASSWORD)
    link = ask(web)
    assert web.get(link).status_code == 200
    assert ALICE in web.get(link).content.decode()
    answer = web.post(link, {"password": NEW})
    assert (answer.status_code, answer["Location"]) == (303, "/client/login")
    assert here.get("/client/dashboard").status_code == 302  # every session ended
    assert [sign_in(new_browser(), word) for word in (PASSWORD, NEW)] == [422, 303]
    assert len(mails_to(ALICE, "password was changed")) == 1
    assert web.get(link).status_code == web.post(link, {"password": "x" * 20}).status_code == 410
    assert AuditEntry.objects.filter(action="user.password_reset", record_id=alice.pk).count() == 1


@pytest.mark.parametrize("ticked", [True, False])
def test_a_reset_offers_to_revoke_api_tokens(
    web: MailingBrowser, alice: User, *, ticked: bool
) -> None:
    link = ask(web)
    assert "revoke_tokens" not in web.get(link).content.decode()  # there are none
    client = Client.objects.get()
    bob = make_member(client, "bob@example.com", "technical").user
    for maker in (alice, bob):
        create_token(
            client=client, maker=maker, name=maker.email, ctx=Context(AT, as_member(maker))
        )
    assert 'name="revoke_tokens"' in web.get(link).content.decode()
    form = {"password": NEW} | ({"revoke_tokens": "on"} if ticked else {})
    assert web.post(link, form).status_code == 303
    states = dict(ApiToken.objects.values_list("name", "status"))
    assert states == {ALICE: "revoked" if ticked else "live", "bob@example.com": "live"}


def test_used_old_and_false_links_are_told_the_same(web: MailingBrowser, alice: User) -> None:
    link = ask(web)
    with clock.freeze_time(AT + timedelta(minutes=60)):
        assert web.get(link).status_code == 200
    with clock.freeze_time(AT + timedelta(minutes=60, seconds=1)):
        old = [web.get(link), web.post(link, {"password": NEW})]
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
    new_browser().post(link, {"password": NEW})
    used = [web.get(link), web.post(link, {"password": NEW})]
    false = [
        web.get(f"/client/reset-password/{word}") for word in ("x", "1-d0-0", "zzzzzzzzzzzzz-1")
    ]
    pages = old + used + false
    assert {page.status_code for page in pages} == {410}
    texts = {re.sub(r"<code>\w+</code>", "", page.content.decode()) for page in pages}
    assert len(texts) == 1


def test_a_change_of_the_password_or_address_voids_the_link(
    web: MailingBrowser, alice: User
) -> None:
    link = ask(web)
    User.objects.filter(pk=alice.pk).update(email="other@example.com")
    assert web.get(link).status_code == 410
    User.objects.filter(pk=alice.pk).update(email=ALICE)
    assert web.get(link).status_code == 200
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert web.get(link).status_code == 410


@pytest.mark.parametrize(
    ("password", "said"),
    [("short", "at least 8"), ("password123", "too common"), (ALICE, "too similar")],
)
def test_a_bad_password_does_not_use_up_the_link(
    web: MailingBrowser, alice: User, password: str, said: str
) -> None:
    link = ask(web)
    answer = web.post(link, {"password": password})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert f'value="{password}"' not in page.replace(f'type="email" value="{ALICE}"', "")
    assert web.post(link, {"password": NEW}).status_code == 303


def test_one_mail_in_60_seconds(web: MailingBrowser, alice: User) -> None:
    ask(web)
    web.post("/client/forgot-password", {"email": ALICE.upper()})
    assert len(mail.outbox) == 1
    store, key = (
        counter_store.counter_store_for(settings.COMMERCE_COUNTERS),
        f"mailed-reset:{person_key(ALICE)}",
    )
    window = store.take(key, 1, 60, units=0)
    assert window is not None
    assert 58 <= window.seconds_to_reset <= 60
    store.clear(key)
    ask(web)
    assert len(mail.outbox) == 2


def test_the_page_has_the_limits_of_the_sign_in(web: MailingBrowser, alice: User) -> None:
    for _ in range(5):
        assert web.post("/client/forgot-password", {"email": ALICE}).status_code == 303
    answer = web.post("/client/forgot-password", {"email": ALICE})
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 60


def test_the_links_themselves_cannot_be_tried_for_long(web: MailingBrowser) -> None:
    for _ in range(30):
        assert web.get("/client/reset-password/1-d0-0").status_code == 410
    assert web.get("/client/reset-password/1-d0-0").status_code == 429


def test_an_inactive_user_gets_no_mail(web: MailingBrowser, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    web.post("/client/forgot-password", {"email": ALICE})
    assert mail.outbox == []


def test_a_second_factor_is_asked_for(web: MailingBrowser, alice: User) -> None:
    add_totp(
        user=alice,
        secret=SECRET,
        code=totp(SECRET, AT),
        ctx=Context(AT, as_member(alice)),
        keep_session=None,
    )
    link = ask(web)
    assert 'name="code"' in web.get(link).content.decode()
    with clock.freeze_time(AT + timedelta(minutes=1)):
        now = AT + timedelta(minutes=1)
        for code in ("", "000000", totp(SECRET, AT)):
            answer = web.post(link, {"password": NEW, "code": code})
            assert answer.status_code == 422
        alice.refresh_from_db()
        assert alice.check_password(PASSWORD)
        assert web.post(link, {"password": "short", "code": totp(SECRET, now)}).status_code == 422
        assert web.post(link, {"password": NEW, "code": totp(SECRET, now)}).status_code == 303
    alice.refresh_from_db()
    assert alice.check_password(NEW)


def test_guesses_at_the_code_are_limited(web: MailingBrowser, alice: User) -> None:
    add_totp(
        user=alice,
        secret=SECRET,
        code=totp(SECRET, AT),
        ctx=Context(AT, as_member(alice)),
        keep_session=None,
    )
    link = ask(web)
    for _ in range(5):
        assert web.post(link, {"password": NEW, "code": "000000"}).status_code == 422
    assert web.post(link, {"password": NEW, "code": "000000"}).status_code == 429


def test_a_reset_proves_the_address(web: MailingBrowser) -> None:
    make_client(owner=make_user("new@example.com", verified=False))
    web.post(ask(web, "new@example.com"), {"password": NEW})
    assert User.objects.get().email_verified_at == AT
    answer = web.post("/client/login", {"email": "new@example.com", "password": NEW})
    assert answer["Location"] == "/client/dashboard"


def test_a_password_can_be_set_where_there_was_none(web: MailingBrowser) -> None:
    make_user(ALICE, password=None)
    web.post(ask(web), {"password": NEW})
    assert User.objects.get().check_password(NEW)
