"""DNSSEC: on and off, and what server, registrar and parent say of it (dns.md 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision, lock_client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.states import move
from commerce.db.locks import lock
from commerce.dns.actions.records import ended_blocked_reason, request_publication
from commerce.dns.job_names import UNSIGN_ZONE, zone_job_subject
from commerce.dns.models import Zone, ZoneVersion
from commerce.dns.rules import DNSSEC_MOVES, DnssecStatus
from commerce.dns.servers.registry import our_nameservers, required_dns_server, zones_are_on
from commerce.domains.job_names import SEND_DS, domain_job_subject
from commerce.domains.models import Domain
from commerce.domains.registrars.contract import DsRecord
from commerce.domains.registrars.registry import registrar_of
from commerce.domains.rules import ChangeKind, DomainStatus
from commerce.jobs.queue import enqueue
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict, TwoTexts


def sign_blocked_reason(zone: Zone, ctx: Context) -> StateConflict | None:
    """Why it cannot be signed: it is already, or the name uses other nameservers, or is to, which have no signatures of
    ours. None if it can.
    """
    if reason := ended_blocked_reason(zone, ctx):
        return reason
    if zone.dnssec == DnssecStatus.SIGNED:
        return StateConflict("zone.signed")
    if not uses_our_nameservers(zone) or (zone.domain and _open_nameserver_change(zone.domain)):
        return StateConflict("zone.not_delegated")
    return None


def unsign_blocked_reason(zone: Zone, ctx: Context) -> StateConflict | None:
    """Why DNSSEC cannot be turned off; None if it can."""
    if reason := ended_blocked_reason(zone, ctx):
        return reason
    if zone.dnssec == DnssecStatus.UNSIGNING:
        return StateConflict("zone.being_unsigned")
    return None if zone.dnssec == DnssecStatus.SIGNED else StateConflict("zone.not_signed")


@act(
    "zone.sign",
    Zone,
    label=_("Turn on DNSSEC"),
    done=_("DNSSEC is being turned on."),
    staff=StaffPermission.DOMAINS_MANAGE,
    member="domains.manage",
    blocked=sign_blocked_reason,
)
@transaction.atomic
def sign_zone(*, zone: Zone, ctx: Context) -> None:
    """Have the zone signed with keys of the server; its delegation signers go to the registrar once it is."""
    required_dns_server()
    lock_client(zone.client_id)
    if reason := sign_blocked_reason(lock(zone), ctx):
        raise reason
    zone.refresh_from_db()
    _move(zone, DnssecStatus.SIGNED, ctx, ds_gone_at=None)
    request_publication(zone=zone, occasion=f"signed {ctx.at.isoformat()}", ctx=ctx)
    if zone.ds_records:  # it was about to end
        _request_ds(zone, ctx)


@act(
    "zone.unsign",
    Zone,
    label=_("Turn off DNSSEC"),
    done=TwoTexts(
        member=_("DNSSEC is being turned off."),
        staff=_(
            "DNSSEC is being turned off. The zone stays signed until the registry's records are"
            " gone."
        ),
    ),
    staff=StaffPermission.DOMAINS_MANAGE,
    member="domains.manage",
    blocked=unsign_blocked_reason,
)
@transaction.atomic
def unsign_zone(*, zone: Zone, ctx: Context) -> None:
    """Have the delegation signers taken away; signing ends when the parent has none and nobody remembers one."""
    required_dns_server()
    lock_client(zone.client_id)
    if reason := unsign_blocked_reason(lock(zone), ctx):
        raise reason
    _move(zone, DnssecStatus.UNSIGNING, ctx, ds_gone_at=None)
    _request_ds(zone, ctx)
    enqueue(zone_job_subject(zone), UNSIGN_ZONE, f"unsigning {ctx.at.isoformat()}", ctx.at)


@transaction.atomic
def finish_unsigning(*, zone: Zone, ctx: Context) -> None:
    """Nobody asks for signatures any more: the server drops its keys."""
    _move(zone, DnssecStatus.UNSIGNED, ctx, ds_records=[], ds_at_registrar=[])
    request_publication(zone=zone, occasion=f"unsigned {ctx.at.isoformat()}", ctx=ctx)


def _move(zone: Zone, to: DnssecStatus, ctx: Context, **changes: Any) -> None:
    bump_revision(zone.client_id, ctx)
    if reason := ended_blocked_reason(lock(zone), ctx):
        raise reason
    move(
        zone,
        to,
        allowed=DNSSEC_MOVES,
        field="dnssec",
        ctx=ctx,
        client_id=zone.client_id,
        changed_at=ctx.at,
        **changes,
    )


def takes_ds(domain: Domain | None) -> bool:
    """Whether the registrar of a zone's domain takes delegation signers from us; otherwise they are copied by hand."""
    if domain is None or domain.status != DomainStatus.ACTIVE:
        return False
    return registrar_of(domain).capabilities.ds_records


