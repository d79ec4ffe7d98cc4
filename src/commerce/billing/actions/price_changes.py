"""New prices of services and domains that exist: announced, applied with the first period that they count for, dropped.

Everything here holds the client's row first, so that a new price and a renewal come one after the other.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from commerce.accounts.actions.clients import hold
from commerce.audit.actions import record
from commerce.audit.states import move
from commerce.billing.models import PriceChange
from commerce.billing.price_emails import tell_of_dropped_price, tell_of_price_change
from commerce.billing.repricing import Repricing, price_of, reprice_domains, reprice_services
from commerce.billing.rules import PRICE_CHANGE_MOVES, ClaimKey
from commerce.domains.actions import change_price as change_price_of_domain
from commerce.domains.events import DomainCancelled, DomainTransferredAway
from commerce.domains.models import Domain
from commerce.hosting.actions.plans import change_price as change_price_of_service
from commerce.hosting.events import ServiceCancelled, ServiceTerminated
from commerce.hosting.models import Service
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.preferences import current

Status = PriceChange.Status


@transaction.atomic
def move_price_change(
    *, change: PriceChange, to: str, at: datetime, actor: Actor, reason: str = ""
) -> None:
    """Move a change along its table. Raises ``Moved`` if that is not allowed."""
    move(
        change,
        to,
        allowed=PRICE_CHANGE_MOVES,
        at=at,
        actor=actor,
        client_id=change.client_id,
        reason=reason,
        ended_at=at,
    )


@transaction.atomic
def reprice_client(
    *,
    client_id: int,
    at: datetime,
    actor: Actor,
    services: Iterable[int] = (),
    domains: Iterable[int] = (),
    reason: str = "",
) -> list[Repricing]:
    """Announce today's price of the catalogue for some services and domains of a client, and tell him once for each.

    It counts from their next period that is not billed yet and starts ``billing.price_change_notice_days`` later or
    more. What was announced before is replaced. Safe to repeat: what is announced, or costs that already, stays.
    """
    hold(client_id)
    today = current.business_date(at)
    rows = Service.objects.for_client(client_id).filter(pk__in=list(services)).order_by("pk")
    names = Domain.objects.for_client(client_id).filter(pk__in=list(domains)).order_by("pk")
    found = [
        *reprice_services(list(rows.select_related("product", "client__group")), today),
        *reprice_domains(list(names.select_related("client")), today),
    ]
    for one in found:
        if not one.why_not:
            _announce(one, at, actor, reason)
    return found


def _announce(one: Repricing, at: datetime, actor: Actor, reason: str) -> None:
    if one.announced is not None:
        why = reason or _("The price was set anew.")
        move_price_change(change=one.announced, to=Status.DROPPED, at=at, actor=actor, reason=why)
    if one.dropped and one.announced is not None:
        tell_of_dropped_price(change=one.announced, at=at)
        return
    assert one.from_date is not None
    change = PriceChange.objects.create(
        client_id=one.item.client_id,
        old_amount=one.old_amount,
        amount=one.amount,
        options=one.options,
        parts=one.parts,
        from_date=one.from_date,
        reason=reason,
        created_at=at,
        **{one.kind: one.item},
    )
    record(
        at=at,
        actor=actor,
        action="pricechange.planned",
        record=("pricechange", change.pk),
        name=str(change),
        client_id=change.client_id,
        before={"amount": change.old_amount},
        after={"amount": change.amount, "from_date": str(change.from_date)},
        reason=reason,
    )
    tell_of_price_change(change=change, at=at)


@transaction.atomic
def drop_price_change(*, change: PriceChange, reason: str, at: datetime, actor: Actor) -> None:
    """Staff take an announced price back; its client is told. Raises ``Moved`` once it counts, or was dropped."""
    if not reason.strip():
        raise Refused(_("Say why."), field="reason")
    hold(change.client_id)
    move_price_change(change=change, to=Status.DROPPED, at=at, actor=actor, reason=reason.strip())
    tell_of_dropped_price(change=change, at=at)


@transaction.atomic
def drop_planned(*, of: ClaimKey, reason: str, at: datetime, actor: Actor) -> None:
    """What was announced does not come, since something else did, which the client knows of."""
    noun, pk = of
    for change in PriceChange.objects.planned().filter(**{f"{noun}_id": pk}):
        move_price_change(change=change, to=Status.DROPPED, at=at, actor=actor, reason=reason)


def drop_for_service(
    event: ServiceCancelled | ServiceTerminated, at: datetime, actor: Actor
) -> None:
    """A service has ended, and with it what it would have cost."""
    reason = _("The service has ended.")
    drop_planned(of=("service", event.service_id), reason=reason, at=at, actor=actor)


def drop_for_domain(
    event: DomainCancelled | DomainTransferredAway, at: datetime, actor: Actor
) -> None:
    """A domain is gone, and with it what it would have cost."""
    reason = _("The domain is no longer here.")
    drop_planned(of=("domain", event.domain_id), reason=reason, at=at, actor=actor)


@transaction.atomic
def apply_to_services(*, services: Sequence[Service], at: datetime, actor: Actor) -> None:
    """These are about to be billed for the period that is due: what was announced for it is their price from here on.

    The caller holds the client. One whose price was changed otherwise meanwhile keeps that, and the change is dropped.
    """
    by_id = {one.pk: one for one in services}
    rows = PriceChange.objects.planned().filter(service__in=list(by_id))
    for change in rows.filter(from_date__lte=F("service__next_due_date")).order_by("service_id"):
        assert change.service_id is not None
        service = by_id[change.service_id]
        if _applies(change, service, at, actor):
            change_price_of_service(
                service=service,
                amount=change.amount,
                options=change.options,
                parts=change.parts,
                at=at,
                actor=actor,
            )


@transaction.atomic
def apply_to_domains(*, domains: Sequence[Domain], at: datetime, actor: Actor) -> None:
    """The same for domains whose next term is about to be billed."""
    by_id = {one.pk: one for one in domains}
    rows = PriceChange.objects.planned().filter(domain__in=list(by_id))
    for change in rows.filter(from_date__lte=F("domain__next_due_date")).order_by("domain_id"):
        assert change.domain_id is not None
        domain = by_id[change.domain_id]
        if _applies(change, domain, at, actor):
            amount = change.amount
            change_price_of_domain(domain=domain, recurring_amount=amount, at=at, actor=actor)


def _applies(change: PriceChange, item: Service | Domain, at: datetime, actor: Actor) -> bool:
    holds = price_of(item) == change.old_amount
    to = Status.APPLIED if holds else Status.DROPPED
    reason = "" if holds else _("Its price was changed otherwise.")
    move_price_change(change=change, to=to, at=at, actor=actor, reason=reason)
    return holds
