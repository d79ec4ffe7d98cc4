"""Plan changes that are not done yet, as pages show them: what is to be paid until when, and where (billing.md 8)."""

from dataclasses import dataclass

from django.urls import reverse

from commerce.billing.changes.plan_changes.actions.carrying_out import amount_to_pay
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.models import PlanChange
from commerce.hosting.models import Service
from commerce.portal.base.access import ClientRequest

PAY_RIGHT, VIEW_RIGHT = "invoices.pay", "services.view"


@dataclass(frozen=True, slots=True)
class OpenPlanChange:
    """A request as a page shows it. ``amount`` is what it asks for, 0 while staff decide; ``pay_url`` is empty for a
    member who cannot pay it, ``url`` and ``pdf_url`` for one who may not see services.
    """

    change: PlanChange
    amount: int
    url: str
    pay_url: str
    pdf_url: str

    @property
    def currency(self) -> str:
        """The currency of its service."""
        return self.change.service.currency_id

    @property
    def is_to_pay(self) -> bool:
        """Whether it waits for money, and not for staff."""
        return self.change.status == PlanChangeStatus.AWAITING_PAYMENT


def open_plan_changes(
    request: ClientRequest, service: Service | None = None
) -> list[OpenPlanChange]:
    """The open requests of the client, or of one service, the oldest first; none for a member who may neither see
    services nor pay. One query, and one for each that waits for money.
    """
    if not (request.acting.may(VIEW_RIGHT) or request.acting.may(PAY_RIGHT)):
        return []
    rows = PlanChange.objects.for_client(request.acting.client).open()
    if service is not None:
        rows = rows.filter(service=service)
    return [
        _shown(request, row) for row in rows.select_related("service", "product").order_by("pk")
    ]


def plan_changes_to_pay(request: ClientRequest) -> list[OpenPlanChange]:
    """Those of them that wait for money."""
    return [one for one in open_plan_changes(request) if one.is_to_pay]


def _shown(request: ClientRequest, change: PlanChange) -> OpenPlanChange:
    is_to_pay = change.status == PlanChangeStatus.AWAITING_PAYMENT
    may_see = request.acting.may(VIEW_RIGHT)
    may_pay = is_to_pay and request.acting.may_spend(PAY_RIGHT)
    return OpenPlanChange(
        change,
        amount=amount_to_pay(change) if is_to_pay else 0,
        url=plan_change_url(change) if may_see else "",
        pay_url=plan_change_pay_url(change) if may_pay else "",
        pdf_url=reverse("portal:plan_change_pdf", args=[change.pk])
        if may_see and is_to_pay
        else "",
    )


def plan_change_url(change: PlanChange) -> str:
    """The page of a request."""
    return reverse("portal:plan_change", args=[change.pk])


def plan_change_pay_url(change: PlanChange) -> str:
    """The page on which a request is paid."""
    return reverse("portal:pay_plan_change", args=[change.pk])
