"""Holders who are to confirm their address at the registrar, or their name stops working (ICANN gives them 15 days)."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.db.locks import lock
from commerce.domains.actions.drifts import note_drift, resolve_drift
from commerce.domains.actions.editing import active_only_blocked_reason
from commerce.domains.emails import send_verification_mail
from commerce.domains.models import Domain, DomainChange, RegistrantVerification
from commerce.domains.registrars.contract import (
    DomainInfo,
    Registrar,
    RegistrarState,
    VerificationInfo,
)
from commerce.domains.registrars.registry import domain_name_of, registrar_of
from commerce.domains.rules import (
    ChangeKind,
    ChangeStatus,
    DomainStatus,
    VerificationState,
)
from commerce.kit.acts.act import act
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.remote.page_limits import page_limits
from commerce.site_settings import current

SEND_AGAIN_AFTER = timedelta(minutes=10)
_LIKELY_FOR = timedelta(days=16)
"""How long after a registration or a change of contacts a registrar may wait for the holder."""
_ASKED_IN = (RegistrarState.ACTIVE, RegistrarState.UNKNOWN)
"""A name that was stopped for this has no other word at some."""


def ask_verification(
    registrar: Registrar, domain: Domain, info: DomainInfo | None
) -> VerificationInfo | None:
    """What the registrar says of the holder of an active name; nothing where it cannot say, or does not now."""
    if domain.status != DomainStatus.ACTIVE or not registrar.capabilities.verification:
        return None
    if info is None or info.state not in _ASKED_IN:
        return None
    return registrar.verification(domain_name_of(domain)).data


def take_verification(*, domain: Domain, found: VerificationInfo, ctx: Context) -> None:
    """Keep what was said; the client is told once of each time that begins. The caller holds the name.

    One that does not work for this is on the report of differences.
    """
    known = RegistrantVerification.objects.filter(domain=domain).first()
    if found.state == VerificationState.VERIFIED:
        if known is not None:
            known.delete()
            resolve_drift(domain=domain, field="verification", ctx=ctx)
        return
    row = known or RegistrantVerification(domain=domain, since=ctx.at)
    row.state, row.last_day, row.email = found.state, found.last_day, found.email[:254]
    if row.told_at is None:
        row.told_at = ctx.at
        send_verification_mail(
            domain=domain, last_day=row.last_day, email=row.email, state=row.state, at=ctx.at
        )
    row.save()
    if row.state == VerificationState.SUSPENDED:
        note_drift(domain=domain, field="verification", ours="active", theirs=row.state, ctx=ctx)
    else:
        resolve_drift(domain=domain, field="verification", ctx=ctx)


def waits_for_holder(domain: Domain, ctx: Context) -> bool:
    """Whether its registrar is to be asked each day, since its holder may have to confirm their address."""
    if domain.status != DomainStatus.ACTIVE or not registrar_of(domain).capabilities.verification:
        return False
    since = ctx.at - _LIKELY_FOR
    began = domain.registration_date
    if began is not None and began > current.business_date(since):
        return True
    changed = Q(kind=ChangeKind.CONTACTS, status=ChangeStatus.DONE, ended_at__gt=since)
    return (
        RegistrantVerification.objects.filter(domain=domain).exists()
        or DomainChange.objects.filter(changed, domain=domain).exists()
    )


def resend_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Why no mail can be sent again; None if it can."""
    if reason := active_only_blocked_reason(domain, ctx):
        return reason
    if not registrar_of(domain).capabilities.verification:
        return StateConflict("domain.verification_not_offered")
    if not RegistrantVerification.objects.filter(domain=domain).exists():
        return StateConflict("domain.verification_not_needed")
    return None


@act(
    "domain.resend_verification",
    Domain,
    label=_("Send confirmation email"),
    intro=_(
        "Asks the registrar to email the registrant again, who must confirm their email address."
    ),
    done=_("The confirmation email was sent again."),
    staff=StaffPermission.DOMAINS_MANAGE,
    member="domains.manage",
    blocked=resend_blocked_reason,
    is_atomic=False,
)
def resend_verification(*, domain: Domain, ctx: Context) -> None:
    """Have the registrar send its mail to the holder again, once in ten minutes; call it outside of a transaction."""
    undo = _claim(domain, ctx)
    try:
        with page_limits():
            is_sent = registrar_of(domain).resend_verification(domain_name_of(domain)).ok
    except TimeoutError:
        is_sent = False
    if not is_sent:
        undo()
        raise BusinessError("domain.verification_not_sent")
    write_audit_entry(
        ctx=ctx,
        action="domain.verification_sent",
        record=("domain", domain.pk),
        name=str(domain),
        client_id=domain.client_id,
    )


@transaction.atomic
def _claim(domain: Domain, ctx: Context) -> Callable[[], int]:
    """Two who press at once have one mail sent."""
    lock_client(domain.client_id)
    if reason := resend_blocked_reason(lock(domain), ctx):
        raise reason
    rows = RegistrantVerification.objects.filter(domain=domain)
    before = rows.get().sent_at
    if before is not None and before > ctx.at - SEND_AGAIN_AFTER:
        raise BusinessError("domain.verification_sent_lately")
    rows.update(sent_at=ctx.at)
    return lambda: rows.update(sent_at=before)
