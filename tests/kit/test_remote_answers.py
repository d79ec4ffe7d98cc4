"""What others answer stays within bounds, however small it is on the way."""

import logging
import resource
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from commerce.kit.remote.http import (
    MAX_HEADER_BYTES,
    HttpAnswer,
    NoAnswerError,
    ProviderSilentError,
    send_request,
)
from commerce.kit.remote.json import MAX_DEPTH, MAX_PARTS, parse_json
from commerce.kit.remote.packed import BodyReader, BodyRefusedError
from commerce.kit.remote.pauses import LONGEST_PAUSE_SECONDS, heeding_pauses, pause_seconds
from tests.doubles.hostile import MIB, HostileServer, hostile_server, packed

GZIP = ("Content-Encoding", "gzip")


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as there:
        yield there


def ask(server: HostileServer, max_bytes: int = MIB) -> HttpAnswer:
    return send_request("GET", server.url, seconds=8, max_bytes=max_bytes)


def test_only_what_can_be_unpacked_piece_by_piece_is_asked_for(server: HostileServer) -> None:
    send_request("GET", server.url, headers={"accept-encoding": "br", "X-Own": "1"})
    assert server.asked[0]["accept-encoding"] == "gzip, identity"
    assert server.asked[0]["x-own"] == "1"


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip", " gzip "])
def test_one_layer_of_gzip_is_unpacked(server: HostileServer, encoding: str) -> None:
    server.says(packed(b'{"a": 1}'), ("Content-Encoding", encoding))
    assert ask(server).data() == {"a": 1}


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_what_is_not_packed_is_taken_as_it_is(server: HostileServer, encoding: str) -> None:
    server.says(b"[1]", ("Content-Encoding", encoding))
    assert ask(server).data() == [1]


def test_an_empty_body_is_no_damage_whatever_its_headers_say(server: HostileServer) -> None:
    server.says(b"", GZIP)
    assert ask(server).body == b""


@pytest.mark.parametrize(
    "headers",
    [
        [("Content-Encoding", "gzip, gzip")],
        [GZIP, GZIP],
        [("Content-Encoding", "deflate")],
        [("Content-Encoding", "br")],
        [("Content-Encoding", "zstd")],
        [("Content-Encoding", "gzip,")],
        [("Content-Encoding", "gzip, identity")],
    ],
)
def test_any_other_packing_and_any_second_layer_is_no_answer(
    server: HostileServer, headers: list[tuple[str, str]]
) -> None:
    server.says(packed(packed(b"{}")), *headers)
    with pytest.raises(NoAnswerError, match="not asked for"):
        ask(server)


def test_the_most_that_is_taken_is_taken_and_one_byte_more_is_not(server: HostileServer) -> None:
    for body, headers in ((b"x" * MIB, []), (packed(b"x" * MIB), [GZIP])):
        server.says(body, *headers)
        assert len(ask(server).body) == MIB
    for body, headers in ((b"x" * (MIB + 1), []), (packed(b"x" * (MIB + 1)), [GZIP])):
        server.says(body, *headers)
        with pytest.raises(NoAnswerError, match="too large"):
            ask(server)


def test_what_is_behind_the_end_of_a_packed_body_costs_nothing() -> None:
    """Kept by zlib, 8 MiB of it were copied with each byte that followed."""
    reader = BodyReader("gzip", 8 * MIB)
    reader.take(packed(b"all of it") + bytes(6 * MIB))
    began = time.thread_time()
    for _ in range(10_000):
        reader.take(b"x")
    assert time.thread_time() - began < 1
    assert reader.whole() == b"all of it"


def test_a_packed_body_that_is_too_large_on_the_way_is_refused() -> None:
    """Whatever it becomes: stored blocks are as large as what is in them."""
    reader = BodyReader("gzip", 1000)
    with pytest.raises(BodyRefusedError, match="too large"):
        reader.take(b"x" * 1001)


@pytest.mark.parametrize("cut", [1, 8, 12])
def test_a_packed_body_that_is_cut_off_is_no_answer(server: HostileServer, cut: int) -> None:
    """An amount at the end of a list must not be missing unseen."""
    server.says(packed(b"[1, 2, 3]")[:-cut], GZIP)
    with pytest.raises(NoAnswerError, match="cut off"):
        ask(server)


