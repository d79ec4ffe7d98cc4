"""How long a password that was given counts (README of the specification: "confirmed")."""

from datetime import timedelta

import pytest
from django.test import RequestFactory

from commerce.kit import clock
from commerce.portal.confirm import GIVEN_KEY, is_confirmed, note_password
from tests.make.people import AT


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
    assert not is_confirmed(request)
    with clock.frozen(AT):
        note_password(request)
    with clock.frozen(AT + later):
        assert is_confirmed(request) is counts
    request.session[GIVEN_KEY] = "forged"
    assert not is_confirmed(request)
