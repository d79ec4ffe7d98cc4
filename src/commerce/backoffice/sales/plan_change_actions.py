"""What staff do with a plan change that is open: each page shows the figures of today first (billing.md 8)."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.base.pages import Page, PageRule
from commerce.billing.changes.plan_changes.actions.requests import (
    approve_plan_change,
    carry_out_on_account,
    reject_plan_change,
    withdraw_plan_change_for_staff,
)
from commerce.billing.changes.plan_changes.figures_today import FiguresToday
from commerce.billing.documents.payment_request_pdf import (
    payment_request_blocked_reason,
    payment_request_file_name,
    payment_request_pdf,
)
from commerce.billing.models import PlanChange
from commerce.kit import clock
from commerce.kit.errors import StateConflict
from commerce.site_settings import current

type Data = Mapping[str, Any]

FIGURES_TEMPLATE = "backoffice/sales/plan_change.html"


def _figures_context(change: PlanChange, _form: StaffForm) -> dict[str, Any]:
    figures = FiguresToday.of(change, current.business_date(clock.now()))
    rows = [
        (row.label, " · ".join(row.details), figures.money(row.amount)) for row in figures.rows()
    ]
    return {"figures": rows, "problem": figures.problem}


PLAN_CHANGE_ACTIONS = (
    act_button(approve_plan_change, template=FIGURES_TEMPLATE, context=_figures_context),
    act_button(reject_plan_change),
    act_button(carry_out_on_account, template=FIGURES_TEMPLATE, context=_figures_context),
    act_button(withdraw_plan_change_for_staff),
    RecordAction(
        name="pdf",
        label=_lazy("Payment request (PDF)"),
        permission=StaffPermission.SERVICES_VIEW,
        leads_to=lambda change: reverse("admin:plan_change_pdf", args=[change.pk]),
        blocked=payment_request_blocked_reason,
    ),
)
"""The buttons of a plan change."""


@require_safe
def _payment_request(request: HttpRequest, pk: int) -> HttpResponse:
    """The PDF of a request, in its client's language."""
    del request
    rows = PlanChange.objects.select_related("client", "service__product", "product")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    try:
        content = payment_request_pdf(found)
    except StateConflict as closed:
        raise Http404 from closed
    name = payment_request_file_name(found)
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


PAYMENT_REQUEST_PAGE = Page(
    "plan-changes/<int:pk>/pdf",
    _payment_request,
    "plan_change_pdf",
    PageRule(StaffPermission.SERVICES_VIEW),
)
"""`/admin/plan-changes/7/pdf`."""