def test_what_is_no_gzip_is_no_answer_and_who_it_was_is_noted(
    server: HostileServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.says(b"plain", GZIP)
    with (
        caplog.at_level(logging.WARNING),
        pytest.raises(NoAnswerError, match="can't be unpacked"),
    ):
        send_request("GET", f"{server.url}/?api-key=SECRET", seconds=8)
    assert "The answer of 127.0.0.1 is refused: the answer can't be unpacked" in caplog.text
    assert "SECRET" not in caplog.text


def test_headers_without_end_are_no_answer(server: HostileServer) -> None:
    many = [(f"X-{number}", "x" * 1000) for number in range(MAX_HEADER_BYTES // 1000 + 1)]
    server.says(b"{}", *many)
    with pytest.raises(NoAnswerError, match="headers"):
        ask(server)


def test_an_address_that_is_none_is_no_answer() -> None:
    for address in ("http://127.0.0.1:99999/", "http://[::1/", "ftp://127.0.0.1/", "nonsense"):
        with pytest.raises(NoAnswerError):
            send_request("GET", address, seconds=1)


_ASK = """
import resource, sys
from commerce.kit.remote.http import NoAnswerError, send_request

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

send_request("GET", sys.argv[2])
before = peak()
try:
    send_request("GET", sys.argv[1], seconds=8)
except NoAnswerError as refused:
    print(refused, (peak() - before) // 1024, sep="|")
"""


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip"])
def test_600_bytes_cannot_take_512_mib(server: HostileServer, encoding: str) -> None:
    """Of 1 GiB of zeros, packed twice, it took 2.1 GiB and 6 to 37 seconds; here it is a quarter."""
    once = packed(bytes(MIB), times=256)
    server.says(packed(once) if "," in encoding else once, ("Content-Encoding", encoding))
    if "," in encoding:
        assert len(server.body) < 1000
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    with hostile_server() as harmless:
        command = [sys.executable, "-P", "-c", _ASK, server.url, harmless.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    said, _, mebibytes = done.stdout.strip().rpartition("|")
    assert said.startswith("no answer from 127.0.0.1:")
    assert ": the answer is " in said
    assert int(mebibytes) < 40  # the bound of 8 MiB, a few times over
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - used < 5


@pytest.mark.parametrize(
    "document",
    [
        b"[" * 3_000_000,
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b'{"a":' * 1000 + b"1" + b"}" * 1000,
        b"[" + b"{}," * MAX_PARTS + b"{}]",
        b"[" + b"[]," * MAX_PARTS + b"[]]",
        b"9" * 100_000,
        b"\xff",
        b"",
    ],
)
def test_json_that_is_none_or_too_deep_or_too_much_is_not_understood(document: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"document|Expecting|digits|decode"):
            parse_json(document)
        assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    finally:
        tracemalloc.stop()
    with pytest.raises(ProviderSilentError, match="not JSON"):
        HttpAnswer(200, {}, document).data()


@pytest.mark.parametrize(
    ("document", "value"),
    [
        (b"1", 1),
        (b"[]", []),
        (b"{}", {}),
        (b'{"a": [1, {"b": "[[[,,,"}]}', {"a": [1, {"b": "[[[,,,"}]}),
    ],
)
def test_json_within_bounds_is_what_it_says(document: bytes, value: object) -> None:
    assert parse_json(document) == value


@pytest.mark.parametrize(
    ("document", "value"),
    [
        (rb'{"a\u0000b": ["\ud800x", "\u0000"]}', {"ab": ["x", ""]}),
        (rb'"\udfff\uD83D"', ""),
        (rb'"\ud83d\ude00"', "\N{GRINNING FACE}"),
        (rb'"\\\\u0000"', "\\\\u0000"),
        (rb'"\\\\\u0000"', "\\\\"),
        ('"\\ud800é"'.encode("utf-16"), "é"),
    ],
)
def test_json_has_no_text_that_no_row_can_hold(document: bytes, value: object) -> None:
    """A panel that says half a character had its job run again and again: it could not even be kept that it failed."""
    assert parse_json(document) == value


@pytest.mark.parametrize(
    "document", [b'"\xed\xa0\x80"', b'"\0"', b"[NaN]", b"Infinity", b'{"a": -Infinity}']
)
def test_json_that_only_python_takes_is_none(document: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any kind of it
        parse_json(document)


def test_the_deepest_that_is_taken_is_taken() -> None:
    parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    parse_json(b'{"a":' * MAX_DEPTH + b"1" + b"}" * MAX_DEPTH)


@pytest.mark.parametrize(
    ("status", "said", "seconds"),
    [
        (429, "120", 120),
        (503, "0", 1),
        (429, "999999999999", LONGEST_PAUSE_SECONDS),
        (429, "soon", 0),
        (429, "", 0),
        (500, "120", 0),
    ],
)
def test_a_pause_that_is_asked_for_is_heard_of(
    server: HostileServer, status: int, said: str, seconds: int
) -> None:
    """Also by those who only see the answer."""
    server.says(b"later", ("Retry-After", said), status=status)
    with heeding_pauses() as pause:
        assert ask(server).status == status
        server.says(b"fine")
        ask(server)
    assert pause.seconds == seconds


def test_a_pause_until_an_instant_is_counted_by_their_own_clock() -> None:
    headers = {
        "Retry-After": "Tue, 01 Dec 2026 10:02:00 GMT",
        "Date": "Tue, 01 Dec 2026 10:00:00 GMT",
    }
    assert pause_seconds(headers) == 120
    assert pause_seconds(headers | {"Date": ""}, unsaid=60) == 60
