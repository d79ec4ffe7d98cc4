"""Whoever answers in the place of a gateway, a registrar or a DNS server: it is silence, and costs next to nothing."""

import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import pytest

from commerce.dns.servers.powerdns.adapter import PowerDnsServer
from commerce.domains.registrars.contract import RegistrarProblem
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.kit.errors import BusinessError
from commerce.payments.gateways.registry import GATEWAY_CLASSES
from tests.doubles.hostile import MIB, HostileServer, hostile_server, packed

BY_HTTP = sorted(
    slug
    for slug, adapter in (GATEWAY_CLASSES | REGISTRAR_CLASSES).items()
    if any(name.endswith("_address") for name in dir(adapter))
)

zeros = cache(partial(packed, bytes(MIB), times=256))

# Each is made when it is asked for: two take seconds, and whoever collects the tests would wait for them.
ANSWERS: dict[str, Callable[[], tuple[bytes, list[tuple[str, str]]]]] = {
    "packed twice": lambda: (packed(zeros()), [("Content-Encoding", "gzip, gzip")]),
    "packed once": lambda: (zeros(), [("Content-Encoding", "gzip")]),
    "deep JSON": lambda: (b"[" * 900 + b"]" * 900, []),
    "deep objects": lambda: (b'{"object":' * 900 + b"1" + b"}" * 900, []),
    "wide JSON": lambda: (b"[" + b"{}," * 2_000_000 + b"{}]", []),
    "deep XML": lambda: (b"<a>" * 200 + b"</a>" * 200, []),
    "wide XML": lambda: (b"<a>" + b"<b/>" * 500_000 + b"</a>", []),
    "zeros": lambda: (bytes(7 * MIB), []),
}


@pytest.fixture(scope="module")
def server() -> Iterator[HostileServer]:
    with hostile_server() as there:
        yield there


def settings_of(adapter: Any) -> dict[str, Any]:
    def value(field: Any) -> Any:
        if field.kind == "switch":
            return True
        return (field.prefixes or ("",))[0] + "value"

    return {each.name: value(each) for each in adapter.fields}


def test_these_are_the_adapters_with_an_http_api() -> None:
    assert len(BY_HTTP) >= 7


@pytest.mark.parametrize("answer", sorted(ANSWERS))
@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("slug", BY_HTTP)
def test_it_is_silence(
    slug: str, status: int, answer: str, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK of Stripe, for one, would follow an answer to its depth."""
    adapter: Any = (GATEWAY_CLASSES | REGISTRAR_CLASSES)[slug]
    for name in [name for name in dir(adapter) if name.endswith("_address")]:
        monkeypatch.setattr(adapter, name, server.url)
    body, headers = ANSWERS[answer]()
    server.says(body, ("Content-Type", "application/json"), *headers, status=status)
    with cheap():
        if slug in GATEWAY_CLASSES:
            # A status may be a refusal already, whatever comes with it.
            refused = BusinessError if status == 400 else OSError
            with pytest.raises((OSError, refused)):
                adapter(settings_of(adapter)).test()
        else:
            assert adapter(settings_of(adapter)).test().problem == RegistrarProblem.RETRY


@pytest.mark.parametrize("answer", sorted(ANSWERS))
def test_a_dns_server_is_silent_too(answer: str, server: HostileServer) -> None:
    body, headers = ANSWERS[answer]()
    server.says(body, *headers)
    settings = settings_of(PowerDnsServer) | {"api_url": server.url}
    with cheap(), pytest.raises(OSError):  # noqa: PT011 -- any of them, as the contract says
        PowerDnsServer(settings).test()


class cheap:  # noqa: N801 - a block of a test
    """The block takes neither much memory nor much time."""

    def __enter__(self) -> None:
        tracemalloc.start()
        self.began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < 64 * MIB
        assert time.monotonic() - self.began < 18  # a call ends after 20
