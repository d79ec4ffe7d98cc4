"""What follows from events of domains: zones begun and ended (the list of all reactions is ``commerce.reactions``)."""

from commerce.dns.actions.zones import open_zone, schedule_zone_end
from commerce.dns.models import Zone
from commerce.dns.servers.registry import our_nameservers, zones_are_on
from commerce.domains.events import DomainEvent
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError


def open_zone_of_domain(event: DomainEvent, ctx: Context) -> None:
    """A name that became active with our name servers gets its zone; one that its client has already goes with it."""
    if not zones_are_on():
        return
    domain = Domain.objects.select_related("client").get(pk=event.domain_id)
    ours = set(our_nameservers())
    if domain.status != DomainStatus.ACTIVE:
        return
    has_zone = Zone.objects.for_client(domain.client).live().filter(name=domain.domain_name)
    uses_ours = ours and set(domain.nameservers) == ours
    if not uses_ours and not has_zone.exists():
        return
    try:
        open_zone(client=domain.client, name=domain.domain_name, ctx=ctx)
    except BusinessError as refused:
        if refused.code not in ("zone.exists", "zone.name_not_allowed"):
            raise


def schedule_end_of_zone(event: DomainEvent, ctx: Context) -> None:
    """A name that has left us, or has ended, keeps its zone for 30 days."""
    schedule_zone_end(domain=Domain.objects.get(pk=event.domain_id), ctx=ctx)
