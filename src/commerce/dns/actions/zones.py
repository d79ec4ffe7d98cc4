"""Zones: begun with their template, kept for a while when their name has left, ended (dns.md 1)."""

from datetime import date, timedelta
from typing import Annotated

from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision, lock_client
from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import REASON
from commerce.audit.states import move
from commerce.db.locks import lock, lock_name
from commerce.dns.actions.checks import ask_parent_ds
from commerce.dns.actions.records import add_version, ended_blocked_reason, request_publication
from commerce.dns.emails import send_zone_ending_mail
from commerce.dns.models import Zone
from commerce.dns.protected_names import is_protected
from commerce.dns.queries import template_of
from commerce.dns.rules import (
    END_DAYS,
    MAX_ELSEWHERE,
    NOTICE_DAYS,
    ZONE_MOVES,
    DnssecStatus,
    VersionCause,
    ZoneStatus,
)
from commerce.dns.servers.registry import our_nameservers, required_dns_server, zones_are_on
from commerce.domains.actions.changes import ParentDs, open_changes, request_nameservers
from commerce.domains.actions.editing import (
    active_only_blocked_reason,
    registered_only_blocked_reason,
)
from commerce.domains.models import Domain, DomainChange, Tld
from commerce.domains.rules import (
    LIVE_DOMAIN_STATUSES,
    ChangeKind,
    DomainStatus,
    is_tld,
    normalize_name,
    possible_tlds,
)
from commerce.hosting.models import Service
from commerce.hosting.rules import LIVE_SERVICE_STATUSES, ServiceStatus
from commerce.kit.acts.act import act
from commerce.kit.acts.asked import Asked
from commerce.kit.acts.inputs import Line
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.presentation.idn import stored_name
from commerce.site_settings.current import business_date


@act(
    "client.add_zone",
    Client,
    label=_("Create DNS zone"),
    done=_("Zone created."),
    member="domains.manage",
)
def open_zone(
    *, client: Client, name: Annotated[str, Line(_("Domain"), most=253)], ctx: Context
) -> Zone:
    """A zone for one of the client's names, from its template; one that was about to end goes on instead.

    A name that is registered elsewhere needs an active service of the client. Raises ``BusinessError``: zones are off,
    somebody else has the name or one around it, or it has a zone already.
    """
    required_dns_server()
    return _open(client, normalize_name(stored_name(name.strip()), field="name"), ctx)


def domain_zone_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Why a name of ours gets no zone; None if it can have one."""
    if not zones_are_on():
        return StateConflict("dns.off")
    if reason := registered_only_blocked_reason(domain, ctx):
        return reason
    has_one = Zone.objects.live().filter(domain=domain, ends_on=None).exists()
    return StateConflict("zone.exists", name=domain.domain_name) if has_one else None


def our_dns_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Why a name cannot be moved to our nameservers and a zone of ours; None if it can."""
    return active_only_blocked_reason(domain, ctx) if zones_are_on() else StateConflict("dns.off")


@act(
    "domain.add_zone",
    Domain,
    label=_("Create DNS zone"),
    done=_("Zone created."),
    staff=StaffPermission.DOMAINS_MANAGE,
    blocked=domain_zone_blocked_reason,
)
@transaction.atomic
def open_domain_zone(*, domain: Domain, ctx: Context) -> Zone:
    """`open_zone` for a name that is registered here."""
    _hold(domain.client, ctx)
    row = lock(domain)
    if reason := domain_zone_blocked_reason(row, ctx):
        raise reason
    return _open(row.client, row.domain_name, ctx)


def _our_dns_done(made: tuple[Zone, DomainChange | None], _domain: Domain) -> Promise:
    if made[1] is None:
        return _("The records of this domain are managed here.")
    return _("We're changing the nameservers. Check the records below in the meantime.")


def _ask_parent(domain: Domain, _values: object, ctx: Context) -> ParentDs:
    return ask_parent_ds(domain, our_nameservers(), ctx)


@act(
    "domain.use_our_dns",
    Domain,
    label=_("Use our DNS"),
    done=_our_dns_done,
    member="domains.manage",
    blocked=our_dns_blocked_reason,
)
@transaction.atomic
def use_our_dns(
    *, domain: Domain, parent: Annotated[ParentDs, Asked(_ask_parent)], ctx: Context
) -> tuple[Zone, DomainChange | None]:
    """Have an active name use our nameservers, and the zone that it has or now gets from the template; the zone, and
    the change of nameservers, if it takes one. ``parent`` is what was asked before for our nameservers.
    """
    _hold(domain.client, ctx)
    row = lock(domain)
    if reason := our_dns_blocked_reason(row, ctx):
        raise reason
    zone = Zone.objects.live().filter(domain=row, ends_on=None).first()
    zone = zone or _open(row.client, row.domain_name, ctx)
    hosts = our_nameservers()
    if set(row.nameservers) == set(hosts) or ChangeKind.NAMESERVERS in open_changes(row):
        return zone, None
    return zone, request_nameservers(domain=row, nameservers=hosts[:4], parent=parent, ctx=ctx)


