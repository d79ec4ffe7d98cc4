"""No token in any log line, wherever a caller puts it; and a crash is found by its request id (X2, X20)."""

import json
import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from commerce.api.read import serve
from commerce.config import log_config
from commerce.kit import tokens
from tests.api.raw_requests import exchange, exchange_one, log_lines, request, send_bytes
from tests.make import make_token
from tests.make.api import call_api
from tests.server.running import RunningServer, once

PLANTED = tokens.generate_token()
CODED = "".join(f"%{ord(letter):02X}" for letter in PLANTED)
PLACES = [
    (f"GET /api/v1/{PLANTED}", []),
    (f"GET /api/v1/services/{PLANTED}", []),
    (f"GET /api/v1/me/{CODED}", []),
    (f"GET /{PLANTED}", []),
    (f"GET /client/login/{PLANTED}?next=/{PLANTED}", []),
    (f"GET /api/v1/me?token={PLANTED}", []),
    (f"GET /api/v1/services?status={PLANTED}&x={CODED}&{PLANTED}=1", []),
    ("GET /api/v1/me", [f"Authorization: Bearer {PLANTED}"]),
    ("GET /api/v1/me", [f"Authorization: {PLANTED}"]),
    ("GET /api/v1/me", [f"Authorization: Basic {PLANTED}"]),
    ("GET /api/v1/me", [f"Authorization: Bearer {PLANTED} {PLANTED}"]),
    ("GET /api/v1/me", [f"Cookie: token={PLANTED}; sessionid={PLANTED}"]),
    ("GET /api/v1/me", [f"X-Request-Id: {PLANTED}"]),
    ("GET /api/v1/me", [f"X-Request-Id: a.{PLANTED[:50]}"]),
    ("GET /client/login", [f"X-Request-Id: {PLANTED}"]),
    ("GET /api/v1/me", [f"X-Api-Key: {PLANTED}", f"User-Agent: {PLANTED}", f"Referer: /{PLANTED}"]),
    ("GET /api/v1/me", [f"X-Forwarded-For: {PLANTED}", f"Forwarded: for={PLANTED}"]),
    (f"{PLANTED[:20]} /api/v1/me", []),
    (f"POST /api/v1/{PLANTED}", [f"Content-Type: {PLANTED}"]),
]
SECRET = PLANTED.removeprefix(tokens.TOKEN_PREFIX)[:11]
"""What of it must not be seen anywhere, even if it is cut."""


def written(folder: Path) -> str:
    return "".join(file.read_text("utf-8", "replace") for file in (folder / "log").iterdir())


def spoil(server: RunningServer, service: int, options: str) -> None:
    """Put anything at all where a service's options are."""
    with closing(sqlite3.connect(server.data / "commerce.sqlite3", autocommit=True)) as raw:
        raw.execute("UPDATE hosting_service SET options = ? WHERE id = ?", [options, service])


@once
class TestServer:
    def test_what_callers_send_is_not_in_the_logs(self, server: RunningServer) -> None:
        for line, headers in PLACES:
            assert exchange_one(server, line, *headers).status < 500
            assert server.ask(line.split()[1], plain=True).status in (308, 403)
        seen = server.said() + written(server.data)
        assert '"path":"/api/v1/[secret]"' in seen
        assert SECRET not in seen
        assert CODED[:60] not in seen

    def test_a_request_that_is_none_leaves_nothing(self, server: RunningServer) -> None:
        for data in (
            f"{PLANTED}\r\n\r\n".encode(),
            f"GET /{PLANTED} HTTP/9.9\r\n\r\n".encode(),
            request(f"GET /api/v1/me?{PLANTED}" + "x" * 70_000),
            f"GET /api/v1/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {PLANTED}\n\x00\r\n\r\n".encode(),
        ):
            send_bytes(server, data)
        assert SECRET not in server.said() + written(server.data)

    def test_a_caller_s_own_id_is_kept_unless_it_is_a_token(self, server: RunningServer) -> None:
        kept, replaced = exchange(
            server,
            request("GET /api/v1/me", "X-Request-Id: order-4711.a", last=False),
            request("GET /api/v1/me", f"X-Request-Id: {PLANTED}"),
        )
        assert kept.headers["x-request-id"] == "order-4711.a"
        assert len(replaced.headers["x-request-id"]) == 32
        assert [x for x in log_lines(server.data, "access") if x["request_id"] == "order-4711.a"]

    def test_a_valid_token_is_told_by_its_number_alone(
        self, server: RunningServer, installation: dict[str, Any], bearer: str
    ) -> None:
        mark = "known-by-number"
        assert (
            exchange_one(server, "GET /api/v1/orders", bearer, f"X-Request-Id: {mark}").status
            == 200
        )
        (line,) = [x for x in log_lines(server.data, "access") if x["request_id"] == mark]
        assert line["token_id"] == installation["alice_token_id"]
        assert line.keys() == {
            *("at", "request_id", "address", "method", "path", "status", "ms", "token_id")
        }
        assert installation["alice"].removeprefix(tokens.TOKEN_PREFIX)[:11] not in (
            server.said() + written(server.data)
        )

    def test_a_crash_is_found_by_its_request_id(
        self, server: RunningServer, installation: dict[str, Any], bearer: str
    ) -> None:
        """A row that no code of ours could have written makes its detail crash; nothing else suffers."""
        broken = installation["services"][-1]
        spoil(server, broken, f'[{{"name": "{PLANTED}"}}]')
        reply = exchange_one(
            server, f"GET /api/v1/services/{broken}", bearer, "X-Request-Id: crash-4711"
        )
        spoil(server, broken, "[]")
        assert (reply.status, reply.body) == (500, b'{"message":"Server error."}')
        assert reply.headers["x-request-id"] == "crash-4711"
        assert reply.headers["cache-control"] == "no-store"
        assert "ratelimit" in reply.headers
        (line,) = [x for x in log_lines(server.data, "app") if x["request_id"] == "crash-4711"]
        assert line["level"] == "error"
        assert "Traceback" in line["traceback"]
        assert "fields.py" in line["traceback"]
        (access,) = [x for x in log_lines(server.data, "access") if x["request_id"] == "crash-4711"]
        assert (access["status"], access["path"]) == (500, f"/api/v1/services/{broken}")
        assert SECRET not in server.said() + written(server.data)
        assert exchange_one(server, f"GET /api/v1/services/{broken}", bearer).status == 200


@pytest.mark.django_db
def test_a_traceback_that_holds_a_token_is_masked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _, valid = make_token()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(
            f"planted {PLANTED}; Authorization: Bearer {PLANTED}; password={PLANTED}"
        )

    handler = log_config.server_log_handler(str(tmp_path), 1)
    logging.getLogger().addHandler(handler)
    try:
        monkeypatch.setattr(serve, "_etag", fail)
        answer = call_api("/services", valid, headers={"X-Request-Id": "crash-0815"})
    finally:
        logging.getLogger().removeHandler(handler)
    assert answer.status == 500
    (file,) = tmp_path.iterdir()
    (line,) = map(json.loads, file.read_text().splitlines())
    assert line["request_id"] == "crash-0815"
    assert "planted [secret]" in line["traceback"]
    shown = file.read_text() + "".join(capfd.readouterr())
    assert SECRET not in shown
    assert valid not in shown
