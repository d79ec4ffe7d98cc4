"""Limits are exact, however many callers there are, and tell nothing of whom they count."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import RequestFactory

from commerce.portal import throttles


def guessed(number: int) -> bool:
    request = RequestFactory().post("/client/login", REMOTE_ADDR="203.0.113.9")
    try:
        throttles.guess(request, "sign-in", "alice@example.com")
    except throttles.TooMany:
        return False
    return True


def test_fifty_callers_at_once_have_five_guesses() -> None:
    with ThreadPoolExecutor(50) as pool:
        assert sum(pool.map(guessed, range(50))) == 5


def test_what_was_refused_counts_nowhere() -> None:
    """A refused attempt takes nothing from the other limits."""
    many = [throttles.Limit("a", 100, 60), throttles.Limit("b", 1, 60)]
    throttles.count(many)
    for _ in range(5):
        with pytest.raises(throttles.TooMany) as refused:
            throttles.count(many)
        assert 1 <= refused.value.retry_after <= 60
    for _ in range(99):
        throttles.count(many[:1])
    with pytest.raises(throttles.TooMany):
        throttles.count(many[:1])


def test_what_succeeded_is_given_back() -> None:
    limit = [throttles.Limit("c", 1, 60)]
    for _ in range(3):
        throttles.count(limit).succeeded()


def test_a_key_does_not_hold_the_address() -> None:
    assert throttles.person(" Alice@Example.COM ") == throttles.person("alice@example.com")
    assert "alice" not in throttles.person("alice@example.com")


def test_the_first_in_a_while() -> None:
    assert [throttles.first_in("d", 60) for _ in range(3)] == [True, False, False]
