"""Plan changes: asked for, paid, carried out or lapsed (billing.md 8, invariants R24).

Everything here locks the client's row first, so that a change, its payment and a renewal come one after the other.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from commerce.accounts.actions import touch
from commerce.accounts.models import Client, User
from commerce.audit.states import move
from commerce.billing.actions.claims import give_back_claims
from commerce.billing.actions.corrections import credit_invoice, credit_parts, void_invoice
from commerce.billing.actions.credit import apply_credit, post_credit
from commerce.billing.actions.drafts import draft_invoice
from commerce.billing.actions.issuing import issue_invoice
from commerce.billing.actions.price_changes import drop_planned
from commerce.billing.actions.states import locked_service
from commerce.billing.actions.taxing import with_notice
from commerce.billing.models import CreditEntry, Invoice, PlanChange
from commerce.billing.own_lines import own_lines
from commerce.billing.plan_changes import PLAN_CHANGE_MOVES
from commerce.billing.plan_offers import PlanOffer, counted, offer_of, why_owed
from commerce.billing.rules import OPEN
from commerce.billing.service_emails import tell_of_plan_change
from commerce.billing.tax import taxation_for
from commerce.hosting.actions.plans import change_plan
from commerce.hosting.models import Service
from commerce.hosting.rules import RUNNING, first_due_date
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, Refused
from commerce.preferences import current

Status = PlanChange.Status


@transaction.atomic
def move_plan_change(
    *, change: PlanChange, to: str, at: datetime, actor: Actor, reason: str = "", **changes: Any
) -> None:
    """Move a change along its table. Raises ``Moved`` if that is not allowed."""
    touch(change.client_id)
    move(
        change,
        to,
        allowed=PLAN_CHANGE_MOVES,
        at=at,
        actor=actor,
        client_id=change.client_id,
        reason=reason,
        **changes,
    )


@transaction.atomic
def request_plan_change(
    *,
    service: Service,
    product_id: int,
    billing_cycle: str,
    shown: tuple[int, int, int],
    at: datetime,
    actor: Actor,
    asked_by: User | None = None,
    losses_accepted: bool = False,
) -> PlanChange:
    """A service shall move to another plan: at once when nothing is to be paid, otherwise when its invoice is paid.

    ``shown`` is what the person confirmed (``PlanOffer.shown``); it is counted again under lock, and a difference is
    ``Refused``, as are losses that nobody accepted and a service whose plan cannot change.
    """
    row = locked_service(service)
    offer = offer_of(row, product_id, billing_cycle, current.business_date(at))
    if shown != offer.shown:
        raise Refused(_("The price has changed. Look at the new figures and confirm them."))
    if offer.lost and not losses_accepted:
        raise Refused(_("Confirm what you lose: %s.") % ", ".join(offer.lost), field="losses")
    change = PlanChange.objects.create(
        client_id=row.client_id,
        service=row,
        asked_by=asked_by,
        product=offer.product,
        billing_cycle=offer.billing_cycle,
        amount=offer.amount,
        parts=offer.parts,
        options=offer.options,
        credit=offer.figures.credit,
        charge=offer.figures.charge,
        total=offer.today.total,
        bought=offer.today.bought,
        created_at=at,
    )
    if current.get("plan_changes.require_approval"):
        tell_of_plan_change(change=change, old_name=row.product.name, at=at)
    else:
        _proceed(change, row, offer, at, actor)
    return change


@transaction.atomic
def approve_plan_change(*, change: PlanChange, at: datetime, actor: Actor, note: str = "") -> None:
    """Staff let a change go on, at today's figures. Raises ``Refused`` when they are dearer than what was confirmed."""
    service = locked_service(change.service)
    row = PlanChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
    if row.status != Status.PENDING:
        raise Moved(_("This change is %s.") % row.status)
    if service.status != Service.Status.ACTIVE or service.cancel_at:
        raise Refused(_("The plan of this service cannot be changed now."))
    if reason := why_owed(service):
        raise Refused(reason)
    offer = counted(service, row.product_id, row.billing_cycle, current.business_date(at))
    known = row.charge - row.credit if row.total is None else row.total
    now = offer.figures.net if row.total is None else offer.today.total
    if now > known or offer.amount != row.amount:
        raise Refused(_("The price has changed; reject this, so that the client can ask anew."))
    PlanChange.objects.filter(pk=row.pk).update(
        credit=offer.figures.credit,
        charge=offer.figures.charge,
        total=offer.today.total,
        bought=offer.today.bought,
        options=offer.options,
        parts=offer.parts,
        note=note,
    )
    change.refresh_from_db()
    _proceed(change, service, offer, at, actor)


