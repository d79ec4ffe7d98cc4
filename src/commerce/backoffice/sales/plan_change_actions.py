"""What staff do with a plan change that is open: each page shows the figures of today first (billing.md 8)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
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
    decide_plan_change_blocked_reason,
    open_plan_change_blocked_reason,
    reject_plan_change,
    withdraw_plan_change_for_staff,
)
from commerce.billing.changes.plan_changes.figures_today import FiguresToday
from commerce.billing.changes.plan_changes.rules import DecisionTotals, PlanChangeStatus
from commerce.billing.documents.payment_request_pdf import (
    payment_request_blocked_reason,
    payment_request_file_name,
    payment_request_pdf,
)
from commerce.billing.models import PlanChange
from commerce.kit import clock
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.portal.base.form_fields import MultilineField
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_day
from commerce.site_settings import current

type Data = Mapping[str, Any]

FIGURES_TEMPLATE = "backoffice/sales/plan_change.html"


def _figures(change: PlanChange) -> FiguresToday:
    return FiguresToday.of(change, current.business_date(clock.now()))


def _figures_context(change: PlanChange, _form: StaffForm) -> dict[str, Any]:
    figures = _figures(change)
    rows = [
        (row.label, " · ".join(row.details), figures.money(row.amount)) for row in figures.rows()
    ]
    return {"figures": rows}


class DecisionForm(StaffForm):
    """A note to the client, and what the decision does, as it was seen: no choice where nothing can be carried out."""

    note = MultilineField(
        label=_lazy("Note to the client"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    expected = forms.TypedChoiceField(
        label=_lazy("Effect"),
        widget=forms.RadioSelect,
        coerce=DecisionTotals.of_key,
        error_messages={
            "invalid_choice": _lazy("The amounts have changed. Check them and continue.")
        },
    )

    def prepare(self) -> None:
        figures = _figures(self.record)
        if figures.totals is None:
            if not self.data.get("expected"):  # something was seen when it could be carried out
                del self.fields["expected"]
            return
        key = figures.totals.key
        self.set_choices("expected", [(key, self.effect(self.record, figures))])
        self.initial["expected"] = key

    def effect(self, change: PlanChange, figures: FiguresToday) -> str:
        """In words."""
        raise NotImplementedError


class ApprovalForm(DecisionForm):
    """Of a change that awaits approval."""

    def effect(self, change: PlanChange, figures: FiguresToday) -> str:
        if figures.due:
            text = _("Nothing is charged. The client is asked to pay %(amount)s by %(day)s.")
            day = format_day(change.last_day) if change.last_day else ""
            return text % {"amount": figures.money(figures.due), "day": day}
        return _("Nothing is left to pay, so the plan changes right away.")


class OnAccountForm(DecisionForm):
    """Of a change that is carried out before it is paid."""

    def effect(self, change: PlanChange, figures: FiguresToday) -> str:
        if figures.due:
            text = _(
                "The plan changes right away, before it's paid. %(amount)s becomes due on %(day)s. If it stays"
                " unpaid, the service is suspended, like after an unpaid renewal."
            )
            values = {"amount": figures.money(figures.due), "day": format_day(figures.due_date)}
            return text % values
        return _("Nothing is left to pay, so the plan changes right away.")


def _approve(change: PlanChange, data: Data, ctx: Context) -> str:
    approve_plan_change(change=change, note=data["note"], expected=data.get("expected"), ctx=ctx)
    if change.status == PlanChangeStatus.LAPSED:
        return _("The plan change is no longer what was confirmed, so it expired.")
    if change.status == PlanChangeStatus.AWAITING_PAYMENT:
        return _("Plan change approved. The client is asked to pay.")
    return _("Plan change approved. The plan has changed.")


def _on_account(change: PlanChange, data: Data, ctx: Context) -> str:
    carry_out_on_account(change=change, note=data["note"], expected=data.get("expected"), ctx=ctx)
    invoice = change.invoice
    if invoice is None or not invoice.amount_due:
        return _("The plan has changed.")
    text = _("The plan has changed. Invoice %(number)s over %(amount)s is due on %(day)s.")
    return text % {
        "number": invoice.number,
        "amount": format_money(invoice.amount_due, invoice.currency_id),
        "day": format_day(invoice.due_date) if invoice.due_date else "",
    }


PLAN_CHANGE_ACTIONS = (
    RecordAction(
        name="approve",
        label=_lazy("Approve"),
        permission=StaffPermission.SERVICES_MANAGE,
        form=ApprovalForm,
        intro=lambda change: _figures(change).problem,
        template=FIGURES_TEMPLATE,
        context=_figures_context,
        run=_approve,
        blocked=decide_plan_change_blocked_reason,
    ),
    act_button(reject_plan_change),
    RecordAction(
        name="on-account",
        label=_lazy("Change on account"),
        permission=(StaffPermission.SERVICES_MANAGE, StaffPermission.INVOICES_CREATE),
        form=OnAccountForm,
        intro=lambda change: _figures(change).problem,
        template=FIGURES_TEMPLATE,
        context=_figures_context,
        run=_on_account,
        blocked=open_plan_change_blocked_reason,
    ),
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
