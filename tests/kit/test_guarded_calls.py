"""Calls to addresses of strangers: where they go, where never, and that each of them ends."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from commerce.kit.remote import silence
from commerce.kit.remote.guarded import GuardedConnection, GuardedTarget, read_target
from commerce.kit.remote.http import HttpAnswer, NoAnswerError
from commerce.kit.remote.public_addresses import is_public
from tests.doubles.webhook_receiver import (
    WebhookReceiver,
    certificate_files,
    trust,
    webhook_receiver,
)

LOOPBACK = [ip_network("127.0.0.0/8")]


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.com", ("example.com", 443, "/")),
        ("https://Example.COM./a/b?c=d%20e", ("example.com", 443, "/a/b?c=d%20e")),
        ("https://example.com?x=1", ("example.com", 443, "/?x=1")),
        ("https://example.com:8443/", ("example.com", 8443, "/")),
        ("https://bücher.example/", ("xn--bcher-kva.example", 443, "/")),
        ("https://[2a00:1450::1]:1024/", ("2a00:1450::1", 1024, "/")),
        ("HTTPS://example.com:443", ("example.com", 443, "/")),
    ],
)
def test_an_address_is_read_in_its_parts(url: str, target: tuple[str, int, str]) -> None:
    assert read_target(url) == GuardedTarget(*target)


NO_ADDRESSES = """
http://example.com/ ftp://example.com/ //example.com/ example.com https:// https:///x
https://user@example.com/ https://user:word@example.com/ https://@example.com/
https://example.com:80/ https://example.com:1023/ https://example.com:0/ https://example.com:65536/
https://example.com:x/ https://example.com/#part https://example.com\\@evil.example/ https://a..b/
https://ex_ample.com/ https://example.com/ü https://example.com/?ü https://[::1 https://%31%30.example/
""".split()
NO_ADDRESSES += ["", " https://example.com/", "https://example.com/ x", "https://exam\nple.com/"]
NO_ADDRESSES += ["https://example.com/\r\nHost: evil", "https://example.com/\x7f"]
NO_ADDRESSES += [f"https://example.com/{'x' * 500}", f"https://{'a' * 64}.example/"]


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_is_no_address_for_it_is_refused(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of the library, too
        read_target(url)


NOT_PUBLIC = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255
192.0.0.1 192.0.0.9 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1
255.255.255.255 192.31.196.1 192.175.48.1
:: ::1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::ffff:0:8.8.8.8
64:ff9b::7f00:1 64:ff9b::8.8.8.8 64:ff9b:1::a00:1 64:ff9b:1:2::8.8.8.8 100::1 2001::1 2001:0:4136:e378::1
2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1 3fff::1 5f00::1
fc00::1 fd00:ec2::254 fe80::1 fe80::1%1 2a00:1450::1%1 fec0::1 ff02::1 ff0e::1 2620:4f:8000::1
""".split()
PUBLIC = (
    "1.1.1.1 8.8.8.8 93.184.216.34 223.255.255.254 2606:4700::1111 2a00:1450:4001::1 2001:200::1"
)


def test_only_public_addresses_are_called() -> None:
    assert [one for one in NOT_PUBLIC if is_public(ip_address(one))] == []
    assert [one for one in PUBLIC.split() if not is_public(ip_address(one))] == []
    assert is_public(ip_address("10.0.0.1"), [ip_network("10.0.0.0/24")])
    assert not is_public(ip_address("10.0.1.1"), [ip_network("10.0.0.0/24")])


def resolver(*turns: Sequence[str]) -> Callable[..., list[tuple[Any, ...]]]:
    """Answers with other addresses each time."""
    left = list(turns)

    def resolve(_host: str, port: int, **_options: object) -> list[tuple[Any, ...]]:
        answer = left.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in answer]

    return resolve


@pytest.fixture(scope="module")
def listening() -> Iterator[WebhookReceiver]:
    with webhook_receiver() as there:
        yield there


@pytest.fixture
def receiver(listening: WebhookReceiver) -> WebhookReceiver:
    listening.received.clear()
    listening.connections, listening.seconds = 0, 0
    listening.says(204)
    return listening


def connection(url: str, **values: Any) -> GuardedConnection:
    return GuardedConnection(
        read_target(url), **{"allowed": LOOPBACK, "certificates": trust(), **values}
    )


def post(to: GuardedConnection, seconds: float = 5) -> HttpAnswer:
    return to.post({"X-Own": "1"}, b"{}", seconds=seconds, max_bytes=4096)


def reason(to: GuardedConnection, seconds: float = 5) -> str:
    began = time.monotonic()
    with pytest.raises(NoAnswerError) as told:
        post(to, seconds)
    assert time.monotonic() - began < seconds + 0.5
    return silence.split_silence(str(told.value))[1]


