"""Reads about zones that are more than one query."""

from commerce.dns.models import ZoneTemplate
from commerce.dns.servers.registry import our_nameservers
from commerce.dns.template import FilledTemplate, fill_template
from commerce.hosting.models import Server, Service
from commerce.hosting.rules import LIVE_SERVICE_STATUSES
from commerce.site_settings.current import get_setting


def template_of(name: str, client_id: int, *, takes_alias: bool) -> FilledTemplate:
    """What a new zone of a client's name holds: with the server of the hosting service that uses it, and the template
    of its product, if there are such.
    """
    service = hosting_service_of(name, client_id)
    own = ZoneTemplate.objects.filter(product=service.product_id).first() if service else None
    text = own.text if own else str(get_setting("dns.template"))
    values = {
        "nameserver": our_nameservers(),
        "ns1": our_nameservers()[:1],
        **_server_values(service.server if service else None),
    }
    return fill_template(text, name, values, takes_alias=takes_alias)


def hosting_service_of(name: str, client_id: int) -> Service | None:
    """The client's newest service that uses a name and has its place on a server."""
    rows = Service.objects.for_client(client_id).filter(
        domain=name, status__in=LIVE_SERVICE_STATUSES, server__isnull=False
    )
    return rows.select_related("server").newest_first().first()


def _server_values(server: Server | None) -> dict[str, list[str]]:
    if server is None:
        return {}
    found = {"server": server.hostname, "ipv4": server.ipv4, "ipv6": server.ipv6}
    return {name: [value] for name, value in found.items() if value}
