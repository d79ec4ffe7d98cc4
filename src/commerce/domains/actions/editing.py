"""Domains as records: made, sent to the registrar, and what may change while they are active (domains.md 1 and 5)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from commerce.accounts.actions.client_locks import bump_revision
from commerce.accounts.models import Client
from commerce.audit.actions import write_audit_entry
from commerce.db.fast_paths import change_row
from commerce.db.locks import lock
from commerce.domains.models import Domain, Tld
from commerce.domains.registrants import contacts_of
from commerce.domains.rules import (
    LIVE_DOMAIN_STATUSES,
    REGISTERED_DOMAIN_STATUSES,
    RENEWABLE_DOMAIN_STATUSES,
    DomainStatus,
    normalize_name,
    possible_tlds,
    sync_time,
    tld_of,
)
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict

STATED_COLUMNS = (
    *("registrar", "remote_id", "registration_date", "expiry_date"),
    *("auto_renew", "whois_privacy", "is_locked", "ns1", "ns2", "ns3", "ns4"),
)
"""What the entry of a move says of the columns that change with the state."""

type BlockedReason = Callable[[Domain, Context], StateConflict | None]
"""Why an action is not possible on a domain now; None if it is."""


def active_only_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Of what is only possible with an active name."""
    return None if domain.status == DomainStatus.ACTIVE else StateConflict("domain.not_active")


def renewable_only_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Of what is about the next renewal."""
    renewable = domain.status in RENEWABLE_DOMAIN_STATUSES
    return None if renewable else StateConflict("domain.not_renewable")


def registered_only_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Of what needs a registered name."""
    registered = domain.status in REGISTERED_DOMAIN_STATUSES
    return None if registered else StateConflict("domain.registered_only")


def pending_only_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Of what is chosen and done before a name is registered."""
    return None if domain.status == DomainStatus.PENDING else StateConflict("domain.not_pending")


def transfer_only_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Of what is about a transfer to us that is under way."""
    under_way = domain.status == DomainStatus.PENDING_TRANSFER
    return None if under_way else StateConflict("domain.no_transfer")


def live_only_blocked_reason(domain: Domain, ctx: Context) -> StateConflict | None:
    """Of what needs a name that is here, registered or on its way."""
    if domain.status == DomainStatus.FRAUD:
        return StateConflict("domain.under_review")
    return None if domain.status in LIVE_DOMAIN_STATUSES else StateConflict("domain.has_ended")


def nameserver_columns(nameservers: Sequence[str]) -> dict[str, str]:
    """``ns1`` to ``ns4`` from 2 to 4 distinct host names; none at all empties them."""
    hosts = [normalize_name(host, field="nameservers") for host in nameservers]
    if hosts and (not 2 <= len(hosts) <= 4 or len(set(hosts)) != len(hosts)):
        raise BusinessError("domain.nameservers_not_valid", field="nameservers")
    return {f"ns{n}": host for n, host in enumerate([*hosts, "", "", "", ""][:4], start=1)}


@contextmanager
def unique_live_name(name: str) -> Iterator[None]:
    """Refuse a name that is live here, also when it became so at this very moment (U9)."""
    taken = BusinessError("domain.already_managed", name=name, field="domain_name")
    live = Domain.objects.filter(domain_name=name, status__in=LIVE_DOMAIN_STATUSES)
    if live.exists():
        raise taken
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if live.exists():
            raise taken from error
        raise


@transaction.atomic
def create_domain(
    *,
    client: Client,
    domain_name: str,
    recurring_amount: int,
    currency_code: str,
    nameservers: Sequence[str],
    ctx: Context,
    term_years: int = 1,
    auto_renew: bool = True,
    whois_privacy: bool = False,
    registrant: Mapping[str, str] | None = None,
) -> Domain:
    """A domain that awaits registration or transfer; only a transfer may leave its nameservers open (``[]``).

    ``recurring_amount`` is the price of one renewal by the term, ``registrant`` who stands behind it in all roles. The
    caller locks the client and raises their revision.
    Raises ``BusinessError`` for a bad or a live name.
    """
    name = normalize_name(domain_name, field="domain_name")
    if not 1 <= term_years <= 10:
        raise BusinessError("domain.term_out_of_range", field="term_years")
    hosts = nameserver_columns(nameservers)
    with unique_live_name(name):
        domain = Domain.objects.create(
            client=client,
            domain_name=name,
            tld=tld_of(name, Tld.objects.among(possible_tlds(name))),
            term_years=term_years,
            recurring_amount=recurring_amount,
            currency_id=currency_code,
            auto_renew=auto_renew,
            whois_privacy=whois_privacy,
            contacts=contacts_of(registrant or {}),
            created_at=ctx.at,
            changed_at=ctx.at,
            **hosts,
        )
    write_audit_entry(
        ctx=ctx,
        action="domain.created",
        record=("domain", domain.pk),
        name=name,
        client_id=client.pk,
        after={
            "term_years": term_years,
            "recurring_amount": recurring_amount,
            "currency": currency_code,
            "auto_renew": auto_renew,
            "whois_privacy": whois_privacy,
            **{host: name for host, name in hosts.items() if name},
        },
    )
    return domain


