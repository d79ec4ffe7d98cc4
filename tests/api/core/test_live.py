"""The API through the real server: what WSGI alone does not show (client-api.md 1, 2, 7; invariants.md X2, X18)."""

import gzip
import json
import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.api.raw_requests import exchange, exchange_one, log_lines, request, send_bytes
from tests.server.running import RunningServer, http_get, once

pytestmark = once

NOT_FOUND = b'{"message":"Not found."}'
NOT_ALLOWED = b'{"message":"Method not allowed."}'


class TestReplies:
    def test_a_list_over_https(
        self, server: RunningServer, installation: dict[str, Any], bearer: str
    ) -> None:
        reply = exchange_one(server, "GET /api/v1/services?per_page=7", bearer)
        assert reply.status == 200
        assert [row["id"] for row in json.loads(reply.body)["data"]] == installation["services"][:7]
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["strict-transport-security"].startswith("max-age=")
        assert reply.headers["x-content-type-options"] == "nosniff"

    def test_the_date_is_there_for_those_who_sync_by_it(
        self, server: RunningServer, bearer: str
    ) -> None:
        for line in ("GET /api/v1/services", "GET /api/v1/none", "POST /api/v1/me"):
            date = parsedate_to_datetime(exchange_one(server, line, bearer).headers["date"])
            assert abs(date.timestamp() - time.time()) < 60

    def test_head_has_no_body_and_the_next_reply_follows(
        self, server: RunningServer, bearer: str
    ) -> None:
        targets = ["/api/v1/me", "/api/v1/services", "/api/v1/none", "/api/v1/openapi.json"]
        for target in targets:
            head, got = exchange(
                server,
                request(f"HEAD {target}", bearer, last=False),
                request(f"GET {target}", bearer),
            )
            assert (head.status, head.body) == (got.status, b"")
            assert int(head.headers["content-length"]) == len(got.body) > 0
            assert head.headers.keys() | {"connection"} == got.headers.keys() | {"connection"}

    def test_a_304_has_neither_body_nor_length(self, server: RunningServer, bearer: str) -> None:
        etag = exchange_one(server, "GET /api/v1/me", bearer).headers["etag"]
        again, after = exchange(
            server,
            request("GET /api/v1/me", bearer, f"If-None-Match: {etag}", last=False),
            request("GET /api/v1/me", bearer),
        )
        assert (again.status, again.body) == (304, b"")
        assert again.headers.get("content-length", "0") == "0"
        assert "content-type" not in again.headers
        assert after.status == 200

    def test_gzip(self, server: RunningServer, installation: dict[str, Any], bearer: str) -> None:
        small = exchange_one(server, "GET /api/v1/services", bearer, "Accept-Encoding: br, gzip")
        plain = exchange_one(server, "GET /api/v1/services", bearer)
        assert small.headers["content-encoding"] == "gzip"
        assert small.headers["etag"] != plain.headers["etag"]
        assert gzip.decompress(small.body) == plain.body
        assert len(small.body) < len(plain.body)
        refused = exchange_one(server, "GET /api/v1/services", bearer, "Accept-Encoding: gzip;q=0")
        assert refused.body == plain.body

    def test_many_requests_on_one_connection(self, server: RunningServer, bearer: str) -> None:
        connection = server.connection()
        name, _, value = bearer.partition(": ")
        paths = ["/api/v1/me", "/api/v1/none", "/api/v1/services?page=x", "/api/v1/orders"] * 5
        found = [http_get(connection, path, headers={name: value}).status for path in paths]
        assert found == [200, 404, 400, 200] * 5
        connection.close()

    def test_http_1_0(self, server: RunningServer, bearer: str) -> None:
        (reply,) = exchange(server, f"GET /api/v1/me HTTP/1.0\r\n{bearer}\r\n\r\n".encode())
        assert (reply.version, reply.status) == ("HTTP/1.0", 200)
        assert len(reply.body) == int(reply.headers["content-length"])
        assert "transfer-encoding" not in reply.headers


