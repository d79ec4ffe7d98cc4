"""Rows that a sign-in leaves, and who hears that his are refused (accounts.md 6)."""

import pytest
from allauth.usersessions.models import UserSession

from commerce.accounts.actions.sessions import (
    begin_session,
    change_session_key,
    send_sign_in_blocked_email_to_user,
)
from commerce.accounts.models import User
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from tests.make.people import AT, make_user

pytestmark = pytest.mark.django_db


def test_a_session_goes_on_under_its_new_key_and_no_other_does() -> None:
    user = make_user()
    for key in ("old", "other"):
        begin_session(
            user=user, session_key=key, address=None, user_agent="", remember=False, at=AT
        )
    change_session_key(old_key="old", new_key="new")
    assert set(UserSession.objects.values_list("session_key", flat=True)) == {"new", "other"}


def test_only_the_one_whose_sign_ins_are_refused_hears_of_it() -> None:
    alice, charlie = make_user("alice@example.com"), make_user("charlie@example.com")
    for email in ("Alice@example.com", "nobody@example.com"):
        send_sign_in_blocked_email_to_user(email=email, ctx=Context(AT, SYSTEM))
    told = OutgoingMail.objects.filter(event="sign_in_blocked")
    assert [mail.recipient for mail in told] == [alice.email]
    User.objects.filter(pk=charlie.pk).update(is_active=False)
    send_sign_in_blocked_email_to_user(email=charlie.email, ctx=Context(AT, SYSTEM))
    assert told.count() == 1
