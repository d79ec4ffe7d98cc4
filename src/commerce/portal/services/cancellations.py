"""`/client/services/{id}/cancel`: ask for the end of a service, or take that back (portal.md 3, billing.md 8)."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from commerce.accounts.staff_rules import StaffPermission
from commerce.billing.changes.cancellations import actions
from commerce.billing.changes.cancellations.rules import (
    CancellationKind,
    is_decided_by_staff,
    kind_in_effect,
)
from commerce.billing.invoices.rules import OPEN_INVOICE_STATUSES
from commerce.billing.labels import CANCELLATION_KIND_LABELS
from commerce.billing.models import CancellationRequest, Invoice
from commerce.hosting.models import Service
from commerce.kit.acts.act import act_of
from commerce.kit.errors import BusinessError
from commerce.portal.base import restored_forms
from commerce.portal.base.access import ClientRequest, client_page, member_context, refusal_page
from commerce.portal.base.acts.views import press_view
from commerce.portal.base.form_fields import PlainTextField, add_business_error
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.password_confirmation import ConfirmedForm
from commerce.portal.base.redirects import see_other
from commerce.site_settings.current import business_date, get_setting


class CancellationForm(ConfirmedForm):
    """When a service ends, as the button that was pressed says, and why, if the client says. An end today must be
    confirmed: the data goes with it.
    """

    restored_fields: ClassVar[tuple[str, ...]] = ("reason",)

    kind = forms.ChoiceField(choices=CANCELLATION_KIND_LABELS, widget=forms.HiddenInput)
    reason = PlainTextField(
        label=_lazy("Reason"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, request: ClientRequest, *args: Any, ends_today: bool, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.ends_today = ends_today
        if isinstance(password := self.fields.get("password"), PlainTextField):
            password.required = ends_today
            password.depends = not ends_today
            password.help_text = "" if ends_today else _("Only needed to cancel immediately.")

    def clean_password(self) -> str:
        kind = self.cleaned_data.get("kind")
        if kind == CancellationKind.END_OF_PERIOD and not self.ends_today:
            return ""
        if not self.cleaned_data["password"]:
            raise forms.ValidationError(
                _("Enter your password to cancel immediately."), code="missing"
            )
        return super().clean_password()


@require_http_methods(["GET", "HEAD", "POST"])
@client_page("services.manage")
@restored_forms.restores(CancellationForm)
def service_cancel(request: ClientRequest, pk: int) -> HttpResponse:
    """What ends when; the form, or the request that is open."""
    rows = Service.objects.for_client(request.acting.client).select_related("product")
    found = rows.filter(pk=pk).first()
    if found is None:
        return other_client_404(request, Service.objects.for_client, pk, "services.manage")
    ctx = member_context(request)
    asked = CancellationRequest.objects.for_client(request.acting.client).open()
    open_request = asked.filter(service=found).first()
    today = business_date(ctx.at)
    with_period = kind_in_effect(
        CancellationKind.END_OF_PERIOD, next_due_date=found.next_due_date, today=today
    )
    ends_today = with_period == CancellationKind.IMMEDIATE
    posted = request.POST if request.method == "POST" else None
    form = CancellationForm(request, posted, ends_today=ends_today)
    if not form.is_bound:
        restored_forms.restore_form(form, request)
    elif form.is_valid():
        if _takes_more_of_staff(request, form):
            return refusal_page(request, reason="impersonation")
        if _asked(request, found, form):
            return see_other("portal:service", pk=pk)
    context: dict[str, Any] = {
        "service": found,
        "form": form,
        "asked": open_request,
        "may_change": request.acting.is_active,
        "reason": actions.cancellation_blocked_reason(found, ctx),
        "ends_today": ends_today,
        "staff_decide": is_decided_by_staff(
            CancellationKind.IMMEDIATE, auto_approve=get_setting("cancellations.auto_approve")
        ),
        "reply_days": get_setting("cancellations.reply_days"),
        "open_invoices": _open_invoices(request, found),
    }
    status = 422 if form.is_bound else 200
    return render(request, "portal/services/service_cancel.html", context, status=status)


def _open_invoices(request: ClientRequest, service: Service) -> list[Invoice]:
    if not request.acting.may("invoices.view"):
        return []
    rows = Invoice.objects.for_client(request.acting.client).filter(subjects__service=service)
    return list(rows.filter(status__in=OPEN_INVOICE_STATUSES).order_by("due_date", "pk"))


def _takes_more_of_staff(request: ClientRequest, form: CancellationForm) -> bool:
    """An end today that nobody approves takes, of staff who act for the client, what it takes in the staff area."""
    ends_now = form.ends_today or form.cleaned_data["kind"] == CancellationKind.IMMEDIATE
    return (
        ends_now
        and get_setting("cancellations.auto_approve")
        and not request.acting.may_as_staff(StaffPermission.SERVICES_TERMINATE)
    )


def _asked(request: ClientRequest, service: Service, form: CancellationForm) -> bool:
    try:
        made = actions.request_cancellation(
            service=service,
            kind=form.cleaned_data["kind"],
            reason=form.cleaned_data["reason"],
            ctx=member_context(request),
        )
    except BusinessError as error:
        add_business_error(form, error)
        return False
    act = act_of(actions.request_cancellation)
    messages.success(request, act.done_text(made, service, staff=False))
    return True


withdraw_cancellation = press_view(
    actions.withdraw_cancellation,
    CancellationRequest.objects.for_client,
    lambda asked: reverse("portal:service", args=[asked.service_id]),
)
