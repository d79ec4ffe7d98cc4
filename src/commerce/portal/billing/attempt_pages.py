"""What came of an attempt to pay; and `/client/payments/{id}`, the page of one that is not for a single invoice."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commerce.accounts.models import Client
from commerce.billing.changes.plan_changes.actions.paying import amount_asked_for
from commerce.billing.models import Invoice
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.payments import start_payment
from commerce.payments.actions.shared_attempts import is_attempt_for
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import CheckoutSession
from commerce.payments.handlers import poll_soon
from commerce.payments.models import Attempt, AttemptQuerySet
from commerce.payments.rules import AttemptKind, AttemptPurpose, AttemptStatus
from commerce.portal.base import throttles
from commerce.portal.base.access import ClientRequest, client_page
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.redirects import SeeOtherRedirect, see_other
from commerce.portal.billing.gateway_pages import render_inline_form

PAY_RIGHT = "invoices.pay"
MAX_RELOADS, RELOAD_SECONDS, FIRST_RELOAD_SECONDS = 24, 5, 2
"""The page of a payment that is being confirmed looks again so often, so many seconds apart: two minutes."""
LOOKS_UNTIL_ASKED = 3
"""By then the gateway has been asked. What we know before that may be of an earlier card, or older than the payment."""


def render_result(
    request: HttpRequest,
    attempt: Attempt,
    template: str,
    context: dict[str, Any],
    *,
    is_paid: bool,
) -> HttpResponse:
    """What came of an attempt: paid, being confirmed (looks again by itself), or not paid and why.

    That the client is back is a hint to ask the gateway, and nothing more: safe to reload and to open twice.
    """
    look, is_expired = looks_made(request), attempt.status == AttemptStatus.EXPIRED
    if attempt.reference is not None and (attempt.is_live or is_expired):
        poll_soon(attempt=attempt, at=clock.now())
    is_known = look >= LOOKS_UNTIL_ASKED
    waits = attempt.is_live or (is_expired and not is_known)
    declined = attempt.is_live and is_known and bool(attempt.failure)
    canceled = attempt.is_live and has_left(request)
    takes_days = attempt.expires_at is None and attempt.kind != AttemptKind.OFF_SESSION
    again = waits and not canceled and not takes_days and look < MAX_RELOADS
    context |= {
        "attempt": attempt,
        "is_paid": is_paid,
        "waits": waits and not declined and not canceled,
        "canceled": canceled,
        "by_transfer": registry.capabilities_of(attempt.gateway).by_transfer,
        "looks_again": again,
    }
    response = render(request, template, context)
    if again and not is_paid:
        look_again(request, response)
    return response


def looks_made(request: HttpRequest) -> int:
    """How often a page that waits has looked again by itself."""
    asked = request.GET.get("look", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 0


def has_left(request: HttpRequest) -> bool:
    """Whether the client left the gateway's page without paying: gateways that tell it send them to this address."""
    return request.GET.get("canceled") == "1"


def look_again(request: HttpRequest, response: HttpResponse) -> None:
    """Have a page that waits load itself again in some seconds."""
    look = looks_made(request)
    seconds = RELOAD_SECONDS if look else FIRST_RELOAD_SECONDS
    response["Refresh"] = f"{seconds}; url={request.path}?look={look + 1}"


def payment_return_url(attempt: int) -> str:
    """Where a gateway sends the client back to, from an attempt that is not for a single invoice."""
    return settings.COMMERCE_URL + reverse("portal:payment_result", args=[attempt])


def go_on_with(attempt: Attempt, session: CheckoutSession) -> HttpResponse:
    """To the gateway's page, to its form in ours, or to what came of an older attempt that was paid meanwhile."""
    if session.redirect_url:
        return SeeOtherRedirect(session.redirect_url)
    page = "payment_result" if attempt.status == AttemptStatus.SUCCEEDED else "payment"
    return see_other(f"portal:{page}", attempt.pk)


def without_invoice(client: Client) -> AttemptQuerySet:
    """Attempts of a client that have no single invoice, on whose pages they would be."""
    return Attempt.objects.for_client(client).exclude(purpose=AttemptPurpose.INVOICE)


@require_safe
@client_page(PAY_RIGHT, while_suspended=True)
def payment(request: ClientRequest, attempt: int) -> HttpResponse:
    """The gateway's own fields for an attempt that was started; to its result where nothing is left to be done."""
    found = without_invoice(request.acting.client).filter(pk=attempt).first()
    if found is None:
        return other_client_404(request, without_invoice, attempt, PAY_RIGHT)
    result = see_other("portal:payment_result", found.pk)
    is_inline = registry.capabilities_of(found.gateway).flow == "inline"
    if not (is_inline and found.is_live and found.reference):
        return result
    is_outdated = _is_outdated(found)
    if is_outdated and found.plan_change is None:
        messages.info(request, _("Your unpaid invoices have changed. Check the new total."))
    if is_outdated or start_payment.is_older_than_cards(found):
        return SeeOtherRedirect(_start_page(found))
    throttles.count_gateway_call(found.client_id)
    try:
        session = start_payment.resume_payment(found)
    except BusinessError as error:
        messages.error(request, str(error))
        return SeeOtherRedirect(_start_page(found))
    if not session.inline:
        return result
    return render_inline_form(
        request,
        "portal/billing/payment.html",
        _shown(found),
        gateway=registry.get_gateway(found.gateway),
        session=session,
        amount=found.amount,
        currency_code=found.currency_id,
        return_url=payment_return_url(found.pk),
        payer=request.acting.client,
    )


def _is_outdated(attempt: Attempt) -> bool:
    """Whether several invoices are not all to be paid any more, or not with this sum; or a request is not."""
    if attempt.plan_change is not None:
        return amount_asked_for(attempt.plan_change) != attempt.amount
    mine = Invoice.objects.for_client(attempt.client_id).open()
    payable = mine.filter(is_stopped=False, attempt_invoices__attempt=attempt)
    return attempt.purpose == AttemptPurpose.INVOICES and not is_attempt_for(attempt, list(payable))


@require_safe
@client_page("invoices.view")
def payment_result(request: ClientRequest, attempt: int) -> HttpResponse:
    """What came of it; the credit balance or the invoices tell the rest."""
    found = without_invoice(request.acting.client).filter(pk=attempt).first()
    if found is None:
        return other_client_404(request, without_invoice, attempt, "invoices.view")
    return render_result(
        request,
        found,
        "portal/billing/payment_result.html",
        _shown(found),
        is_paid=found.status == AttemptStatus.SUCCEEDED,
    )


def _shown(attempt: Attempt) -> dict[str, Any]:
    return {
        "attempt": attempt,
        "invoices": attempt.invoices(),
        "change": attempt.plan_change,
        "start_url": _start_page(attempt),
    }


def _start_page(attempt: Attempt) -> str:
    """Where such a payment is begun."""
    if attempt.plan_change_id is not None:
        return reverse("portal:pay_plan_change", args=[attempt.plan_change_id])
    is_top_up = attempt.purpose == AttemptPurpose.TOP_UP
    return reverse("portal:add_funds" if is_top_up else "portal:pay_together")
