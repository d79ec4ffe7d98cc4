"""How long a password that was given counts (README of the specification: "confirmed")."""

from datetime import timedelta

import pytest
from django.test import RequestFactory

from commerce.kit import clock
from commerce.portal.base.password_confirmation import (
    PASSWORD_GIVEN_KEY,
    ConfirmedForm,
    PasswordForm,
    is_recently_confirmed,
    note_password_given,
)
from tests.make.people import AT, PASSWORD, make_user


@pytest.mark.parametrize(
    ("later", "counts"),
    [
        (timedelta(0), True),
        (timedelta(minutes=10, seconds=-1), True),
        (timedelta(minutes=10), False),
        (timedelta(hours=9), False),
        (timedelta(minutes=-1), False),
    ],
)
def test_a_password_counts_for_ten_minutes(
    rf: RequestFactory, later: timedelta, *, counts: bool
) -> None:
    request = rf.get("/")
    request.session = {}  # type: ignore[assignment]
    assert not is_recently_confirmed(request)
    with clock.freeze_time(AT):
        note_password_given(request)
    with clock.freeze_time(AT + later):
        assert is_recently_confirmed(request) is counts
    request.session[PASSWORD_GIVEN_KEY] = "forged"
    assert not is_recently_confirmed(request)


@pytest.mark.django_db
def test_the_right_password_is_noted_and_a_long_one_is_not_hashed(rf: RequestFactory) -> None:
    request = rf.post("/")
    request.session, request.user = {}, make_user(password=f" {PASSWORD} ")  # type: ignore[assignment]
    for typed, code in ((PASSWORD, "wrong"), ("x" * 1001, "max_length")):
        form = PasswordForm(request, {"password": typed})
        assert [one.code for one in form.errors.as_data()["password"]] == [code]
        assert not is_recently_confirmed(request)
    for _ in range(6):  # the right one does not count
        form = PasswordForm(request, {"password": f" {PASSWORD} "})  # its blanks are part of it
        assert form.is_valid()
    assert form.cleaned_data["password"] == f" {PASSWORD} "
    assert is_recently_confirmed(request)
    assert list(ConfirmedForm(request).fields) == []
