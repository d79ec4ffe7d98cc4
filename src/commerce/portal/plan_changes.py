"""`/client/services/{id}/upgrade`: other plans for a service, their figures today, and the change (portal.md 3)."""

import re

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commerce.billing.actions import plan_changes as actions
from commerce.billing.models import PlanChange
from commerce.billing.plan_offers import PlanOffer, offers, why_not
from commerce.billing.tax import refresh_vat
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.errors import Refused
from commerce.portal import kept
from commerce.portal.access import ClientRequest, actor_of, client_page
from commerce.portal.answers import see_other
from commerce.portal.records import elsewhere
from commerce.preferences import current


@require_http_methods(["GET", "HEAD", "POST"])
@client_page("services.manage")
def upgrade(request: ClientRequest, pk: int) -> HttpResponse:
    """All plans to choose from; one of them to confirm (``?plan=``); a POST asks for it, or takes it back."""
    rows = Service.objects.for_client(request.acting.client).select_related("product__group")
    found = rows.filter(pk=pk).first()
    if found is None:
        return elsewhere(request, Service.objects.for_client, pk, "services.manage")
    asked = PlanChange.objects.for_client(request.acting.client).open()
    change = asked.filter(service=found).select_related("product", "invoice").first()
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
    known = offers(service, current.business_date(clock.now()))
    asked = request.POST if request.method == "POST" else kept.typed_in(request) or request.GET
    wanted = asked.get("plan", "")
    context = {
        "service": service,
        "may_change": request.acting.is_active,
        "offers": known,
        "chosen": next((one for one in known if _name(one) == wanted), None),
        "change": change,
        "reason": why_not(service),
        "refusal": refusal,
    }
    return render(request, "portal/service_upgrade.html", context, status=422 if refusal else 200)


def _name(offer: PlanOffer) -> str:
    return f"{offer.product.pk}-{offer.billing_cycle}"


def _refusal(request: ClientRequest, service: Service) -> str:
    """Ask for the posted plan at the figures that were shown; why not, if it was refused."""
    posted: QueryDict = request.POST
    product, _dash, cycle = posted.get("plan", "").partition("-")
    typed = [product, *(posted.get(name, "") for name in ("credit", "charge", "total"))]
    if not all(re.fullmatch(r"-?[0-9]{1,15}", value) for value in typed):
        return _("This plan is not offered for the service.")
    refresh_vat(client=request.acting.client, at=clock.now(), actor=actor_of(request))
    try:
        change = actions.request_plan_change(
            service=service,
            product_id=int(product),
            billing_cycle=cycle,
            shown=(int(typed[1]), int(typed[2]), int(typed[3])),
            losses_accepted="losses" in posted,
            asked_by=request.acting.user,
            at=clock.now(),
            actor=actor_of(request),
        )
    except Refused as refused:
        return str(refused)
    if change.status == PlanChange.Status.APPLIED:
        messages.success(request, _("Your plan is changed."))
    elif change.status == PlanChange.Status.PENDING:
        messages.success(request, _("We have your request and answer it soon."))
    else:
        messages.success(request, _("Your plan changes as soon as its invoice is paid."))
    return ""


def _withdraw(request: ClientRequest, service: Service, change: PlanChange | None) -> HttpResponse:
    try:
        if change is not None:
            actions.withdraw_plan_change(change=change, at=clock.now(), actor=actor_of(request))
    except Refused:
        change = None
    if change is None:
        messages.info(request, _("There is no change to withdraw."))
    else:
        messages.success(request, _("The change is withdrawn; your plan stays as it is."))
    return see_other("portal:service", pk=service.pk)
