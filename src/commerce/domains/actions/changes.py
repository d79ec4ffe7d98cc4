"""What is changed at the registrar of a name: asked for here, sent by a job, and true here once the registrar took it.

One change of a kind at a time: until it ended the present values stand, and "being changed" beside them (domains.md 5).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.states import move
from commerce.db.locks import lock
from commerce.domains.actions.editing import (
    BlockedReason,
    active_only_blocked_reason,
    choose_registrar,
    nameserver_columns,
    set_contacts,
    set_nameservers,
    set_transfer_lock,
    set_whois_privacy,
)
from commerce.domains.job_names import CHANGE_JOBS, domain_job_subject
from commerce.domains.models import Domain, DomainChange, Tld
from commerce.domains.registrants import check_contact_fits, checked_contacts
from commerce.domains.registrars.registry import (
    contact_limits_of,
    registrar_name_of,
    registrar_of,
)
from commerce.domains.rules import (
    CHANGE_MOVES,
    ChangeKind,
    ChangeProblem,
    ChangeStatus,
)
from commerce.jobs.queue import enqueue
from commerce.jobs.rules import JobPriority
from commerce.kit.acts.act import act
from commerce.kit.acts.asked import Asked
from commerce.kit.acts.inputs import Flag
from commerce.kit.acts.lists import HostNames
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict, TwoTexts

_REQUESTED = {
    ChangeKind.NAMESERVERS: "domain.nameservers_requested",
    ChangeKind.LOCK: "domain.lock_requested",
    ChangeKind.PRIVACY: "domain.privacy_requested",
    ChangeKind.CONTACTS: "domain.contacts_requested",
    ChangeKind.RESTORE: "domain.restore_requested",
}
_FAILED = {
    ChangeKind.NAMESERVERS: "domain.nameservers_failed",
    ChangeKind.LOCK: "domain.lock_failed",
    ChangeKind.PRIVACY: "domain.privacy_failed",
    ChangeKind.CONTACTS: "domain.contacts_failed",
    ChangeKind.RESTORE: "domain.restore_failed",
}


@dataclass(frozen=True, slots=True)
class ParentDs:
    """The delegation signers of a name at its parent, asked before its nameservers change: a name that comes to ours
    with those of others is found by nobody.
    """

    asked_at: datetime
    digests: frozenset[str] | None = None
    """None: it did not come to ours, so nobody was asked."""


type ParentQuestion = Callable[[Domain, Sequence[str], Context], ParentDs]
"""Asks the parent of a name that is to get these nameservers; raises ``BusinessError`` where it does not answer."""

type NameserverCheck = Callable[[Domain, Sequence[str], ParentDs, Context], None]
"""Raises ``BusinessError`` for nameservers that a name may not have now; its client is locked."""

MAX_NAMESERVERS = 4
"""Those that a name can have."""

_nameserver_checks: list[tuple[ParentQuestion, NameserverCheck]] = []

CHANGE_SENT = _("The change is on its way to the registrar.")
"""What staff read of a change that was asked for."""

SHOWN_FOR = timedelta(days=14)
"""How long a change that failed is shown."""


def set_nameserver_check(ask: ParentQuestion, check: NameserverCheck) -> None:
    """Say what must hold at its parent before a name gets other nameservers, called once, by `wiring.py`."""
    _nameserver_checks[:] = [(ask, check)]


def _ask_parent(domain: Domain, values: Mapping[str, Any], ctx: Context) -> ParentDs:
    ask, _check = _nameserver_checks[0]
    return ask(domain, values["nameservers"], ctx)


def open_changes(domain: Domain) -> dict[str, DomainChange]:
    """What is being changed of a name, by kind."""
    return {change.kind: change for change in DomainChange.objects.open().filter(domain=domain)}


def shown_changes(domain: Domain, at: datetime) -> dict[str, DomainChange]:
    """By kind the latest change, if it is under way or has failed of late."""
    latest = {change.kind: change for change in domain.changes.order_by("pk")}
    return {
        kind: change
        for kind, change in latest.items()
        if change.status == ChangeStatus.REQUESTED
        or (change.status == ChangeStatus.FAILED and at < change.requested_at + SHOWN_FOR)
    }


def nameservers_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Why the nameservers cannot be changed now; None if they can."""
    return _blocked_reason(domain, ChangeKind.NAMESERVERS, ctx)


def transfer_lock_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Why the lock cannot be changed now; None if it can."""
    return _blocked_reason(domain, ChangeKind.LOCK, ctx)


def whois_privacy_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Why the holder can be neither hidden nor shown now; None if they can."""
    can_be_shown = domain.whois_privacy and registrar_of(domain).capabilities.privacy
    if not can_be_shown and not is_privacy_offered(domain):
        return StateConflict("domain.privacy_not_offered")
    return _blocked_reason(domain, ChangeKind.PRIVACY, ctx)


