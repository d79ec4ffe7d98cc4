"""Sign-ins and sessions as actions: what is kept of them, who is told, and that nobody else's are touched."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core import mail

from commerce.accounts.actions.sessions import (
    MAX_SESSIONS,
    begin_session,
    change_session_key,
    end_session,
    end_sessions,
    forget_session,
    record_denied_page,
    record_failed_sign_in,
    record_session_use,
    record_sign_in,
    record_sign_out,
    send_sign_in_blocked_email_to_user,
)
from commerce.accounts.actions.users import request_email_change
from commerce.accounts.models import User
from commerce.accounts.session_store import SessionStore
from commerce.audit.models import AuditEntry
from commerce.kit.context import Actor, Context
from tests.make.mails import commit_and_deliver
from tests.make.people import AT, as_member, make_client, make_user

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
GUEST = Actor("guest", None, "", "192.0.2.7", "request-2")


@pytest.fixture
def bob() -> User:
    return make_user("bob@example.com")


def signs_in(
    user: User, device: str = "Firefox on Linux", at: datetime = AT, country: str = ""
) -> None:
    with commit_and_deliver():
        ctx = Context(at, as_member(user))
        methods = ["password", "totp"]
        record_sign_in(user=user, methods=methods, device=device, country=country, ctx=ctx)


def told() -> list[list[str]]:
    return [one.to for one in mail.outbox]


def begin(user: User, key: str, at: datetime = AT, **over: Any) -> UserSession:
    values = {"address": "192.0.2.7", "user_agent": "Firefox", "remember": False}
    begin_session(user=user, session_key=key, at=at, **(values | over))
    return UserSession.objects.get(session_key=key)


def keys() -> list[str]:
    return sorted(UserSession.objects.values_list("session_key", flat=True))


# --- Sign-ins ---


def test_a_sign_in_is_kept_of_its_user_alone(alice: User, bob: User) -> None:
    signs_in(alice)
    alice.refresh_from_db()
    bob.refresh_from_db()
    assert (alice.last_login_at, alice.last_login_ip) == (AT, "203.0.113.9")
    assert (bob.last_login_at, bob.last_login_ip) == (None, None)
    entry = AuditEntry.objects.get(action="user.signed_in")
    assert (entry.record_kind, entry.record_id, entry.record_name) == (
        "user",
        alice.pk,
        alice.email,
    )
    assert (entry.at, entry.actor_id) == (AT, alice.pk)
    assert entry.after == {"device": "Firefox on Linux", "with": ["password", "totp"]}


def test_the_owner_is_told_of_a_device_that_is_new(alice: User, bob: User) -> None:
    signs_in(bob, "Safari on iPhone")
    signs_in(alice)  # the first device of all is no news
    signs_in(alice)
    assert told() == []
    signs_in(alice, "Safari on iPhone")  # bob's device is new to alice
    assert told() == [["alice@example.com"]]
    assert "Safari on iPhone" in mail.outbox[0].body
    assert "203.0.113.9" in mail.outbox[0].body
    signs_in(alice, "Safari on iPhone", AT + DAY)
    assert len(told()) == 1


def test_the_owner_is_told_of_a_country_that_is_new(alice: User) -> None:
    signs_in(alice)
    signs_in(alice, country="DE")  # the first one that a proxy tells is no news
    signs_in(alice, country="XX")
    signs_in(alice, country="DE")
    assert told() == []
    signs_in(alice, country="FR")
    assert "Country: France" in mail.outbox[0].body
    signs_in(alice, country="FR")
    signs_in(alice, country="DE")
    assert len(told()) == 1
    signs_in(alice, at=AT + 91 * DAY, country="DE")  # nothing is known by then
    assert len(told()) == 1


def test_a_device_is_known_for_90_days(alice: User) -> None:
    signs_in(alice, "Safari on iPhone")
    signs_in(alice, at=AT + DAY)
    assert len(told()) == 1
    signs_in(alice, "Safari on iPhone", AT + 90 * DAY)
    assert len(told()) == 1
    signs_in(alice, at=AT + 92 * DAY)
    assert len(told()) == 2


def test_what_else_was_noted_of_him_is_no_sign_in(alice: User) -> None:
    record_failed_sign_in(email=alice.email, method="password", ctx=Context(AT, GUEST))
    signs_in(alice)
    assert told() == []


def test_a_failed_sign_in_says_with_what(alice: User) -> None:
    record_failed_sign_in(email="ALICE@example.com", method="totp", ctx=Context(AT, GUEST))
    record_failed_sign_in(email="nobody@example.com", method="password", ctx=Context(AT, GUEST))
    known, unknown = AuditEntry.objects.filter(action="user.sign_in_failed").order_by("pk")
    assert (known.record_kind, known.record_id, known.record_name) == (
        "user",
        alice.pk,
        alice.email,
    )
    assert (unknown.record_kind, unknown.record_id, unknown.record_name) == ("user", None, "")
    assert (known.after, unknown.after) == ({"with": "totp"}, {"with": "password"})


def test_a_page_that_was_refused_is_for_staff_to_see(alice: User) -> None:
    client = make_client(owner=alice)
    page, actor = "GET /client/invoices", as_member(alice)
    record_denied_page(
        page=page, missing_right="invoices.view", client_id=client.pk, ctx=Context(AT, actor)
    )
    entry = AuditEntry.objects.get(action="user.refused")
    assert (entry.record_kind, entry.record_id, entry.record_name) == (
        "user",
        alice.pk,
        alice.email,
    )
    assert (entry.client_id, entry.staff_only) == (client.pk, True)
    assert entry.after == {"page": page, "why": "invoices.view"}


def test_who_is_blocked_is_told_once_a_day_if_he_can_sign_in_at_all(alice: User, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    for at in (AT, AT + timedelta(hours=1), AT + DAY):
        for email in ("ALICE@example.com", bob.email, "nobody@example.com"):
            with commit_and_deliver():
                send_sign_in_blocked_email_to_user(email=email, ctx=Context(at, GUEST))
    assert told() == [["alice@example.com"]] * 2
    assert "192.0.2.7" in mail.outbox[0].body


# --- Sessions ---


def test_a_session_is_listed_with_what_its_owner_knows_it_by(alice: User) -> None:
    kept = begin(alice, "a", user_agent="F" * 300, remember=True)
    assert (kept.user, kept.ip, kept.user_agent) == (alice, "192.0.2.7", "F" * 200)
    assert (kept.data, kept.created_at, kept.last_seen_at) == ({"stays": True}, AT, AT)
    assert begin(alice, "b", address=None).ip == "0.0.0.0"  # noqa: S104 - a socket of this machine
    begin(alice, "a")
    assert keys() == ["a", "b"]


def test_own_sessions_of_30_days_ago_are_dropped(alice: User, bob: User) -> None:
    begin(alice, "old")
    begin(alice, "newer", AT + timedelta(seconds=1))
    begin(bob, "of another")
    begin(alice, "now", AT + 30 * DAY)
    assert keys() == ["newer", "now", "of another"]


def test_of_more_than_fifty_the_one_that_was_used_longest_ago_ends(alice: User, bob: User) -> None:
    begin(bob, "of another")
    for number in range(MAX_SESSIONS):
        begin(alice, f"{number:02}", AT + timedelta(minutes=number))
    record_session_use(session_key="00", address=None, at=AT + DAY)
    stored = SessionStore("01".ljust(32, "x"))
    stored["mark"] = "kept until its session ends"
    stored.save(must_create=True)
    change_session_key(old_key="01", new_key=stored.session_key or "")
    assert UserSession.objects.filter(user=alice).count() == MAX_SESSIONS
    begin(alice, "now", AT)  # the clock was set back: it is the newest nevertheless
    left = set(UserSession.objects.filter(user=alice).values_list("session_key", flat=True))
    assert left == {"now", *(f"{number:02}" for number in range(MAX_SESSIONS))} - {"01"}
    assert not SessionStore().exists(stored.session_key or "")
    assert UserSession.objects.filter(user=bob).count() == 1


def test_what_is_noted_of_one_session_is_of_no_other(alice: User) -> None:
    begin(alice, "a")
    begin(alice, "b")
    record_session_use(session_key="a", address="192.0.2.8", at=AT + DAY)
    record_session_use(session_key="a", address=None, at=AT + 2 * DAY)
    seen = UserSession.objects.order_by("session_key").values_list("ip", "last_seen_at")
    assert list(seen) == [("192.0.2.8", AT + 2 * DAY), ("192.0.2.7", AT)]
    change_session_key(old_key="a", new_key="c")
    assert keys() == ["b", "c"]
    forget_session(session_key="c")
    assert keys() == ["b"]


def test_a_sign_out_ends_the_one_session_and_is_kept(alice: User) -> None:
    begin(alice, "a")
    begin(alice, "b")
    record_sign_out(user=alice, session_key="a", ctx=Context(AT, as_member(alice)))
    record_sign_out(user=alice, session_key=None, ctx=Context(AT, as_member(alice)))
    assert keys() == ["b"]
    assert AuditEntry.objects.filter(action="user.signed_out", record_id=alice.pk).count() == 2


def wishes(user: User) -> bool:
    return EmailAddress.objects.filter(user=user, primary=False).exists()


def test_one_session_is_ended_and_with_it_a_wish_for_another_address(
    alice: User, bob: User
) -> None:
    mine, his = begin(alice, "a"), begin(bob, "b")
    begin(alice, "c")
    request_email_change(user=alice, email="new@example.org", ctx=Context(AT, as_member(alice)))
    who: dict[str, Any] = {"user": alice, "ctx": Context(AT, as_member(alice))}
    assert end_session(session_id=his.pk, **who) is False
    assert wishes(alice)
    assert end_session(session_id=mine.pk, **who) is True
    assert not wishes(alice)
    assert keys() == ["b", "c"]
    assert AuditEntry.objects.get(action="user.session_ended").before == {"session": mine.pk}


def test_all_sessions_but_one_are_ended(alice: User, bob: User) -> None:
    for key in "abc":
        begin(alice, key)
    begin(bob, "d")
    request_email_change(user=alice, email="new@example.org", ctx=Context(AT, as_member(alice)))
    who: dict[str, Any] = {"user": alice, "ctx": Context(AT, as_member(alice))}
    assert end_sessions(keep_session="b", **who) == 2
    assert (keys(), wishes(alice)) == (["b", "d"], False)
    assert end_sessions(keep_session="b", **who) == 0
    assert end_sessions(keep_session=None, **who) == 1
    assert keys() == ["d"]
    noted = AuditEntry.objects.filter(action="user.sessions_ended", record_id=alice.pk).order_by(
        "pk"
    )
    assert [one.after for one in noted] == [{"count": 2}, {"count": 1}]