def test_several_calls_share_a_connection(receiver: WebhookReceiver) -> None:
    receiver.says(200, b"well", X_Word="yes")
    with connection(receiver.url) as there:
        answers = [post(there) for _ in range(3)]
    assert {(one.status, one.body, one.headers["X-Word"]) for one in answers} == {
        (200, b"well", "yes")
    }
    assert receiver.connections == 1
    sent = receiver.received[0]
    assert (sent.path, sent.body) == ("/hook", b"{}")
    assert sent.headers == {
        "host": f"localhost:{receiver.port}",
        "accept-encoding": "identity",
        "content-length": "2",
        "x-own": "1",
    }


def test_a_connection_that_the_other_side_ended_is_made_anew(receiver: WebhookReceiver) -> None:
    receiver.says(200, b"", Connection="close")
    with connection(receiver.url) as there:
        assert [post(there).status for _ in range(2)] == [200, 200]
    assert receiver.connections == 2


def test_of_a_long_answer_only_the_beginning_is_read(receiver: WebhookReceiver) -> None:
    receiver.says(200, b"x" * 1_000_000)
    with connection(receiver.url) as there:
        assert [len(post(there).body) for _ in range(2)] == [4096, 4096]
    assert receiver.connections == 2


def test_a_redirect_is_an_answer_like_any(receiver: WebhookReceiver) -> None:
    receiver.says(302, b"", Location="https://127.0.0.1/")
    with connection(receiver.url) as there:
        assert post(there).status == 302
    assert len(receiver.received) == 1


def test_private_addresses_are_not_even_connected_to(receiver: WebhookReceiver) -> None:
    for answer in (["127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["10.0.0.1"], []):
        there = connection(receiver.url, allowed=(), resolve=resolver(answer))
        assert reason(there) == silence.NOT_PUBLIC
    assert reason(connection(receiver.url, allowed=())) == silence.NOT_PUBLIC
    assert reason(connection("https://127.1/", allowed=())) == silence.NOT_PUBLIC
    assert reason(connection("https://2130706433/", allowed=())) == silence.NOT_PUBLIC
    assert receiver.connections == 0


def test_a_name_is_asked_for_once_whatever_it_answers_later(receiver: WebhookReceiver) -> None:
    """Who answers with another address the second time gets nobody to call it."""
    receiver.says(200, b"", Connection="close")
    asked = resolver(["127.0.0.1"], ["169.254.169.254"])
    with connection(receiver.url, resolve=asked) as there:
        assert [post(there).status for _ in range(2)] == [200, 200]
    assert len(receiver.received) == 2


def test_an_address_of_this_machine_is_none_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also a public one: what listens here may trust whoever comes from here."""
    monkeypatch.setattr("commerce.kit.remote.guarded.is_public", lambda _address: True)
    there = connection("https://own.example:1024/", allowed=(), resolve=resolver(["127.0.0.1"]))
    assert reason(there) == silence.NOT_PUBLIC


def test_the_certificate_must_be_of_the_name(receiver: WebhookReceiver) -> None:
    other = f"https://other.example:{receiver.port}/"
    assert reason(connection(other, resolve=resolver(["127.0.0.1"]))) == silence.NOT_TRUSTED
    assert reason(connection(receiver.url, certificates=None)) == silence.NOT_TRUSTED
    assert receiver.received == []


def test_proxies_of_the_environment_are_not_used(
    receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with connection(receiver.url) as there:
        assert post(there).status == 204


def test_a_silent_receiver_is_left_in_time(receiver: WebhookReceiver) -> None:
    receiver.seconds = 1
    assert reason(connection(receiver.url), seconds=0.3) == silence.TOO_LATE


def test_one_who_takes_the_connection_and_says_nothing_is_left_in_time() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as mute:
        url = f"https://localhost:{mute.getsockname()[1]}/"
        assert reason(connection(url), seconds=0.3) == silence.TOO_LATE


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_slow_drip_is_cut_off(beginning: bytes) -> None:
    """Each byte comes in time, all of them never."""
    with dripping(beginning) as port:
        there = connection(f"https://localhost:{port}/")
        assert reason(there, seconds=0.4) == silence.TOO_LATE


@pytest.mark.parametrize("answer", [b"no HTTP\r\n\r\n", b"HTTP/1.1 x y\r\n\r\n", b""])
def test_what_is_no_answer_is_told(answer: bytes) -> None:
    with dripping(answer, lasts=False) as port:
        assert reason(connection(f"https://localhost:{port}/")) == silence.BROKEN_OFF


@contextmanager
def dripping(beginning: bytes, *, lasts: bool = True) -> Iterator[int]:
    """The port of a receiver that says ``beginning``, and then a byte now and then, or nothing more."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate_files()[:2])

    def serve(listener: socket.socket) -> None:
        with (
            suppress(OSError),
            closing(listener.accept()[0]) as plain,
            closing(context.wrap_socket(plain, server_side=True)) as there,
        ):
            there.recv(65_536)
            there.sendall(beginning)
            while lasts:
                time.sleep(0.05)
                there.sendall(b"x")

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]
