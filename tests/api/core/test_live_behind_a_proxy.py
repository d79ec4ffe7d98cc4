"""The API behind a proxy: who is believed about whom (client-api.md 1; invariants.md X18)."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.raw_requests import RawReply, exchange_one, log_lines
from tests.server.running import RunningServer, once, running_server

pytestmark = once


def ask(server: RunningServer, *headers: str) -> RawReply:
    return exchange_one(server, "GET /api/v1/me", *headers, tls=False)


@pytest.fixture(scope="module")
def proxied(installation: dict[str, Any]) -> Iterator[RunningServer]:
    """The same installation behind a trusted proxy; two more addresses are trusted."""
    with running_server(
        installation["folder"],
        "serve",
        "--behind-proxy",
        "--no-worker",
        plain=False,
        COMMERCE_TRUSTED_PROXIES="127.0.0.1 198.51.100.0/24 2001:db8:1::/48",
        COMMERCE_API_RATE="100000/60s",
        COMMERCE_API_AUTH_FAILURE_RATE="2/60s",
    ) as running:
        yield running


class TestBehindAProxy:
    @pytest.mark.parametrize(
        ("forwarded", "address"),
        [
            (["203.0.113.9"], "203.0.113.9"),
            (["10.9.9.9, 203.0.113.9"], "203.0.113.9"),
            (["203.0.113.9, 198.51.100.7"], "203.0.113.9"),
            (["10.9.9.9, 203.0.113.9, 198.51.100.7, 127.0.0.1"], "203.0.113.9"),
            (["10.9.9.9", "203.0.113.9"], "203.0.113.9"),  # two lines are one list
            (["203.0.113.9", "198.51.100.7"], "203.0.113.9"),
            (["2001:db8:2::7"], "2001:db8:2::7"),
            (["2001:db8:2::7, 2001:db8:1::1"], "2001:db8:2::7"),
            (["[2001:db8:2::7]:4711"], "2001:db8:2::7"),
            (["203.0.113.9:4711"], "203.0.113.9"),
            (["::ffff:203.0.113.9"], "203.0.113.9"),
            (["203.0.113.9, unknown"], ""),
            (["198.51.100.7"], "198.51.100.7"),
            ([], "127.0.0.1"),
        ],
    )
    def test_the_caller_is_the_last_that_is_no_trusted_proxy(
        self, proxied: RunningServer, bearer: str, forwarded: list[str], address: str
    ) -> None:
        mark = f"proxied-{abs(hash((*forwarded, address)))}"
        headers = [f"X-Forwarded-For: {hop}" for hop in forwarded]
        reply = ask(proxied, bearer, "X-Forwarded-Proto: https", f"X-Request-Id: {mark}", *headers)
        assert reply.status == 200
        (line,) = [x for x in log_lines(proxied.data, "access") if x["request_id"] == mark]
        assert line["address"] == address

    @pytest.mark.parametrize(
        ("proto", "status"),
        [
            (["https"], 200),
            (["HTTPS"], 200),
            (["http"], 403),
            (["https", "http"], 403),
            (["http, https"], 200),
            (["ftp"], 403),
            ([""], 403),
            ([], 403),
        ],
    )
    def test_https_is_what_the_proxy_says(
        self, proxied: RunningServer, bearer: str, proto: list[str], status: int
    ) -> None:
        reply = ask(proxied, bearer, *(f"X-Forwarded-Proto: {said}" for said in proto))
        assert reply.status == status
        assert ("strict-transport-security" in reply.headers) == (status == 200)

    def test_refused_tokens_are_counted_by_the_caller_not_by_the_proxy(
        self, proxied: RunningServer
    ) -> None:
        def refused(address: str) -> int:
            headers = ["X-Forwarded-Proto: https", f"X-Forwarded-For: {address}"]
            return ask(proxied, "Authorization: Bearer x", *headers).status

        assert [refused("192.0.2.1") for _ in range(3)] == [401, 401, 429]
        assert [refused(f"10.1.1.{n}, 192.0.2.2") for n in range(3)] == [401, 401, 429]
        assert [refused(f"2001:db8:5::{n}") for n in range(3)] == [401, 401, 429]
