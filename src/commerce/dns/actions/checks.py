"""The check of a delegation: asked over DNS outside of transactions, kept with the zone (dns.md 3)."""

from django.db import transaction

from commerce.dns.models import Zone, ZoneVersion
from commerce.dns.rules import DnssecStatus
from commerce.dns.servers.registry import our_nameservers
from commerce.kit.context import Context


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