@transaction.atomic
def reject_plan_change(*, change: PlanChange, note: str, at: datetime, actor: Actor) -> None:
    """Staff say no to a change that awaits approval, with a note to the client."""
    if not note.strip():
        raise Refused(_("Say why."), field="note")
    move_plan_change(
        change=change, to=Status.REJECTED, at=at, actor=actor, note=note.strip(), ended_at=at
    )
    tell_of_plan_change(change=change, old_name=change.service.product.name, at=at)


@transaction.atomic
def withdraw_plan_change(
    *, change: PlanChange, at: datetime, actor: Actor, reason: str = ""
) -> None:
    """Nobody wants it any more; its invoice is voided. Raises ``Moved`` once it was carried out."""
    reason = reason or _("The change of plan was withdrawn.")
    _end(change, Status.WITHDRAWN, reason, at, actor)


@transaction.atomic
def lapse_plan_change(
    *, change: PlanChange, day: date, at: datetime, actor: Actor, reason: str = ""
) -> bool:
    """Its invoice was not paid by its due date: it is voided, and the plan stays. False when it is not to lapse."""
    touch(change.client_id)
    row = PlanChange.objects.select_related("invoice").get(pk=change.pk)
    late = row.invoice and row.invoice.due_date and row.invoice.due_date < day
    if row.status != Status.AWAITING_PAYMENT or not late:
        return False
    _end(row, Status.LAPSED, reason or _("It was not paid in time."), at, actor)
    return True


def plan_changes_due(day: date) -> QuerySet[PlanChange]:
    """Changes whose invoice was not paid by its due date (billing.md 10, step 11)."""
    return PlanChange.objects.filter(status=Status.AWAITING_PAYMENT, invoice__due_date__lt=day)


def lapse_for_renewal(*, service_ids: Iterable[int], at: datetime, actor: Actor) -> None:
    """The renewal of these services is issued first: changes of them that are not paid lapse. The client is locked."""
    rows = PlanChange.objects.filter(
        status=Status.AWAITING_PAYMENT, service_id__in=list(service_ids)
    )
    for change in rows.order_by("pk"):
        _end(change, Status.LAPSED, _("The service was renewed first."), at, actor)


def lapse_with_invoice(*, invoice: Invoice, at: datetime, actor: Actor) -> None:
    """Its invoice was taken back: there is nothing more to wait for."""
    change = _awaiting(invoice)
    if change is not None:
        move_plan_change(change=change, to=Status.LAPSED, at=at, actor=actor, ended_at=at)


def carry_out_paid(*, invoice: Invoice, at: datetime, actor: Actor) -> None:
    """Its invoice is paid, in this transaction: the service moves to its new plan.

    A service that has ended meanwhile stays as it is, as does one of which something that the invoice deducts was taken
    back since it was issued; what was paid becomes credit.
    """
    change = _awaiting(invoice)
    if change is None:
        return
    service = locked_service(change.service)
    reason = ""
    if service.status not in RUNNING:
        reason = _("The service has ended.")
    elif _deducts_too_much(change, service):
        reason = _("What it deducts was taken back.")
    if not reason:
        _apply(change, service, at, actor)
        return
    move_plan_change(
        change=change, to=Status.LAPSED, at=at, actor=actor, reason=reason, ended_at=at
    )
    credit_invoice(invoice=invoice, reason=reason, at=at, actor=actor, release=True)


def _deducts_too_much(change: PlanChange, service: Service) -> bool:
    """Whether less is left of what the service paid than when the change's invoice deducted the unused part of it."""
    assert change.invoice is not None
    earlier = [pk for pk in change.bought.get("invoices", ()) if pk != change.invoice_id]
    for invoice in Invoice.objects.filter(pk__in=earlier):
        then = own_lines(service, invoice, before=change.invoice.issued_at)
        now = own_lines(service, invoice)
        if sum(line.net for line in now) < sum(line.net for line in then):
            return True
    return False


def _awaiting(invoice: Invoice) -> PlanChange | None:
    rows = PlanChange.objects.filter(invoice=invoice, status=Status.AWAITING_PAYMENT)
    return rows.select_related("service").first()


