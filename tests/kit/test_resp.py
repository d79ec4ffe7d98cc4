"""The client of the shared counters against servers that misbehave: it ends in time and never mixes up replies."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from commerce.kit import counts
from commerce.kit.counters import Valkey, Window
from commerce.kit.resp import Client, Place

type Talk = Callable[[socket.socket], None]
PATIENT = 2.0
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
    for _ in range(100):
        caller.sendall(b"*")
        time.sleep(0.02)


def silent(caller: socket.socket) -> None:
    caller.recv(65536)
    caller.settimeout(2)
    caller.recv(1)  # until he hangs up


def test_a_reply_may_come_in_pieces() -> None:
    with server(in_pieces) as url:
        assert Valkey(url, seconds=PATIENT).take("a", 5, 60) == Window(True, 4, 60)


@pytest.mark.parametrize("talk", [silent, dripping], ids=["silent", "dripping"])
def test_a_call_ends_after_fifty_milliseconds_and_is_followed_by_a_second_of_rest(
    talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    with server(talk) as url:
        store = Valkey(url)
        began = time.monotonic()
        assert store.take("a", 5, 60) is None
        assert time.monotonic() - began < 1  # 50 ms, and a busy machine's share of the server's 2 s
        began = time.monotonic()
        assert store.take("a", 5, 60) is None
        assert time.monotonic() - began < 0.05  # not asked at all
    assert store.failures == 1
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
        store = Valkey(url)
        assert store.take("a", 5, 60) is None
        assert store.failures == 1


def test_a_late_reply_is_not_taken_for_the_next_one() -> None:
    def late(caller: socket.socket) -> None:
        caller.recv(65536)
        time.sleep(0.2)
        caller.sendall(b"*3\r\n:0\r\n:0\r\n:9000\r\n")

    with server(late, answers(OK)) as url:
        store = Valkey(url)
        assert store.take("a", 5, 60) is None
        store._rest_until = 0.0
        time.sleep(0.25)
        assert store.take("a", 5, 60) == Window(True, 4, 60)


def test_a_connection_that_ended_in_silence_is_replaced_before_anything_is_sent() -> None:
    with server(answers(OK), answers(OK)) as url:
        store = Valkey(url, seconds=PATIENT)
        assert store.take("a", 5, 60) is not None
        time.sleep(0.05)
        assert store.take("a", 5, 60) is not None
        assert store.failures == 0


def test_nobody_there_is_a_failure_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    store = Valkey(f"valkey://127.0.0.1:{port}")
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
        assert Client(with_name, seconds=1).ask("PING") == "OK"
    assert said == [
        b"*3\r\n$4\r\nAUTH\r\n$4\r\nuser\r\n$4\r\np@ss\r\n",
        b"*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n",
        b"*1\r\n$4\r\nPING\r\n",
    ]


def test_a_name_is_looked_up() -> None:
    with server(answers(b"+PONG\r\n")) as url:
        assert Client(url.replace("127.0.0.1", "localhost"), seconds=1).ask("PING") == "PONG"


def test_addresses() -> None:
    assert Place.of("redis://cache") == Place("cache", 6379, "", False, [])
    assert Place.of("rediss://[::1]:7000/1") == Place("::1", 7000, "", True, [["SELECT", 1]])
    assert Place.of("unix:///run/valkey.sock?db=2") == Place(
        "", 6379, "/run/valkey.sock", False, [["SELECT", 2]]
    )
    assert "secret" not in repr(Place.of("valkey://:secret@cache"))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "must start with"),
        ("cache:6379", "must start with"),
        ("http://cache", "must start with"),
        ("valkey://:secret@cache/one", "must be a number"),
        ("valkey:///1", "names no host"),
        ("valkey://cache:port", "Port could not be cast"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        Place.of(url)
    assert "secret" not in str(caught.value)


def test_a_rest_of_a_window_is_told_in_whole_seconds_that_are_enough() -> None:
    with server(answers(b"*3\r\n:1\r\n:4\r\n:60001\r\n")) as url:
        assert Valkey(url, seconds=PATIENT).take("a", 5, 61) == Window(True, 4, 61)


def test_a_store_that_failed_is_asked_again_a_second_later_and_each_failure_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "here", counts.Counts())
    counts.keep(str(tmp_path), "pages")
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    store = Valkey("valkey://127.0.0.1:1/0")
    for later, failures in ((0.0, 1), (0.999, 1), (0.001, 2)):
        now[0] += later
        assert store.take("a", 5, 60) is None
        assert store.failures == failures
    ((_, counted),) = counts.read(tmp_path)
    assert counted.events["counters.failed"] == 2
