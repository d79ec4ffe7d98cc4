"""When and from where a token was last used (client-api.md 3)."""

from datetime import timedelta
from threading import Thread

import psycopg
import pytest
from django.db import OperationalError

from commerce.accounts.actions.token_usage import TokenUse, record_token_uses
from commerce.accounts.models import ApiToken, TokenDailyRequests
from commerce.api.core import token_usage
from commerce.api.core.auth import ApiCaller
from commerce.kit import clock
from tests.make import AT, make_token
from tests.make.api import call_api

pytestmark = pytest.mark.django_db


def test_a_use_is_written_at_most_once_a_minute_and_changes_no_tag() -> None:
    token, plain = make_token()
    with clock.freeze_time(AT):
        etag = call_api("/me", plain, address="2001:db8::7").headers["etag"]
        token_usage.write_pending_uses()
        token.refresh_from_db()
        assert (token.last_used_at, token.last_used_from) == (AT, "2001:db8::7")
    with clock.freeze_time(AT + timedelta(seconds=59)):
        assert call_api("/me", plain).headers["etag"] == etag
        token_usage.write_pending_uses()
        token.refresh_from_db()
        assert token.last_used_at == AT
    with clock.freeze_time(AT + timedelta(seconds=61)):
        call_api("/me", plain)
        token_usage.write_pending_uses()
        token.refresh_from_db()
        assert token.last_used_at == AT + timedelta(seconds=61)


def caller_of(token: ApiToken) -> ApiCaller:
    seen = (1, 1, "active", 1, None, None, 1, 0)
    return ApiCaller(*seen, token.pk, "[]", "[]", None, None, None, "owner", "[]", False, "bench")


def requests_of(token: ApiToken) -> int:
    token_usage.write_pending_uses()
    return sum(TokenDailyRequests.objects.filter(token=token).values_list("number", flat=True))


def test_each_request_is_counted_once_and_in_memory_first() -> None:
    token, plain = make_token()
    with clock.freeze_time(AT):
        etag = call_api("/me", plain).headers["etag"]
        assert requests_of(token) == 1
        for tag, status in ((etag, 304), ('"other"', 200)):  # the second is looked up twice
            assert call_api("/me", plain, headers={"If-None-Match": tag}).status == status
        assert call_api("/services?page=x", plain).status == 400
        assert TokenDailyRequests.objects.get().number == 1
        assert requests_of(token) == 4
        assert call_api("/me", plain[:-1]).status == 401
        assert requests_of(token) == 4


def test_requests_of_threads_are_all_counted() -> None:
    caller = caller_of(make_token()[0])
    threads = [
        Thread(
            target=lambda: [token_usage.record_use(caller, "203.0.113.9", AT) for _ in range(500)]
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [requests for requests, _at in token_usage._uses.values()] == [4000]


def test_what_could_not_be_written_waits_for_the_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_uses: object) -> None:
        raise OSError("the disk is full")

    tokens = [make_token(name=name) for name in ("one", "two")]
    for _token, plain in tokens:
        call_api("/me", plain)
    with monkeypatch.context() as patch:
        patch.setattr(token_usage, "record_token_uses", fail)
        patch.setattr(token_usage, "close_old_connections", lambda: None)  # this one is the test's
        token_usage.write_pending_uses()
    call_api("/me", tokens[0][1])
    assert [requests_of(token) for token, _plain in tokens] == [2, 1]


def test_a_token_that_cannot_be_written_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = [make_token(name=f"{number}") for number in range(5)]
    for _token, plain in tokens:
        call_api("/me", plain)
    broken = tokens[2][0]

    def write(uses: list[TokenUse]) -> None:
        if any(use.token_id == broken.pk for use in uses):
            raise ValueError("a row that nothing can be done about")
        record_token_uses(uses)

    monkeypatch.setattr(token_usage, "record_token_uses", write)
    monkeypatch.setattr(
        token_usage, "close_old_connections", lambda: None
    )  # this one is the test's
    assert [requests_of(token) for token, _plain in tokens] == [1, 1, 0, 1, 1]
    monkeypatch.undo()
    assert requests_of(broken) == 1


def test_many_uses_are_written_in_parts_between_which_requests_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    acts: list[object] = []
    monkeypatch.setattr(token_usage, "record_token_uses", lambda uses: acts.append(len(uses)))
    monkeypatch.setattr(token_usage.time, "sleep", acts.append)
    caller = caller_of(make_token()[0])
    for number in range(120):
        token_usage.record_use(caller, f"203.0.113.{number}", AT)
    token_usage.write_pending_uses()
    rest = token_usage._REST.total_seconds()
    assert acts == [20, rest, 50, rest, 50]


def test_of_a_token_in_use_all_is_written_once_a_minute_and_of_an_idle_one_at_once() -> None:
    tokens = [make_token(name=name) for name in ("one", "two")]
    with clock.freeze_time(AT):
        for _token, plain in tokens:
            call_api("/me", plain)
        token_usage.write_pending_uses(only_due=True)
    numbers = TokenDailyRequests.objects.order_by("token").values_list("number", flat=True)
    with clock.freeze_time(AT + timedelta(seconds=61)):
        call_api("/me", tokens[0][1])
        token_usage.write_pending_uses(only_due=True)
        assert list(numbers.all()) == [1, 1]
        token_usage.write_pending_uses()
        assert list(numbers.all()) == [2, 1]
    with clock.freeze_time(AT + timedelta(seconds=601)):
        call_api("/me", tokens[1][1])
        token_usage.write_pending_uses(only_due=True)
        assert list(numbers.all()) == [2, 2]


def test_memory_is_bounded_while_nothing_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    caller = caller_of(make_token()[0])
    monkeypatch.setattr(token_usage, "MAX_PENDING_USES", 3)
    for number in range(9):
        token_usage.record_use(caller, f"203.0.113.{number}", AT)
    token_usage.record_use(caller, "203.0.113.0", AT)
    assert sorted(requests for requests, _at in token_usage._uses.values()) == [1, 1, 2]


def test_a_caller_with_many_addresses_crowds_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[int] = []
    monkeypatch.setattr(token_usage, "MAX_PENDING_USES", 6)
    monkeypatch.setattr(token_usage, "_wake_writer", lambda: woken.append(len(token_usage._uses)))
    caller = caller_of(make_token()[0])
    for number in range(3):
        token_usage.record_use(caller, f"203.0.113.{number}", AT)
    assert woken == [1, 3]  # the first use is due, and the third fills half of the room
    assert token_usage._is_crowded()


def test_a_failure_to_write_it_fails_no_request(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_uses: object) -> None:
        raise OSError("the disk is full")

    _, plain = make_token()
    monkeypatch.setattr(token_usage, "record_token_uses", fail)
    assert call_api("/me", plain).status == 200
    token_usage.write_pending_uses()
    assert "could not be written" in caplog.text


def test_without_a_database_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_uses: object) -> None:
        raise OperationalError("gone") from psycopg.OperationalError("gone")

    _, plain = make_token()
    monkeypatch.setattr(token_usage, "record_token_uses", fail)
    assert call_api("/me", plain).status == 200
    token_usage.write_pending_uses()
    [line] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert (line.getMessage(), line.exc_info) == ("The database is away: gone", None)


def test_a_refused_token_notes_nothing() -> None:
    token, plain = make_token(networks=["192.0.2.0/24"])
    call_api("/me", plain)
    call_api("/me", plain[:-1])
    token_usage.write_pending_uses()
    token.refresh_from_db()
    assert token.last_used_at is None
