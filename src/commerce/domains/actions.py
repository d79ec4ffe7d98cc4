"""Everything that changes domains (domains.md 1, 4 and 5). The registrar's word about dates is given by the caller."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from commerce.accounts.actions import touch
from commerce.accounts.models import Client
from commerce.audit.actions import record
from commerce.audit.states import move
from commerce.domains.models import Domain
from commerce.domains.rules import DOMAIN_MOVES, LIVE, plain_name, tld_of
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused


def _hosts(nameservers: Sequence[str]) -> dict[str, str]:
    """``ns1`` to ``ns4`` from 2 to 4 distinct host names; none at all empties them."""
    try:
        hosts = [plain_name(host) for host in nameservers]
    except ValueError as error:
        raise Refused(str(error), field="nameservers") from error
    if hosts and (not 2 <= len(hosts) <= 4 or len(set(hosts)) != len(hosts)):
        raise Refused("Give 2 to 4 different nameservers.", field="nameservers")
    return {f"ns{n}": host for n, host in enumerate([*hosts, "", "", "", ""][:4], start=1)}


@transaction.atomic
def create_domain(
    *,
    client: Client,
    domain_name: str,
    recurring_amount: int,
    currency_code: str,
    nameservers: Sequence[str],
    at: datetime,
    actor: Actor,
    term_years: int = 1,
    auto_renew: bool = True,
    whois_privacy: bool = False,
) -> Domain:
    """A domain that awaits registration or transfer; only a transfer may leave its nameservers open (``[]``).

    ``recurring_amount`` is the price of one renewal by the term. Raises ``Refused`` for a bad or a live name.
    """
    try:
        name = plain_name(domain_name)
    except ValueError as error:
        raise Refused(str(error), field="domain_name") from error
    if not 1 <= term_years <= 10:
        raise Refused("A domain is registered for 1 to 10 years.", field="term_years")
    hosts = _hosts(nameservers)
    touch(client.pk)
    if Domain.objects.filter(domain_name=name, status__in=LIVE).exists():
        raise Refused(f"{name} is already managed here.", field="domain_name")
    domain = Domain.objects.create(
        client=client,
        domain_name=name,
        tld=tld_of(name),
        term_years=term_years,
        recurring_amount=recurring_amount,
        currency_id=currency_code,
        auto_renew=auto_renew,
        whois_privacy=whois_privacy,
        created_at=at,
        changed_at=at,
        **hosts,
    )
    record(
        at=at,
        actor=actor,
        action="domain.created",
        record=("domain", domain.pk),
        name=name,
        client_id=client.pk,
    )
    return domain


@transaction.atomic
def move_domain(
    *,
    domain: Domain,
    to: str,
    at: datetime,
    actor: Actor,
    only_from: str | None = None,
    reason: str = "",
    **changes: Any,
) -> None:
    """Move a domain along its table, with what belongs to the new state. Raises ``Moved`` if that is not allowed."""
    touch(domain.client_id)
    move(
        domain,
        to,
        allowed=DOMAIN_MOVES if only_from is None else {only_from: DOMAIN_MOVES[only_from]},
        at=at,
        actor=actor,
        client_id=domain.client_id,
        reason=reason,
        changed_at=at,
        **changes,
    )


def mark_sent(*, domain: Domain, registrar: str, at: datetime, actor: Actor) -> None:
    """The registrar took the order to register; whatever becomes of it now, the API will list the domain."""
    _change(
        domain,
        "sent",
        at=at,
        actor=actor,
        states=[Domain.Status.PENDING],
        sent_at=at,
        registrar=registrar,
    )


def start_transfer(
    *, domain: Domain, registrar: str, at: datetime, actor: Actor, remote_id: str = ""
) -> None:
    """The registrar took the order to transfer the name to us."""
    move_domain(
        domain=domain,
        to=Domain.Status.PENDING_TRANSFER,
        at=at,
        actor=actor,
        registrar=registrar,
        remote_id=remote_id,
        sent_at=at,
    )


def confirm_registration(
    *,
    domain: Domain,
    registration_date: date,
    expiry_date: date,
    at: datetime,
    actor: Actor,
    remote_id: str = "",
    nameservers: Sequence[str] = (),
) -> None:
    """Registered or transferred in: active, with the registrar's dates; due when it expires, and locked."""
    if domain.status not in (Domain.Status.PENDING, Domain.Status.PENDING_TRANSFER):
        raise Moved(f"This domain is {domain.status}.")
    hosts = _hosts(nameservers) if nameservers else {}
    if not (hosts.get("ns1") or domain.ns1):
        raise Refused("A registered domain has at least two nameservers.", field="nameservers")
    move_domain(
        domain=domain,
        to=Domain.Status.ACTIVE,
        only_from=domain.status,
        at=at,
        actor=actor,
        sent_at=domain.sent_at or at,
        registration_date=registration_date,
        expiry_date=expiry_date,
        next_due_date=expiry_date,
        remote_id=remote_id or domain.remote_id,
        is_locked=True,
        **hosts,
    )


