"""`/client/services/{id}/upgrade`: other plans for a service, their figures today, and the change (portal.md 3)."""

import re

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.changes.plan_changes.offers import (
    PlanOffer,
    plan_change_blocked_reason,
    plan_offers,
)
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.models import PlanChange
from commerce.billing.tax.actions import refresh_vat_check
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.portal.base import restored_forms
from commerce.portal.base.access import ClientRequest, actor_of, client_page
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.redirects import see_other
from commerce.site_settings import current


@require_http_methods(["GET", "HEAD", "POST"])
@client_page("services.manage", spends=True)
@restored_forms.restores(names=("plan",))
def service_upgrade(request: ClientRequest, pk: int) -> HttpResponse:
    """All plans to choose from; one of them to confirm (``?plan=``); a POST asks for it, or takes it back."""
    rows = Service.objects.for_client(request.acting.client).select_related("product__group")
    found = rows.filter(pk=pk).first()
    if found is None:
        return other_client_404(request, Service.objects.for_client, pk, "services.manage")
    asked = PlanChange.objects.for_client(request.acting.client).open()
    change = asked.filter(service=found).select_related("product").first()
    if request.method == "POST" and "withdraw" in request.POST:
        return _withdraw(request, found, change)
    refusal = ""
    if request.method == "POST":
        refusal = _refusal(request, found)
        if not refusal:
            return see_other("portal:service", pk=pk)
    return _page(request, found, change, refusal)


def _page(
    request: ClientRequest, service: Service, change: PlanChange | None, refusal: str
) -> HttpResponse:
    known = plan_offers(service, current.business_date(clock.now()))
    asked = (
        request.POST
        if request.method == "POST"
        else restored_forms.restored_input(request) or request.GET
    )
    wanted = asked.get("plan", "")
    context = {
        "service": service,
        "may_change": request.acting.may_spend("services.manage"),
        "offers": known,
        "chosen": next((one for one in known if _name(one) == wanted), None),
        "change": change,
        "reason": plan_change_blocked_reason(service, current.business_date(clock.now())),
        "refusal": refusal,
    }
    return render(
        request, "portal/services/service_upgrade.html", context, status=422 if refusal else 200
    )


def _name(offer: PlanOffer) -> str:
    return f"{offer.product.pk}-{offer.billing_cycle}"


def _refusal(request: ClientRequest, service: Service) -> str:
    """Ask for the posted plan at the figures that were shown; why not, if it was refused."""
    posted: QueryDict = request.POST
    product, _dash, cycle = posted.get("plan", "").partition("-")
    typed = [product, *(posted.get(name, "") for name in ("credit", "charge", "total"))]
    if not all(re.fullmatch(r"-?[0-9]{1,15}", value) for value in typed):
        return _("This plan isn't available for this service. Choose another plan.")
    refresh_vat_check(client=request.acting.client, ctx=Context(clock.now(), actor_of(request)))
    try:
        change = actions.request_plan_change(
            service=service,
            product_id=int(product),
            billing_cycle=cycle,
            figures_shown=(int(typed[1]), int(typed[2]), int(typed[3])),
            losses_accepted="losses" in posted,
            use_credit=request.acting.may("invoices.pay")
            and ("use_credit" in posted or current.get_setting("billing.auto_apply_credit")),
            requested_by=request.acting.user,
            ctx=Context(clock.now(), actor_of(request)),
        )
    except BusinessError as error:
        return str(error)
    if change.status == PlanChangeStatus.APPLIED:
        messages.success(request, _("The plan has changed."))
    elif change.status == PlanChangeStatus.PENDING:
        messages.success(request, _("Plan change requested. We'll reply soon."))
    else:
        messages.success(request, _("Your plan changes when it's paid."))
    return ""


def _withdraw(request: ClientRequest, service: Service, change: PlanChange | None) -> HttpResponse:
    try:
        if change is not None:
            actions.withdraw_plan_change(change=change, ctx=Context(clock.now(), actor_of(request)))
    except BusinessError:
        change = None
    if change is None:
        messages.info(request, _("There is no open plan change."))
    else:
        messages.success(request, _("Plan change canceled. Your plan stays the same."))
    return see_other("portal:service", pk=service.pk)
