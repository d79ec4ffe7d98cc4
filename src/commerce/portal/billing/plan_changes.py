"""`/client/plan-changes/{id}`: the request of a plan change, and the ways to pay it (billing.md 8, payments.md 9)."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commerce.accounts.models import Client
from commerce.billing.changes.plan_changes.actions.carrying_out import amount_to_pay
from commerce.billing.changes.plan_changes.actions.paying import (
    pay_plan_change_blocked_reason,
    pay_request_from_credit,
)
from commerce.billing.changes.plan_changes.actions.requests import (
    withdraw_plan_change,
)
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import PlanChange
from commerce.billing.tax.shown_amounts import amounts_shown_to
from commerce.kit import clock
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.money import Money
from commerce.payments import start_payment
from commerce.payments.actions.plan_change_payments import charge_card_for_plan_change
from commerce.payments.actions.transfer_notices import submit_transfer_notice_for_plan_change
from commerce.payments.consents import card_consent_text
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import Gateway
from commerce.payments.models import Attempt, SavedCard, TransferNotice
from commerce.payments.queries import chargeable_cards, gateways_of_request
from commerce.portal.base import throttles
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.acts.views import press_view
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.redirects import see_other
from commerce.portal.billing.attempt_pages import PAY_RIGHT, go_on_with, payment_return_url
from commerce.portal.billing.gateway_pages import render_choice
from commerce.portal.billing.saved_cards import charge_posted_card
from commerce.presentation.labels import Text
from commerce.site_settings import current

VIEW_RIGHT, CHANGE_RIGHT = "services.view", "services.manage"
STATE_TEXTS: dict[str, Text] = {
    PlanChangeStatus.PENDING: _lazy("We'll review it and reply soon."),
    PlanChangeStatus.AWAITING_PAYMENT: _lazy("It takes effect when it's paid."),
    PlanChangeStatus.APPLIED: _lazy("The plan has changed."),
    PlanChangeStatus.REJECTED: _lazy("We couldn't approve this plan change."),
    PlanChangeStatus.WITHDRAWN: _lazy("This plan change was canceled. Your plan stays the same."),
    PlanChangeStatus.LAPSED: _lazy("This plan change expired. Your plan stays the same."),
}


def _of_client(client: Client) -> "QuerySet[PlanChange]":
    rows = PlanChange.objects.for_client(client)
    return rows.select_related("service__product", "product", "invoice")


def _found(request: ClientRequest, pk: int) -> PlanChange | None:
    return _of_client(request.acting.client).filter(pk=pk).first()


@require_safe
@client_page(VIEW_RIGHT)
def plan_change(request: ClientRequest, pk: int) -> HttpResponse:
    """What a change gives back and charges, until when it can be paid, and what became of it."""
    change = _found(request, pk)
    if change is None:
        return other_client_404(request, PlanChange.objects.for_client, pk, VIEW_RIGHT)
    ctx = member_context(request)
    today = current.business_date(ctx.at)
    is_payable = pay_plan_change_blocked_reason(change, ctx) is None
    shown, kind = amounts_shown_to(change.client, today), change.product.effective_tax_kind
    to_pay = amount_to_pay(change) if is_payable else 0
    context = {
        "change": change,
        "currency": change.service.currency_id,
        "text": STATE_TEXTS[change.status],
        "price": shown.amount(kind, change.amount),
        "tax_note": shown.note(kind),
        "to_pay": to_pay,
        "from_credit": (change.total or 0) - to_pay,
        "may_pay": is_payable and request.acting.may_spend(PAY_RIGHT),
    }
    return render(request, "portal/billing/plan_change.html", context)


withdraw = press_view(withdraw_plan_change, PlanChange.objects.for_client, "portal:plan_change")


def _payable(request: ClientRequest, pk: int) -> PlanChange | HttpResponse:
    """The request, while it can be paid by this member; else its page, which says why not."""
    change = _found(request, pk)
    if change is None:
        return other_client_404(request, PlanChange.objects.for_client, pk, PAY_RIGHT)
    if reason := pay_plan_change_blocked_reason(change, member_context(request)):
        is_done = change.status != PlanChangeStatus.AWAITING_PAYMENT
        messages.info(request, str(STATE_TEXTS[change.status] if is_done else reason))
        return see_other("portal:plan_change", change.pk)
    if not request.acting.may_spend(PAY_RIGHT):
        return see_other("portal:plan_change", change.pk)
    return change


@require_safe
@client_page(PAY_RIGHT)
def pay(request: ClientRequest, pk: int) -> HttpResponse:
    """The ways to pay a request: saved cards, which are charged at once, then each other way, credit among them."""
    change = _payable(request, pk)
    return change if isinstance(change, HttpResponse) else _choice(request, change)


def _choice(request: ClientRequest, change: PlanChange) -> HttpResponse:
    amount, currency = amount_to_pay(change), change.service.currency_id
    gateways = _gateways(change)
    credit = 0 if change.uses_credit else min(credit_balance(change.client_id, currency), amount)
    context = {
        "change": change,
        "currency": currency,
        "amount": amount,
        "cards": _cards(change) if amount else [],
        "charge_url": reverse("portal:charge_plan_change", args=[change.pk]),
        "gateways": gateways,
        "credit": credit if request.acting.may(CHANGE_RIGHT) else 0,
        "consent_text": card_consent_text(),
    }
    return render_choice(request, "portal/billing/pay_plan_change.html", context, gateways)


def _gateways(change: PlanChange) -> list[Gateway]:
    if not amount_to_pay(change):
        return []
    return gateways_of_request(change, current.business_date(clock.now()))


def _cards(change: PlanChange) -> list[SavedCard]:
    return chargeable_cards(change.client_id, change.service.currency_id, amount_to_pay(change))


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(PAY_RIGHT)
def pay_by(request: ClientRequest, pk: int, gateway: str) -> HttpResponse:
    """POST starts (or goes on with) an attempt; GET shows how to transfer the money, and changes nothing."""
    change = _payable(request, pk)
    if isinstance(change, HttpResponse):
        return change
    if gateway not in registry.GATEWAY_CLASSES:
        raise Http404
    if request.method == "POST":
        return _started(request, change, gateway)
    if registry.capabilities_of(gateway).by_transfer and _is_offered(change, gateway):
        return _instructions(request, change, gateway)
    return see_other("portal:pay_plan_change", change.pk)


def _is_offered(change: PlanChange, gateway: str) -> bool:
    """A transfer that was begun in time is explained also later."""
    mine = Attempt.objects.for_client(change.client_id).for_request(change)
    begun = mine.live().filter(gateway=gateway)
    return any(each.slug == gateway for each in _gateways(change)) or begun.exists()


def _started(request: ClientRequest, change: PlanChange, gateway: str) -> HttpResponse:
    throttles.count_gateway_call(request.acting.client.pk)
    try:
        attempt, session = start_payment.start_payment_of_plan_change(
            change=change,
            gateway=gateway,
            save_card="save_card" in request.POST,
            created_by=request.acting.user,
            return_url=payment_return_url,
            ctx=member_context(request),
        )
    except StateConflict as conflict:
        messages.info(request, str(conflict))
    except BusinessError as error:
        messages.error(request, str(error))
    else:
        if registry.capabilities_of(gateway).by_transfer:
            return see_other("portal:pay_plan_change_by", change.pk, gateway)
        return go_on_with(attempt, session)
    return see_other("portal:pay_plan_change", change.pk)


@require_POST
@client_page(PAY_RIGHT)
def charge_card(request: ClientRequest, pk: int) -> HttpResponse:
    """A saved card is charged at once, by a job; the page of the payment says what came of it."""
    change = _payable(request, pk)
    if isinstance(change, HttpResponse):
        return change
    charge = partial(charge_card_for_plan_change, change=change)
    back = see_other("portal:pay_plan_change", change.pk)
    return charge_posted_card(request, _cards(change), charge, back)


@require_POST
@client_page(PAY_RIGHT)
def use_credit(request: ClientRequest, pk: int) -> HttpResponse:
    """Credit pays as much of a request as it covers; that takes who may ask for changes, too."""
    change = _payable(request, pk)
    if isinstance(change, HttpResponse):
        return change
    if not request.acting.may(CHANGE_RIGHT):
        return see_other("portal:pay_plan_change", change.pk)
    try:
        pay_request_from_credit(change=change, ctx=member_context(request))
    except BusinessError as error:
        messages.info(request, str(error))
    if change.status == PlanChangeStatus.AWAITING_PAYMENT:
        return see_other("portal:pay_plan_change", change.pk)
    if change.status == PlanChangeStatus.APPLIED:
        messages.success(request, _("The plan has changed."))
    return see_other("portal:plan_change", change.pk)


def _instructions(request: ClientRequest, change: PlanChange, gateway: str) -> HttpResponse:
    amount, currency, reference = (
        amount_to_pay(change),
        change.service.currency_id,
        change.reference or "",
    )
    notices = TransferNotice.objects.for_client(request.acting.client).filter(plan_change=change)
    context: dict[str, Any] = {
        "change": change,
        "amount": amount,
        "currency": currency,
        "instructions": registry.get_gateway(gateway).transfer_instructions(
            currency_code=currency, amount=amount, reference=reference
        ),
        "plain_reference": reference,
        "plain_amount": f"{Money(amount, currency).decimal():f}",
        "notice": notices.open().first(),
    }
    return render(request, "portal/billing/pay_plan_change_by_transfer.html", context)


@require_POST
@client_page(PAY_RIGHT)
def submit_notice(request: ClientRequest, pk: int) -> HttpResponseBase:
    """ "I have made the transfer": told to staff, books nothing, and holds the request for some days."""
    change = _payable(request, pk)
    if isinstance(change, HttpResponse):
        return change
    able = [
        slug for slug in registry.offerable_slugs() if registry.capabilities_of(slug).by_transfer
    ]
    if not any(_is_offered(change, slug) for slug in able):
        return see_other("portal:pay_plan_change", change.pk)
    return _submit_notice(request, pk)


_submit_notice = press_view(
    submit_transfer_notice_for_plan_change, PlanChange.objects.for_client, "portal:plan_change"
)
