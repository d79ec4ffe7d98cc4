"""What stands where the name server should be: it says nothing of value, and nothing of it is shown."""

import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import dns.flags
import dns.message
import pytest

from commerce.dns.servers.contract import ServedZone, ZoneRefusedError
from commerce.dns.servers.powerdns.adapter import PowerDnsServer
from commerce.kit.remote.http import ProviderSilentError
from tests.doubles.hostile import HostileServer, hostile_server, packed

Answer = Callable[[socket.socket], None]


def adapter(*, api_url: str = "", dns_address: str = "") -> PowerDnsServer:
    return PowerDnsServer(
        {
            "api_url": api_url,
            "api_key": "key",
            "server_id": "localhost",
            "is_primary": False,
            "catalog": "",
            "dns_address": dns_address,
            "expand_alias": False,
        }
    )


def closes(line: socket.socket) -> None:
    line.recv(4096)


def resets(line: socket.socket) -> None:
    """Unread, and with no goodbye."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def begins(line: socket.socket) -> None:
    line.recv(4096)
    line.sendall(b"\x00\x40half")


def says_nonsense(line: socket.socket) -> None:
    line.recv(4096)
    line.sendall(b"\x00\x04half")


def on_one_port(
    udp: type[socketserver.BaseRequestHandler], tcp: type[socketserver.BaseRequestHandler]
) -> tuple[socketserver.BaseServer, socketserver.BaseServer]:
    """A port that is free for one of them can be taken for the other: then both take another one."""
    while True:
        first = socketserver.ThreadingUDPServer(("127.0.0.1", 0), udp)
        try:
            return first, socketserver.ThreadingTCPServer(first.server_address, tcp)
        except OSError:
            first.server_close()


@pytest.fixture
def truncating() -> Iterator[Callable[[Answer], str]]:
    """A name server whose answer over UDP is truncated, and what it does over TCP then."""
    with ExitStack() as running:

        def start(over_tcp: Answer) -> str:
            class Udp(socketserver.BaseRequestHandler):
                def handle(self) -> None:
                    packet, line = self.request
                    answer = dns.message.make_response(dns.message.from_wire(packet))
                    answer.flags |= dns.flags.TC
                    line.sendto(answer.to_wire(), self.client_address)

            class Tcp(socketserver.BaseRequestHandler):
                def handle(self) -> None:
                    over_tcp(self.request)

            udp, tcp = on_one_port(Udp, Tcp)
            for server in (udp, tcp):
                running.enter_context(server)
                threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
                running.callback(server.shutdown)
            return f"127.0.0.1:{udp.server_address[1]}"

        yield start


@pytest.mark.parametrize("over_tcp", [closes, resets, begins, says_nonsense])
def test_a_truncated_answer_without_the_rest_is_silence(
    over_tcp: Answer, truncating: Callable[[Answer], str]
) -> None:
    """``EOFError`` went through to the job that publishes zones."""
    there = adapter(dns_address=truncating(over_tcp))
    with pytest.raises(OSError):  # noqa: PT011 -- any of them, as the contract says
        there.served_serial("example.com")
    with pytest.raises(OSError):  # noqa: PT011 -- any of them, as the contract says
        there.answers_keys("example.com", [])


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as there:
        yield there


INTERNAL = b"INTERNAL-ONLY: role=admin token=abc"


@pytest.mark.parametrize(
    "body",
    [
        INTERNAL,
        b"<html>" + INTERNAL,
        b'{"message": "INTERNAL-ONLY"}',
        b'["INTERNAL-ONLY"]',
        b'"INTERNAL-ONLY"',
        b'{"error": ["INTERNAL-ONLY"]}',
        b'{"error": {"secret": "INTERNAL-ONLY"}}',
    ],
)
@pytest.mark.parametrize("status", [301, 400, 403, 404, 422, 500])
def test_what_answers_at_another_address_is_not_repeated(
    server: HostileServer, body: bytes, status: int
) -> None:
    server.says(body, ("Location", "http://127.0.0.1/INTERNAL-ONLY"), status=status)
    with pytest.raises((ProviderSilentError, ZoneRefusedError)) as refused:
        adapter(api_url=server.url).test()
    assert "INTERNAL" not in str(refused.value)
    assert len(server.paths) == 1


@pytest.mark.parametrize(
    "body", [b"Not Found", b'{"error": "Not Found"}', b"<html>Not Found</html>", b"", b"404 page"]
)
def test_a_404_of_something_else_does_not_say_that_there_is_no_zone(
    server: HostileServer, body: bytes
) -> None:
    """A proxy, or a wrong path: a zone that was deleted or made by that would be so for nobody."""
    server.says(body, status=404)
    there = adapter(api_url=server.url)
    zone = ServedZone("example.com", "soa", [], is_signed=False)
    acts: tuple[Callable[[], object], ...] = (
        lambda: there.get_zone("example.com"),
        lambda: there.put_zone(zone),
        lambda: there.delete_zone("example.com"),
        lambda: there.ds_records("example.com"),
    )
    for act in acts:
        with pytest.raises(ProviderSilentError):
            act()


def test_the_reason_of_a_refusal_is_repeated_on_one_line(server: HostileServer) -> None:
    server.says(b'{"error": "Not\\n valid \\u0000", "other": "INTERNAL"}', status=422)
    with pytest.raises(ZoneRefusedError) as refused:
        adapter(api_url=server.url).test()
    assert str(refused.value) == "Not valid"


def test_a_small_answer_cannot_become_a_large_one(server: HostileServer) -> None:
    server.says(packed(packed(b"{}" * 1_000_000)), ("Content-Encoding", "gzip, gzip"))
    with pytest.raises(ProviderSilentError):
        adapter(api_url=server.url).test()
