"""The life of a domain: registered, renewed, expired, ended (domains.md 4). The caller gives the registrar's word."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from commerce.accounts.actions import touch
from commerce.audit.states import move
from commerce.domains.actions.records import change, hosts_of, one_live
from commerce.domains.events import DomainRenewed, event_of
from commerce.domains.models import Domain
from commerce.domains.rules import DOMAIN_MOVES, LIVE
from commerce.domains.tasks import ALL, subject_of
from commerce.jobs.actions import drop_pointless
from commerce.jobs.events import publish
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused


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
    left = move(
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
    if to not in LIVE:
        drop_pointless(subject_of(domain), ALL, at=at, reason=f"The domain is {to}.")
    if event := event_of(left, to):
        publish(event(domain.pk, str(domain.expiry_date or "")), at=at)


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
    hosts = hosts_of(nameservers) if nameservers else {}
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
        change(
            domain,
            "renewed",
            at=at,
            actor=actor,
            states=[Domain.Status.ACTIVE],
            expiry_date=expiry_date,
            next_due_date=expiry_date,
        )
        publish(DomainRenewed(domain.pk, str(expiry_date)), at=at)
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
    with one_live(domain.domain_name):
        move_domain(domain=domain, to=Domain.Status.PENDING, at=at, actor=actor, reason=reason)
