"""The check of a delegation: asked over DNS outside of transactions, kept with the zone (dns.md 3)."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision, lock_client
from commerce.accounts.staff_rules import StaffPermission
from commerce.db.locks import lock
from commerce.dns.actions.records import ended_blocked_reason
from commerce.dns.actions.signing import refuse_to_leave_signed_zone
from commerce.dns.labels import delegation_texts
from commerce.dns.models import Zone, ZoneVersion
from commerce.dns.rules import DnssecStatus
from commerce.dns.servers.registry import our_nameservers, zones_are_on
from commerce.domains.actions.changes import ParentDs
from commerce.domains.actions.editing import nameserver_columns
from commerce.domains.models import Domain
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict, TwoTexts
from commerce.kit.remote.page_limits import page_limits

if TYPE_CHECKING:
    from commerce.dns.delegation import DelegationReport

MOST_PARENT_AGE = timedelta(minutes=5)
"""For how long the answer of a parent counts."""


def ask_parent_ds(domain: Domain, nameservers: Sequence[str], ctx: Context) -> ParentDs:
    """What the parent of a name has before it moves to these nameservers; asked only if that brings it to ours. Call it
    outside of transactions. Raises ``BusinessError`` where the parent does not answer.
    """
    hosts = nameserver_columns(nameservers).values()
    if not _comes_to_us(domain, hosts):
        return ParentDs(ctx.at)
    from commerce.dns.delegation import look_up_delegation

    try:
        with page_limits():
            found = look_up_delegation(domain.domain_name, with_serials=False)
    except OSError as silent:
        raise BusinessError("zone.parent_silent") from silent
    return ParentDs(ctx.at, frozenset(each.digest for each in found.ds_records))


def check_nameservers(
    domain: Domain, nameservers: Sequence[str], parent: ParentDs, ctx: Context
) -> None:
    """Raises ``BusinessError`` for nameservers with which nobody would find the name: those of others while its zone is
    signed, and ours while the parent asks for keys of others. The caller holds its client.
    """
    refuse_to_leave_signed_zone(domain, nameservers)
    if not _comes_to_us(domain, nameservers):
        return
    if parent.digests is None or parent.asked_at < ctx.at - MOST_PARENT_AGE:
        raise StateConflict("zone.parent_answer_old")
    zone = Zone.objects.for_client(domain.client_id).live().filter(name=domain.domain_name).first()
    ours = {each["digest"] for each in zone.ds_records} if zone else set()
    if parent.digests - ours:
        raise BusinessError("zone.ds_of_others")


def _comes_to_us(domain: Domain, nameservers: Iterable[str]) -> bool:
    """Whether these have one of ours that the name does not use yet."""
    ours = set(our_nameservers()) if zones_are_on() else set()
    return bool(ours.intersection(nameservers).difference(domain.nameservers))


def check_delegation(*, zone: Zone, ctx: Context) -> None:
    """Ask the parent's name servers, and keep what is wrong. Raises ``OSError`` when they could not be asked."""
    record_delegation(zone=zone, report=ask_delegation(zone, ctx), ctx=ctx)


def ask_delegation(zone: Zone, ctx: Context) -> "DelegationReport":
    """What the parent's name servers say; call it outside of transactions. Raises ``OSError``."""
    from commerce.dns.delegation import look_up_delegation, report_delegation

    if reason := ended_blocked_reason(zone, ctx):
        raise reason
    found = look_up_delegation(zone.name)
    live = ZoneVersion.objects.filter(zone=zone, live_at__isnull=False).order_by("number").last()
    return report_delegation(
        found,
        ours=our_nameservers(),
        serial=live.serial if live else 0,
        is_signed=zone.dnssec == DnssecStatus.SIGNED,
        ds_records=zone.ds_records,
    )


@transaction.atomic
def record_delegation(*, zone: Zone, report: "DelegationReport", ctx: Context) -> None:
    """Keep what a check found to be wrong. Only what is another than before moves what the API shows."""
    lock_client(zone.client_id)
    row = lock(zone)
    rows = Zone.objects.filter(pk=zone.pk)
    rows.update(delegation_checked_at=ctx.at)
    found = (report.is_delegated, report.problems)
    if found != (row.is_delegated, row.delegation_problems):
        bump_revision(zone.client_id, ctx)
        rows.update(is_delegated=found[0], delegation_problems=found[1], changed_at=ctx.at)
    zone.refresh_from_db()


def ask_delegation_now(zone: Zone, ctx: Context) -> "DelegationReport":
    """``ask_delegation`` while somebody waits. Raises ``BusinessError`` where the parent does not answer."""
    try:
        with page_limits():
            return ask_delegation(zone, ctx)
    except OSError as silent:
        raise BusinessError("zone.parent_silent") from silent


def _found(_result: None, zone: Zone) -> str:
    uses_ours = _("The domain uses our nameservers.")
    found = uses_ours if zone.is_delegated else _("The domain doesn't use our nameservers.")
    return " ".join([str(found), *delegation_texts(zone)])


def _found_shortly(_result: None, zone: Zone) -> Promise:
    if zone.is_delegated and not zone.delegation_problems:
        return _("The delegation is correct.")
    return _("Check complete. See below for what we found.")


@act(
    "zone.check",
    Zone,
    label=_("Check delegation"),
    intro=_("Asks the registry which nameservers the domain uses."),
    done=TwoTexts(member=_found_shortly, staff=_found),
    staff=StaffPermission.DOMAINS_MANAGE,
    member="domains.manage",
    blocked=ended_blocked_reason,
    is_atomic=False,
)
def check_delegation_now(*, zone: Zone, ctx: Context) -> None:
    """The same while a person waits. Raises ``BusinessError`` where the parent does not answer."""
    record_delegation(zone=zone, report=ask_delegation_now(zone, ctx), ctx=ctx)
