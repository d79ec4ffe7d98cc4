"""`/client/services/{id}/upgrade`: other plans for a service, their figures today, and the change (portal.md 3)."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from commerce.billing.changes.plan_changes.actions import requests as actions
from commerce.billing.changes.plan_changes.actions.carrying_out import amount_to_pay
from commerce.billing.changes.plan_changes.offers import (
    PlanOffer,
    last_day_of_request,
    plan_change_blocked_reason,
    plan_offers,
)
from commerce.billing.changes.plan_changes.plan_figures import PlanFigures, SumRow
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus, PlanTotals
from commerce.billing.documents.payment_request_pdf import (
    payment_request_file_name,
    payment_request_pdf,
)
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import PlanChange
from commerce.billing.tax.actions import refresh_vat_check
from commerce.billing.tax.shown_amounts import ShownAmounts, amounts_shown_to
from commerce.hosting.models import Service
from commerce.kit import clock
from commerce.kit.errors import BusinessError, StateConflict
from commerce.portal.base import restored_forms
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.redirects import see_other
from commerce.portal.billing.open_plan_changes import (
    PAY_RIGHT,
    open_plan_changes,
    plan_change_pay_url,
)
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_day
from commerce.site_settings import current
from commerce.support.consumers.actions import begin_text


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """A plan as this client is shown it: ``price`` from the change on, with what ``tax_note`` says of its tax."""

    offer: PlanOffer
    price: int
    tax_note: str

    @property
    def key(self) -> str:
        """By which the page names it."""
        return f"{self.offer.product.pk}-{self.offer.billing_cycle}"


@dataclass(frozen=True, slots=True)
class OfferToConfirm:
    """What stands above the button. ``credit`` is what the client may use where they tick it; ``rows`` have credit
    that is used anyway. ``happens`` says what the button does, in a sentence or two.
    """

    shown: ShownOffer
    rows: list[SumRow]
    credit: int
    rest: int
    happens: str
    button: str


@require_http_methods(["GET", "HEAD", "POST"])
@client_page("services.manage", spends=True)
@restored_forms.restores(names=("plan",))
def service_upgrade(request: ClientRequest, pk: int) -> HttpResponse:
    """All plans to choose from; one of them to confirm (``?plan=``); a POST asks for it."""
    rows = Service.objects.for_client(request.acting.client)
    found = rows.select_related("product__group", "server").filter(pk=pk).first()
    if found is None:
        return other_client_404(request, Service.objects.for_client, pk, "services.manage")
    refusal = ""
    if request.method == "POST":
        answer = _ask(request, found)
        if isinstance(answer, PlanChange):
            return _asked(request, answer)
        refusal = answer
    return _page(request, found, refusal)


@require_safe
@client_page("services.view")
def payment_request(request: ClientRequest, pk: int) -> HttpResponseBase:
    """`/client/plan-changes/{id}/pdf`: what a request asks for, as a PDF in the client's language; no invoice."""
    rows = PlanChange.objects.for_client(request.acting.client)
    found = rows.select_related("client", "service__product", "product").filter(pk=pk).first()
    if found is None:
        return other_client_404(request, PlanChange.objects.for_client, pk, "services.view")
    try:
        content = payment_request_pdf(found)
    except StateConflict as conflict:
        messages.info(request, str(conflict))
        return see_other("portal:service", pk=found.service_id)
    name = payment_request_file_name(found)
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


def _page(request: ClientRequest, service: Service, refusal: str) -> HttpResponse:
    today = current.business_date(clock.now())
    display = amounts_shown_to(request.acting.client, today)
    offers = [
        ShownOffer(
            offer,
            display.amount(offer.product.effective_tax_kind, offer.amount),
            display.note(offer.product.effective_tax_kind),
        )
        for offer in plan_offers(service, today)
    ]
    posted = request.POST if request.method == "POST" else None
    asked = posted or restored_forms.restored_input(request) or request.GET
    wanted = asked.get("plan", "")
    chosen = next((one for one in offers if one.key == wanted), None)
    notes = {one.tax_note for one in offers}
    context = {
        "service": service,
        "price": display.amount(service.product.effective_tax_kind, service.amount),
        "tax_note": notes.pop() if len(notes) == 1 else "",
        "may_change": request.acting.may_spend("services.manage"),
        "offers": offers,
        "confirm": chosen and _to_confirm(request, service, chosen, display, today),
        "open": next(iter(open_plan_changes(request, service)), None),
        "reason": plan_change_blocked_reason(service, member_context(request)),
        "refusal": refusal,
        "begin_text": begin_text(request.acting.client)
        if chosen and chosen.offer.charge.total
        else "",
    }
    template = "portal/services/service_upgrade.html"
    return render(request, template, context, status=422 if refusal else 200)


