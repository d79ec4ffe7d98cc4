"""The client of the shared counters against servers that misbehave: it ends in time and never mixes up replies."""

import hashlib
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from commerce.kit.counter_store import CounterResult, ValkeyCounterStore
from commerce.kit.valkey_client import (
    Deadline,
    LuaScript,
    ServerAddress,
    ServerErrorReply,
    ValkeyClient,
    ValkeyConnection,
)

type Talk = Callable[[socket.socket], None]
PATIENT = 20.0
"""Seconds for a call that is to succeed, however busy the machine is."""

OK = b"*3\r\n:1\r\n:4\r\n:60000\r\n"


@contextmanager
def server(*talks: Talk) -> Iterator[str]:
    """A server that talks to its first caller as the first function does, to the second as the second, and so on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            for talk in talks:
                with listener.accept()[0] as caller, suppress(OSError):
                    talk(caller)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"valkey://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


def answers(*replies: bytes) -> Talk:
    def talk(caller: socket.socket) -> None:
        for reply in replies:
            caller.recv(65536)
            caller.sendall(reply)

    return talk


def in_pieces(caller: socket.socket) -> None:
    caller.recv(65536)
    for byte in OK:
        caller.sendall(bytes([byte]))
        time.sleep(0.001)


def dripping(caller: socket.socket) -> None:
    caller.recv(65536)
    for _ in range(1_000):
        caller.sendall(b"*")
        time.sleep(0.02)


def silent(caller: socket.socket) -> None:
    caller.recv(65536)
    caller.settimeout(20)
    caller.recv(1)  # until he hangs up


def test_a_reply_may_come_in_pieces() -> None:
    with server(in_pieces) as url:
        assert ValkeyCounterStore(url, seconds=PATIENT).take("a", 5, 60) == CounterResult(
            True, 4, 60
        )


@pytest.mark.parametrize("talk", [silent, dripping], ids=["silent", "dripping"])
def test_a_call_ends_after_fifty_milliseconds_and_is_followed_by_a_second_of_rest(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    with server(talk) as url:
        store = ValkeyCounterStore(url)
        began = time.monotonic()
        assert store.take("a", 5, 60) is None
        assert (
            time.monotonic() - began < 10
        )  # 50 ms, and a busy machine's share of the server's 20 s
        assert store.take("a", 5, 60) is None
    assert store.failures == 1  # not asked a second time
    assert "The store of counters failed (1 times so far)" in caplog.text


@pytest.mark.parametrize(
    "reply",
    [
        b"-LOADING the data set is loading\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        OK + OK,
        b"",
        b":x\r\n",
        b"*2\r\n:1\r\n-ERR\r\n",
        b"+" + b"x" * 70_000,
    ],
    ids=["error", "http", "two", "closed", "no-number", "error-inside", "endless"],
)
def test_a_server_that_answers_nonsense_counts_as_down(reply: bytes) -> None:
    with server(answers(reply)) as url:
        store = ValkeyCounterStore(url)
        assert store.take("a", 5, 60) is None
        assert store.failures == 1


def test_a_late_reply_is_not_taken_for_the_next_one() -> None:
    given_up = threading.Event()

    def late(caller: socket.socket) -> None:
        caller.recv(65536)
        given_up.wait(60)
        caller.sendall(b"*3\r\n:0\r\n:0\r\n:9000\r\n")

    with server(late, answers(OK)) as url:
        store = ValkeyCounterStore(url)
        assert store.take("a", 5, 60) is None
        store._rest_until, store.client._seconds = 0.0, PATIENT
        given_up.set()
        assert store.take("a", 5, 60) == CounterResult(True, 4, 60)


def test_a_connection_that_ended_in_silence_is_replaced_before_anything_is_sent() -> None:
    with server(answers(OK), answers(OK)) as url:
        store = ValkeyCounterStore(url, seconds=PATIENT)
        assert store.take("a", 5, 60) is not None
        time.sleep(0.3)
        assert store.take("a", 5, 60) is not None
        assert store.failures == 0


def test_nobody_there_is_a_failure_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    store = ValkeyCounterStore(f"valkey://127.0.0.1:{port}")
    assert store.take("a", 5, 60) is None
    assert store.failures == 1


def test_the_caller_is_let_in_and_led_to_his_database() -> None:
    said: list[bytes] = []

    def listen(caller: socket.socket) -> None:
        for _ in range(3):
            said.append(caller.recv(65536))
            caller.sendall(b"+OK\r\n")

    with server(listen) as url:
        with_name = url.replace("//", "//user:p%40ss@") + "/3"
        assert ValkeyClient(with_name, seconds=1).ask("PING") == "OK"
    assert said == [
        b"*3\r\n$4\r\nAUTH\r\n$4\r\nuser\r\n$4\r\np@ss\r\n",
        b"*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n",
        b"*1\r\n$4\r\nPING\r\n",
    ]


def test_a_name_is_looked_up() -> None:
    with server(answers(b"+PONG\r\n")) as url:
        assert ValkeyClient(url.replace("127.0.0.1", "localhost"), seconds=1).ask("PING") == "PONG"


def test_a_name_has_several_addresses_and_the_first_that_answers_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    really, listed = socket.getaddrinfo, ["::1", "127.0.0.1"]

    def look_up(host: str, *given: Any, **more: Any) -> list[Any]:
        if host != "cache.example":
            return really(host, *given, **more)
        if more.get("flags"):
            raise socket.gaierror
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in listed]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with server(answers(b"+PONG\r\n")) as url:
        named = url.replace("127.0.0.1", "cache.example")
        assert ValkeyClient(named, seconds=PATIENT).ask("PING") == "PONG"
        listed.remove("127.0.0.1")
        with pytest.raises(OSError, match=r"refused|assign"):
            ValkeyClient(named, seconds=PATIENT).ask("PING")
        listed.clear()
        with pytest.raises(ConnectionError, match="could not be looked up"):
            ValkeyClient(named, seconds=PATIENT).ask("PING")


def test_a_server_may_be_a_file(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.listen()

        def run() -> None:
            with listener.accept()[0] as caller:
                answers(b"+OK\r\n", b"+PONG\r\n")(caller)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        assert ValkeyClient(f"unix://{tmp_path}/socket?db=1", seconds=PATIENT).ask("PING") == "PONG"
        thread.join(5)


@pytest.fixture
def pair() -> Iterator[tuple[ValkeyConnection, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ValkeyConnection(ours), theirs


def test_only_silence_leaves_a_connection_of_use(
    pair: tuple[ValkeyConnection, socket.socket],
) -> None:
    link, theirs = pair
    assert link.usable()
    theirs.sendall(b"+late\r\n")
    assert not link.usable()


def test_a_connection_of_another_process_is_of_no_use(
    pair: tuple[ValkeyConnection, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getpid", lambda: 1)
    assert not pair[0].usable()


def test_a_connection_is_closed_when_it_is_told_so(
    pair: tuple[ValkeyConnection, socket.socket],
) -> None:
    link, theirs = pair
    link.close()
    theirs.settimeout(1)
    assert theirs.recv(1) == b""


@pytest.mark.parametrize(
    ("fault", "usable"), [(ssl.SSLWantReadError, True), (ConnectionResetError, False)]
)
def test_what_only_tls_says_to_itself_leaves_a_connection_of_use(
    *, fault: type[OSError], usable: bool
) -> None:
    class Encrypted(socket.socket):
        def recv(self, *_: Any) -> bytes:
            assert self.gettimeout() == 0
            raise fault

    ours, theirs = socket.socketpair()
    with Encrypted(fileno=ours.detach()) as sock, theirs:
        theirs.sendall(b"a ticket")
        assert ValkeyConnection(sock).usable() is usable


def test_a_late_call_has_five_last_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    deadline = Deadline(2)
    assert deadline.left() == 2
    now[0] = 102.0
    assert [deadline.left() for _ in range(5)] == [0.002] * 5
    with pytest.raises(TimeoutError):
        deadline.left()


def test_connections_are_made_before_the_first_call() -> None:
    with server(answers(), answers(b"+PONG\r\n")) as url:
        client = ValkeyClient(url, seconds=PATIENT)
        client.connect(2)
        client.connect(2)
        assert len(client._free) == 2
        assert client.ask("PING") == "PONG"


@pytest.mark.parametrize("reply", [b"+first\r\n", b"-ERR first\r\n"])
def test_one_connection_serves_call_after_call(reply: bytes) -> None:
    with server(answers(reply, b"+second\r\n")) as url:
        client = ValkeyClient(url, seconds=PATIENT)
        with suppress(ServerErrorReply):
            client.ask("PING")
        assert client.ask("PING") == "second"


def test_a_script_is_called_by_its_hash_and_sent_whole_to_a_server_that_forgot_it() -> None:
    said: list[bytes] = []

    def forgetful(caller: socket.socket) -> None:
        for reply in (b"-NOSCRIPT No matching script.\r\n", b":7\r\n"):
            said.append(caller.recv(65536))
            caller.sendall(reply)

    script = LuaScript("return 7")
    with server(forgetful) as url:
        assert ValkeyClient(url, seconds=PATIENT).run(script, "key", 5) == 7
    name = hashlib.sha1(b"return 7", usedforsecurity=False).hexdigest().encode()
    end = b"$1\r\n1\r\n$3\r\nkey\r\n$1\r\n5\r\n"
    assert said == [
        b"*5\r\n$7\r\nEVALSHA\r\n$40\r\n" + name + b"\r\n" + end,
        b"*5\r\n$4\r\nEVAL\r\n$8\r\nreturn 7\r\n" + end,
    ]


def test_an_error_of_a_script_is_told_with_its_code() -> None:
    with server(answers(b"-NOPERM not for you\r\n", b":7\r\n")) as url:
        with pytest.raises(ServerErrorReply, match="not for you") as caught:
            ValkeyClient(url, seconds=PATIENT).run(LuaScript("return 7"), "key")
        assert caught.value.code == "NOPERM"


@pytest.mark.parametrize(
    ("sent", "reply"),
    [
        (b":-12\r\n", -12),
        (b"+\r\n", ""),
        (b"$3\r\na\r\n\r\n", "a\r\n"),
        (b"$0\r\n\r\n", ""),
        (b"$-1\r\n", None),
        (b"*0\r\n", []),
        (b"*3\r\n$1\r\na\r\n*2\r\n:5\r\n$-1\r\n+b\r\n", ["a", [5, None], "b"]),
    ],
)
def test_each_kind_of_reply_is_read_however_it_is_cut(sent: bytes, reply: object) -> None:
    def talk(caller: socket.socket) -> None:
        caller.recv(65536)
        for byte in sent:
            caller.sendall(bytes([byte]))
            time.sleep(0.001)

    with server(talk) as url:
        assert ValkeyClient(url, seconds=PATIENT).ask("PING") == reply


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (b"", "closed the connection"),
        (b"+" + b"x" * 70_000, "too long"),
        (b"+A\r\n+B\r\n", "more than one reply"),
        (b"HTTP/1.1 400\r\n", "not a Valkey server"),
        (b"*1\r\n-ERR\r\n", "an error inside"),
    ],
)
def test_what_is_no_reply_ends_a_call_at_once(reply: bytes, why: str) -> None:
    with (
        server(answers(reply)) as url,
        pytest.raises(ConnectionError, match=why),
    ):
        ValkeyClient(url, seconds=PATIENT).ask("PING")


def test_addresses() -> None:
    assert ServerAddress.of("redis://cache") == ServerAddress("cache", 6379, "", False, [])
    assert ServerAddress.of("valkeys://cache") == ServerAddress("cache", 6379, "", True, [])
    assert ServerAddress.of("rediss://[::1]:7000/1") == ServerAddress(
        "::1", 7000, "", True, [["SELECT", 1]]
    )
    assert ServerAddress.of("unix:///run/valkey.sock?db=2") == ServerAddress(
        "", 6379, "/run/valkey.sock", False, [["SELECT", 2]]
    )
    assert "secret" not in repr(ServerAddress.of("valkey://:secret@cache"))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "must start with"),
        ("cache:6379", "must start with"),
        ("http://cache", "must start with"),
        ("valkey://:secret@cache/one", "must be a number"),
        ("valkey://:secret@cache/\u0663", "must be a number"),
        ("valkey:///1", "names no host"),
        ("valkey://cache:port", "Port could not be cast"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        ServerAddress.of(url)
    assert "secret" not in str(caught.value)


def test_a_rest_of_a_window_is_told_in_whole_seconds_that_are_enough() -> None:
    with server(answers(b"*3\r\n:1\r\n:4\r\n:60001\r\n")) as url:
        assert ValkeyCounterStore(url, seconds=PATIENT).take("a", 5, 61) == CounterResult(
            True, 4, 61
        )
