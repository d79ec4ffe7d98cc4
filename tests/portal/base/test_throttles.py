"""Limits are exact, however many callers there are, and tell nothing of whom they count."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from commerce.portal.base import throttles
from commerce.portal.base.middleware import throttling


def guessed(number: int) -> bool:
    request = RequestFactory().post("/client/login", REMOTE_ADDR="203.0.113.9")
    try:
        throttles.count_guess(request, "sign-in", "alice@example.com")
    except throttles.TooManyAttempts:
        return False
    return True


def test_fifty_callers_at_once_have_five_guesses() -> None:
    with ThreadPoolExecutor(50) as pool:
        assert sum(pool.map(guessed, range(50))) == 5


def test_what_was_refused_counts_nowhere() -> None:
    """A refused attempt takes nothing from the other limits."""
    many = [throttles.ThrottleLimit("a", 100, 60), throttles.ThrottleLimit("b", 1, 60)]
    throttles.count_attempt(many)
    for _ in range(5):
        with pytest.raises(throttles.TooManyAttempts) as refused:
            throttles.count_attempt(many)
        assert 1 <= refused.value.retry_after <= 60
    for _ in range(99):
        throttles.count_attempt(many[:1])
    with pytest.raises(throttles.TooManyAttempts):
        throttles.count_attempt(many[:1])


def test_what_succeeded_is_given_back() -> None:
    limit = [throttles.ThrottleLimit("c", 1, 60)]
    for _ in range(3):
        throttles.count_attempt(limit).succeeded()


def test_a_key_does_not_hold_the_address() -> None:
    assert throttles.person_key(" Alice@Example.COM ") == throttles.person_key("alice@example.com")
    assert "alice" not in throttles.person_key("alice@example.com")


def test_the_first_in_a_while() -> None:
    assert [throttles.is_first_within("d", 60) for _ in range(3)] == [True, False, False]


def test_what_each_guess_and_form_counts_under(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the number and the second (accounts.md 4 and 5)."""
    limits: list[throttles.ThrottleLimit] = []
    monkeypatch.setattr(throttles, "count_attempt", limits.extend)
    request = RequestFactory().post("/", REMOTE_ADDR="203.0.113.9")
    throttles.count_guess(request, "reset", "alice@example.com")
    throttles.count_anonymous_guess(request, "passkey")
    throttles.count_anonymous_post(request, "register")
    who, here = throttles.person_key("alice@example.com"), throttles.network_key(request)
    assert len(who) == 32
    assert limits == [
        throttles.ThrottleLimit(f"reset:pair:{here}:{who}", 5, 60, of_person=True),
        throttles.ThrottleLimit(f"reset:from:{here}", 30, 60),
        throttles.ThrottleLimit(f"reset:at:{who}", 20, 3600, of_person=True),
        throttles.ThrottleLimit(f"passkey:from:{here}", 30, 60),
        throttles.ThrottleLimit(f"register:minute:{here}", 5, 60),
        throttles.ThrottleLimit(f"register:hour:{here}", 20, 3600),
    ]


def fails() -> None:
    with throttles.first_time_within("e", 60):
        raise ZeroDivisionError


def test_what_fails_is_not_the_first_of_its_kind() -> None:
    with pytest.raises(ZeroDivisionError):
        fails()
    with throttles.first_time_within("e", 60) as first:
        assert first
    with pytest.raises(ZeroDivisionError):
        fails()
    with throttles.first_time_within("e", 60) as first:
        assert not first


def test_each_is_the_first_without_the_store(settings: Settings) -> None:
    settings.COMMERCE_COUNTERS = "valkey://127.0.0.1:1/0"
    assert [throttles.is_first_within("f", 60) for _ in range(2)] == [True, True]


def test_a_path_that_has_another_limit_is_exempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "MAX_POSTS_PER_MINUTE", 0)
    monkeypatch.setattr(throttling, "THROTTLE_EXEMPT_PATHS", {"/hook"})
    request = RequestFactory().post("/hook")
    request.user = AnonymousUser()
    answer = HttpResponse()
    assert throttling.ThrottleMiddleware(lambda _request: answer)(request) is answer
