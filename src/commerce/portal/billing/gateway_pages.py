"""Pages from which a client goes on to a gateway: to a page of its own, or to its fields in ours (payments.md 1).

Card numbers go from its frame to it, never to us.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from commerce.accounts.models import Client
from commerce.payments.gateways.contract import CheckoutSession, Gateway
from commerce.payments.models import SavedCard
from commerce.portal.base.middleware.requests import content_security_policy


def render_choice(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    gateways: Iterable[Gateway],
    *,
    status: int = 200,
) -> HttpResponse:
    """A page whose forms may lead to the hosts of these gateways."""
    response = render(request, template, context, status=status)
    hosts = sorted({host for gateway in gateways for host in gateway.hosts})
    response["Content-Security-Policy"] = content_security_policy(*hosts)
    return response


def render_inline_form(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    *,
    gateway: Gateway,
    session: CheckoutSession,
    return_url: str,
    payer: Client | None = None,
    amount: int | None = None,
    currency_code: str = "",
) -> HttpResponse:
    """A page that includes ``portal/billing/partials/inline_form.html``: to pay ``amount``, or to save a card.

    It alone may load what the gateway's form needs, and the client goes on to ``return_url`` when it is done. The
    cards of ``payer`` that the gateway keeps can pay without being typed.
    """
    form = gateway.inline_form()
    mine = SavedCard.objects.for_client(payer).usable().filter(gateway=gateway.slug)
    cards = list(mine.order_by("-is_default", "-pk")) if payer else []
    inline = {
        "gateway": gateway,
        "template": form.template,
        "session": session.inline,
        "saved_cards": cards,
        "amount": amount,
        "currency": currency_code,
        "return_url": return_url,
    }
    response = render(request, template, {**context, "inline": inline})
    response["Content-Security-Policy"] = content_security_policy(
        others={
            "script-src": form.script_sources,
            "frame-src": form.frame_sources,
            "connect-src": form.connect_sources,
            "img-src": form.image_sources,
        }
    )
    return response
