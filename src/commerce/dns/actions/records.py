"""The records of a zone: each change is one version, whole and checked, which a job takes to the server (dns.md 3)."""

from collections.abc import Sequence
from typing import Annotated

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.db.locks import lock
from commerce.dns.job_names import PUBLISH_ZONE, zone_job_subject
from commerce.dns.models import Zone, ZoneVersion
from commerce.dns.queries import template_of
from commerce.dns.rules import (
    VERSIONS_KEPT,
    DnsRecord,
    VersionCause,
    ZoneStatus,
    next_serial,
    sort_records,
    zone_difference,
)
from commerce.dns.servers.registry import required_dns_server
from commerce.jobs.queue import enqueue
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Integer
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict, TwoTexts
from commerce.site_settings.current import business_date

AUDITED_LINES = 50


def ended_blocked_reason(zone: Zone, ctx: Context) -> StateConflict | None:
    """Of all that is done with a zone: nothing once it has ended."""
    return None if zone.status == ZoneStatus.LIVE else StateConflict("zone.ended")


def restore_blocked_reason(zone: Zone, ctx: Context) -> StateConflict | None:
    """Why no earlier version can be restored; None if one can."""
    if reason := ended_blocked_reason(zone, ctx):
        return reason
    has_more = zone.versions.count() > 1
    return None if has_more else StateConflict("zone.no_earlier_version")


@transaction.atomic
def change_records(
    *,
    zone: Zone,
    records: Sequence[DnsRecord],
    seen_number: int,
    ctx: Context,
    cause: VersionCause = VersionCause.EDIT,
) -> ZoneVersion | None:
    """Have these records and no others; none when they are what the zone has already.

    ``seen_number`` is the version that was changed: raises ``StateConflict`` when there is a newer one. Raises
    ``RecordError`` for the first line that breaks a rule.
    """
    takes_alias = required_dns_server().takes_alias
    row = _held(zone, ctx)
    newest = row.newest
    if newest.number != seen_number:
        raise StateConflict("zone.changed_meanwhile")
    _check(row.name, records, takes_alias=takes_alias)
    wanted = sort_records(records)
    if wanted == newest.record_list():
        return None
    return add_version(row, wanted, cause, soa=newest.soa, ctx=ctx)


def new_version_text(version: ZoneVersion | None, _zone: Zone) -> str:
    """What became of the records of a zone, for staff."""
    if version is None:
        return gettext("Nothing to change. The zone already has these records.")
    text = gettext("Version %(number)s is on its way to the DNS server.")
    return text % {"number": version.number}


@act(
    "zone.restore",
    Zone,
    label=_("Restore version"),
    done=TwoTexts(
        staff=new_version_text, member=_("Version restored. The records are being published.")
    ),
    staff=StaffPermission.DOMAINS_MANAGE,
    member="domains.manage",
    blocked=restore_blocked_reason,
    example="dns restore example.com --version 3",
)
@transaction.atomic
def restore_version(
    *,
    zone: Zone,
    number: Annotated[int, Integer(_("Version"), least=1)],
    ctx: Context,
) -> ZoneVersion | None:
    """Have the records of an earlier version again, as a new one; none when they are what the zone has."""
    if reason := restore_blocked_reason(_held(zone, ctx), ctx):
        raise reason
    version = zone.versions.filter(number=number).first()
    if version is None:
        raise BusinessError("zone.version_unknown", number=number)
    return change_records(
        zone=zone,
        records=version.record_list(),
        seen_number=zone.newest.number,
        ctx=ctx,
        cause=VersionCause.RESTORE,
    )


@act(
    "zone.reset",
    Zone,
    label=_("Reset to default records"),
    intro=_("Replaces all records with those that new zones get."),
    done=TwoTexts(staff=new_version_text, member=_("The zone has the default records again.")),
    staff=StaffPermission.DOMAINS_MANAGE,
    member="domains.manage",
    blocked=ended_blocked_reason,
)
@transaction.atomic
def reset_zone(*, zone: Zone, ctx: Context) -> ZoneVersion | None:
    """Have the records of the template, as they would be today; none when they are what the zone has."""
    takes_alias = required_dns_server().takes_alias
    row = _held(zone, ctx)
    filled = template_of(row.name, row.client_id, takes_alias=takes_alias)
    newest = row.newest
    if (filled.records, filled.soa) == (newest.record_list(), newest.soa):
        return None
    return add_version(row, filled.records, VersionCause.TEMPLATE, soa=filled.soa, ctx=ctx)


def add_version(
    zone: Zone, records: Sequence[DnsRecord], cause: VersionCause, *, soa: str, ctx: Context
) -> ZoneVersion:
    """The next version, and a job that takes it to the server. Call it in a transaction, with the client locked."""
    former = zone.versions.order_by("number").last()
    version = ZoneVersion.objects.create(
        zone=zone,
        number=former.number + 1 if former else 1,
        serial=next_serial(
            former.serial if former else _last_serial(zone.name), business_date(ctx.at)
        ),
        soa=soa,
        records=[record.kept() for record in records],
        cause=cause,
        made_at=ctx.at,
        made_by=ctx.actor.name[:255] if ctx.actor.kind == "member" else "",
    )
    zone.versions.filter(number__lte=version.number - VERSIONS_KEPT).delete()
    Zone.objects.filter(pk=zone.pk).update(changed_at=ctx.at)
    if former:
        _record(zone, former, version, ctx)
    request_publication(zone=zone, occasion=f"version {version.number}", ctx=ctx)
    return version


def _last_serial(name: str) -> int:
    """The highest one that a zone of this name had, which secondary servers may remember."""
    versions = ZoneVersion.objects.filter(zone__name=name)
    return versions.aggregate(last=Max("serial"))["last"] or 0


def _record(zone: Zone, former: ZoneVersion, version: ZoneVersion, ctx: Context) -> None:
    change = zone_difference(former.record_list(), version.record_list())
    write_audit_entry(
        ctx=ctx,
        action="zone.changed",
        record=("zone", zone.pk),
        name=zone.name,
        client_id=zone.client_id,
        before={"version": former.number, "removed": _lines(change.removed)},
        after={"version": version.number, "cause": version.cause, "added": _lines(change.added)},
    )


def _lines(records: Sequence[DnsRecord]) -> list[str]:
    lines = [str(record) for record in records[:AUDITED_LINES]]
    return [*lines, "…"] if len(records) > AUDITED_LINES else lines


def request_publication(*, zone: Zone, occasion: str, ctx: Context) -> None:
    """Have the server told what the zone is now; ``occasion`` names the change. Call it in its transaction."""
    enqueue(zone_job_subject(zone), PUBLISH_ZONE, occasion, ctx.at)


def _held(zone: Zone, ctx: Context) -> Zone:
    """The zone as it is now; its client's row is locked first."""
    bump_revision(zone.client_id, ctx)
    row = lock(zone)
    if reason := ended_blocked_reason(row, ctx):
        raise reason
    return row


def _check(name: str, records: Sequence[DnsRecord], *, takes_alias: bool) -> None:
    """What callers have checked already, and what a version that was made under other rules may break."""
    from commerce.dns.record_types import TypedRecord, check_records, typed_value

    typed = [
        TypedRecord(line, each.name, each.type, str(each.ttl), typed_value(each))
        for line, each in enumerate(records, start=1)
    ]
    if problems := check_records(name, typed, takes_alias=takes_alias).problems:
        raise problems[0]