def uses_our_nameservers(zone: Zone) -> bool:
    """Whether the name has our nameservers and no others; one that is registered elsewhere as its parent said last."""
    if zone.domain is None:
        return bool(zone.is_delegated)
    return are_ours(zone.domain.nameservers)


def is_used_elsewhere(zone: Zone) -> bool:
    """Whether the name has other nameservers, so that this zone answers nobody; one registered elsewhere, as far as its
    parent was asked.
    """
    return not uses_our_nameservers(zone) if zone.domain else zone.is_delegated is False


def are_ours(hosts: Sequence[str]) -> bool:
    """Whether these are nameservers of ours, and no others."""
    return bool(hosts) and set(hosts) <= set(our_nameservers())


def _open_nameserver_change(domain: Domain) -> bool:
    return domain.changes.open().filter(kind=ChangeKind.NAMESERVERS).exists()


def refuse_to_leave_signed_zone(domain: Domain, nameservers: Sequence[str]) -> None:
    """Raises ``BusinessError`` for nameservers of others while the parent may say that the zone is signed."""
    if are_ours(nameservers) or not zones_are_on():
        return
    zones = Zone.objects.for_client(domain.client_id).live().filter(name=domain.domain_name)
    if zones.exclude(dnssec=DnssecStatus.UNSIGNED).exists():
        raise BusinessError("zone.still_signed", field="nameservers")


def _request_ds(zone: Zone, ctx: Context) -> None:
    domain = zone.domain
    if domain is not None and takes_ds(domain):
        tags = ",".join(str(each["key_tag"]) for each in zone.ds_records)
        occasion = f"{zone.pk} {zone.dnssec} {tags[:60]} {ctx.at.isoformat()}"
        enqueue(domain_job_subject(domain), SEND_DS, occasion, ctx.at)


@transaction.atomic
def record_publication(
    *, zone: Zone, version: ZoneVersion, ds_records: Sequence[DsRecord], ctx: Context
) -> None:
    """The server answers with this version; new keys have their delegation signers sent on."""
    bump_revision(zone.client_id, ctx)
    row = lock(zone)
    ZoneVersion.objects.filter(pk=version.pk, live_at__isnull=True).update(live_at=ctx.at)
    kept = [asdict(each) for each in ds_records]
    if row.dnssec == DnssecStatus.SIGNED and kept != row.ds_records:
        Zone.objects.filter(pk=row.pk).update(ds_records=kept, changed_at=ctx.at)
        row.ds_records = kept
        if uses_our_nameservers(row):
            _request_ds(row, ctx)


@transaction.atomic
def record_ds_at_registrar(*, zone: Zone, sent: Sequence[Mapping[str, Any]], ctx: Context) -> None:
    """The registrar took these delegation signers, or took all away."""
    bump_revision(zone.client_id, ctx)
    row = lock(zone)
    Zone.objects.filter(pk=row.pk).update(ds_at_registrar=list(sent), changed_at=ctx.at)
    write_audit_entry(
        ctx=ctx,
        action="zone.ds_sent",
        record=("zone", row.pk),
        name=row.name,
        client_id=row.client_id,
        before={"ds_records": row.ds_at_registrar},
        after={"ds_records": list(sent)},
    )


@transaction.atomic
def record_parent_ds(*, zone: Zone, ds_ttl: int | None, ctx: Context) -> datetime | None:
    """What the parent has while signing ends: the time for which others remember its delegation signers, or none of
    them; since when there is none.
    """
    bump_revision(zone.client_id, ctx)
    row = lock(zone)
    if ds_ttl is not None:
        Zone.objects.filter(pk=row.pk).update(ds_ttl=ds_ttl, ds_gone_at=None)
        return None
    since = row.ds_gone_at or ctx.at
    Zone.objects.filter(pk=row.pk).update(ds_gone_at=since)
    return since
