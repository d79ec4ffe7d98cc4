"""Pages, API and `/up` while the database cannot serve."""

import logging
import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, close_old_connections, connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from commerce.db.outages import RETRY_AFTER_SECONDS, outage_counts, outage_kind
from commerce.portal.base import health
from commerce.portal.base.middleware.requests import TimeLimitMiddleware
from tests.databases import migrated
from tests.make import make_token
from tests.make.api import call_api
from tests.make.browser import make_browser
from tests.make.outages import (
    IS_SQLITE,
    LONG_STATEMENT,
    connection_settings,
    database_away,
    database_read_only,
    in_new_thread,
)

pytestmark = pytest.mark.django_db(transaction=True)


def get(path: str) -> Any:
    web = make_browser()
    web.raise_request_exception = False
    return in_new_thread(lambda: web.get(path))


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, object]]:
    found = [record for record in caplog.records if record.levelno >= logging.ERROR]
    return [(record.getMessage().partition(":")[0], record.exc_info) for record in found]


def test_a_page_without_a_database_says_when_to_come_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It was a 500 with a traceback for each request."""
    before = outage_counts["away"]
    with database_away():
        answer = get("/client/login")
    assert (answer.status_code, answer["Retry-After"]) == (503, str(RETRY_AFTER_SECONDS))
    assert answer["Cache-Control"] == "no-store"
    assert "Temporarily unavailable" in answer.content.decode()
    assert told(caplog) == [("The database is away", None)]
    assert outage_counts["away"] == before + 1


def test_the_api_without_a_database_says_when_to_ask_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    _, token = make_token()
    with database_away():
        answer = in_new_thread(lambda: call_api("/services", token))
    assert (answer.status, answer.json) == (503, {"message": "Service unavailable."})
    assert answer.headers["retry-after"] == str(RETRY_AFTER_SECONDS)
    assert answer.headers["cache-control"] == "no-store"
    assert told(caplog) == [("The database is away", None)]


@pytest.mark.skipif(IS_SQLITE, reason="a file is not lost")
@pytest.mark.parametrize("first", ["/client/login", "/api/v1/services", "/up"])
def test_after_a_restart_of_the_database_the_first_request_is_answered(
    first: str, settings: Settings
) -> None:
    """Pages stayed at 503 until somebody asked the API, or a worker itself, on the same thread."""
    settings.COMMERCE_PAGE_STATEMENT_SECONDS, settings.COMMERCE_API_STATEMENT_SECONDS = 9, 4
    _, token = make_token()

    def ask() -> int:
        if first.startswith("/api"):
            return int(call_api(first, token).status)
        close_old_connections()  # as a server does before each page
        web = make_browser()
        web.raise_request_exception = False
        return int(web.get(first).status_code)

    def serve() -> list[int]:
        found = [ask()]
        with psycopg.connect(**connection.get_connection_params()) as other:
            ours = connection.connection.info.backend_pid
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [ours])
        return [*found, ask(), ask()]

    assert in_new_thread(serve) == [200, 200, 200]


@pytest.mark.parametrize("path", ["/client/login", "/api/v1/services"])
def test_a_defect_stays_a_500_with_its_traceback(
    path: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """A database that was never prepared is a mistake, which no waiting mends."""
    if not IS_SQLITE:
        pytest.skip("the same on SQLite, where an empty database costs nothing")
    _, token = make_token()
    with connection_settings(NAME=str(tmp_path / "empty.sqlite3")):
        if path.startswith("/api"):
            assert in_new_thread(lambda: call_api(path, token)).status == 500
        else:
            assert get(path).status_code == 500
    assert all(traceback for _, traceback in told(caplog))


class TestUp:
    def test_ready_is_who_can_be_written_to(self) -> None:
        answer = get("/up")
        assert (answer.status_code, answer.content) == (200, b"ok\n")

    def test_away_is_not_ready(self, caplog: pytest.LogCaptureFixture) -> None:
        with database_away():
            answer = get("/up")
        assert told(caplog) == [("The database is away", None)]  # once
        assert (answer.status_code, answer.content) == (503, b"database away\n")
        assert answer["Retry-After"] == str(RETRY_AFTER_SECONDS)

    def test_who_can_only_be_read_is_not_ready(self, tmp_path: Path) -> None:
        with database_read_only(tmp_path):
            answer = get("/up")
        assert (answer.status_code, answer.content) == (503, b"database read-only\n")

    @pytest.mark.skipif(not IS_SQLITE, reason="PostgreSQL has a lock for each row")
    def test_a_writer_that_never_ends_is_not_ready(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(health, "_WAIT_SECONDS", 0)
        path = tmp_path / "commerce.sqlite3"
        path.write_bytes(migrated().read_bytes())
        writer = sqlite3.connect(path, isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        with connection_settings(NAME=str(path)):
            busy = get("/up")
            writer.execute("ROLLBACK")
            free = get("/up")
        writer.close()
        assert (busy.content, free.content) == (b"database locked\n", b"ok\n")

    @pytest.mark.skipif(not IS_SQLITE, reason="its disk is not ours to see")
    def test_a_disk_without_room_is_not_ready(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(health, "MIN_FREE_BYTES", 2**62)
        assert get("/up").content == b"database full\n"


class TestTime:
    def test_a_page_ends_its_statements(self, settings: Settings) -> None:
        settings.COMMERCE_PAGE_STATEMENT_SECONDS = 1

        def view(request: HttpRequest) -> HttpResponse:
            with connection.cursor() as cursor, pytest.raises(OperationalError) as ended:
                cursor.execute(LONG_STATEMENT)
            return HttpResponse(outage_kind(ended.value))

        answer = in_new_thread(lambda: TimeLimitMiddleware(view)(RequestFactory().get("/client")))
        assert isinstance(answer, HttpResponse)
        assert answer.content == b"too slow"

    def test_after_a_page_the_connection_is_the_api_s(self, settings: Settings) -> None:
        settings.COMMERCE_PAGE_STATEMENT_SECONDS, settings.COMMERCE_API_STATEMENT_SECONDS = 9, 4
        if IS_SQLITE:
            pytest.skip("SQLite's limit is the thread's")
        _, token = make_token()

        def limits() -> str:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT current_setting('statement_timeout'), current_setting('lock_timeout')"
                )
                return " ".join(cursor.fetchone())

        def serve() -> list[str]:
            found = [limits()]
            call_api("/me", token)
            found.append(limits())
            page = TimeLimitMiddleware(lambda _: HttpResponse(limits()))
            inside = page(RequestFactory().get("/client"))
            assert isinstance(inside, HttpResponse)
            return [*found, inside.content.decode(), limits()]

        assert in_new_thread(serve) == ["0 0", "4s 2s", "9s 4500ms", "4s 2s"]
