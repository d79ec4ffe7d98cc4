"""What carries operations on, and how each says that it stands (decision 142)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Case, CharField, Exists, F, Max, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce, Concat

from commerce.accounts.models.operations import OPEN
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.domains.job_names import REGISTER_DOMAIN, TRANSFER_DOMAIN
from commerce.domains.models import DomainChange, DomainDrift
from commerce.domains.rules import ChangeStatus, DomainStatus, TransferHold
from commerce.hosting.job_names import CREATE_ACCOUNT
from commerce.hosting.rules import ServiceStatus
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.orders.models import Order, OrderUnit
from commerce.orders.rules import OrderStatus
from commerce.payments.job_names import CHARGE_SAVED_CARD, FOLLOW_ATTEMPT
from commerce.payments.models import Attempt, AttemptInvoice, CardSetup
from commerce.payments.models.saved_cards import LIVE_SETUP_STATUSES
from commerce.payments.rules import AttemptPurpose, AttemptStatus, CardSetupStatus

DOMAIN_CHANGE = "domain_change"
"""The kind of carrier that is a change asked of a registrar."""
ATTEMPT = "attempt"
"""The kind of carrier that is a charge of a saved payment method."""
CARD_SETUP = "card_setup"
"""The kind of carrier that is a payment method which its holder saves."""
JOB = "job"
"""The kind of carrier that is the work at a panel itself."""
ORDER = "order"
"""The kind of carrier that is an order which is paid at once, until all that was ordered came or was given up."""


class OperationState(NamedTuple):
    """How an operation stands: ``error`` is the code of one that failed, ``next_url`` where a person goes on, ``made``
    kind and number of what it brought.
    """

    status: str
    error: str = ""
    ended_at: datetime | None = None
    next_url: str = ""
    made: tuple[str, int] | None = None


@dataclass(frozen=True, eq=False)
class OperationCarrier:
    """Rows of a kind that carry operations on: ``columns`` are read of the one of an operation, and ``state`` says of
    these how it stands. Nothing but the end of the row itself is ``failed``: silence, or a job that is parked or lost,
    never is.
    """

    kind: str
    columns: tuple[Any, ...]
    state: Callable[..., OperationState]


_CHANGES = DomainChange.objects.filter(pk=OuterRef("carrier_id"))
_JOBS_OF_CHANGE = Job.objects.filter(
    subject_kind="domain",
    subject_id=OuterRef("record_id"),
    idempotency_key=Concat(Value("change "), Cast(OuterRef("carrier_id"), CharField())),
)
_BY_JOB = {
    JobStatus.QUEUED: "pending",
    JobStatus.RUNNING: "running",
    JobStatus.WAITING: "running",
}


def status_by_job(job: str | None) -> str:
    """How what is still open stands, by the job that sees to it: without one that goes on, staff have it."""
    return _BY_JOB.get(JobStatus(job), "waiting") if job else "waiting"


def _state_of_change(
    status: str, problem: str, ended_at: datetime | None, job: str | None
) -> OperationState:
    if status == ChangeStatus.DONE:
        return OperationState("succeeded", ended_at=ended_at)
    if status == ChangeStatus.FAILED:
        return OperationState("failed", f"{DOMAIN_CHANGE}.{problem or 'refused'}", ended_at)
    return OperationState(status_by_job(job))


_ATTEMPTS = Attempt.objects.filter(pk=OuterRef("carrier_id"))
_OF_SEVERAL = AttemptInvoice.objects.filter(attempt=OuterRef("pk"))
_OWED = Q(invoice__status__in=OPEN_INVOICE_STATUSES)
_DEBT = Case(
    When(
        _OWED
        | Q(plan_change__status=PlanChangeStatus.AWAITING_PAYMENT)
        | Exists(_OF_SEVERAL.filter(_OWED)),
        then=Value("open"),
    ),
    When(purpose=AttemptPurpose.TOP_UP, then=Value("none")),
    When(
        Q(invoice__paid_at__isnull=False)
        | Q(plan_change__status=PlanChangeStatus.APPLIED)
        | Exists(_OF_SEVERAL.filter(invoice__paid_at__isnull=False)),
        then=Value("paid"),
    ),
    default=Value("ended"),
    output_field=CharField(),
)
"""How what an attempt pays stands: an invoice, several, or the request of a plan change; whoever adds funds owes
nothing.
"""
_PAID_AT = Coalesce(
    F("invoice__paid_at"),
    F("plan_change__ended_at"),
    Subquery(_OF_SEVERAL.values("attempt").annotate(last=Max("invoice__paid_at")).values("last")),
)
_JOBS_OF_ATTEMPT = Job.objects.filter(
    subject_kind="attempt",
    subject_id=OuterRef("carrier_id"),
    action__in=[CHARGE_SAVED_CARD, FOLLOW_ATTEMPT],
)


class _Charge(NamedTuple):
    """What is read of an attempt, and of what it pays."""

    status: str
    ended_at: datetime | None
    failure: str | None
    needs_holder: bool | None
    invoice_id: int | None
    plan_change_id: int | None
    debt: str | None
    paid_at: datetime | None
    job: str | None


def _state_of_attempt(*columns: Any) -> OperationState:
    """One that asks for its holder goes on as long as what it pays is open. One that ended without a reason while that
    was paid was not needed any more, or staff recorded its money.
    """
    charge = _Charge(*columns)
    if charge.status == AttemptStatus.SUCCEEDED:
        return OperationState("succeeded", ended_at=charge.ended_at)
    if charge.status in (AttemptStatus.CREATED, AttemptStatus.OPEN):
        return OperationState(status_by_job(charge.job))
    if charge.needs_holder and charge.debt == "open":
        page = _page_to_pay(charge.invoice_id, charge.plan_change_id)
        return OperationState("requires_action", next_url=page)
    if charge.debt == "paid" and charge.paid_at is not None and charge.ended_at is not None:
        is_explained = bool(charge.failure) or charge.paid_at > charge.ended_at
        if charge.needs_holder or not is_explained:
            return OperationState("succeeded", ended_at=charge.paid_at)
    needs_holder = charge.needs_holder and charge.debt == "none"
    reason = "needs_holder" if needs_holder else "failed"
    return OperationState("failed", f"{ATTEMPT}.{reason}", charge.ended_at)


def _page_to_pay(invoice_id: int | None, plan_change_id: int | None) -> str:
    """Where the holder of a card pays anew, and confirms it."""
    if invoice_id is not None:
        return f"/client/invoices/{invoice_id}/pay"
    if plan_change_id is not None:
        return f"/client/plan-changes/{plan_change_id}/pay"
    return "/client/invoices/pay"


_SETUPS = CardSetup.objects.filter(pk=OuterRef("carrier_id"))


def _state_of_setup(
    status: str, gateway: str, ended_at: datetime | None, card_id: int | None
) -> OperationState:
    """It waits for its holder, before and after they went to the gateway."""
    if status in LIVE_SETUP_STATUSES:
        page = f"/client/payment-methods/add?gateway={gateway}"
        return OperationState("requires_action", next_url=page)
    if status == CardSetupStatus.SUCCEEDED:
        made = None if card_id is None else ("payment_method", card_id)
        return OperationState("succeeded", ended_at=ended_at, made=made)
    return OperationState("failed", f"{CARD_SETUP}.failed", ended_at)


_JOBS = Job.objects.filter(pk=OuterRef("carrier_id"))


def _state_of_job(
    status: str | None, ended_at: datetime | None, begun_at: datetime
) -> OperationState:
    """One that is kept no longer has ended long ago; what became of it nobody knows by then."""
    if status == JobStatus.SUCCEEDED or status is None:
        return OperationState("succeeded", ended_at=ended_at or begun_at)
    if status == JobStatus.DROPPED:
        return OperationState("failed", f"{JOB}.dropped", ended_at)
    return OperationState(status_by_job(status))


_ORDERS = Order.objects.filter(pk=OuterRef("carrier_id"))
_UNITS = OrderUnit.objects.filter(item__order=OuterRef("carrier_id"))
_CHARGES = Attempt.objects.filter(invoice__order=OuterRef("carrier_id")).order_by("-pk")

_JOB_OF_CHARGE = Subquery(
    Job.objects.filter(
        subject_kind="attempt",
        subject_id=OuterRef("pk"),
        action__in=[CHARGE_SAVED_CARD, FOLLOW_ATTEMPT],
    )
    .order_by("-pk")
    .values("status")[:1]
)


def _under_way(kind: str, *actions: str) -> Exists:
    """Whether a job brings the service or the domain of a unit."""
    live = Job.objects.filter(action__in=actions, status__in=[*_BY_JOB])
    return Exists(live.filter(subject_kind=kind, subject_id=OuterRef(f"{kind}_id")))


_AT_REGISTRAR = Q(domain__status=DomainStatus.PENDING, domain__sent_at__isnull=False) | Q(
    domain__status=DomainStatus.PENDING_TRANSFER
)
_FOR_STAFF = Q(
    Exists(
        Job.objects.filter(
            subject_kind="domain", subject_id=OuterRef("domain_id"), status=JobStatus.PARKED
        )
    )
) | Q(
    Exists(
        DomainDrift.objects.filter(
            domain=OuterRef("domain_id"), field="status", resolved_at__isnull=True
        )
    )
)
"""A domain whose registrar said what nobody expected: it lost the order, or has had it for too long."""
_AT_WORK = Exists(
    _UNITS.filter(
        Q(_under_way("service", CREATE_ACCOUNT), service__status=ServiceStatus.PENDING)
        | Q(
            _under_way("domain", REGISTER_DOMAIN, TRANSFER_DOMAIN),
            domain__status=DomainStatus.PENDING,
        )
        | (_AT_REGISTRAR & ~_FOR_STAFF)
    )
)
"""Whether something of an order is being made, or its registrar has it and is asked."""
_LACKS_CODE = _UNITS.filter(
    domain__transfer_hold__in=[TransferHold.CODE_MISSING, TransferHold.CODE_WRONG]
)


class _Ordered(NamedTuple):
    """What is read of an order, and of what was made from it."""

    outcome: str
    ended_at: datetime | None
    status: str
    invoice_id: int | None
    invoice_status: str | None
    charge: str | None
    job: str | None
    without_code: int | None
    is_at_work: bool


def _state_of_order(*columns: Any) -> OperationState:
    """Its end is what triggers found (``operation_ends.py``). As long as its invoice is open it can still be paid, by
    anybody, so that a charge which failed does not end it.
    """
    order = _Ordered(*columns)
    if order.outcome != OPEN:
        error = f"{ORDER}.not_delivered" if order.outcome == "failed" else ""
        return OperationState(order.outcome, error, order.ended_at)
    if order.status == OrderStatus.PENDING and order.invoice_status in OPEN_INVOICE_STATUSES:
        if order.charge in (AttemptStatus.CREATED, AttemptStatus.OPEN):
            return OperationState(status_by_job(order.job))
        return OperationState("requires_action", next_url=_page_to_pay(order.invoice_id, None))
    if order.without_code is not None:
        return OperationState("requires_action", next_url=f"/client/domains/{order.without_code}")
    return OperationState("running" if order.is_at_work else "waiting")


CARRIERS = {
    one.kind: one
    for one in (
        OperationCarrier(
            DOMAIN_CHANGE,
            (
                *(Subquery(_CHANGES.values(name)) for name in ("status", "problem", "ended_at")),
                Subquery(_JOBS_OF_CHANGE.order_by().values("status")[:1]),
            ),
            _state_of_change,
        ),
        OperationCarrier(
            ATTEMPT,
            (
                *(
                    Subquery(_ATTEMPTS.values(name))
                    for name in ("status", "ended_at", "failure", "needs_holder")
                ),
                Subquery(_ATTEMPTS.values("invoice_id")),
                Subquery(_ATTEMPTS.values("plan_change_id")),
                Subquery(_ATTEMPTS.annotate(debt=_DEBT).values("debt")),
                Subquery(_ATTEMPTS.annotate(at=_PAID_AT).values("at")),
                Subquery(_JOBS_OF_ATTEMPT.order_by("-pk").values("status")[:1]),
            ),
            _state_of_attempt,
        ),
        OperationCarrier(
            CARD_SETUP,
            tuple(
                Subquery(_SETUPS.values(name))
                for name in ("status", "gateway", "ended_at", "saved_card_id")
            ),
            _state_of_setup,
        ),
        OperationCarrier(
            JOB,
            (*(Subquery(_JOBS.values(name)) for name in ("status", "ended_at")), "created_at"),
            _state_of_job,
        ),
        OperationCarrier(
            ORDER,
            (
                *("outcome", "ended_at"),
                *(
                    Subquery(_ORDERS.values(name))
                    for name in ("status", "invoice_id", "invoice__status")
                ),
                Subquery(_CHARGES.values("status")[:1]),
                Subquery(_CHARGES.annotate(job=_JOB_OF_CHARGE).values("job")[:1]),
                Subquery(_LACKS_CODE.order_by("pk").values("domain")[:1]),
                _AT_WORK,
            ),
            _state_of_order,
        ),
    )
}
"""By kind."""
