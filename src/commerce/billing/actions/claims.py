"""Claims: periods that an invoice bills, and what becomes of them (billing.md 1, 7 and 8; S10)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from commerce.accounts.actions import touch
from commerce.audit.actions import record
from commerce.audit.states import move
from commerce.billing.events import InvoicePaid, PaidAfterTermination
from commerce.billing.models import Claim, Invoice
from commerce.billing.rules import CLAIM_MOVES, GIVEN_BACK_MOVES, SUSPENDING, ClaimKey
from commerce.domains.actions import cancel_domain
from commerce.domains.registering import request_renewal
from commerce.hosting import provisioning
from commerce.hosting.actions import advance_due_date
from commerce.hosting.models import Service
from commerce.hosting.rules import RUNNING, first_due_date
from commerce.jobs.events import publish
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.preferences import current

Decisions = Mapping[ClaimKey, str]
CHOICES = ("bill_again", "waive", "end")


@transaction.atomic
def move_claim(*, claim: Claim, to: str, at: datetime, actor: Actor, reason: str = "") -> None:
    """Move a claim along its table. A period that is ``paid`` or ``waived`` moves the next due date by one cycle."""
    client_id = _client_of(claim)
    touch(client_id)
    move(
        claim,
        to,
        allowed=CLAIM_MOVES,
        at=at,
        actor=actor,
        client_id=client_id,
        reason=reason,
        ended_at=at,
    )
    service = claim.service
    if service is None or to == Claim.Status.RELEASED:
        return  # of a domain, the registrar's job moves the date when it has renewed it
    service.refresh_from_db()
    if service.status in RUNNING and service.next_due_date == claim.period_start:
        advance_due_date(service=service, at=at, actor=actor)


@transaction.atomic
def waive_first_period(*, service: Service, at: datetime, actor: Actor) -> None:
    """Nothing was invoiced for the first period of a service: it is free, and no change of plan gives credit for it.

    Nothing, if that period is claimed already, or for a service that has no periods.
    """
    touch(service.client_id)
    row = Service.objects.select_for_update(of=("self",)).get(pk=service.pk)
    start = row.registration_date
    following = start and first_due_date(start, row.billing_cycle)
    if start is None or following is None:
        return
    claimed = row.claims.filter(period_start=start).exclude(status=Claim.Status.RELEASED)
    if not claimed.exists():
        write_waived(row, start, following, "ordered without an invoice", at, actor)


def write_waived(
    service: Service, start: date, following: date, reason: str, at: datetime, actor: Actor
) -> None:
    """A period passes without an invoice; its caller has the transaction, and moves the due date where it must."""
    claim = Claim.objects.create(
        service=service,
        period_start=start,
        period_end=following,
        status=Claim.Status.WAIVED,
        created_at=at,
        ended_at=at,
    )
    record(
        at=at,
        actor=actor,
        action="claim.waived",
        record=("claim", claim.pk),
        name=str(claim),
        client_id=service.client_id,
        reason=reason,
    )


@transaction.atomic
def waive_claim(*, claim: Claim, at: datetime, actor: Actor, reason: str) -> None:
    """Staff let a period go unpaid: it goes on as if it were paid; a domain is renewed by its registrar."""
    move_claim(claim=claim, to=Claim.Status.WAIVED, at=at, actor=actor, reason=reason)
    renew_claimed(claim=claim, at=at, actor=actor)


def renew_claimed(*, claim: Claim, at: datetime, actor: Actor) -> None:
    """Have the registrar renew the domain of a paid or waived period, once for each claim; nothing for a service."""
    if claim.domain is None:
        return
    years = claim.period_end.year - claim.period_start.year
    cause = f"claim {claim.pk}"
    request_renewal(domain=claim.domain, years=years, cause=cause, at=at, actor=actor)


def release_claim(*, claim: Claim, at: datetime, actor: Actor, reason: str = "") -> None:
    """A period is billed by nobody any more; as long as it is due, the next run bills it anew."""
    move_claim(claim=claim, to=Claim.Status.RELEASED, at=at, actor=actor, reason=reason)


@transaction.atomic
def give_back_claims(*, service: Service, day: date, at: datetime, actor: Actor) -> None:
    """A plan change gives back the periods that are not over on a day: their days are billed anew when they are due."""
    touch(service.client_id)
    done = service.claims.filter(status__in=GIVEN_BACK_MOVES, period_end__gt=day)
    for claim in done.order_by("pk"):
        move(
            claim,
            Claim.Status.RELEASED,
            allowed=GIVEN_BACK_MOVES,
            at=at,
            actor=actor,
            client_id=service.client_id,
            reason=_("The plan has changed."),
        )


def key_of(claim: Claim) -> ClaimKey:
    """Whose period it is."""
    if claim.service_id is not None:
        return "service", claim.service_id
    return "domain", claim.domain_id or 0


def open_claims(invoice: Invoice) -> list[Claim]:
    """The periods of an invoice that are neither paid nor given up."""
    rows = invoice.claims.filter(status=Claim.Status.OPEN).select_related("service", "domain")
    return list(rows.order_by("service_id", "domain_id"))


def need_decisions(claims: list[Claim], decisions: Decisions) -> None:
    """Raise ``Refused`` unless each open period has its decision: there is no default (billing.md 7)."""
    for claim in claims:
        if decisions.get(key_of(claim)) not in CHOICES:
            raise Refused(
                _("Say for %(name)s: bill again, waive, or end.")
                % {"name": claim.service or claim.domain},
                field="decisions",
            )


def decide(
    claims: list[Claim], decisions: Decisions | None, *, at: datetime, actor: Actor, reason: str
) -> None:
    """Carry out what staff chose for each period; None releases them all (automatic voids)."""
    for claim in claims:
        choice = decisions[key_of(claim)] if decisions is not None else "bill_again"
        if choice == "waive":
            waive_claim(claim=claim, at=at, actor=actor, reason=reason)
            continue
        release_claim(claim=claim, at=at, actor=actor, reason=reason)
        if choice == "end" and claim.service is not None:
            say = {"once": f"claim {claim.pk}", "reason": reason}
            provisioning.request_cancellation(service=claim.service, at=at, actor=actor, **say)
        elif choice == "end" and claim.domain is not None:
            cancel_domain(domain=claim.domain, at=at, actor=actor, reason=reason)


def settle_claims(*, invoice: Invoice, at: datetime, actor: Actor) -> None:
    """All that follows at once from an invoice that became paid: periods, running again, and the news of it."""
    for claim in open_claims(invoice):
        move_claim(claim=claim, to=Claim.Status.PAID, at=at, actor=actor)
    if invoice.kind == Invoice.Kind.PLAN_CHANGE:
        from commerce.billing.actions.plan_changes import carry_out_paid

        carry_out_paid(invoice=invoice, at=at, actor=actor)
    ended = resume_paid(invoice=invoice, at=at, actor=actor)
    entries = invoice.settlement_entries.order_by("-pk").values_list("pk", flat=True)
    publish(InvoicePaid(invoice.pk, entries.first() or 0), at=at)
    if ended:
        publish(PaidAfterTermination(invoice.pk), at=at)


def resume_paid(*, invoice: Invoice, at: datetime, actor: Actor) -> bool:
    """Resume services that were suspended as overdue, or are about to be, unless another invoice still suspends them.

    True when a service of this invoice had been terminated: that one stays so.
    """
    if invoice.kind not in SUSPENDING:
        return False
    ended = False
    off = Q(status="suspended", suspension_reason="overdue") | Q(status="terminated")
    off |= Q(status="active", pk__in=provisioning.being_suspended())
    for service in Service.objects.filter(off, billed__invoice=invoice).order_by("pk"):
        if service.status == Service.Status.TERMINATED:
            ended = True
        elif not _still_late(service, invoice, at):
            say = {"only": "overdue", "once": f"invoice {invoice.pk} {at.isoformat()}"}
            provisioning.request_resume(service=service, at=at, actor=actor, **say)
    return ended


def _still_late(service: Service, settled: Invoice, at: datetime) -> bool:
    today = current.business_date(at)
    until = today - timedelta(days=current.get("billing.grace_period_days"))
    late = Invoice.objects.filter(status=Invoice.Status.OVERDUE, kind__in=SUSPENDING)
    late = late.filter(billed__service=service, due_date__lte=until)
    return late.suspending(today).exclude(pk=settled.pk).exists()


def _client_of(claim: Claim) -> int:
    owner = claim.service or claim.domain
    assert owner is not None
    return owner.client_id
