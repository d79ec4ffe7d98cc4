"""What the daily run does with zones: ends them, tells of that before, checks delegations, compares with the server."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from commerce.dns.actions.checks import check_delegation
from commerce.dns.actions.zones import (
    announce_zone_end,
    end_zone,
    withdraw_zone_end,
)
from commerce.dns.emails import send_zone_differences_email
from commerce.dns.models import Zone
from commerce.dns.rules import NOTICE_DAYS, DnssecStatus
from commerce.dns.servers.contract import DnsServer, ServedZone, ZoneRefusedError
from commerce.dns.servers.registry import dns_server, zones_are_on
from commerce.kit.context import Context
from commerce.presentation.idn import readable_name
from commerce.presentation.labels import Text
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay, StepCounts

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECK_EVERY = timedelta(days=7)
"""How often the delegation of a zone that is delegated to us is looked at again; the others each day."""


def find_ending_zones(day: RunDay) -> QuerySet[Zone]:
    """Zones whose owner is to be told of their end, and those that end."""
    told = Q(end_told_on__isnull=False, ends_on__lte=day.date)
    untold = Q(end_told_on__isnull=True, ends_on__lte=day.date + timedelta(days=NOTICE_DAYS))
    return Zone.objects.live().filter(told | untold)


def end_zone_daily(zone_id: int, day: RunDay) -> StepCounts:
    """Tell, and at least a week later end; one whose name is here again goes on."""
    zone, ctx = Zone.objects.get(pk=zone_id), Context(day.at, day.actor)
    if withdraw_zone_end(zone=zone, ctx=ctx):
        return {"kept": 1}
    if zone.end_told_on is None:
        return {"told": int(announce_zone_end(zone=zone, day=day.date, ctx=ctx))}
    end_zone(zone=zone, ctx=ctx)
    return {"ended": 1}


def find_zones_to_check(day: RunDay) -> QuerySet[Zone]:
    """Zones whose delegation is not known, or not ours, and those not looked at for a week."""
    if not zones_are_on():
        return Zone.objects.none()
    old = Q(delegation_checked_at__lt=day.at - CHECK_EVERY)
    return Zone.objects.live().filter(~Q(is_delegated=True) | old)


def check_zone_daily(zone_id: int, day: RunDay) -> StepCounts:
    """Ask its parent; one that cannot be asked today is asked tomorrow."""
    try:
        check_delegation(zone=Zone.objects.get(pk=zone_id), ctx=Context(day.at, day.actor))
    except OSError:
        return {"unknown": 1}
    return {"checked": 1}


def compare_zones_daily(day: RunDay, report: StepReport) -> None:
    """Compare each zone with the server's; staff hear of those that differ, and changes under way are left out."""
    from dns.exception import DNSException

    server = dns_server()
    if server is None:
        report.outcome = "zones are off"
        return
    found: list[Text] = []
    for zone in Zone.objects.live().order_by("name").iterator():
        try:
            problem: Text = difference_at_server(zone, server)
        except OSError as silent:
            report.errors.append({"kind": "dns", "id": server.slug, "error": str(silent)})
            break
        except (ZoneRefusedError, DNSException, ValueError, LookupError) as error:
            problem = format_lazy(_("can't be compared: {problem}"), problem=str(error))
        report.rows += 1
        if problem:
            found.append(
                format_lazy("{zone}: {problem}", zone=readable_name(zone.name), problem=problem)
            )
    report.outcome = f"{len(found)} differences" if found else "no differences"
    if found:
        send_zone_differences_email(found=found, at=day.at)


def difference_at_server(zone: Zone, server: DnsServer) -> Text:
    """How the server's zone differs from the newest version here, in a few words; empty for one that is not live yet.

    Raises ``OSError`` when the server does not answer.
    """
    version = zone.newest
    if version.live_at is None:
        return ""
    there = server.get_zone(zone.name)
    if there is None:
        return _("missing on the DNS server")
    is_signed = zone.dnssec != DnssecStatus.UNSIGNED
    here = ServedZone(zone.name, version.soa_value(), version.record_list(), is_signed)
    parts = []
    if here.soa.lower() != there.soa.lower():
        parts.append(f"SOA {there.soa}")
    parts += _differing_records(here, there)
    if there.is_signed != is_signed:
        parts.append("+ DNSSEC" if there.is_signed else "- DNSSEC")
    return "; ".join(parts)


def _differing_records(here: ServedZone, there: ServedZone) -> "Iterator[str]":
    from commerce.dns.record_types import same_form, zone_file_value

    ours = {(r.name, r.type, r.ttl, same_form(r.type, zone_file_value(r))) for r in here.records}
    theirs = {(r.name, r.type, r.ttl, same_form(r.type, r.value)) for r in there.records}
    for sign, rows in (("-", ours - theirs), ("+", theirs - ours)):
        for name, kind, ttl, value in sorted(rows)[:5]:
            yield f"{sign} {name} {ttl} {kind} {value}"