def _hold(client: Client, ctx: Context) -> None:
    lock_name("zones")  # names around it are looked at
    bump_revision(client.pk, ctx)


@transaction.atomic
def _open(client: Client, name: str, ctx: Context) -> Zone:
    _hold(client, ctx)
    domain = _own_domain(client, name)
    _make_way(client, name, domain, ctx)
    if found := Zone.objects.live().filter(name=name).first():
        return _go_on(found, domain, ctx)
    if domain is None:
        _check_room(client)
    filled = template_of(name, client.pk, takes_alias=required_dns_server().takes_alias)
    zone = Zone.objects.create(
        client=client, domain=domain, name=name, created_at=ctx.at, changed_at=ctx.at
    )
    write_audit_entry(
        ctx=ctx, action="zone.created", record=("zone", zone.pk), name=name, client_id=client.pk
    )
    add_version(zone, filled.records, VersionCause.TEMPLATE, soa=filled.soa, ctx=ctx)
    return zone


def _own_domain(client: Client, name: str) -> Domain | None:
    """The client's domain of this name. Raises ``BusinessError`` where they may not have a zone for it."""
    is_ending = is_tld(name) and Tld.objects.filter(tld=name).exists()
    if is_ending or is_protected(name):
        raise BusinessError("zone.name_not_allowed", name=name, field="name")
    live = Domain.objects.filter(status__in=LIVE_DOMAIN_STATUSES)
    around = live.filter(domain_name__in=[name, *possible_tlds(name)])
    if around.exclude(client=client).exists():
        raise BusinessError("zone.name_not_allowed", name=name, field="name")
    registered = (DomainStatus.ACTIVE, DomainStatus.EXPIRED, DomainStatus.REDEMPTION)
    domain = live.filter(domain_name=name, client=client, status__in=registered).first()
    services = Service.objects.for_client(client).filter(status=ServiceStatus.ACTIVE)
    if domain is None and not services.exists():
        raise BusinessError("zone.client_without_service", field="name")
    if domain is None and _is_used_by_others(client, name):
        raise BusinessError("zone.name_not_allowed", name=name, field="name")
    return domain


def _is_used_by_others(client: Client, name: str) -> bool:
    """Whether a service of another client has its website there; whoever has the name registered here comes first."""
    around = Q(domain__in=[name, *possible_tlds(name)]) | Q(domain__endswith=f".{name}")
    others = Service.objects.filter(status__in=LIVE_SERVICE_STATUSES).exclude(client=client)
    return others.filter(around).exists()


def _check_room(client: Client) -> None:
    elsewhere = Zone.objects.for_client(client).live().filter(domain=None)
    if elsewhere.count() >= MAX_ELSEWHERE:
        raise BusinessError("zone.too_many_elsewhere", maximum=MAX_ELSEWHERE, field="name")


def _make_way(client: Client, name: str, domain: Domain | None, ctx: Context) -> None:
    """No zone of another client at, above or below the name; whoever has registered it here comes first."""
    others = Zone.objects.live().exclude(client=client)
    same_or_below = Q(name=name) | Q(name__endswith=f".{name}")
    if domain is None and others.filter(same_or_below | Q(name__in=possible_tlds(name))).exists():
        raise BusinessError("zone.name_not_allowed", name=name, field="name")
    for zone in others.filter(same_or_below) if domain else ():
        end_zone(zone=zone, ctx=ctx, reason=f"{name} belongs to client {client.pk}.")


def _go_on(zone: Zone, domain: Domain | None, ctx: Context) -> Zone:
    """A zone that was to end, or was begun before its name came here."""
    if zone.ends_on is None and zone.domain_id == getattr(domain, "pk", None):
        raise BusinessError("zone.exists", name=zone.name, field="name")
    before = {"ends_on": zone.ends_on and str(zone.ends_on)}
    Zone.objects.filter(pk=zone.pk).update(
        domain=domain, ends_on=None, end_told_on=None, changed_at=ctx.at
    )
    write_audit_entry(
        ctx=ctx,
        action="zone.kept",
        record=("zone", zone.pk),
        name=zone.name,
        client_id=zone.client_id,
        before=before,
        after={"ends_on": None},
    )
    zone.refresh_from_db()
    return zone


