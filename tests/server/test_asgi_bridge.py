"""What a WSGI handler gets of a request that came over ASGI, and when."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from commerce.kit import json_log, proxy_headers
from commerce.server import asgi_bridge
from commerce.server.asgi_bridge import AsgiBridge
from commerce.server.inline_loop import InlineLoop
from commerce.server.rejections import RejectionHandler

HOST = (b"host", b"billing.example.com")
SCOPE = MappingProxyType(
    {
        "method": "POST",
        "raw_path": b"/caf%C3%A9",
        "query_string": b"a=%20b",
        "http_version": "1.1",
        "scheme": "https",
        "server": ("127.0.0.1", "8443"),
        "client": ("203.0.113.9", "5000"),
        "headers": [HOST],
    }
)


class WsgiRecorder:
    """A handler that keeps what it was asked and answers the same to everything."""

    def __init__(self, reply: Iterable[bytes] = (b"ok",)) -> None:
        self.environs: list[dict[str, Any]] = []
        self.reply = reply

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        self.environs.append(environ)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return self.reply


def part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


GONE = {"type": "http.disconnect"}


class AsgiExchange:
    """One request to an intake: what comes of it in turn, and what was sent back."""

    def __init__(self, tmp_path: Path, handler: WsgiRecorder, *parts: Any, **scope: Any) -> None:
        refusals = RejectionHandler(json_log.AccessLog(tmp_path, "access", to_stderr=False), ())
        self.intake = AsgiBridge(handler, refusals)
        self.parts, self.sent = list(parts), list[dict[str, Any]]()
        asyncio.run(self.intake(dict(SCOPE) | scope, self.receive, self.send))

    async def receive(self) -> dict[str, Any]:
        found = self.parts.pop(0)
        if isinstance(found, type):
            raise found
        return found  # type: ignore[no-any-return]

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return {name.lower(): value for name, value in self.sent[0]["headers"]}


def test_the_handler_is_called_when_the_whole_body_is_there(tmp_path: Path) -> None:
    asked = WsgiRecorder()
    found = AsgiExchange(tmp_path, asked, part(b"one "), part(b""), part(b"two", more=False))
    (environ,) = asked.environs
    assert environ["wsgi.input"].read() == b"one two"
    assert environ["CONTENT_LENGTH"] == "7"
    assert environ["PATH_INFO"] == "/café".encode().decode("latin-1")
    assert (environ["QUERY_STRING"], environ["REMOTE_ADDR"]) == ("a=%20b", "203.0.113.9")
    assert found.sent[1] == {"type": "http.response.body", "body": b"ok"}


def test_what_the_worker_asks_itself_is_no_line_of_the_access_log(tmp_path: Path) -> None:
    asked = WsgiRecorder()
    found = AsgiExchange(tmp_path, asked, method="GET")
    found.intake.expect_own_probe(("203.0.113.9", "5000"))
    asyncio.run(found.intake(dict(SCOPE) | {"method": "GET"}, found.receive, found.send))
    marked = [proxy_headers.NO_ACCESS_LOG_KEY in environ for environ in asked.environs]
    assert marked == [False, True]


@pytest.mark.parametrize("before", [[], [part(b"half of a form")]])
def test_a_body_that_breaks_off_is_no_fault_of_ours_and_not_heard(
    tmp_path: Path, before: list[Any]
) -> None:
    """Who goes does not see the answer; who sends chunks that are none got a 500."""
    asked = WsgiRecorder()
    chunked = [HOST, (b"transfer-encoding", b"chunked")]
    found = AsgiExchange(tmp_path, asked, *before, GONE, headers=chunked)
    assert asked.environs == []
    assert (found.status, found.headers[b"connection"]) == (400, b"close")
    assert found.intake._waiting == found.intake._bodies == 0


def test_who_takes_too_long_is_told(tmp_path: Path) -> None:
    asked = WsgiRecorder()
    found = AsgiExchange(
        tmp_path, asked, part(b"half"), TimeoutError, headers=[HOST, (b"content-length", b"9")]
    )
    assert asked.environs == []
    assert (found.status, found.headers[b"connection"]) == (408, b"close")
    (line,) = next(tmp_path.glob("access-*.log")).read_text().splitlines()
    assert '"status":408' in line


def test_reading_ends_where_the_limit_is_counted_in_bytes(tmp_path: Path) -> None:
    asked, much = WsgiRecorder(), part(bytes(600_000))
    found = AsgiExchange(
        tmp_path,
        asked,
        much,
        much,
        AssertionError,
        headers=[HOST, (b"transfer-encoding", b"chunked")],
    )
    (environ,) = asked.environs
    assert environ["wsgi.input"].read() == b""
    assert (
        int(environ["CONTENT_LENGTH"]) == 1_200_000 > proxy_headers.MAX_BODY_BYTES
    )  # a 413 of the pages
    assert found.headers[b"connection"] == b"close"


def test_what_says_that_it_is_too_long_is_not_read(tmp_path: Path) -> None:
    asked = WsgiRecorder()
    AsgiExchange(tmp_path, asked, AssertionError, headers=[HOST, (b"content-length", b"1000001")])
    assert asked.environs[0]["CONTENT_LENGTH"] == "1000001"


def test_a_body_that_means_nothing_is_not_waited_for(tmp_path: Path) -> None:
    for method in ("GET", "HEAD"):
        asked = WsgiRecorder()
        found = AsgiExchange(
            tmp_path,
            asked,
            AssertionError,
            method=method,
            headers=[HOST, (b"content-length", b"5")],
        )
        assert len(asked.environs) == 1
        assert found.headers[b"connection"] == b"close"


def test_when_too_much_is_arriving_who_has_more_than_his_share_is_asked_to_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """65 half-sent bodies of 1 MB refused every form, and bodies that had begun had no limit together."""
    monkeypatch.setattr(asgi_bridge, "MAX_WAITING_BYTES", 1000)
    found = AsgiExchange(
        tmp_path, WsgiRecorder(), part(b"a" * 600), part(b"b" * 600), AssertionError
    )
    assert (found.status, found.headers[b"retry-after"]) == (503, b"5")


def test_many_who_never_end_do_not_keep_a_short_form_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asgi_bridge, "MAX_WAITING_BYTES", 1000)
    asked = WsgiRecorder()
    mine = AsgiBridge(
        asked, RejectionHandler(json_log.AccessLog(tmp_path, "access", to_stderr=False), ())
    )
    loop, sent = InlineLoop(), list[dict[str, Any]]()

    async def never() -> dict[str, Any]:
        await FakeFuture(loop)
        raise AssertionError

    def caller(first: bytes, *, more: bool) -> None:
        parts = [part(first, more=more)]

        async def receive() -> dict[str, Any]:
            return parts.pop() if parts else await never()

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        loop.create_task(mine(dict(SCOPE), receive, send))

    for _ in range(4):
        caller(b"a" * 250, more=True)
    caller(b"b" * 250, more=True)
    assert [message["status"] for message in sent[::2]] == [503]
    caller(b"email=jane", more=False)
    assert [environ["wsgi.input"].read() for environ in asked.environs] == [b"email=jane"]


@pytest.mark.parametrize("hosts", [[], [(b"host", b"")], [HOST, HOST]])
def test_a_request_names_one_host(tmp_path: Path, hosts: list[Any]) -> None:
    asked = WsgiRecorder()
    found = AsgiExchange(tmp_path, asked, headers=hosts, raw_path=b"/api/v1/me", method="GET")
    assert (found.status, asked.environs) == (400, [])
    assert found.sent[1]["body"] == (
        b'{"message":"A request names exactly one host, and its body comes as announced."}'
    )


def test_a_name_with_an_underscore_is_no_proxy_s(tmp_path: Path) -> None:
    asked = WsgiRecorder()
    names = [(b"x_forwarded_for", b"1"), (b"x_a", b"2"), (b"x-forwarded-for", b"3")]
    AsgiExchange(tmp_path, asked, method="GET", headers=[HOST, *names])
    assert asked.environs[0]["HTTP_X_FORWARDED_FOR"] == "3"
    assert "HTTP_X_A" not in asked.environs[0]


def test_what_comes_twice_is_joined(tmp_path: Path) -> None:
    asked = WsgiRecorder()
    twice = [(b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"accept", b"x"), (b"accept", b"y")]
    AsgiExchange(tmp_path, asked, method="GET", headers=[HOST, *twice])
    assert asked.environs[0]["HTTP_COOKIE"] == "a=1; b=2"
    assert asked.environs[0]["HTTP_ACCEPT"] == "x,y"


def test_a_long_reply_is_a_file_that_holds_no_thread_and_no_memory(tmp_path: Path) -> None:
    closed = []

    class Reply:
        def __iter__(self) -> Iterable[bytes]:
            return iter([b"a" * 700_000, b"b" * 700_000])

        def close(self) -> None:
            closed.append(True)

    found = AsgiExchange(tmp_path, WsgiRecorder(Reply()), method="GET")
    file = Path(found.sent[1]["path"])
    assert file.read_bytes() == b"a" * 700_000 + b"b" * 700_000
    assert closed == [True]
    found.intake.close_expired()
    assert file.exists()  # the server has a minute to open it
    found.intake._files[0] = (0.0, found.intake._files[0][1])
    found.intake.close_expired()
    assert not file.exists()


def test_the_answer_to_head_has_no_body(tmp_path: Path) -> None:
    found = AsgiExchange(tmp_path, WsgiRecorder(), method="HEAD")
    assert found.sent[1]["body"] == b""


class FakeFuture:
    """What the server gives a coroutine to wait for."""

    def __init__(self, loop: InlineLoop) -> None:
        self.loop, self.callbacks, self.is_cancelled = loop, list[Any](), False

    def __await__(self) -> Any:
        yield self

    def add_done_callback(self, callback: Any) -> None:
        self.callbacks.append(callback)

    def cancelled(self) -> bool:
        return self.is_cancelled

    def cancel(self) -> None:
        self.is_cancelled = True
        self.done()

    def done(self) -> None:
        for callback in self.callbacks:
            self.loop.call_soon(callback, self)


def test_a_coroutine_runs_on_where_its_bytes_arrive_and_no_longer_than_it_may() -> None:
    loop = InlineLoop()
    loop.seconds, said = 0.0, []

    async def one(future: FakeFuture) -> None:
        try:
            await future
            said.append("done")
        except TimeoutError:
            said.append("late")

    first, second = FakeFuture(loop), FakeFuture(loop)
    loop.create_task(one(first))
    loop.create_task(one(second))
    assert said == []
    first.done()
    assert said == ["done"]
    loop.expire()
    assert said == ["done", "late"]
    assert not loop.waiting