def _proceed(
    change: PlanChange, service: Service, offer: PlanOffer, at: datetime, actor: Actor
) -> None:
    """The figures are settled: have the rest paid, or change at once."""
    if not offer.today.lines:
        _apply(change, service, at, actor)
        _give_back(change, offer, at, actor)
    else:
        _give_back(change, offer, at, actor)
        _invoice(change, service, offer, at, actor)


def _give_back(change: PlanChange, offer: PlanOffer, at: datetime, actor: Actor) -> None:
    """What is left over becomes credit, on the lines that paid for it; plainly only where no invoice is known."""
    reason = _("Change of plan to %s.") % change.product.name
    notes = [
        credit_parts(
            invoice=draft.invoice,
            parts=draft.parts,
            service=change.service,
            reason=reason,
            at=at,
            actor=actor,
        )
        for draft in offer.today.given.notes
    ]
    if notes:
        PlanChange.objects.filter(pk=change.pk).update(credit_note=notes[0])
        change.refresh_from_db()
    if offer.today.given.plain:
        post_credit(
            client_id=change.client_id,
            currency_code=change.service.currency_id,
            reason=CreditEntry.Reason.DOWNGRADE,
            source=f"plan_change:{change.pk}",
            amount=offer.today.given.plain,
            note=reason,
            at=at,
            actor=actor,
        )


def _invoice(
    change: PlanChange, service: Service, offer: PlanOffer, at: datetime, actor: Actor
) -> None:
    """Its invoice: to be paid first, or paid by what was just given back."""
    client = Client.objects.get(pk=change.client_id)
    taxation = taxation_for(client, current.business_date(at))
    invoice = draft_invoice(
        client=client,
        kind=Invoice.Kind.PLAN_CHANGE,
        currency_code=service.currency_id,
        lines=offer.today.lines,
        prices_include_tax=taxation.prices_include_tax,
        evidence=taxation.evidence,
        notes=with_notice("", taxation),
        billed_services=[service.pk],
        at=at,
        actor=actor,
    )
    change.bought["invoices"].insert(0, invoice.pk)
    move_plan_change(
        change=change,
        to=Status.AWAITING_PAYMENT,
        at=at,
        actor=actor,
        invoice=invoice,
        bought=change.bought,
    )
    # Credit may pay it, and with that carry out the change.
    issue_invoice(invoice=invoice, at=at, actor=actor)
    if offer.today.total <= 0 and invoice.amount_due:
        apply_credit(invoice=invoice, amount=invoice.amount_due, at=at, actor=actor)
    change.refresh_from_db()
    if change.status == Status.AWAITING_PAYMENT:
        tell_of_plan_change(change=change, old_name=service.product.name, at=at)


def _apply(change: PlanChange, service: Service, at: datetime, actor: Actor) -> None:
    old_name, today = service.product.name, current.business_date(at)
    new_period = None
    if change.billing_cycle != service.billing_cycle:
        due = first_due_date(today, change.billing_cycle)
        assert due is not None
        new_period = today, due
        for period in change.bought.get("periods", ()):
            period |= {"start": str(today), "end": str(due)}
        give_back_claims(service=service, day=today, at=at, actor=actor)
    change_plan(
        service=service,
        product=change.product,
        billing_cycle=change.billing_cycle,
        amount=change.amount,
        options=change.options,
        parts=change.parts,
        new_period=new_period,
        at=at,
        actor=actor,
    )
    move_plan_change(
        change=change, to=Status.APPLIED, at=at, actor=actor, ended_at=at, bought=change.bought
    )
    reason = _("The plan has changed.")
    drop_planned(of=("service", service.pk), reason=reason, at=at, actor=actor)
    change.service = service
    tell_of_plan_change(change=change, old_name=old_name, at=at)


def _end(change: PlanChange, to: str, reason: str, at: datetime, actor: Actor) -> None:
    """End it without effect; an open invoice of it is voided, and what was paid on it becomes credit."""
    move_plan_change(change=change, to=to, at=at, actor=actor, reason=reason, ended_at=at)
    if change.invoice_id is None:
        return
    invoice = Invoice.objects.get(pk=change.invoice_id)
    if invoice.status in OPEN:
        void_invoice(invoice=invoice, reason=reason, at=at, actor=actor, release=True)