@transaction.atomic
def schedule_zone_end(*, domain: Domain, ctx: Context) -> bool:
    """The name has left us: its zone ends in 30 days. False when it has none."""
    zone = Zone.objects.live().filter(domain=domain).first()
    if zone is None:
        return False
    bump_revision(zone.client_id, ctx)
    row = lock(zone)
    if row.status != ZoneStatus.LIVE or row.ends_on is not None:
        return False
    ends_on = business_date(ctx.at) + timedelta(days=END_DAYS)
    Zone.objects.filter(pk=row.pk).update(ends_on=ends_on, changed_at=ctx.at)
    write_audit_entry(
        ctx=ctx,
        action="zone.end_scheduled",
        record=("zone", row.pk),
        name=row.name,
        client_id=row.client_id,
        after={"ends_on": str(ends_on)},
    )
    return True


@transaction.atomic
def withdraw_zone_end(*, zone: Zone, ctx: Context) -> bool:
    """A zone whose name is the client's here again does not end. False when it has no such name, or does not end."""
    bump_revision(zone.client_id, ctx)
    row = lock(zone)
    live = Domain.objects.for_client(row.client_id).filter(status__in=LIVE_DOMAIN_STATUSES)
    domain = live.filter(domain_name=row.name).first()
    if domain is None or row.status != ZoneStatus.LIVE or row.ends_on is None:
        return False
    _go_on(row, domain, ctx)
    return True


@transaction.atomic
def announce_zone_end(*, zone: Zone, day: date, ctx: Context) -> bool:
    """Mail the owner the zone before it ends; after days without a run its end waits until they have had notice."""
    bump_revision(zone.client_id, ctx)
    row = lock(zone)
    if row.status != ZoneStatus.LIVE or row.ends_on is None or row.end_told_on is not None:
        return False
    ends_on = max(row.ends_on, day + timedelta(days=NOTICE_DAYS))
    Zone.objects.filter(pk=row.pk).update(ends_on=ends_on, end_told_on=day)
    row.refresh_from_db()
    send_zone_ending_mail(zone=row, at=ctx.at)
    return True


def end_blocked_reason(zone: Zone, ctx: Context) -> StateConflict | None:
    """Why it cannot end: it has, or the parent says that it is signed. None if it can."""
    if reason := ended_blocked_reason(zone, ctx):
        return reason
    is_ours = zone.domain is not None and zone.domain.status in LIVE_DOMAIN_STATUSES
    is_signed = is_ours and zone.dnssec != DnssecStatus.UNSIGNED
    return StateConflict("zone.still_signed") if is_signed else None


@transaction.atomic
def end_zone(*, zone: Zone, ctx: Context, reason: str = "") -> None:
    """Have the zone at the server no more. An owner who has not had it by mail gets it now."""
    bump_revision(zone.client_id, ctx)
    row = lock(zone)
    if blocked := end_blocked_reason(row, ctx):
        raise blocked
    move(
        row,
        ZoneStatus.ENDED,
        allowed=ZONE_MOVES,
        ctx=ctx,
        client_id=row.client_id,
        reason=reason,
        ended_at=ctx.at,
        changed_at=ctx.at,
        ends_on=business_date(ctx.at),
    )
    if row.end_told_on is None:
        send_zone_ending_mail(zone=row, at=ctx.at)
    request_publication(zone=row, occasion="ended", ctx=ctx)
    zone.refresh_from_db()


@act(
    "zone.end",
    Zone,
    label=_("End zone"),
    intro=_("Its owner is emailed the records, and the DNS server answers for it no longer."),
    done=_("Zone ended. Its owner was emailed the records."),
    staff=StaffPermission.DOMAINS_MANAGE,
    blocked=end_blocked_reason,
    is_danger=True,
    example='dns end acme.com --reason "moved away"',
)
def end_zone_for_staff(*, zone: Zone, reason: Annotated[str, REASON], ctx: Context) -> None:
    """The same, for which staff say why."""
    end_zone(zone=zone, reason=reason, ctx=ctx)


@act(
    "zone.publish",
    Zone,
    label=_("Publish again"),
    done=_("The zone is being sent to the DNS server again."),
    staff=StaffPermission.DOMAINS_MANAGE,
    blocked=ended_blocked_reason,
)
@transaction.atomic
def publish_zone_again(*, zone: Zone, ctx: Context) -> None:
    """Have the server told anew, whatever it has now."""
    lock_client(zone.client_id)
    row = lock(zone)
    if reason := ended_blocked_reason(row, ctx):
        raise reason
    write_audit_entry(
        ctx=ctx,
        action="zone.published_again",
        record=("zone", row.pk),
        name=row.name,
        client_id=row.client_id,
        staff_only=True,
    )
    request_publication(zone=row, occasion=f"again {ctx.at.isoformat()}", ctx=ctx)