class TestRequests:
    @pytest.mark.parametrize(
        ("headers", "body"),
        [
            (["Content-Length: 5"], b"hello"),
            (["Transfer-Encoding: chunked"], b"5\r\nhello\r\n0\r\n\r\n"),
            (["Content-Type: application/json", "Content-Length: 2"], b"{}"),
        ],
    )
    def test_a_body_is_not_read(
        self, server: RunningServer, bearer: str, headers: list[str], body: bytes
    ) -> None:
        """Where it means nothing it is not waited for either, so the connection ends with the reply."""
        (got,) = exchange(
            server,
            request("GET /api/v1/services?per_page=1", bearer, *headers, body=body, last=False),
        )
        assert (got.status, got.headers["connection"]) == (200, "close")
        posted, after = exchange(
            server,
            request("POST /api/v1/services", bearer, *headers, body=body, last=False),
            request("GET /api/v1/me", bearer),
        )
        assert (posted.status, posted.body) == (405, NOT_ALLOWED)
        assert posted.headers["allow"] == "GET, HEAD"
        assert after.status == 200

    def test_a_large_body_is_refused_without_being_taken(
        self, server: RunningServer, bearer: str
    ) -> None:
        headers = (bearer, "Content-Length: 50000000")
        reply = exchange_one(server, "PUT /api/v1/me", *headers, body=b"x" * 200_000)
        assert (reply.status, reply.body) == (405, NOT_ALLOWED)

    @pytest.mark.parametrize(
        ("target", "status"),
        [
            ("/api/v1/%73ervices", 200),
            ("/%61pi/v1/me", 200),
            ("/api/v1/services%2F{id}", 200),  # a path is what it decodes to
            ("/api/v1/services/%3{last}", 200),
            ("/api/v1/services/{id}%00", 404),
            ("/api/v1/services/{id}%0a", 404),
            ("/api/v1/me%20", 404),
            ("/api/v1/%ff%fe", 404),
            ("/api/v1/%E6%9D%B1", 404),
            ("/api/v1/\u00e6\u009d\u00b1", 404),
            ("/api/v1/../v1/me", 404),
            ("/api/v1//me", 404),
            ("/api/v1/me/", 404),
            ("/api/v1/me;a=b", 404),
            ("/api/v1/services/\uff11".encode().decode("latin-1"), 404),
        ],
    )
    def test_paths_with_strange_letters(
        self,
        server: RunningServer,
        installation: dict[str, Any],
        bearer: str,
        target: str,
        status: int,
    ) -> None:
        number = next(pk for pk in installation["services"] if pk < 10)
        target = target.replace("{id}", str(number)).replace("{last}", str(number))
        reply = exchange_one(server, f"GET {target}", bearer)
        assert reply.status == status
        if status == 404:
            assert reply.body == NOT_FOUND
            assert reply.headers["content-type"] == "application/json"

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("page=%00", 400),
            ("page=\u00c3\u00a9", 400),
            ("x=\u00c3\u00a9&per_page=1", 200),
            ("x=%0d%0aX-Evil:%201&per_page=1", 200),
            ("per_page=1?page=2", 400),
            ("updated_since=2026-04-08T14:33:10+00:00", 200),
        ],
    )
    def test_queries_with_strange_letters(
        self, server: RunningServer, bearer: str, query: str, status: int
    ) -> None:
        reply = exchange_one(server, f"GET /api/v1/services?{query}", bearer)
        assert reply.status == status
        assert "x-evil" not in reply.headers

    def test_a_target_that_names_another_host_is_answered_as_ours(
        self, server: RunningServer, bearer: str
    ) -> None:
        reply = exchange_one(server, "GET https://evil.example/api/v1/services", bearer)
        assert reply.status == 200
        assert "evil" not in reply.headers["link"]
        (other,) = exchange(server, request("GET /api/v1/services", bearer, host="evil.example"))
        assert "evil" not in other.headers["link"]

    @pytest.mark.parametrize("second", ["Authorization: Bearer nonsense", "{bearer}"])
    @pytest.mark.parametrize("turned", ["first", "last"])
    def test_two_authorizations_are_none_that_is_valid(
        self, server: RunningServer, bearer: str, second: str, turned: str
    ) -> None:
        both = [bearer, second.replace("{bearer}", bearer)]
        reply = exchange_one(server, "GET /api/v1/me", *(both if turned == "first" else both[::-1]))
        assert (reply.status, reply.body) == (401, b'{"message":"Unauthenticated."}')
        assert reply.headers["www-authenticate"] == 'Bearer realm="commerce", error="invalid_token"'

    @pytest.mark.parametrize(
        ("data", "status"),
        [
            (b"NONSENSE\r\n\r\n", b"400"),
            (request("GET /api/v1/me", "X-Long: " + "x" * 70_000), b"431"),
            (request("GET /api/v1/me?" + "x" * 70_000), b"431"),
            (b"GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n folded\r\n\r\n", b"400"),
        ],
    )
    def test_what_is_no_request_is_refused_by_the_server_itself(
        self, server: RunningServer, data: bytes, status: bytes
    ) -> None:
        assert send_bytes(server, data).startswith(b"HTTP/1.1 " + status)
        assert server.ask("/up").status == 200

    def test_if_none_match_in_two_lines_is_one_list(
        self, server: RunningServer, bearer: str
    ) -> None:
        etag = exchange_one(server, "GET /api/v1/me", bearer).headers["etag"]
        tags = ('If-None-Match: "other"', f"If-None-Match: {etag}")
        assert exchange_one(server, "GET /api/v1/me", bearer, *tags).status == 304


class TestTransport:
    def test_the_plain_port_refuses_the_api_before_it_looks_at_a_token(
        self, server: RunningServer, installation: dict[str, Any]
    ) -> None:
        for path in ("/api/v1/me", "/api/docs", "/api/v1/openapi.json", "/%61pi/v1/me", "/api"):
            for token in (installation["alice"], "nonsense"):
                sent_ = {"Authorization": f"Bearer {token}", "X-Forwarded-Proto": "https"}
                reply = server.ask(path, plain=True, headers=sent_)
                assert (reply.status, reply.body) == (403, b'{"message":"HTTPS is required."}')
                assert "location" not in reply.headers
                assert "www-authenticate" not in reply.headers

    def test_a_strangers_proxy_headers_are_ignored(
        self, server: RunningServer, bearer: str
    ) -> None:
        mark = "X-Request-Id: a-stranger.1"
        forged = (
            "X-Forwarded-For: 203.0.113.9",
            "X-Forwarded-Proto: http",
            "Forwarded: for=1.2.3.4",
        )
        assert exchange_one(server, "GET /api/v1/me", bearer, mark, *forged).status == 200
        (line,) = [x for x in log_lines(server.data, "access") if x["request_id"] == "a-stranger.1"]
        assert line["address"] == "127.0.0.1"
