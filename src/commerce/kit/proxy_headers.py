"""What the transport tells of a caller: HTTPS or not, and from which address (client-api.md 1).

Proxy headers count only from trusted proxies. Header names with underscores do not get here (`server.asgi_bridge`):
WSGI cannot tell ``X_Forwarded_For`` from ``X-Forwarded-For``.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

type IpNetworks = Sequence[IPv4Network | IPv6Network]

_FORWARDED = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_FORWARDED",
)
COUNTRY_KEY = "commerce.country"
"""Where a WSGI environment has the country of the caller's address, ISO 3166 alpha-2; absent where nobody tells it."""

REJECTED_STATUS_KEY = "commerce.rejected_status"
"""Where a WSGI environment has the status of a request that is not to be asked at all: see `server.rejections`."""
NO_ACCESS_LOG_KEY = "commerce.no_access_log"
"""Set in a WSGI environment that needs no line in the access log: a worker asks itself whether it answers."""
LONGEST_ADDRESS = 3500
"""Characters of an address with its query: it may come back in a header of ours, none of which reaches 4 KiB."""
MAX_BODY_BYTES = 1_000_000
"""What a request may send. No form takes files yet, and without a limit a file would be stored before it is refused."""

_WITH_PORT = re.compile(r"\[(?P<v6>[^\]]+)\](?::[0-9]+)?\Z|(?P<v4>[0-9.]+):[0-9]+\Z")
_ALPHA_2 = re.compile(r"[A-Za-z]{2}\Z")
_LONGEST = 64
"""More than any address with its zone and port; what is longer is not worth remembering."""


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address written in ``text``, with or without a port; None when it is none.

    An IPv4 address mapped into IPv6 is the IPv4 one.
    """
    return _address(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _address(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip()
    if match := _WITH_PORT.match(text):
        text = match["v6"] or match["v4"]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_in_networks(caller: IPv4Address | IPv6Address | None, networks: IpNetworks) -> bool:
    """Whether an address lies in one of the networks."""
    return caller is not None and any(
        caller.version == network.version and caller in network for network in networks
    )


def apply_proxy_headers(
    environ: dict[str, Any], trusted: IpNetworks, country_header: str = ""
) -> None:
    """Make ``REMOTE_ADDR`` and ``wsgi.url_scheme`` of a WSGI environment true, and drop the headers they came from.

    ``country_header`` is the header in which a trusted proxy tells the country of the caller's address
    (``COUNTRY_KEY``).

    Behind a trusted proxy the scheme is its ``X-Forwarded-Proto``, and the caller is the right-most address of
    ``X-Forwarded-For`` that is not a trusted proxy. From anyone else both headers are ignored. A caller whose address
    cannot be read has none: they must not be taken for the proxy.
    """
    peer = caller = environ.get("REMOTE_ADDR", "")
    country = environ.pop(_in_wsgi(country_header), "") if country_header else ""
    if trusted and is_in_networks(parse_address(peer), trusted):
        proto = environ.get("HTTP_X_FORWARDED_PROTO")
        if proto is not None:
            last = proto.rpartition(",")[2].strip().lower()
            environ["wsgi.url_scheme"] = "https" if last == "https" else "http"
        if _ALPHA_2.match(country):
            environ[COUNTRY_KEY] = country.upper()
        hops = environ.get("HTTP_X_FORWARDED_FOR")
        if hops is not None:
            for caller in reversed(hops.split(",")):
                if not is_in_networks(parse_address(caller), trusted):
                    break
    environ["REMOTE_ADDR"] = _canonical(caller) if len(caller) <= _LONGEST else ""
    for name in _FORWARDED:
        environ.pop(name, None)


def _in_wsgi(header: str) -> str:
    return f"HTTP_{header.upper().replace('-', '_')}"


@lru_cache(maxsize=4096)
def _canonical(caller: str) -> str:
    """The address as it is usually written; empty if it is none."""
    return str(_address(caller) or "")


def rate_limit_network(caller: str) -> str:
    """The network by which anonymous callers are counted: an IPv4 address, or the /64 of an IPv6 one."""
    address = parse_address(caller)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address) >> 64 << 64, 64)))
    return str(address or "unknown")
