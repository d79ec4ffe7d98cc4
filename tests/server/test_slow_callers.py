"""Nobody holds the others up: half-sent, slow and dropped requests, connections that never ask, workers that hang."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from commerce.server import certificates
from tests.server import half_requests
from tests.server.running import RunningServer, once, running_server
from tests.server.test_serve import another_worker

pytestmark = once

COUNT = 50
PATIENCE = 3


@pytest.fixture(scope="module")
def server(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = Path(shutil.copytree(prepared, tmp_path_factory.mktemp("slow") / "data"))
    words = ("serve", "--patience", str(PATIENCE), "--connections", "200")
    with running_server(folder, *words, "--no-worker", plain=False) as running:
        yield running


def longest(server: RunningServer) -> float:
    """Seconds of the slowest of a few answers: health, a page and the API."""
    took = []
    for _ in range(3):
        for path, status in (("/up", 200), ("/client/login", 200), ("/api/v1/me", 401)):
            began = time.monotonic()
            assert server.ask(path).status == status
            took.append(time.monotonic() - began)
    return max(took)


class TestHalfSent:
    def test_they_delay_nobody_while_they_are_open_and_after_they_were_dropped(
        self, server: RunningServer
    ) -> None:
        assert settings.CSRF_COOKIE_NAME == half_requests.CSRF_COOKIE_NAME  # or no form is read
        before = longest(server)
        with half_requests.half_sent(server.port, count=COUNT):
            during = longest(server)
        after = longest(server)
        assert max(during, after) < before + 2, (before, during, after)

    def test_they_end_in_time_with_the_reason(self, server: RunningServer) -> None:
        with half_requests.half_sent(server.port, count=6) as held:
            heads, bodies, chunks = held[0], held[1], held[2]
            found = [half_requests.closed(one, PATIENCE + 5) for one in (heads, bodies, chunks)]
        assert found[0] is not None
        for reply in found[1:]:
            assert reply is not None
            assert reply.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
            assert reply.endswith(b"The request did not arrive in time.\n")

    def test_a_body_counts_by_its_bytes_whatever_length_it_has(self, server: RunningServer) -> None:
        with half_requests.connected(server.port, alpn="http/1.1") as connection:
            connection.sendall(half_requests.HALF_CHUNK)
            chunk = b"%x\r\n%s\r\n" % (50_000, bytes(50_000))
            for _ in range(20):
                connection.sendall(chunk)
            assert connection.recv(12) == b"HTTP/1.1 413"

    def test_a_complete_body_arrives(self, server: RunningServer) -> None:
        body = b"email=jane%40example.com&password=x"
        for framed in (
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body),
            b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body),
        ):
            with half_requests.connected(server.port, alpn="http/1.1") as connection:
                connection.sendall(b"POST /client/login HTTP/1.1\r\nHost: localhost\r\n" + framed)
                # Without the cookie of the form it is refused, by a page that has read it.
                assert connection.recv(12) == b"HTTP/1.1 403"


class TestHosts:
    @pytest.mark.parametrize("hosts", [b"", b"Host: localhost\r\nHost: localhost\r\n"])
    @pytest.mark.parametrize("path", [b"/up", b"/api/v1/me"])
    def test_a_request_names_exactly_one(
        self, server: RunningServer, path: bytes, hosts: bytes
    ) -> None:
        with half_requests.connected(server.port, alpn="http/1.1") as connection:
            connection.sendall(b"GET %s HTTP/1.1\r\n%s\r\n" % (path, hosts))
            assert connection.recv(12) == b"HTTP/1.1 400"


class TestHalfOpen:
    def test_a_thousand_connections_that_never_ask_keep_nobody_out_and_go(
        self, server: RunningServer
    ) -> None:
        with ExitStack() as stack:
            held = [
                stack.enter_context(
                    half_requests.connected(server.port, source=f"127.0.0.{2 + n % 10}")
                )
                for n in range(1000)
            ]
            assert longest(server) < 3
            assert half_requests.closed(held[0], PATIENCE + 5) is not None
            assert half_requests.closed(held[-1], 5) is not None

    def test_one_address_has_a_limit_and_others_do_not_feel_it(self, server: RunningServer) -> None:
        with ExitStack() as stack:
            held = [
                stack.enter_context(
                    half_requests.connected(server.port, source="127.0.0.77", alpn="http/1.1")
                )
                for _ in range(230)
            ]
            mine = stack.enter_context(half_requests.connected(server.port, alpn="http/1.1"))
            deadline = time.monotonic() + 5
            ended = 0
            while time.monotonic() < deadline and ended < 30:
                ended = sum(half_requests.closed(one, 0.001) is not None for one in held)
            assert 30 <= ended < 230
            mine.sendall(b"GET /up HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert mine.recv(12) == b"HTTP/1.1 200"


class TestHanging:
    def test_a_worker_that_does_not_answer_is_replaced_and_the_other_stays(
        self, data: Path
    ) -> None:
        words = ("serve", "--no-worker", "--answer-within", "1", "--workers", "2")
        counters = {"COMMERCE_COUNTERS": "valkey://127.0.0.1:1/0"}
        with running_server(data, *words, plain=False, **counters) as server:
            time.sleep(3)
            former = server.workers()
            hung = min(former)
            os.kill(hung, signal.SIGSTOP)
            until(lambda: hung not in server.workers(), server)
            assert f"Worker {hung} has not answered /up three times" in server.said()
            until(lambda: len(server.workers()) == len(former), server)
            assert former - {hung} <= server.workers()
            until(lambda: answers(server), server)

    def test_asking_itself_leaves_no_line_in_the_access_log(self, server: RunningServer) -> None:
        asked = server.said().count('"path":"/up"')
        time.sleep(0.1)
        assert server.said().count('"path":"/up"') == asked


class TestRenewal:
    def test_a_broken_certificate_or_key_keeps_the_old_workers_and_is_told(
        self, data: Path, tmp_path: Path
    ) -> None:
        """At the end half-sent requests do not hold up its stop."""
        made = certificates.local_certificate(
            tmp_path / "mine", host="localhost", at=datetime.now(UTC)
        )
        words = ["--certificate", str(made.chain), "--key", str(made.key)]
        with running_server(data, "serve", "--no-worker", *words, plain=False) as server:
            shutil.copy(tmp_path / "mine" / "ca.pem", data / "tls")
            former = server.workers()
            for broken, told in ((made.chain, "no certificate"), (made.key, "no private key")):
                whole = broken.read_bytes()
                broken.write_text("half of a fi")
                os.kill(server.process.pid, signal.SIGHUP)
                until(lambda told=told: told in server.said(), server)
                broken.write_bytes(whole)
            assert server.said().count("Nothing was renewed, the workers serve on as before.") == 2
            assert server.workers() == former
            # One that dies while the files are broken is replaced by one that can serve.
            made.key.write_text("half of a fi")
            os.kill(former.copy().pop(), signal.SIGKILL)
            another_worker(server, former)
            with half_requests.half_sent(server.port, count=6):
                longest(server)
                began = time.monotonic()
                assert server.stop() == 0
                assert time.monotonic() - began < 12  # the server would wait for 20 and then kill


def answers(server: RunningServer) -> bool:
    with suppress(OSError):
        return server.ask("/up").status == 200
    return False


def until(holds: Callable[[], bool], server: RunningServer) -> None:
    """Wait until it holds; fails with what the server said when that takes too long."""
    deadline = time.monotonic() + 40
    while not holds():
        assert time.monotonic() < deadline, server.said()
        time.sleep(0.1)
