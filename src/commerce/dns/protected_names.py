"""Names that nobody gets a zone of: those by which this installation, its servers and the Internet itself are found."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings

from commerce.dns.servers.registry import our_nameservers, required_dns_server
from commerce.hosting.models import Server


def is_protected(name: str) -> bool:
    """Whether a zone of it would answer for one of ours: the name itself, one above or one below."""
    return name.endswith(".arpa") or any(_is_around(name, host) for host in _our_hosts())


def _our_hosts() -> Iterator[str]:
    yield from our_nameservers()
    yield from required_dns_server().own_zones
    yield urlsplit(settings.COMMERCE_URL).hostname or "localhost"
    yield from Server.objects.exclude(hostname="").values_list("hostname", flat=True).distinct()


def _is_around(name: str, host: str) -> bool:
    host = host.lower().rstrip(".")
    return name == host or name.endswith(f".{host}") or host.endswith(f".{name}")