def _to_confirm(
    request: ClientRequest,
    service: Service,
    shown: ShownOffer,
    display: ShownAmounts,
    today: date,
) -> OfferToConfirm:
    offer, currency = shown.offer, service.currency_id
    credit = 0
    if offer.due_today and request.acting.may_spend(PAY_RIGHT):
        credit = min(credit_balance(service.client_id, currency), offer.due_today)
    is_used = current.get_setting("billing.auto_apply_credit")
    used = credit if is_used else 0
    figures = PlanFigures(offer, currency, display.with_tax)
    return OfferToConfirm(
        shown,
        rows=figures.rows(credit=used),
        credit=credit - used,
        rest=offer.due_today - credit,
        happens=_what_happens(offer, offer.due_today - used, currency, service, today),
        button=_button(offer),
    )


def _what_happens(
    offer: PlanOffer, to_pay: int, currency: str, service: Service, today: date
) -> str:
    values = {
        "amount": format_money(to_pay or offer.left_over, currency),
        "day": format_day(last_day_of_request(service, today)),
    }
    if current.get_setting("plan_changes.require_approval"):
        if to_pay:
            text = _(
                "We'll review your request first. Once we approve it, you have until %(day)s to pay %(amount)s,"
                " and your plan changes when we receive it."
            )
        else:
            text = _("We'll review your request first. Your plan changes when we approve it.")
    elif to_pay:
        text = _(
            "You pay %(amount)s in the next step. Your plan changes when we receive it. The offer ends after %(day)s."
        )
    elif offer.left_over:
        text = _(
            "Your plan changes right away, and we add %(amount)s for the unused time to your credit balance."
        )
    else:
        text = _("Your plan changes right away.")
    return text % values


def _button(offer: PlanOffer) -> str:
    """It says that it costs, where it does."""
    if current.get_setting("plan_changes.require_approval"):
        return _("Request plan change and pay") if offer.due_today else _("Request plan change")
    return _("Change plan and pay") if offer.due_today else _("Change plan")


def _ask(request: ClientRequest, service: Service) -> PlanChange | str:
    """Ask for the posted plan at the figures that were shown; why not, if it was refused."""
    posted: QueryDict = request.POST
    product, _dash, cycle = posted.get("plan", "").partition("-")
    typed = [product, *(posted.get(name, "") for name in ("credit", "charge", "total"))]
    if not all(re.fullmatch(r"-?[0-9]{1,15}", value) for value in typed):
        return _("This plan isn't available for this service. Choose another plan.")
    ctx = member_context(request)
    vat_refresh = refresh_vat_check(client=request.acting.client, ctx=ctx)
    try:
        return actions.request_plan_change(
            service=service,
            product_id=int(product),
            billing_cycle=cycle,
            vat_refresh=vat_refresh,
            expected=PlanTotals(int(typed[1]), int(typed[2]), int(typed[3])),
            losses_accepted="losses" in posted,
            use_credit=request.acting.may(PAY_RIGHT)
            and ("use_credit" in posted or current.get_setting("billing.auto_apply_credit")),
            begin_at_once="begin_at_once" in posted,
            requested_by=request.acting.user,
            ctx=ctx,
        )
    except BusinessError as error:
        return str(error)


def _asked(request: ClientRequest, change: PlanChange) -> HttpResponse:
    """To the page on which it is paid, for who may pay; else to the service, with the sums."""
    values: dict[str, Any] = {"plan": change.new_plan, **_sums(change)}
    if change.status == PlanChangeStatus.AWAITING_PAYMENT:
        if request.acting.may_spend(PAY_RIGHT):
            return see_other(plan_change_pay_url(change))
        values["amount"] = format_money(amount_to_pay(change), change.service.currency_id)
        text = _("Your plan changes to %(plan)s when %(amount)s is paid, by %(day)s.")
    elif change.status == PlanChangeStatus.PENDING:
        text = _(
            "Plan change to %(plan)s requested (new plan %(charge)s, unused time %(credit)s). We'll reply soon."
        )
    elif (change.total or 0) > 0:
        text = _(
            "Your plan is now %(plan)s. %(total)s was paid from your credit balance"
            " (new plan %(charge)s, unused time %(credit)s)."
        )
    elif change.total:
        text = _(
            "Your plan is now %(plan)s. We added %(left)s to your credit balance"
            " (new plan %(charge)s, unused time %(credit)s)."
        )
    else:
        text = _(
            "Your plan is now %(plan)s. There was nothing to pay"
            " (new plan %(charge)s, unused time %(credit)s)."
        )
    messages.success(request, text % values)
    return see_other("portal:service", pk=change.service_id)


def _sums(change: PlanChange) -> dict[str, str]:
    currency, total = change.service.currency_id, change.total or 0
    return {
        "charge": format_money(change.charge, currency),
        "credit": format_money(-change.credit, currency),
        "total": format_money(total, currency),
        "left": format_money(-total, currency),
        "day": format_day(change.last_day) if change.last_day else "",
    }