def contacts_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Why the contacts cannot be changed now; None if they can."""
    if not registrar_of(domain).capabilities.contacts:
        return StateConflict("domain.contacts_not_offered")
    return _blocked_reason(domain, ChangeKind.CONTACTS, ctx)


def _blocked_reason(domain: Domain, kind: ChangeKind, ctx: Context) -> StateConflict | None:
    if reason := active_only_blocked_reason(domain, ctx):
        return reason
    is_open = kind in open_changes(domain)
    return StateConflict("domain.change_under_way") if is_open else None


@act(
    "domain.nameservers",
    Domain,
    label=_("Nameservers"),
    done=TwoTexts(member=_("We're changing the nameservers."), staff=CHANGE_SENT),
    staff=StaffPermission.DOMAINS_MANAGE,
    member="domains.manage",
    blocked=nameservers_blocked_reason,
    example="domain nameservers acme.com --nameservers ns1.other.net --nameservers ns2.other.net",
    for_many=True,
)
@transaction.atomic
def request_nameservers(
    *,
    domain: Domain,
    nameservers: Annotated[
        Sequence[str], HostNames(_("Nameservers"), most=MAX_NAMESERVERS, edits="nameservers")
    ],
    parent: Annotated[ParentDs, Asked(_ask_parent)],
    ctx: Context,
) -> DomainChange:
    """Have the name use 2 to 4 other nameservers; one below the name itself only where it is used already.

    ``parent`` is what was asked for these nameservers a short while ago (``dns.actions.checks.ask_parent_ds``).
    """
    hosts = [host for host in nameserver_columns(nameservers).values() if host]
    if not hosts:
        raise BusinessError("domain.nameservers_not_valid", field="nameservers")
    for host in hosts:
        if host.endswith(f".{domain.domain_name}") and host not in domain.nameservers:
            raise BusinessError("domain.nameserver_below_itself", name=host, field="nameservers")
    row = _held(domain, nameservers_blocked_reason, ctx)
    for _ask, check in _nameserver_checks:
        check(row, hosts, parent, ctx)
    return _request(row, ChangeKind.NAMESERVERS, {"nameservers": hosts}, ctx)


def _lock_done(change: DomainChange | None, domain: Domain) -> Promise:
    if change is None:
        on, off = _("The lock was already on."), _("The lock was already off.")
        return on if domain.is_locked else off
    on, off = _("We're turning on the transfer lock."), _("We're turning off the transfer lock.")
    return on if change.wanted["locked"] else off


def _privacy_done(change: DomainChange | None, domain: Domain) -> Promise:
    if change is None:
        on, off = _("WHOIS privacy was already on."), _("WHOIS privacy was already off.")
        return on if domain.whois_privacy else off
    on, off = _("We're turning on WHOIS privacy."), _("We're turning off WHOIS privacy.")
    return on if change.wanted["enabled"] else off


def _sent_or(
    done: Callable[[DomainChange | None, Domain], Promise],
) -> Callable[[DomainChange | None, Domain], Promise]:
    """What staff read: that it was sent, or that it was so already."""
    return lambda change, domain: CHANGE_SENT if change else done(change, domain)


@act(
    "domain.lock",
    Domain,
    label=_("Transfer lock"),
    done=TwoTexts(member=_lock_done, staff=_sent_or(_lock_done)),
    staff=StaffPermission.DOMAINS_MANAGE,
    member="domains.manage",
    blocked=transfer_lock_blocked_reason,
    example="domain lock acme.com --locked off",
    for_many=True,
)
@transaction.atomic
def request_transfer_lock(
    *,
    domain: Domain,
    locked: Annotated[bool, Flag(_("Transfer lock"), edits="is_locked")],
    ctx: Context,
) -> DomainChange | None:
    """Have the name locked against transfers, or unlocked; None if it is so already."""
    row = _held(domain, transfer_lock_blocked_reason, ctx)
    if locked == row.is_locked:
        return None
    return _request(row, ChangeKind.LOCK, {"locked": locked}, ctx)


@act(
    "domain.privacy",
    Domain,
    label=_("WHOIS privacy"),
    done=TwoTexts(member=_privacy_done, staff=_sent_or(_privacy_done)),
    staff=StaffPermission.DOMAINS_MANAGE,
    member="domains.manage",
    blocked=whois_privacy_blocked_reason,
    example="domain privacy acme.com --enabled on",
    for_many=True,
)
@transaction.atomic
def request_whois_privacy(
    *,
    domain: Domain,
    enabled: Annotated[bool, Flag(_("WHOIS privacy"), edits="whois_privacy")],
    ctx: Context,
) -> DomainChange | None:
    """Have the holder hidden in the public record, or shown; None if they are already. Raises ``BusinessError`` where
    that is not offered.
    """
    row = _held(domain, whois_privacy_blocked_reason, ctx)
    if enabled == row.whois_privacy:
        return None
    return _request(row, ChangeKind.PRIVACY, {"enabled": enabled}, ctx)


def is_privacy_offered(domain: Domain) -> bool:
    """Whether its TLD and its registrar can hide who holds it."""
    tld = Tld.objects.filter(tld=domain.tld).first()
    allowed = tld is None or tld.privacy_available
    return allowed and registrar_of(domain).capabilities.privacy


@transaction.atomic
def request_contacts(
    *, domain: Domain, contacts: Mapping[str, Mapping[str, str]], ctx: Context
) -> DomainChange:
    """Have other people behind the name, by role; roles that are not given stay as they are.

    A registry may ask the old and the new holder to confirm. Raises ``BusinessError`` for what no registry takes.
    """
    row = _held(domain, contacts_blocked_reason, ctx)
    wanted = checked_contacts({**row.contacts, **contacts})
    limits = contact_limits_of(registrar_name_of(row))
    for role, contact in wanted.items():
        check_contact_fits(contact, limits, prefix=f"{role}_")
    return _request(row, ChangeKind.CONTACTS, {"contacts": wanted}, ctx)


def _held(domain: Domain, blocked: BlockedReason, ctx: Context) -> Domain:
    """The name as it is now, held. Raises the reason by which it is ``blocked``."""
    bump_revision(domain.client_id, ctx)
    row = lock(domain)
    if reason := blocked(row, ctx):
        raise reason
    return row


def _request(
    domain: Domain, kind: ChangeKind, wanted: Mapping[str, Any], ctx: Context
) -> DomainChange:
    change = record_change(domain=domain, kind=kind, wanted=wanted, ctx=ctx)
    enqueue(
        domain_job_subject(domain),
        CHANGE_JOBS[kind],
        f"change {change.pk}",
        ctx.at,
        {"change": change.pk},
        priority=JobPriority.URGENT,
    )
    return change


def record_change(
    *, domain: Domain, kind: ChangeKind, wanted: Mapping[str, Any], ctx: Context
) -> DomainChange:
    """A change is under way; the caller holds the name, knows of none of its kind, and has it sent."""
    if not domain.registrar:
        choose_registrar(domain=domain, registrar=registrar_name_of(domain), ctx=ctx)
    change = DomainChange.objects.create(
        domain=domain,
        kind=kind,
        wanted=dict(wanted),
        requested_by_id=ctx.actor.member_id,
        requested_at=ctx.at,
    )
    _note(change, _REQUESTED[kind], ctx)
    return change


@transaction.atomic
def finish_change(*, change: DomainChange, ctx: Context) -> None:
    """The registrar took it: it holds here, too. Raises ``StateConflict`` unless it is under way."""
    domain, wanted = change.domain, change.wanted
    bump_revision(domain.client_id, ctx)
    move_change(change=change, to=ChangeStatus.DONE, ctx=ctx)
    match change.kind:
        case ChangeKind.NAMESERVERS:
            set_nameservers(domain=domain, nameservers=wanted["nameservers"], ctx=ctx)
        case ChangeKind.LOCK:
            set_transfer_lock(domain=domain, locked=wanted["locked"], ctx=ctx)
        case ChangeKind.PRIVACY:
            set_whois_privacy(domain=domain, enabled=wanted["enabled"], ctx=ctx)
        case ChangeKind.CONTACTS:
            set_contacts(domain=domain, contacts=wanted["contacts"], ctx=ctx)
        case ChangeKind.RESTORE:
            pass  # the renewal that comes with it has moved the name


@transaction.atomic
def fail_change(*, change: DomainChange, problem: ChangeProblem, ctx: Context) -> None:
    """It was not carried out: the present values stand. The client reads why."""
    bump_revision(change.domain.client_id, ctx)
    move_change(change=change, to=ChangeStatus.FAILED, ctx=ctx, problem=problem)
    _note(change, _FAILED[ChangeKind(change.kind)], ctx)


def fail_open_changes(*, domain: Domain, ctx: Context) -> None:
    """The name has ended: what was to be changed of it is pointless."""
    for change in domain.changes.open():
        fail_change(change=change, problem=ChangeProblem.ENDED, ctx=ctx)


def move_change(*, change: DomainChange, to: ChangeStatus, ctx: Context, problem: str = "") -> None:
    """Move a change along its table; the domain's entries tell of it. Raises ``StateConflict``."""
    move(
        change,
        to,
        allowed=CHANGE_MOVES,
        ctx=ctx,
        client_id=change.domain.client_id,
        without_audit=True,
        ended_at=ctx.at,
        problem=problem,
    )


def _note(change: DomainChange, action: str, ctx: Context) -> None:
    say = {key: value for key, value in change.wanted.items() if key != "period"}
    if "contacts" in say:
        say["contacts"] = sorted(say["contacts"])
    write_audit_entry(
        ctx=ctx,
        action=action,
        record=("domain", change.domain_id),
        name=str(change.domain),
        client_id=change.domain.client_id,
        after=say,
    )