def choose_registrar(*, domain: Domain, registrar: str, ctx: Context) -> None:
    """Whom a live domain is managed through from now on, whatever the default becomes (domains.md 1)."""
    update_domain(
        domain,
        "registrar_chosen",
        ctx=ctx,
        blocked=live_only_blocked_reason,
        registrar=registrar,
    )


def mark_domain_sent(
    *,
    domain: Domain,
    registrar: str,
    ctx: Context,
    remote_id: str = "",
    ask_at: datetime | None = None,
) -> None:
    """The registrar took the order to register; whatever becomes of it now, the API will list the domain.

    ``ask_at`` is when one is asked about that the registrar has only queued.
    """
    update_domain(
        domain,
        "sent",
        ctx=ctx,
        blocked=pending_only_blocked_reason,
        sent_at=domain.sent_at or ctx.at,
        registrar=registrar,
        remote_id=remote_id or domain.remote_id,
    )
    if ask_at is not None:
        Domain.objects.filter(pk=domain.pk).update(next_sync_at=ask_at)


def choose_first_nameservers(*, domain: Domain, nameservers: Sequence[str], ctx: Context) -> None:
    """Those with which a name that awaits its registration is registered: 2 to 4."""
    hosts: dict[str, Any] = nameserver_columns(nameservers)
    update_domain(
        domain, "nameservers_chosen", ctx=ctx, blocked=pending_only_blocked_reason, **hosts
    )


def set_nameservers(*, domain: Domain, nameservers: Sequence[str], ctx: Context) -> None:
    """2 to 4 different nameservers, sent as a whole."""
    if not nameservers:
        raise BusinessError("domain.nameservers_not_valid", field="nameservers")
    hosts: dict[str, Any] = nameserver_columns(nameservers)
    update_domain(domain, "nameservers_set", ctx=ctx, **hosts)


def set_transfer_lock(*, domain: Domain, locked: bool, ctx: Context) -> None:
    """Lock the name against transfers, or unlock it."""
    update_domain(domain, "lock_set", ctx=ctx, is_locked=locked)


def set_whois_privacy(*, domain: Domain, enabled: bool, ctx: Context) -> None:
    """Hide the holder in the public record, or show them."""
    update_domain(domain, "privacy_set", ctx=ctx, whois_privacy=enabled)


def set_contacts(
    *, domain: Domain, contacts: Mapping[str, Mapping[str, str]], ctx: Context
) -> None:
    """Who stands behind the name now, by role."""
    update_domain(domain, "contacts_set", ctx=ctx, contacts=contacts)


def set_auto_renew(*, domain: Domain, enabled: bool, ctx: Context) -> None:
    """Whether the domain is invoiced for another term before it expires."""
    update_domain(
        domain,
        "auto_renew_set",
        ctx=ctx,
        blocked=live_only_blocked_reason,
        auto_renew=enabled,
    )


def set_auto_renew_held(*, domain: Domain, row: Domain, enabled: bool, ctx: Context) -> None:
    """The same of a ``row`` that is locked and may be switched; the revision of its client is raised."""
    _update_locked(domain, row, "auto_renew_set", ctx, auto_renew=enabled)


def change_domain_price(
    *, domain: Domain, recurring_amount: int, ctx: Context, reason: str = ""
) -> None:
    """What the next renewal by the term costs, in minor units. Raises ``StateConflict`` once the domain is gone."""
    update_domain(
        domain,
        "price_changed",
        ctx=ctx,
        blocked=renewable_only_blocked_reason,
        reason=reason,
        recurring_amount=recurring_amount,
    )


@transaction.atomic
def update_domain(
    domain: Domain,
    verb: str,
    *,
    ctx: Context,
    blocked: BlockedReason = active_only_blocked_reason,
    reason: str = "",
    **changes: Any,
) -> None:
    """Write columns other than the state, with their audit entry. Raises the reason by which it is ``blocked``."""
    bump_revision(domain.client_id, ctx)
    row = lock(domain)
    if blocked_reason := blocked(row, ctx):
        raise blocked_reason
    _update_locked(domain, row, verb, ctx, reason, **changes)


def _update_locked(
    domain: Domain, row: Domain, verb: str, ctx: Context, reason: str = "", **changes: Any
) -> None:
    """``update_domain`` of a ``row`` that is locked."""
    before = {key: getattr(row, key) for key in changes}
    following = sync_time(ctx.at, 1, row.pk)  # what was changed is compared within a day
    next_sync_at = min(row.next_sync_at or following, following)
    change_row(domain, changed_at=ctx.at, next_sync_at=next_sync_at, **changes)
    write_audit_entry(
        ctx=ctx,
        action=f"domain.{verb}",
        record=("domain", domain.pk),
        name=row.domain_name,
        client_id=row.client_id,
        before=audit_values(before),
        after=audit_values(changes),
        reason=reason,
    )


def audit_values(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a domain as its entries have them; the nightly proof compares them with the row."""
    return {name: _said(value) for name, value in changes.items()}


def _said(value: Any) -> str | int | None:
    """A value as the audit log has it; of contacts, whose data are the domain's, the holder's name."""
    if isinstance(value, Mapping):
        holder = value.get("registrant", {})
        return " ".join(filter(None, map(holder.get, ("first_name", "last_name"))))
    return value if isinstance(value, str | int | None) else str(value)
