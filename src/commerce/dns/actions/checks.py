"""The check of a delegation: asked over DNS outside of transactions, kept with the zone (dns.md 3)."""

from collections.abc import Sequence

from django.db import transaction

from commerce.dns.models import Zone, ZoneVersion
from commerce.dns.rules import DnssecStatus
from commerce.dns.servers.registry import our_nameservers, zones_are_on
from commerce.domains.models import Domain
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError


def check_parent_ds(domain: Domain) -> None:
    """Raises ``BusinessError`` while the parent has delegation signers that are not of our zone of the name, and where
    it can't be asked.
    """
    from commerce.dns.delegation import look_up_delegation

    zones = Zone.objects.for_client(domain.client_id).live()
    zone = zones.filter(name=domain.domain_name).first()
    ours = {each["digest"] for each in zone.ds_records} if zone else set()
    try:
        found = look_up_delegation(domain.domain_name, with_serials=False)
    except OSError as silent:
        raise BusinessError("zone.parent_silent") from silent
    if any(each.digest not in ours for each in found.ds_records):
        raise BusinessError("zone.ds_of_others")


def check_new_nameservers(domain: Domain, hosts: Sequence[str]) -> None:
    """Raises ``BusinessError`` as ``check_parent_ds`` for a name that comes from others to our nameservers: they answer
    without the keys that its parent asks for, so nobody would find it.
    """
    ours = set(our_nameservers()) if zones_are_on() else set()
    if ours.intersection(hosts) and not ours.intersection(domain.nameservers):
        check_parent_ds(domain)


def check_delegation(*, zone: Zone, ctx: Context) -> None:
    """Ask the parent's name servers, and keep what is wrong. Raises ``OSError`` when they could not be asked."""
    from commerce.dns.delegation import look_up_delegation, report_delegation

    found = look_up_delegation(zone.name)
    live = ZoneVersion.objects.filter(zone=zone, live_at__isnull=False).order_by("number").last()
    report = report_delegation(
        found,
        ours=our_nameservers(),
        serial=live.serial if live else 0,
        is_signed=zone.dnssec == DnssecStatus.SIGNED,
        ds_records=zone.ds_records,
    )
    with transaction.atomic():
        Zone.objects.filter(pk=zone.pk).update(
            is_delegated=report.is_delegated,
            delegation_problems=report.problems,
            delegation_checked_at=ctx.at,
        )
    zone.refresh_from_db()
