"""`/client/payment-methods`: saved cards, autopay, and what is charged when (payments.md 7, portal.md 3)."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_safe

from commerce.accounts.actions.client_flags import set_autopay
from commerce.billing.models import CreditAccount
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.payments.actions.saved_cards import (
    MAX_SAVED_CARDS,
    make_card_default,
    remove_card,
)
from commerce.payments.autopay import MAX_PLANNED, chargeable_card, planned_charges
from commerce.payments.card_jobs import poll_card_setup_soon
from commerce.payments.consents import card_consent_text
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import CheckoutSession, Gateway
from commerce.payments.models import CardSetup, SavedCard
from commerce.payments.rules import CardSetupStatus
from commerce.payments.start_payment import start_card_setup
from commerce.portal.base import throttles
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.acts.views import form_view, press_view
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.password_confirmation import ConfirmedForm
from commerce.portal.base.redirects import SeeOtherRedirect, see_other
from commerce.portal.billing.attempt_pages import (
    LOOKS_UNTIL_ASKED,
    MAX_RELOADS,
    PAY_RIGHT,
    has_left,
    look_again,
    looks_made,
)
from commerce.portal.billing.gateway_pages import render_choice, render_inline_form
from commerce.runs.due import next_step_day
from commerce.site_settings.current import business_date, get_setting


class CardSetupForm(forms.Form):
    """Where a payment method is saved, and the consent without which it is not."""

    gateway = forms.ChoiceField(label=_lazy("Payment method"), widget=forms.RadioSelect)
    consent = forms.BooleanField(
        error_messages={"required": _lazy("Check the box to save a payment method.")}
    )

    def __init__(self, gateways: list[Gateway], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["gateway"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(gateway.slug, gateway.name) for gateway in gateways]
        if len(gateways) == 1:
            field.initial, field.widget = gateways[0].slug, forms.HiddenInput()
        self.fields["consent"].label = card_consent_text()


@require_safe
@client_page(PAY_RIGHT)
def payment_methods(request: ClientRequest) -> HttpResponse:
    """The saved cards, the switch of autopay, and what will be charged when."""
    client, ctx = request.acting.client, member_context(request)
    today = business_date(ctx.at)
    cards = list(SavedCard.objects.for_client(client).kept().order_by("-is_default", "-pk"))
    context = {
        "cards": cards,
        "today": today,
        "may_add": request.acting.impersonation is None
        and bool(registry.card_setup_gateways())
        and len(cards) < MAX_SAVED_CARDS,
        "is_full": len(cards) >= MAX_SAVED_CARDS,
        "most": MAX_SAVED_CARDS,
        "autopay": client.autopay,
        "uses_credit": get_setting("billing.auto_apply_credit")
        and CreditAccount.objects.for_client(client).filter(balance__gt=0).exists(),
        "charged": chargeable_card(client),
        "planned": planned_charges(client, next_step_day("autopay", today)),
        "most_planned": MAX_PLANNED,
    }
    return render(request, "portal/billing/payment_methods.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(PAY_RIGHT, while_suspended=True)
def add_payment_method(request: ClientRequest) -> HttpResponse:
    """The consent, and then the gateway's own page or form: what is typed there never comes to us."""
    gateways = registry.card_setup_gateways()
    if not gateways:
        return see_other("portal:payment_methods")
    if request.method != "POST":
        asked = request.GET.get("gateway", "")
        is_there = asked in {each.slug for each in gateways}
        form = CardSetupForm(gateways, initial={"gateway": asked} if is_there else {})
        return _add_page(request, form, gateways)
    form = CardSetupForm(gateways, request.POST)
    if not form.is_valid():
        return _add_page(request, form, gateways, status=422)
    throttles.count_gateway_call(request.acting.client.pk)
    try:
        setup, session = start_card_setup(
            client=request.acting.client,
            gateway=form.cleaned_data["gateway"],
            created_by=request.acting.user,
            return_url=_return_url,
            ctx=member_context(request),
        )
    except BusinessError as error:
        add_business_error(form, error)
        return _add_page(request, form, gateways, status=422)
    return _continued(request, setup, session)


def _continued(request: ClientRequest, setup: CardSetup, session: CheckoutSession) -> HttpResponse:
    """To the gateway's page, or its form in ours."""
    if session.redirect_url:
        return SeeOtherRedirect(session.redirect_url)
    if not session.inline:  # one that was open has its card already
        return see_other("portal:payment_method_result", setup.pk)
    return render_inline_form(
        request,
        "portal/billing/payment_method_inline.html",
        {},
        gateway=registry.get_gateway(setup.gateway),
        session=session,
        return_url=_return_url(setup.pk),
    )


def _return_url(setup: int) -> str:
    return settings.COMMERCE_URL + reverse("portal:payment_method_result", args=[setup])


def _add_page(
    request: ClientRequest, form: forms.Form, gateways: list[Gateway], status: int = 200
) -> HttpResponse:
    template = "portal/billing/payment_method_add.html"
    return render_choice(request, template, {"form": form}, gateways, status=status)


@require_safe
@client_page(PAY_RIGHT)
def payment_method_result(request: ClientRequest, pk: int) -> HttpResponse:
    """What came of saving one: saved, being confirmed (looks again by itself), or not and why."""
    setup = CardSetup.objects.for_client(request.acting.client).filter(pk=pk).first()
    if setup is None:
        return other_client_404(request, CardSetup.objects.for_client, pk, PAY_RIGHT)
    is_expired = setup.status == CardSetupStatus.EXPIRED
    if setup.reference is not None and (setup.is_live or is_expired):
        poll_card_setup_soon(setup=setup, at=clock.now())
    look, canceled = looks_made(request), has_left(request)
    is_known = look >= LOOKS_UNTIL_ASKED
    waits = (setup.is_live or (is_expired and not is_known)) and not canceled
    declined = bool(setup.failure) and is_known
    again = waits and look < MAX_RELOADS
    context = {
        "setup": setup,
        "is_saved": setup.status == CardSetupStatus.SUCCEEDED,
        "waits": waits and not declined,
        "looks_again": again,
    }
    response = render(request, "portal/billing/payment_method_result.html", context)
    if again:
        look_again(request, response)
    return response


def _list(_record: object) -> str:
    return reverse("portal:payment_methods")


default_payment_method = press_view(make_card_default, SavedCard.objects.for_client, _list)
remove_payment_method = form_view(
    remove_card,
    SavedCard.objects.for_client,
    _list,
    "portal/billing/payment_method_remove.html",
    confirmed_by=ConfirmedForm,
)
switch_autopay = press_view(set_autopay, None, _list)
