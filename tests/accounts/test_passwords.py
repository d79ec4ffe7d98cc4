"""Passwords as actions: whose are changed, what ends with the old one, and links for a new one (accounts.md 5)."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core import mail

from commerce.accounts.actions.passwords import (
    change_password,
    has_live_tokens,
    reset_password,
    send_password_reset,
    user_of_reset,
)
from commerce.accounts.actions.sessions import begin_session
from commerce.accounts.actions.tokens import create_token, revoke_token
from commerce.accounts.models import ApiToken, User
from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from tests.make.mails import commit_and_deliver, link_to, mails_to
from tests.make.people import AT, PASSWORD, as_member, make_client, make_user

pytestmark = pytest.mark.django_db


def who(user: User, at: datetime = AT) -> dict[str, Any]:
    return {"user": user, "ctx": Context(at, as_member(user))}


def sessions(*users: User) -> None:
    kept: dict[str, Any] = {"address": None, "user_agent": "", "remember": False, "at": AT}
    for user in users:
        for key in ("here", "elsewhere"):
            begin_session(user=user, session_key=f"{key} {user.pk}", **kept)


def keys() -> set[str]:
    return set(UserSession.objects.values_list("session_key", flat=True))


def a_token(user: User) -> ApiToken:
    client = make_client(owner=user)
    return create_token(client=client, maker=user, name="x", ctx=Context(AT, SYSTEM))[0]


def live() -> set[int]:
    return set(ApiToken.objects.filter(status="live").values_list("pk", flat=True))


@pytest.mark.parametrize("revoke", [None, False, True])
@pytest.mark.parametrize("verb", ["change", "reset"])
def test_a_new_password_is_one_persons(verb: str, *, revoke: bool | None) -> None:
    user, other = make_user("a@example.org", verified=False), make_user("b@example.org")
    sessions(user, other)
    mine, his = a_token(user), a_token(other)
    gone = a_token(user)
    revoke_token(token=gone, ctx=Context(AT, SYSTEM), reason="lost")
    more: dict[str, Any] = {} if revoke is None else {"revoke_tokens": revoke}
    with commit_and_deliver():
        if verb == "change":
            change_password(
                password="a new one", keep_session=f"here {user.pk}", **who(user), **more
            )
        else:
            reset_password(password="a new one", **who(user), **more)
    assert user.check_password("a new one")  # the caller's own is up to date
    user.refresh_from_db()
    other.refresh_from_db()
    assert user.check_password("a new one")
    assert other.check_password(PASSWORD)
    stays = {f"here {user.pk}"} if verb == "change" else set()
    assert keys() == stays | {f"here {other.pk}", f"elsewhere {other.pk}"}
    assert live() == ({his.pk} if revoke else {mine.pk, his.pk})
    assert (has_live_tokens(user), has_live_tokens(other)) == (not revoke, True)
    assert (user.email_verified_at == AT) is (verb == "reset")  # he has read his mail
    assert EmailAddress.objects.get(user=user).verified is (verb == "reset")
    action = "user.password_changed" if verb == "change" else "user.password_reset"
    entry = AuditEntry.objects.get(action=action)
    assert (entry.record_kind, entry.record_id, entry.record_name) == ("user", user.pk, user.email)
    assert len(mails_to("a@example.org", "password was changed")) == 1
    assert mails_to("b@example.org") == []


def test_a_proven_address_keeps_the_time_of_its_proof() -> None:
    user = make_user("a@example.org")
    reset_password(password="a new one", **who(user, at=AT + timedelta(days=1)))
    user.refresh_from_db()
    assert user.email_verified_at == AT
    assert not AuditEntry.objects.filter(action="user.email_verified").exists()


@pytest.mark.parametrize("word", ["annabelle-q", "featherstone", "mailbox-77"])
def test_a_new_password_is_measured_against_its_person(word: str) -> None:
    user = make_user("mailbox-77@example.org", first_name="Annabelle", last_name="Featherstone")
    for set_password in (lambda **by: change_password(keep_session=None, **by), reset_password):
        with pytest.raises(BusinessError):
            set_password(password=word, **who(user))
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_a_link_for_a_new_password_needs_an_active_user() -> None:
    user = make_user("a@example.org")
    with commit_and_deliver():
        send_password_reset(email="A@example.org", ctx=Context(AT, SYSTEM))
    token = link_to("a@example.org", "reset-password").rpartition("/")[2]
    assert user_of_reset(token=token, at=AT + timedelta(minutes=60)) == user
    assert user_of_reset(token=token, at=AT + timedelta(minutes=60, seconds=1)) is None
    User.objects.update(is_active=False)
    assert user_of_reset(token=token, at=AT) is None
    mail.outbox.clear()
    with commit_and_deliver():
        send_password_reset(email="a@example.org", ctx=Context(AT, SYSTEM))
        send_password_reset(email="nobody@example.org", ctx=Context(AT, SYSTEM))
    assert mail.outbox == []
    noted = AuditEntry.objects.filter(action="user.reset_asked").order_by("pk")
    assert [(one.record_kind, one.record_id, one.record_name) for one in noted] == [
        ("user", user.pk, "a@example.org"),
        ("user", None, ""),
        ("user", None, ""),
    ]
