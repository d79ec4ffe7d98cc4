"""The name server of this installation: which kinds there are, and which one is chosen (dns.md 4)."""

from functools import partial

from django.conf import settings

from commerce.dns.servers.contract import DnsServer, ZoneRefusedError
from commerce.dns.servers.powerdns.adapter import PowerDnsServer
from commerce.dns.servers.sandbox.adapter import SandboxDnsServer
from commerce.jobs.remote_calls import record_calls
from commerce.jobs.words import RemoteWords
from commerce.kit.errors import BusinessError
from commerce.site_settings.adapter_fields import (
    adapter_settings,
    missing_fields,
    register_adapter_settings,
)
from commerce.site_settings.current import get_setting
from commerce.site_settings.validators import add_preliminary_check, add_validator

NO_SERVER = "none"
SERVER_CLASSES: dict[str, type[DnsServer]] = {PowerDnsServer.slug: PowerDnsServer}
"""Every adapter by its slug. A new one is a folder and a line here."""
if settings.COMMERCE_DEMO:  # it answers nobody
    SERVER_CLASSES[SandboxDnsServer.slug] = SandboxDnsServer


def describe_dns_server(slug: str) -> RemoteWords | None:
    """What people call a name server: its own name."""
    adapter, page = SERVER_CLASSES.get(slug), "settings/dns"
    return RemoteWords(adapter.name, page, page) if adapter else None


def dns_server() -> DnsServer | None:
    """The chosen name server with its settings; none: zones are off."""
    chosen = get_setting("dns.server")
    return _server(chosen) if chosen in SERVER_CLASSES else None


def required_dns_server() -> DnsServer:
    """The chosen name server. Raises ``BusinessError`` while zones are off."""
    if server := dns_server():
        return server
    raise BusinessError("dns.off")


def zones_are_on() -> bool:
    """Whether clients can have zones here."""
    return get_setting("dns.server") in SERVER_CLASSES


def our_nameservers() -> list[str]:
    """The hosts that answer for zones, ``dns.nameservers``."""
    return list(get_setting("dns.nameservers"))


def register_server_settings() -> None:
    """Make the settings of all adapters known; none can be chosen before it is configured and answers."""
    for slug, adapter in SERVER_CLASSES.items():
        register_adapter_settings(f"dns.{slug}", adapter.fields)
    add_preliminary_check("dns.server", _prove)
    add_validator("dns.server", _may_choose)
    add_validator("dns.nameservers", _enough)


def _server(slug: str) -> DnsServer:
    adapter = SERVER_CLASSES[slug]
    made = adapter(adapter_settings(f"dns.{slug}", adapter.fields))
    if isinstance(made, PowerDnsServer):
        made.note_calls = partial(record_calls, f"dns {slug}")
    return made


def _prove(slug: object) -> None:
    """What it takes to choose a server; it is asked, so no transaction is open."""
    _may_choose(slug)
    if slug in SERVER_CLASSES:
        check_server(_server(str(slug)))


def check_server(server: DnsServer) -> str:
    """Its version. Raises ``BusinessError`` when it does not answer, or its settings cannot work."""
    try:
        return server.test()
    except (OSError, ZoneRefusedError) as problem:
        raise BusinessError(
            "dns.server_not_answering", server=server.name, problem=problem
        ) from problem


def _may_choose(slug: object) -> None:
    """The same once more, under the lock of the settings, without a question to anybody."""
    if slug == NO_SERVER:
        return
    if slug not in SERVER_CLASSES:
        known = ", ".join([NO_SERVER, *SERVER_CLASSES])
        raise BusinessError("dns.server_unknown", name=slug, known=known)
    if len(our_nameservers()) < 2:
        raise BusinessError("dns.no_nameservers")
    adapter = SERVER_CLASSES[str(slug)]
    values = adapter_settings(f"dns.{slug}", adapter.fields)
    if missing := missing_fields(adapter.fields, values):
        labels = ", ".join(str(each.label) for each in missing)
        raise BusinessError("dns.server_settings_missing", server=adapter.name, fields=labels)


def _enough(hosts: object) -> None:
    """A server in use needs two names."""
    if isinstance(hosts, list) and len(hosts) < 2 and zones_are_on():
        raise BusinessError("dns.no_nameservers")
