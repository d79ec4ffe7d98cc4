"""Saved cards among the ways to pay: one is charged at once, by a job, whatever it pays (payments.md 3)."""

from collections.abc import Callable, Iterable

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from commerce.kit.errors import BusinessError
from commerce.payments.models import Attempt, SavedCard
from commerce.portal.base import throttles
from commerce.portal.base.access import ClientRequest, member_context
from commerce.portal.base.redirects import see_other


def charge_posted_card(
    request: ClientRequest,
    cards: Iterable[SavedCard],
    charge: Callable[..., Attempt],
    back: HttpResponse,
    *,
    amount: int | None = None,
) -> HttpResponse:
    """Have the posted one of these cards charged the posted amount, which the client saw, or the ``amount`` that they
    typed; on to the page that says what comes of it, or ``back`` with the reason.
    """
    found = next((one for one in cards if f"{one.pk}" == request.POST.get("card")), None)
    if found is None:
        messages.info(request, _("Choose a payment method."))
        return back
    throttles.count_gateway_call(request.acting.client.pk)
    try:
        attempt = charge(
            card=found,
            amount=posted_amount(request) if amount is None else amount,
            created_by=request.acting.user,
            ctx=member_context(request),
        )
    except BusinessError as error:
        messages.error(request, str(error))
        return back
    if attempt.invoice_id is not None:
        return see_other("portal:pay_result", attempt.invoice_id, f"{attempt.pk}")
    return see_other("portal:payment_result", attempt.pk)


def posted_amount(request: ClientRequest) -> int:
    """The amount that stood on the page, in minor units; 0 for what is none."""
    shown = request.POST.get("amount", "")[:18]
    return int(shown) if shown.isascii() and shown.isdecimal() else 0
