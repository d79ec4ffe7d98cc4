"""Users and their addresses as actions: the user's own and django-allauth's stay in step."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.usersessions.models import UserSession
from django.core import mail

from commerce.accounts.actions.email_changes import pending_email, stop_token
from commerce.accounts.actions.passwords import change_password, reset_password, user_of_reset
from commerce.accounts.actions.sessions import begin_session
from commerce.accounts.actions.users import (
    change_locale,
    create_user,
    request_email_change,
    revoke_email_change,
    send_account_exists_email_to_owner,
    send_verification,
    verify_email,
)
from commerce.accounts.models import User
from commerce.accounts.passwords import check_new_password
from commerce.accounts.rules import session_has_ended
from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import SuppressedAddress
from tests.make.mails import commit_and_deliver, mails_to
from tests.make.people import AT, PASSWORD, as_member, make_client, make_user

pytestmark = pytest.mark.django_db


def kept(user: User) -> list[tuple[str, bool, bool]]:
    """Address, primary, proven: as django-allauth has them."""
    rows = EmailAddress.objects.filter(user=user).order_by("pk")
    return list(rows.values_list("email", "primary", "verified"))


@pytest.mark.parametrize("verified", [True, False])
def test_a_new_user_has_one_address_in_both_places(*, verified: bool) -> None:
    user = make_user("Ann@Example.org", verified=verified)
    assert kept(user) == [("Ann@Example.org", True, verified)]
    assert (user.email_verified_at == AT) is verified


@pytest.mark.parametrize("email", ["ann@example.org", "ANN@EXAMPLE.ORG", " Ann@example.org "])
def test_an_address_has_one_user(email: str) -> None:
    make_user("ann@example.org")
    with pytest.raises(BusinessError) as refused:
        make_user(email)
    assert refused.value.field == "email"
    assert (User.objects.count(), EmailAddress.objects.count()) == (1, 1)
    assert User.objects.with_email(email).get().email == "ann@example.org"


def test_a_changed_address_moves_in_both_places() -> None:
    user = make_user("ann@example.org")
    request_email_change(user=user, email="New@example.org", ctx=Context(AT, as_member(user)))
    assert kept(user) == [("ann@example.org", True, True), ("New@example.org", False, False)]
    assert pending_email(user) == "New@example.org"
    wish = EmailAddress.objects.get(user=user, primary=False)
    found = verify_email(
        token=EmailConfirmationHMAC.create(wish).key, ctx=Context(AT, as_member(user))
    )
    assert found == user
    assert found.email == "New@example.org"
    user.refresh_from_db()
    assert user.email == "New@example.org"
    assert kept(user) == [("New@example.org", True, True)]


def test_a_link_counts_once_of_two_at_once() -> None:
    user = make_user("ann@example.org", verified=False)
    key = EmailConfirmationHMAC.create(EmailAddress.objects.get(user=user)).key
    assert verify_email(token=key, ctx=Context(AT, as_member(user))) == user
    assert verify_email(token=key, ctx=Context(AT, as_member(user))) is None


def test_who_comes_second_with_a_password_is_told() -> None:
    user = make_user()
    first, second = (User.objects.get(pk=user.pk) for _ in range(2))
    actor = as_member(user)
    change_password(
        user=first, password="a sentence of mine", ctx=Context(AT, actor), keep_session=None
    )
    with pytest.raises(StateConflict):
        reset_password(user=second, password="another sentence", ctx=Context(AT, actor))
    user.refresh_from_db()
    assert user.check_password("a sentence of mine")


@pytest.mark.parametrize(
    "token", ["", "-", "1", "1-", "é-1", "zzzzzzzzzzzzzz-1-1", "0-0-0", "\x00-1"]
)
def test_a_false_reset_link_is_nobodys(token: str) -> None:
    make_user()
    assert user_of_reset(token=token, at=AT) is None


def test_a_user_without_a_password_cannot_be_guessed() -> None:
    user = make_user(password=None)
    assert not user.has_usable_password()
    assert not any(user.check_password(word) for word in ("", "None", "!", PASSWORD))


def test_a_password_is_measured_against_the_person() -> None:
    with pytest.raises(BusinessError) as refused:
        check_new_password("annabelle-q", email="x@example.org", first_name="Annabelle")
    assert refused.value.field == "password"
    check_new_password("annabelle-q", email="x@example.org", first_name="Bob")
    check_new_password("ü" * 1000, email="x@example.org")
    with pytest.raises(BusinessError):
        check_new_password("ü" * 1001, email="x@example.org")


@pytest.mark.parametrize(
    ("began", "seen", "stays", "ended"),
    [
        (0, 0, False, True),
        (0, 7200, False, True),
        (0, 7201, False, False),
        (-28_799, 14_399, False, False),
        (-28_800, 14_399, False, True),
        (-28_800, 14_400, True, False),
        (14_400 - 30 * 86_400 + 1, 0, True, False),
        (14_400 - 30 * 86_400, 14_400, True, True),
    ],
)
def test_when_a_session_has_ended(*, began: int, seen: int, stays: bool, ended: bool) -> None:
    assert (
        session_has_ended(
            started=began, last_used=seen, now=14_400, remember=stays, idle_minutes=120
        )
        is ended
    )


def test_creating_a_user_keeps_no_plain_password() -> None:
    user = create_user(
        email="a@example.org",
        password="plain-plain-plain",
        first_name="A",
        last_name="B",
        ctx=Context(AT, as_member(make_user())),
    )
    assert "plain" not in user.password
    assert (user.email_verified_at, user.locale, user.time_zone) == (None, "en", "")
    entry = AuditEntry.objects.get(action="user.created", record_id=user.pk)
    assert (entry.record_kind, entry.record_name) == ("user", "a@example.org")


def who(user: User, at: datetime = AT) -> dict[str, Any]:
    return {"user": user, "ctx": Context(at, as_member(user))}


def key_of(user: User) -> str:
    """The key of the link for his address, or the one that he wants to change to."""
    found = EmailAddress.objects.filter(user=user, verified=False).latest("pk")
    return EmailConfirmationHMAC.create(found).key


def sessions(*users: User) -> None:
    kept: dict[str, Any] = {"address": None, "user_agent": "", "remember": False, "at": AT}
    for user in users:
        for key in ("here", "elsewhere"):
            begin_session(user=user, session_key=f"{key} {user.pk}", **kept)


def keys() -> set[str]:
    return set(UserSession.objects.values_list("session_key", flat=True))


# --- Addresses ---


def test_only_an_address_that_is_not_proven_gets_a_link() -> None:
    proven, unproven = make_user("a@example.org"), make_user("b@example.org", verified=False)
    make_user("c@example.org", verified=False)
    with commit_and_deliver():
        for user in (proven, unproven):
            request_email_change(email=f"new-{user.email}", **who(user))
    mail.outbox.clear()
    with commit_and_deliver():
        for user in (proven, unproven):
            send_verification(user=user)
    assert [one.to for one in mail.outbox] == [["b@example.org"]]


def test_an_address_is_proven_once_and_a_new_member_is_welcomed() -> None:
    user, other = (make_user(f"{name}@example.org", verified=False) for name in "ab")
    make_client(owner=user)
    request_email_change(email="new@example.org", **who(user))
    key = EmailConfirmationHMAC.create(EmailAddress.objects.get(user=user, primary=True)).key
    with commit_and_deliver():
        assert verify_email(token=key, ctx=Context(AT, as_member(user))) == user
    assert kept(user) == [("a@example.org", True, True), ("new@example.org", False, False)]
    assert kept(other) == [("b@example.org", True, False)]
    user.refresh_from_db()
    other.refresh_from_db()
    assert (user.email_verified_at, other.email_verified_at) == (AT, None)
    assert len(mails_to("a@example.org", "Welcome")) == 1
    entry = AuditEntry.objects.get(action="user.email_verified")
    assert (entry.record_kind, entry.record_id, entry.record_name) == ("user", user.pk, user.email)


def test_who_signed_in_before_is_not_welcomed() -> None:
    user = make_user("a@example.org", verified=False)
    make_client(owner=user)
    User.objects.update(last_login_at=AT)
    with commit_and_deliver():
        assert verify_email(token=key_of(user), ctx=Context(AT, as_member(user))) == user
    assert mails_to("a@example.org", "Welcome") == []


def test_an_inactive_user_proves_nothing_and_a_false_link_is_nobodys() -> None:
    user = make_user(verified=False)
    User.objects.update(is_active=False)
    for key in (key_of(user), "MQ:1abcde:no", ""):
        assert verify_email(token=key, ctx=Context(AT, SYSTEM)) is None
    assert not EmailAddress.objects.get().verified


def test_a_changed_address_ends_the_other_sessions_and_is_told_to_both() -> None:
    """X6 of the invariants."""
    user, other = make_user("old@example.org"), make_user("other@example.org")
    sessions(user, other)
    SuppressedAddress.objects.create(email="new@example.org", suppressed_at=AT)
    request_email_change(email="other2@example.org", **who(other))
    request_email_change(email=" New@example.org ", **who(user))
    asked = AuditEntry.objects.get(action="user.email_change_asked", record_id=user.pk)
    assert (asked.record_kind, asked.record_id, asked.record_name) == ("user", user.pk, user.email)
    assert asked.after == {"email": "New@example.org"}
    later = AT + timedelta(minutes=5)
    with commit_and_deliver():
        verify_email(
            token=key_of(user), ctx=Context(later, as_member(user)), keep_session=f"here {user.pk}"
        )
    assert keys() == {f"here {user.pk}", f"here {other.pk}", f"elsewhere {other.pk}"}
    user.refresh_from_db()
    other.refresh_from_db()
    assert (user.email, user.email_verified_at) == ("New@example.org", later)
    assert (other.email, other.email_verified_at) == ("other@example.org", AT)
    assert kept(other) == [
        ("other@example.org", True, True),
        ("other2@example.org", False, False),
    ]
    assert (
        SuppressedAddress.objects.get().suppressed_at is None
    )  # who opened the link gets his mails
    for to in ("old@example.org", "New@example.org"):
        assert len(mails_to(to, "was changed")) == 1
    entry = AuditEntry.objects.get(action="user.email_changed")
    assert (entry.record_kind, entry.record_id) == ("user", user.pk)
    assert entry.record_name == "New@example.org"
    assert (entry.before, entry.after) == (
        {"email": "old@example.org"},
        {"email": "New@example.org"},
    )


def test_a_second_wish_takes_the_place_of_the_first_and_of_no_one_elses() -> None:
    user, other = make_user("a@example.org"), make_user("b@example.org")
    request_email_change(email="b2@example.org", **who(other))
    request_email_change(email="a2@example.org", **who(user))
    first = key_of(user)
    request_email_change(email="a3@example.org", **who(user))
    assert verify_email(token=first, ctx=Context(AT, as_member(user))) is None
    assert (pending_email(user), pending_email(other)) == ("a3@example.org", "b2@example.org")
    assert kept(user)[0] == ("a@example.org", True, True)
    with pytest.raises(BusinessError) as refused:
        request_email_change(email=" A@example.org ", **who(user))
    assert refused.value.field == "email"
    assert pending_email(user) == "a3@example.org"


def test_a_wish_is_told_to_the_present_address_and_to_the_owner_of_the_other() -> None:
    user, _ = make_user("a@example.org"), make_user("known@example.org")
    for email in ("new@example.org", "known@example.org"):
        with commit_and_deliver():
            request_email_change(email=email, **who(user))
    assert [len(mails_to("a@example.org", word)) for word in ("change requested", "")] == [2, 2]
    [link], [told] = mails_to("new@example.org"), mails_to("known@example.org")
    assert "/client/verify/" in link.body
    assert "/client/verify/" not in told.body
    assert len(mail.outbox) == 4


def test_the_owner_of_a_known_address_is_told_and_nobody_else() -> None:
    make_user("a@example.org")
    make_user("b@example.org")
    with commit_and_deliver():
        send_account_exists_email_to_owner(email="A@example.org", at=AT)
        send_account_exists_email_to_owner(email="nobody@example.org", at=AT)
    assert [one.to for one in mail.outbox] == [["a@example.org"]]


def test_a_change_is_stopped_by_its_own_link_and_every_session_ends() -> None:
    user, other = make_user("a@example.org"), make_user("b@example.org")
    sessions(user, other)
    request_email_change(email="b2@example.org", **who(other))
    request_email_change(email="a2@example.org", **who(user))
    token = stop_token(EmailAddress.objects.get(email="a2@example.org"))
    assert revoke_email_change(token="no", ctx=Context(AT, SYSTEM)) is None
    assert revoke_email_change(token=token, ctx=Context(AT, SYSTEM)) == user
    assert (pending_email(user), pending_email(other)) == ("", "b2@example.org")
    assert keys() == {f"here {other.pk}", f"elsewhere {other.pk}"}
    entry = AuditEntry.objects.get(action="user.email_change_stopped")
    assert (entry.record_kind, entry.record_id, entry.record_name) == ("user", user.pk, user.email)
    assert entry.before == {"email": "a2@example.org"}
    assert revoke_email_change(token=token, ctx=Context(AT, SYSTEM)) is None
    own = stop_token(EmailAddress.objects.get(user=user))  # the address that he has is no wish
    assert revoke_email_change(token=own, ctx=Context(AT, SYSTEM)) is None


def test_how_a_user_reads_is_changed_and_kept() -> None:
    user, other = make_user(), make_user()
    for zone in ("Europe/Vienna", "", "UTC", "UTC"):
        change_locale(locale="en", time_zone=zone, **who(user))
        user.refresh_from_db()
        assert (user.locale, user.time_zone) == ("en", zone)
    other.refresh_from_db()
    assert other.time_zone == ""
    noted = AuditEntry.objects.filter(action="user.reading_changed", record_id=user.pk).order_by(
        "pk"
    )
    assert [(one.before, one.after, one.record_kind) for one in noted] == [
        ({"time_zone": ""}, {"time_zone": "Europe/Vienna"}, "user"),
        ({"time_zone": "Europe/Vienna"}, {"time_zone": ""}, "user"),
        ({"time_zone": ""}, {"time_zone": "UTC"}, "user"),
    ]
    for wrong in ({"locale": "tlh"}, {"time_zone": "Moon/Base"}):
        with pytest.raises(BusinessError) as refused:
            change_locale(**who(user), **({"locale": "en", "time_zone": ""} | wrong))
        assert [refused.value.field] == [*wrong]
