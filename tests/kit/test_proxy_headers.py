"""Who is trusted about HTTPS and the caller's address, and what hostile headers cannot do (client-api.md 1)."""

from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.kit import proxy_headers

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def settled(
    peer: str, *, hops: str | None = None, proto: str | None = None, scheme: str = "http"
) -> tuple[str, str]:
    """Scheme and address that a request has after settling."""
    environ: dict[str, Any] = {"REMOTE_ADDR": peer, "wsgi.url_scheme": scheme}
    if hops is not None:
        environ["HTTP_X_FORWARDED_FOR"] = hops
    if proto is not None:
        environ["HTTP_X_FORWARDED_PROTO"] = proto
    environ["HTTP_X_FORWARDED_HOST"] = environ["HTTP_FORWARDED"] = "evil.example"
    proxy_headers.apply_proxy_headers(environ, TRUSTED)
    assert environ.keys() == {"REMOTE_ADDR", "wsgi.url_scheme"}
    return environ["wsgi.url_scheme"], environ["REMOTE_ADDR"]


def test_a_stranger_cannot_say_that_he_came_over_https_or_from_elsewhere() -> None:
    assert settled("203.0.113.9", hops="198.51.100.1", proto="https") == ("http", "203.0.113.9")


def test_a_stranger_on_tls_is_on_https_whatever_he_says() -> None:
    assert settled("203.0.113.9", proto="http", scheme="https") == ("https", "203.0.113.9")


@pytest.mark.parametrize(
    ("proto", "scheme"),
    [
        ("https", "https"),
        ("HTTPS ", "https"),
        ("http", "http"),
        ("http, https", "https"),  # the nearest proxy wrote last
        ("https, http", "http"),
        ("https,", "http"),
        ("", "http"),
        ("https\t", "https"),
        ("httpsx", "http"),
    ],
)
def test_a_trusted_proxy_says_whether_it_was_https(proto: str, scheme: str) -> None:
    assert settled("10.0.0.1", proto=proto)[0] == scheme


def test_a_trusted_proxy_that_says_nothing_leaves_what_the_connection_is() -> None:
    assert settled("10.0.0.1") == ("http", "10.0.0.1")
    assert settled("10.0.0.1", scheme="https") == ("https", "10.0.0.1")


@pytest.mark.parametrize(
    ("hops", "caller"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("1.1.1.1, 198.51.100.1", "198.51.100.1"),  # what the caller wrote himself stays left
        ("198.51.100.1, 10.0.0.7", "198.51.100.1"),
        ("1.1.1.1, 198.51.100.1, 10.0.0.7,10.0.0.8", "198.51.100.1"),
        ("10.0.0.7, 10.0.0.8", "10.0.0.7"),
        ("198.51.100.1:4711", "198.51.100.1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.8", "10.0.0.8"),
    ],
)
def test_the_caller_is_the_right_most_address_that_is_no_trusted_proxy(
    hops: str, caller: str
) -> None:
    assert settled("10.0.0.1", hops=hops)[1] == caller


UNREADABLE = "|unknown|1.2.3|198.51.100.1, unknown|198.51.100.1,|198.51.100.1, x, 10.0.0.7|127.0.0.01|0x7f.0.0.1"


@pytest.mark.parametrize("hops", [*UNREADABLE.split("|"), " ", "9" * 70_000, "198.51.100.1\x00"])
def test_a_caller_whose_address_cannot_be_read_is_not_taken_for_the_proxy(hops: str) -> None:
    assert settled("10.0.0.1", hops=hops)[1] == ""


def test_a_mapped_peer_is_trusted_as_the_address_it_is() -> None:
    assert settled("::ffff:10.0.0.1", proto="https", hops="198.51.100.1") == (
        "https",
        "198.51.100.1",
    )


def test_a_peer_without_an_address_is_trusted_with_nothing() -> None:
    assert settled("", proto="https", hops="198.51.100.1") == ("http", "")


@given(st.text(), st.text(), st.sampled_from(["10.0.0.1", "198.51.100.1", "fd00::1", ""]))
def test_no_header_can_make_it_fail(hops: str, proto: str, peer: str) -> None:
    scheme, caller = settled(peer, hops=hops, proto=proto)
    assert scheme in ("http", "https")
    assert caller == "" or proxy_headers.parse_address(caller) is not None


def test_long_texts_are_not_remembered() -> None:
    before = proxy_headers._address.cache_info().currsize
    assert proxy_headers.parse_address("1" * 65) is None
    assert proxy_headers._address.cache_info().currsize == before


@pytest.mark.parametrize(
    ("caller", "network"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("", "unknown"),
        ("rubbish", "unknown"),
    ],
)
def test_strangers_are_counted_by_address_or_by_slash_64(caller: str, network: str) -> None:
    assert proxy_headers.rate_limit_network(caller) == network


@pytest.mark.parametrize(
    ("peer", "told", "country"),
    [
        ("10.0.0.1", "de", "DE"),
        ("10.0.0.1", "T1", None),
        ("10.0.0.1", "DE, FR", None),
        ("203.0.113.9", "DE", None),
    ],
)
def test_a_country_counts_only_from_a_trusted_proxy(
    peer: str, told: str, country: str | None
) -> None:
    environ: dict[str, Any] = {"REMOTE_ADDR": peer, "HTTP_CF_IPCOUNTRY": told}
    proxy_headers.apply_proxy_headers(environ, TRUSTED, "CF-IPCountry")
    assert environ.get(proxy_headers.COUNTRY_KEY) == country
    assert "HTTP_CF_IPCOUNTRY" not in environ
