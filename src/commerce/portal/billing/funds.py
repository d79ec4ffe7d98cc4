"""`/client/credit/add`: funds that become credit (payments.md 9)."""

from functools import partial
from typing import ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.money import parse_amount
from commerce.payments import start_payment
from commerce.payments.actions.shared_attempts import charge_card_for_top_up
from commerce.payments.gateways.contract import Gateway
from commerce.payments.models import SavedCard
from commerce.payments.queries import (
    TopUpLimits,
    chargeable_cards,
    gateways_without_invoice,
    top_up_currencies,
)
from commerce.portal.base import restored_forms, throttles
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.form_fields import AmountField, add_business_error
from commerce.portal.base.redirects import see_other
from commerce.portal.billing.attempt_pages import (
    PAY_RIGHT,
    go_on_with,
    payment_return_url,
)
from commerce.portal.billing.gateway_pages import render_choice
from commerce.portal.billing.saved_cards import charge_posted_card


class AddFundsForm(forms.Form):
    """How much is added, in which of the currencies in which that is possible."""

    restored_fields: ClassVar[tuple[str, ...]] = ("amount", "currency")

    amount = AmountField()
    currency = forms.ChoiceField(label=_lazy("Currency"))

    def __init__(
        self, currencies: dict[str, TopUpLimits], preferred: str, data: object = None
    ) -> None:
        super().__init__(data, initial={"currency": preferred})  # type: ignore[arg-type]
        codes = sorted(currencies, key=lambda code: code != preferred)
        field = self.fields["currency"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, code) for code in codes]
        if len(codes) == 1:
            field.widget, field.initial = forms.HiddenInput(), codes[0]

    def clean(self) -> None:
        super().clean()
        code, typed = self.cleaned_data.get("currency"), self.cleaned_data.get("amount")
        if code is None or typed is None:
            return
        try:
            self.cleaned_data["amount"] = parse_amount(typed, code)
        except BusinessError as wrong:
            self.add_error("amount", str(wrong))


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(PAY_RIGHT)
@restored_forms.restores(AddFundsForm)
def add_funds(request: ClientRequest) -> HttpResponse:
    """An amount and the ways to pay it; POST starts the payment."""
    currencies = top_up_currencies()
    if not currencies:
        messages.info(request, _("You can't add funds right now."))
        return see_other("portal:credit")
    preferred = request.acting.client.currency_code
    if request.method == "POST":
        form = AddFundsForm(currencies, preferred, request.POST)
        go_on = _charged if "card" in request.POST else _started
        started = go_on(request, form) if form.is_valid() else None
        return started or _page(request, form, currencies)
    form = AddFundsForm(currencies, preferred)
    restored_forms.restore_form(form, request, request.path)
    return _page(request, form, currencies)


def _started(request: ClientRequest, form: AddFundsForm) -> HttpResponse | None:
    """On to the gateway; None when the form has to say what is wrong."""
    throttles.count_gateway_call(request.acting.client.pk)
    try:
        attempt, session = start_payment.start_adding_funds(
            client=request.acting.client,
            currency_code=form.cleaned_data["currency"],
            amount=form.cleaned_data["amount"],
            gateway=request.POST.get("gateway", ""),
            created_by=request.acting.user,
            return_url=payment_return_url,
            ctx=member_context(request),
        )
    except StateConflict as conflict:
        messages.info(request, str(conflict))
        return see_other("portal:add_funds")
    except BusinessError as error:
        add_business_error(form, error)
        return None
    return go_on_with(attempt, session)


def _charged(request: ClientRequest, form: AddFundsForm) -> HttpResponse:
    """A saved card is charged the amount that was typed."""
    client = request.acting.client
    code, amount = form.cleaned_data["currency"], form.cleaned_data["amount"]
    charge = partial(charge_card_for_top_up, client=client, currency_code=code)
    cards = chargeable_cards(client.pk, code, amount)
    back = see_other("portal:add_funds")
    return charge_posted_card(request, cards, charge, back, amount=amount)


def _page(
    request: ClientRequest, form: AddFundsForm, currencies: dict[str, TopUpLimits]
) -> HttpResponse:
    gateways: dict[str, Gateway] = {}
    cards: dict[int, SavedCard] = {}
    for code, limits in currencies.items():
        for each in (limits.least, limits.most):
            gateways |= {one.slug: one for one in gateways_without_invoice(code, each.amount)}
            found = chargeable_cards(request.acting.client.pk, code, each.amount)
            cards |= {one.pk: one for one in found}
    context = {
        "form": form,
        "limits": currencies.values(),
        "cards": cards.values(),
        "gateways": gateways.values(),
    }
    status = 422 if form.is_bound and request.method == "POST" else 200
    template = "portal/billing/add_funds.html"
    return render_choice(request, template, context, gateways.values(), status=status)
