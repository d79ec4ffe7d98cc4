"""`commerce serve`: the two ports, what each answers, and how the processes live and end together."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.test_jobs import parks, queue_unknown_job
from tests.server.running import (
    HttpReply,
    RunningServer,
    http_get,
    once,
    run_command,
    running_server,
    wait_until_gone,
)
from tools.servers import free_port

pytestmark = once


@pytest.fixture(scope="module")
def metrics_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def server(
    prepared: Path, tmp_path_factory: pytest.TempPathFactory, metrics_port: int
) -> Iterator[RunningServer]:
    folder = Path(shutil.copytree(prepared, tmp_path_factory.mktemp("serve") / "data"))
    words = ("serve", "--no-worker", "--metrics-port", str(metrics_port))
    with running_server(
        folder, *words, COMMERCE_SECRET_KEY="planted-" + "0123456789abcdefghij" * 3
    ) as running:
        yield running


class TestHttps:
    def test_it_is_ready_with_a_certificate_that_its_authority_proves(
        self, server: RunningServer
    ) -> None:
        reply = server.ask("/up")
        assert (reply.status, reply.body) == (200, b"ok\n")
        assert "strict-transport-security" in reply.headers

    def test_the_api_is_there(self, server: RunningServer) -> None:
        reply = server.ask("/api/v1/me")
        assert (reply.status, json.loads(reply.body)) == (401, {"message": "Unauthenticated."})

    @pytest.mark.parametrize("path", ["/up", "/client/login", "/api/v1/me", "/api/v1/openapi.json"])
    def test_head_has_the_headers_of_get_and_no_body(
        self, server: RunningServer, path: str
    ) -> None:
        got, head = server.ask(path), server.ask(path, method="HEAD")
        assert head.body == b""
        assert head.status == got.status
        assert int(head.headers["content-length"]) == len(got.body)
        changing = {"date", "x-request-id", "set-cookie", "ratelimit"}
        assert head.headers.keys() - changing == got.headers.keys() - changing

    def test_a_foreign_host_is_refused(self, server: RunningServer) -> None:
        reply = server.ask("/client/login", headers={"Host": "evil.example"})
        assert reply.status == 400
        assert b"evil.example" not in reply.body

    def test_static_files_are_served_without_preparation(self, server: RunningServer) -> None:
        page = server.ask("/client/login").body.decode()
        (sheet,) = re.findall(r'href="(/static/[^"]+\.css)"', page)
        reply = server.ask(sheet)
        assert reply.status == 200
        assert "immutable" in reply.headers["cache-control"]
        assert reply.headers["content-type"].startswith("text/css")

    def test_headers_that_are_too_long_are_refused(self, server: RunningServer) -> None:
        assert server.ask("/up", headers={"X-Long": "x" * 70_000}).status == 431

    def test_two_authorizations_are_one_that_is_refused(self, server: RunningServer) -> None:
        headers = {"Authorization": "Bearer one", "authorization": "Bearer two"}
        assert server.ask("/api/v1/me", headers=headers).status == 401

    def test_a_stranger_s_proxy_headers_change_nothing(self, server: RunningServer) -> None:
        headers = {"X-Forwarded-Proto": "http", "X-Forwarded-For": "203.0.113.9"}
        mark = "request-of-a-stranger"
        assert server.ask("/up", headers={**headers, "X-Request-Id": mark}).status == 200
        (line,) = [line for line in server.said().splitlines() if mark in line]
        assert json.loads(line)["address"] == "127.0.0.1"

    def test_idle_connections_do_not_keep_others_out(self, server: RunningServer) -> None:
        held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
        try:
            assert server.ask("/up").status == 200
        finally:
            for connection in held:
                connection.close()

    def test_secrets_are_not_in_the_environment_of_requests(self, server: RunningServer) -> None:
        (worker,) = server.workers()
        # The process was started with them; what it hands on to requests is Python's own copy, without them.
        assert b"planted-" in Path(f"/proc/{worker}/environ").read_bytes()
        assert "planted-" not in server.said()


def scraped(port: int, path: str = "/metrics") -> HttpReply:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        return http_get(connection, path)
    finally:
        connection.close()


class TestMetrics:
    def test_requests_of_both_ports_are_counted_on_a_port_of_its_own(
        self, server: RunningServer, metrics_port: int
    ) -> None:
        def times(line: str) -> int:
            told = scraped(metrics_port).body.decode()
            found = re.findall(rf"^commerce_requests_total{{{line}}} (\S+)$", told, re.M)
            return int(float(found[0])) if found else 0

        api = 'door="api",port="pages",status="401"'
        plain = 'door="api",port="plain",status="403"'
        before = times(api), times(plain)
        for _ in range(3):
            server.ask("/api/v1/me")
        server.ask("/api/v1/me", plain=True)
        assert (times(api), times(plain)) == (before[0] + 3, before[1] + 1)
        assert b"\ncommerce_database_up 1.0\n" in scraped(metrics_port).body

    def test_nothing_else_is_answered_there_and_a_silent_caller_holds_nobody_up_for_long(
        self, server: RunningServer, metrics_port: int
    ) -> None:
        with socket.create_connection(("127.0.0.1", metrics_port)):
            began = time.monotonic()
            assert scraped(metrics_port, "/client/login").status == 404
            assert time.monotonic() - began < 30

    def test_the_main_port_tells_no_metrics(self, server: RunningServer) -> None:
        assert server.ask("/metrics").status == 404


class TestPlain:
    @pytest.mark.parametrize("path", ["/api", "/api/v1/services", "/api/docs", "/api/v1/none"])
    @pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
    def test_the_api_is_refused(self, server: RunningServer, path: str, method: str) -> None:
        reply = server.ask(path, method=method, plain=True)
        assert reply.status == 403
        if method != "HEAD":
            assert json.loads(reply.body) == {"message": "HTTPS is required."}
        assert reply.headers["content-length"] == "32"
        assert reply.headers["content-type"] == "application/json"
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert len(reply.headers["x-request-id"]) == 32
        assert "strict-transport-security" not in reply.headers
        assert "location" not in reply.headers

    def test_a_forwarded_scheme_changes_nothing(self, server: RunningServer) -> None:
        assert (
            server.ask("/api/v1/me", plain=True, headers={"X-Forwarded-Proto": "https"}).status
            == 403
        )

    @pytest.mark.parametrize(
        ("path", "target"),
        [
            ("/", "/"),
            ("/client/login?next=/client/x%20y&a=b", "/client/login?next=/client/x%20y&a=b"),
            ("//evil.example/x", "//evil.example/x"),
            ("/caf%C3%A9/%25/%0d%0aSet-Cookie:%20x", "/caf%C3%A9/%25/%0D%0ASet-Cookie:%20x"),
            ("/apiary", "/apiary"),
            ("/up", "/up"),
        ],
    )
    def test_pages_are_sent_to_the_installation_s_https_address(
        self, server: RunningServer, path: str, target: str
    ) -> None:
        reply = server.ask(path, plain=True, headers={"Host": "evil.example"})
        assert reply.status == 308
        assert reply.headers["location"] == f"https://localhost:8443{target}"
        assert "set-cookie" not in reply.headers

    def test_its_requests_are_in_the_access_log(self, server: RunningServer) -> None:
        mark = "a-plain.request_1"
        reply = server.ask("/api/v1/me", plain=True, headers={"X-Request-Id": mark})
        assert reply.headers["x-request-id"] == mark
        (file,) = (server.data / "log").glob("access-*.log")
        (line,) = [line for line in file.read_text().splitlines() if mark in line]
        assert json.loads(line)["status"] == 403
        assert mark in server.said()

    def test_django_is_not_loaded_there(self, server: RunningServer) -> None:
        (worker,) = server.workers("plain")
        assert "django" not in Path(f"/proc/{worker}/maps").read_text()
        assert "psycopg" not in Path(f"/proc/{worker}/maps").read_text()


HAS_IPV6 = socket.has_ipv6 and Path("/proc/net/if_inet6").exists()


@pytest.fixture(scope="module")
def proxied(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = Path(shutil.copytree(prepared, tmp_path_factory.mktemp("proxied") / "data"))
    with running_server(
        folder,
        "serve",
        *("--behind-proxy", "--no-worker", "--host", "::" if HAS_IPV6 else "127.0.0.1"),
        plain=False,
        COMMERCE_TRUSTED_PROXIES="127.0.0.1",
        COMMERCE_URL="https://billing.example.com",
    ) as running:
        yield running


class TestBehindAProxy:
    def ask(self, server: RunningServer, path: str, proto: str | None = None) -> int:
        headers = {"Host": "billing.example.com"}
        return server.ask(
            path, tls=False, headers=headers | ({"X-Forwarded-Proto": proto} if proto else {})
        ).status

    def test_what_came_over_https_is_answered(self, proxied: RunningServer) -> None:
        assert self.ask(proxied, "/api/v1/me", "https") == 401
        assert self.ask(proxied, "/client/login", "https") == 200

    def test_what_did_not_is_refused_or_sent_there(self, proxied: RunningServer) -> None:
        assert self.ask(proxied, "/api/v1/me", "http") == 403
        assert self.ask(proxied, "/api/v1/me") == 403
        assert self.ask(proxied, "/client/login") == 308

    def test_health_is_answered_without_https(self, proxied: RunningServer) -> None:
        assert self.ask(proxied, "/up") == 200

    @pytest.mark.skipif(not HAS_IPV6, reason="this machine has no IPv6")
    @pytest.mark.parametrize(
        ("host", "forwarded", "address"),
        [
            ("127.0.0.1", {}, "127.0.0.1"),
            ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, "203.0.113.9"),
            ("::1", {"X-Forwarded-For": "203.0.113.9"}, "::1"),
        ],
    )
    def test_both_kinds_of_addresses_are_told_apart(
        self, proxied: RunningServer, host: str, forwarded: dict[str, str], address: str
    ) -> None:
        connection = http.client.HTTPConnection(host, proxied.port, timeout=60)
        mark = f"from-{len(host)}-bytes-{len(forwarded)}"
        http_get(connection, "/up", headers={**forwarded, "X-Request-Id": mark})
        connection.close()
        (line,) = [line for line in proxied.said().splitlines() if mark in line]
        assert json.loads(line)["address"] == address

    def test_no_certificate_is_made(self, proxied: RunningServer) -> None:
        assert not (proxied.data / "tls").exists()


class TestLife:
    def test_who_dies_is_replaced_a_signal_renews_all_and_every_line_is_json(
        self, data: Path
    ) -> None:
        with running_server(data) as server:
            (first,), jobs = server.workers(), server.listener("jobs")
            os.kill(jobs, signal.SIGKILL)
            queue_unknown_job(data)
            assert parks(data)
            assert server.listener("jobs") != jobs
            os.kill(first, signal.SIGKILL)
            second = another_worker(server, {first})
            os.kill(server.process.pid, signal.SIGHUP)
            another_worker(server, {first, second})
            everybody = set(server.processes())
            assert server.stop(signal.SIGINT) == 0
            assert wait_until_gone(everybody)
        told = [json.loads(line) for line in server.said().splitlines()]
        assert all("at" in line for line in told)
        (end,) = [
            line for line in told if "background work has ended (-9)" in line.get("message", "")
        ]
        assert end["level"] == "error"
        (file,) = (data / "log").glob("app-*.log")
        assert end in [json.loads(line) for line in file.read_text().splitlines()]

    def test_background_work_is_left_to_others_when_told(self, server: RunningServer) -> None:
        with pytest.raises(LookupError):
            server.listener("jobs")

    @pytest.mark.parametrize("serves", ["pages", "plain"])
    def test_when_one_listener_dies_all_end_with_a_failure(self, data: Path, serves: str) -> None:
        with running_server(data, "serve", "--no-worker") as server:
            everybody = set(server.processes())
            assert len(everybody) == 5
            os.kill(server.listener(serves), signal.SIGKILL)
            assert server.process.wait(60) == 1
            assert "has ended; stopping everything." in server.said()
            assert wait_until_gone(everybody)

    def test_when_the_command_is_killed_nobody_stays_behind(self, data: Path) -> None:
        with running_server(data, "serve", "--no-worker") as server:
            everybody = set(server.processes())
            server.process.kill()
            server.process.wait()
            assert wait_until_gone(everybody)


def another_worker(server: RunningServer, than: set[int]) -> int:
    """The worker that answers after the others have gone."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        now = server.workers()
        with suppress(ConnectionRefusedError):
            if now and not now & than and server.ask("/up").status == 200:
                return now.pop()
        time.sleep(0.1)
    raise AssertionError(f"no other worker than {than}")


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "more", "code", "text"),
        [
            (["--workers", "2"], {"COMMERCE_COUNTERS": "memory"}, 1, "commerce.E003"),
            (["--behind-proxy"], {}, 1, "commerce.E005"),
            (["--behind-proxy", "--http-port", "9000"], {}, 2, "can't be combined"),
            (["--port", "9000", "--http-port", "9000"], {}, 2, "must differ"),
            (["--certificate", __file__], {}, 2, "must be used together"),
            (["--certificate", __file__, "--key", __file__], {}, 1, "holds no certificate"),
            ([], {"COMMERCE_DEBUG": "maybe"}, 1, "COMMERCE_DEBUG must be 1 or 0"),
            ([], {"COMMERCE_WORKERS": "many"}, 2, "isn't a whole number"),
            (
                [],
                {"COMMERCE_DATABASE_URL": "postgresql://127.0.0.1:1/x"},
                1,
                "Can't use the database",
            ),
        ],
    )
    def test_what_cannot_work_is_said_before_anything_starts(
        self, data: Path, arguments: list[str], more: dict[str, str], code: int, text: str
    ) -> None:
        ports = ["--port", str(free_port())]
        ports += [] if "--behind-proxy" in arguments else ["--http-port", "0"]
        done = run_command(data, "serve", *ports, *arguments, **more)
        assert (done.returncode, done.stdout) == (code, ""), done.stderr
        assert text in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_database_that_is_not_up_to_date(self, tmp_path: Path) -> None:
        done = run_command(tmp_path, "serve", "--port", str(free_port()), "--http-port", "0")
        assert done.returncode == 1
        assert "The database schema is out of date. Run" in done.stderr

    def test_a_port_that_is_taken(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
            done = run_command(tmp_path, "serve", "--port", str(port), "--http-port", "0")
        assert done.returncode == 1
        assert f"Port {port} is already in use by another program." in done.stderr
        assert not (tmp_path / "commerce.sqlite3").exists()