@transaction.atomic
def renew_domain(*, domain: Domain, expiry_date: date, at: datetime, actor: Actor) -> None:
    """Renewed until the registrar's date; an expired domain, or one in redemption, becomes active again."""
    if domain.expiry_date is None or expiry_date <= domain.expiry_date:
        raise Refused("A renewal moves the expiry date forward.")
    if domain.status == Domain.Status.ACTIVE:
        _change(
            domain,
            "renewed",
            at=at,
            actor=actor,
            states=[Domain.Status.ACTIVE],
            expiry_date=expiry_date,
            next_due_date=expiry_date,
        )
        return
    if domain.status not in (Domain.Status.EXPIRED, Domain.Status.REDEMPTION):
        raise Moved(f"This domain is {domain.status}.")
    move_domain(
        domain=domain,
        to=Domain.Status.ACTIVE,
        only_from=domain.status,
        at=at,
        actor=actor,
        expiry_date=expiry_date,
        next_due_date=expiry_date,
    )


def expire_domain(*, domain: Domain, at: datetime, actor: Actor) -> None:
    """The expiry date has passed without a renewal."""
    move_domain(domain=domain, to=Domain.Status.EXPIRED, at=at, actor=actor)


def enter_redemption(*, domain: Domain, at: datetime, actor: Actor) -> None:
    """The days of grace after expiry have passed: only a restore brings the name back."""
    move_domain(domain=domain, to=Domain.Status.REDEMPTION, at=at, actor=actor)


def transfer_away(*, domain: Domain, at: datetime, actor: Actor, reason: str = "") -> None:
    """The registrar says that the name is no longer ours."""
    move_domain(
        domain=domain,
        to=Domain.Status.TRANSFERRED_AWAY,
        at=at,
        actor=actor,
        reason=reason,
        auto_renew=False,
        next_due_date=None,
    )


def cancel_domain(*, domain: Domain, at: datetime, actor: Actor, reason: str = "") -> None:
    """Ended, or never registered; nothing more is due."""
    move_domain(
        domain=domain,
        to=Domain.Status.CANCELLED,
        at=at,
        actor=actor,
        reason=reason,
        next_due_date=None,
    )


def stop_as_fraud(*, domain: Domain, at: datetime, actor: Actor, reason: str = "") -> None:
    """Nothing is registered while its order is under suspicion."""
    move_domain(domain=domain, to=Domain.Status.FRAUD, at=at, actor=actor, reason=reason)


def release_from_fraud(*, domain: Domain, at: datetime, actor: Actor, reason: str = "") -> None:
    """The suspicion is gone: back to awaiting registration. Raises ``Refused`` when the name was taken meanwhile."""
    if Domain.objects.filter(domain_name=domain.domain_name, status__in=LIVE).exists():
        raise Refused(f"{domain.domain_name} is already managed here.")
    move_domain(domain=domain, to=Domain.Status.PENDING, at=at, actor=actor, reason=reason)


def set_nameservers(
    *, domain: Domain, nameservers: Sequence[str], at: datetime, actor: Actor
) -> None:
    """2 to 4 different nameservers, sent as a whole."""
    if not nameservers:
        raise Refused("Give 2 to 4 different nameservers.", field="nameservers")
    _change(domain, "nameservers_set", at=at, actor=actor, **_hosts(nameservers))


def set_lock(*, domain: Domain, on: bool, at: datetime, actor: Actor) -> None:
    """Lock the name against transfers, or unlock it."""
    _change(domain, "lock_set", at=at, actor=actor, is_locked=on)


def set_privacy(*, domain: Domain, on: bool, at: datetime, actor: Actor) -> None:
    """Hide the holder in the public record, or show him."""
    _change(domain, "privacy_set", at=at, actor=actor, whois_privacy=on)


def set_auto_renew(*, domain: Domain, on: bool, at: datetime, actor: Actor) -> None:
    """Whether the domain is invoiced for another term before it expires."""
    _change(domain, "auto_renew_set", at=at, actor=actor, states=LIVE, auto_renew=on)


@transaction.atomic
def _change(
    domain: Domain,
    verb: str,
    *,
    at: datetime,
    actor: Actor,
    states: Sequence[str] = (Domain.Status.ACTIVE,),
    **changes: Any,
) -> None:
    """Write columns other than the state, with their audit entry. Raises ``Moved`` in another state."""
    touch(domain.client_id)
    row = Domain.objects.select_for_update().get(pk=domain.pk)
    if row.status not in states:
        raise Moved(f"This domain is {row.status}.")
    before = {key: getattr(row, key) for key in changes}
    Domain.objects.filter(pk=domain.pk).update(changed_at=at, **changes)
    plain = (str, int, bool, type(None))
    record(
        at=at,
        actor=actor,
        action=f"domain.{verb}",
        record=("domain", domain.pk),
        name=row.domain_name,
        client_id=row.client_id,
        before={k: v if isinstance(v, plain) else str(v) for k, v in before.items()},
        after={k: v if isinstance(v, plain) else str(v) for k, v in changes.items()},
    )
    domain.refresh_from_db()
