"""Pages, API and `/up` while the database cannot serve (issue 8, F.35)."""

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

from commerce.api import usage
from commerce.audit.outage import RETRY_AFTER, outage, outages
from commerce.portal import up
from commerce.portal.middleware import TimeLimit
from tests.databases import migrated
from tests.make import make_token
from tests.make.api import call
from tests.make.browser import browser
from tests.make.outages import ENDLESS, LITE, anew, away, read_only, told_to_connect

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _uses_are_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a thread with a connection of its own, which would outlive the test."""
    monkeypatch.setattr(usage, "_start", lambda: None)


def get(path: str) -> Any:
    web = browser()
    web.raise_request_exception = False
    return anew(lambda: web.get(path))


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, object]]:
    found = [record for record in caplog.records if record.levelno >= logging.ERROR]
    return [(record.getMessage().partition(":")[0], record.exc_info) for record in found]


def test_a_page_without_a_database_says_when_to_come_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It was a 500 with a traceback for each request."""
    before = outages["away"]
    with away():
        answer = get("/client/login")
    assert (answer.status_code, answer["Retry-After"]) == (503, str(RETRY_AFTER))
    assert answer["Cache-Control"] == "no-store"
    assert "Back in a moment" in answer.content.decode()
    assert told(caplog) == [("The database is away", None)]
    assert outages["away"] == before + 1


def test_the_api_without_a_database_says_when_to_ask_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    _, token = make_token()
    with away():
        answer = anew(lambda: call("/services", token))
    assert (answer.status, answer.json) == (503, {"message": "Service unavailable."})
    assert answer.headers["retry-after"] == str(RETRY_AFTER)
    assert answer.headers["cache-control"] == "no-store"
    assert told(caplog) == [("The database is away", None)]


@pytest.mark.skipif(LITE, reason="a file is not lost")
@pytest.mark.parametrize("first", ["/client/login", "/api/v1/services", "/up"])
def test_after_a_restart_of_the_database_the_first_request_is_answered(
    first: str, settings: Settings
) -> None:
    """Pages stayed at 503 until somebody asked the API, or a worker itself, on the same thread."""
    settings.COMMERCE_PAGE_STATEMENT_SECONDS, settings.COMMERCE_API_STATEMENT_SECONDS = 9, 4
    _, token = make_token()

    def ask() -> int:
        if first.startswith("/api"):
            return int(call(first, token).status)
        close_old_connections()  # as a server does before each page
        web = browser()
        web.raise_request_exception = False
        return int(web.get(first).status_code)

    def serve() -> list[int]:
        found = [ask()]
        with psycopg.connect(**connection.get_connection_params()) as other:
            ours = connection.connection.info.backend_pid
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [ours])
        return [*found, ask(), ask()]

    assert anew(serve) == [200, 200, 200]


@pytest.mark.parametrize("path", ["/client/login", "/api/v1/services"])
def test_a_defect_stays_a_500_with_its_traceback(
    path: str, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """A database that was never prepared is a mistake, which no waiting mends."""
    if not LITE:
        pytest.skip("the same on SQLite, where an empty database costs nothing")
    _, token = make_token()
    with told_to_connect(NAME=str(tmp_path / "empty.sqlite3")):
        if path.startswith("/api"):
            assert anew(lambda: call(path, token)).status == 500
        else:
            assert get(path).status_code == 500
    assert all(traceback for _, traceback in told(caplog))


class TestUp:
    def test_ready_is_who_can_be_written_to(self) -> None:
        answer = get("/up")
        assert (answer.status_code, answer.content) == (200, b"ok\n")

    def test_away_is_not_ready(self, caplog: pytest.LogCaptureFixture) -> None:
        with away():
            answer = get("/up")
        assert told(caplog) == [("The database is away", None)]  # once
        assert (answer.status_code, answer.content) == (503, b"database away\n")
        assert answer["Retry-After"] == str(RETRY_AFTER)

    def test_who_can_only_be_read_is_not_ready(self, tmp_path: Path) -> None:
        with read_only(tmp_path):
            answer = get("/up")
        assert (answer.status_code, answer.content) == (503, b"database read-only\n")

    @pytest.mark.skipif(not LITE, reason="PostgreSQL has a lock for each row")
    def test_a_writer_that_never_ends_is_not_ready(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(up, "_WAIT_SECONDS", 0)
        path = tmp_path / "commerce.sqlite3"
        path.write_bytes(migrated().read_bytes())
        writer = sqlite3.connect(path, isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        with told_to_connect(NAME=str(path)):
            busy = get("/up")
            writer.execute("ROLLBACK")
            free = get("/up")
        writer.close()
        assert (busy.content, free.content) == (b"database locked\n", b"ok\n")

    @pytest.mark.skipif(not LITE, reason="its disk is not ours to see")
    def test_a_disk_without_room_is_not_ready(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(up, "LEAST_FREE", 2**62)
        assert get("/up").content == b"database full\n"


class TestTime:
    def test_a_page_ends_its_statements(self, settings: Settings) -> None:
        settings.COMMERCE_PAGE_STATEMENT_SECONDS = 1

        def view(request: HttpRequest) -> HttpResponse:
            with connection.cursor() as cursor, pytest.raises(OperationalError) as ended:
                cursor.execute(ENDLESS)
            return HttpResponse(outage(ended.value))

        answer = anew(lambda: TimeLimit(view)(RequestFactory().get("/client")))
        assert isinstance(answer, HttpResponse)
        assert answer.content == b"too slow"

    def test_after_a_page_the_connection_is_the_api_s(self, settings: Settings) -> None:
        settings.COMMERCE_PAGE_STATEMENT_SECONDS, settings.COMMERCE_API_STATEMENT_SECONDS = 9, 4
        if LITE:
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
            call("/me", token)
            found.append(limits())
            page = TimeLimit(lambda _: HttpResponse(limits()))
            inside = page(RequestFactory().get("/client"))
            assert isinstance(inside, HttpResponse)
            return [*found, inside.content.decode(), limits()]

        assert anew(serve) == ["0 0", "4s 2s", "9s 4500ms", "4s 2s"]
