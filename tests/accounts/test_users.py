"""Users and their addresses as actions: the user's own and django-allauth's stay in step."""

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC

from commerce.accounts.actions import (
    ask_email_change,
    change_password,
    create_user,
    prove_email,
    reset_password,
    user_of_reset,
)
from commerce.accounts.actions.email_changes import wanted_email
from commerce.accounts.models import User
from commerce.accounts.passwords import check_new
from commerce.accounts.rules import session_has_ended
from commerce.kit.errors import Moved, Refused
from tests.make.people import AT, PASSWORD, as_member, make_user

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
    with pytest.raises(Refused) as refused:
        make_user(email)
    assert refused.value.field == "email"
    assert (User.objects.count(), EmailAddress.objects.count()) == (1, 1)
    assert User.objects.with_email(email).get().email == "ann@example.org"


def test_a_changed_address_moves_in_both_places() -> None:
    user = make_user("ann@example.org")
    ask_email_change(user=user, email="New@example.org", at=AT, actor=as_member(user))
    assert kept(user) == [("ann@example.org", True, True), ("New@example.org", False, False)]
    assert wanted_email(user) == "New@example.org"
    wish = EmailAddress.objects.get(user=user, primary=False)
    found = prove_email(key=EmailConfirmationHMAC.create(wish).key, at=AT, actor=as_member(user))
    assert found == user
    user.refresh_from_db()
    assert user.email == "New@example.org"
    assert kept(user) == [("New@example.org", True, True)]


def test_a_link_counts_once_of_two_at_once() -> None:
    user = make_user("ann@example.org", verified=False)
    key = EmailConfirmationHMAC.create(EmailAddress.objects.get(user=user)).key
    assert prove_email(key=key, at=AT, actor=as_member(user)) == user
    assert prove_email(key=key, at=AT, actor=as_member(user)) is None


def test_who_comes_second_with_a_password_is_told() -> None:
    user = make_user()
    first, second = (User.objects.get(pk=user.pk) for _ in range(2))
    actor = as_member(user)
    change_password(user=first, password="a sentence of mine", at=AT, actor=actor, keep=None)
    with pytest.raises(Moved):
        reset_password(user=second, password="another sentence", at=AT, actor=actor)
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
    with pytest.raises(Refused) as refused:
        check_new("annabelle-q", email="x@example.org", first_name="Annabelle")
    assert refused.value.field == "password"
    check_new("annabelle-q", email="x@example.org", first_name="Bob")
    check_new("ü" * 1000, email="x@example.org")
    with pytest.raises(Refused):
        check_new("ü" * 1001, email="x@example.org")


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
    assert session_has_ended(began=began, seen=seen, now=14_400, stays=stays, idle=120) is ended


def test_creating_a_user_keeps_no_plain_password() -> None:
    user = create_user(
        email="a@example.org",
        password="plain-plain-plain",
        first_name="A",
        last_name="B",
        at=AT,
        actor=as_member(make_user()),
    )
    assert "plain" not in user.password
