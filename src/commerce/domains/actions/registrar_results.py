"""What the registrar's word changes here: a name is registered, came to us, or could not (domains.md 4)."""

from datetime import date, timedelta

from django.db import transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.audit.actions import write_audit_entry
from commerce.domains.actions.changes import (
    finish_change,
    is_privacy_offered,
    open_changes,
    request_contacts,
    request_transfer_lock,
    request_whois_privacy,
)
from commerce.domains.actions.drifts import note_drift
from commerce.domains.actions.states import confirm_domain_registration, renew_domain
from commerce.domains.events import DomainNameTaken
from commerce.domains.models import Domain
from commerce.domains.registrars.contract import DomainInfo
from commerce.domains.registrars.registry import registrar_of
from commerce.domains.rules import ChangeKind, DomainStatus, end_of_term
from commerce.events.publish import publish
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.site_settings import current


@transaction.atomic
def confirm_at_registrar(*, domain: Domain, info: DomainInfo, years: int, ctx: Context) -> None:
    """Registered or transferred in: the registrar's dates count, otherwise the term from this business date.

    A lock or privacy that it shall have, and has not, is asked for at once.
    """
    today = current.business_date(ctx.at)
    ends = info.expiry or end_of_term(today, years)
    if ends <= today:
        raise BusinessError("domain.expiry_not_in_future", field="expires")
    came_to_us = domain.status == DomainStatus.PENDING_TRANSFER
    wants_privacy = domain.whois_privacy
    confirm_domain_registration(
        domain=domain,
        registration_date=(info.registration_date if came_to_us else None) or today,
        expiry_date=ends,
        remote_id=info.remote_id,
        nameservers=info.nameservers[:4] if len(info.nameservers) > 1 else (),
        is_locked=info.is_locked is not False,
        whois_privacy=wants_privacy if info.whois_privacy is None else info.whois_privacy,
        ctx=ctx,
    )
    if not domain.is_locked:
        request_transfer_lock(domain=domain, locked=True, ctx=ctx)
    if came_to_us and domain.contacts and registrar_of(domain).capabilities.keeps_contacts:
        request_contacts(domain=domain, contacts=domain.contacts, ctx=ctx)
    if wants_privacy and not domain.whois_privacy and is_privacy_offered(domain):
        request_whois_privacy(domain=domain, enabled=True, ctx=ctx)


@transaction.atomic
def record_renewal(*, domain: Domain, expected: date, expiry: date, ctx: Context) -> None:
    """It was renewed, or restored, for what was paid: the registrar's date counts, and staff see if it is another."""
    renew_domain(domain=domain, expiry_date=expiry, ctx=ctx)
    restore = open_changes(domain).get(ChangeKind.RESTORE)
    if restore is not None:
        finish_change(change=restore, ctx=ctx)
    if abs(expiry - expected) > timedelta(days=1):
        note_drift(
            domain=domain,
            field="expiry",
            ours=str(expected),
            theirs=str(expiry),
            is_resolved=True,
            ctx=ctx,
        )


@transaction.atomic
def report_taken_name(*, domain: Domain, ctx: Context) -> None:
    """Somebody else was faster: the client is told, and staff have it before them."""
    bump_revision(domain.client_id, ctx)
    write_audit_entry(
        ctx=ctx,
        action="domain.name_taken",
        record=("domain", domain.pk),
        name=str(domain),
        client_id=domain.client_id,
    )
    publish(DomainNameTaken(domain.pk, ""), at=ctx.at, client_id=domain.client_id)
