"""What follows from events of domains: zones begun and ended (the list of all reactions is ``commerce.reactions``)."""

from commerce.dns.actions.zones import open_zone, schedule_zone_end
from commerce.dns.servers.registry import our_nameservers, zones_are_on
from commerce.domains.events import DomainEvent
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError


def open_zone_of_domain(event: DomainEvent, ctx: Context) -> None:
    """A name that became active with our name servers gets its zone."""
    domain = Domain.objects.select_related("client").get(pk=event.domain_id)
    ours = set(our_nameservers())
    if not zones_are_on() or domain.status != DomainStatus.ACTIVE:
        return
    if not ours or set(domain.nameservers) != ours:
        return
    try:
        open_zone(client=domain.client, name=domain.domain_name, ctx=ctx)
    except BusinessError as refused:
        if refused.code != "zone.exists":
            raise


def schedule_end_of_zone(event: DomainEvent, ctx: Context) -> None:
    """A name that has left us, or has ended, keeps its zone for 30 days."""
    schedule_zone_end(domain=Domain.objects.get(pk=event.domain_id), ctx=ctx)
