"""Limits are exact, however many callers there are, and tell nothing of whom they count."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django.fixtures import Settings

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


def test_what_each_guess_and_form_counts_under(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the number and the second (accounts.md 4 and 5)."""
    limits: list[throttles.Limit] = []
    monkeypatch.setattr(throttles, "count", limits.extend)
    request = RequestFactory().post("/", REMOTE_ADDR="203.0.113.9")
    throttles.guess(request, "reset", "alice@example.com")
    throttles.nameless_guess(request, "passkey")
    throttles.posted(request, "register")
    who, here = throttles.person("alice@example.com"), throttles.network(request)
    assert len(who) == 32
    assert limits == [
        throttles.Limit(f"reset:pair:{here}:{who}", 5, 60, of_person=True),
        throttles.Limit(f"reset:from:{here}", 30, 60),
        throttles.Limit(f"reset:at:{who}", 20, 3600, of_person=True),
        throttles.Limit(f"passkey:from:{here}", 30, 60),
        throttles.Limit(f"register:minute:{here}", 5, 60),
        throttles.Limit(f"register:hour:{here}", 20, 3600),
    ]


def fails() -> None:
    with throttles.once("e", 60):
        raise ZeroDivisionError


def test_what_fails_is_not_the_first_of_its_kind() -> None:
    with pytest.raises(ZeroDivisionError):
        fails()
    with throttles.once("e", 60) as first:
        assert first
    with pytest.raises(ZeroDivisionError):
        fails()
    with throttles.once("e", 60) as first:
        assert not first


def test_each_is_the_first_without_the_store(settings: Settings) -> None:
    settings.COMMERCE_COUNTERS = "valkey://127.0.0.1:1/0"
    assert [throttles.first_in("f", 60) for _ in range(2)] == [True, True]


def test_a_path_that_has_another_limit_is_exempt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttles, "POSTS_A_MINUTE", 0)
    monkeypatch.setattr(throttles, "EXEMPT", {"/hook"})
    request = RequestFactory().post("/hook")
    request.user = AnonymousUser()
    answer = HttpResponse()
    assert throttles.Limits(lambda _request: answer)(request) is answer
