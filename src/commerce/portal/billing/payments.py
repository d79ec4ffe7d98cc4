"""`/client/invoices/{id}/pay`: choosing how to pay, paying, and what came of it (payments.md 3, portal.md 3)."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commerce.accounts.models import Client
from commerce.billing.credit.actions import use_credit as pay_from_credit
from commerce.billing.invoices.actions.states import payable_only_blocked_reason
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import Invoice
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.money import Money, parse_amount
from commerce.payments import start_payment
from commerce.payments.actions.shared_attempts import charge_card_for_invoices
from commerce.payments.actions.transfer_notices import submit_transfer_notice
from commerce.payments.autopay import charge_under_way
from commerce.payments.consents import card_consent_text
from commerce.payments.gateways import registry
from commerce.payments.models import Attempt, SavedCard, TransferNotice
from commerce.payments.queries import chargeable_cards
from commerce.payments.rules import AttemptKind, AttemptStatus
from commerce.portal.base import restored_forms, throttles
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.acts.views import press_view
from commerce.portal.base.form_fields import AmountField, add_business_error
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.redirects import SeeOtherRedirect, see_other
from commerce.portal.billing.attempt_pages import PAY_RIGHT, render_result
from commerce.portal.billing.gateway_pages import render_choice, render_inline_form
from commerce.portal.billing.saved_cards import charge_posted_card
from commerce.site_settings.current import get_setting


class PaymentAmountForm(forms.Form):
    """A part of what is due, where staff allow that (``payments.allow_partial``)."""

    restored_fields: ClassVar[tuple[str, ...]] = ("amount",)

    amount = AmountField(help_text=_lazy("Pay the full amount, or part of it."))

    def __init__(self, invoice: Invoice, data: object = None) -> None:
        self.invoice = invoice
        due = Money(invoice.amount_due, invoice.currency_id).decimal()
        super().__init__(data, initial={"amount": str(due)})  # type: ignore[arg-type]

    def clean_amount(self) -> int:
        try:
            return parse_amount(self.cleaned_data["amount"], self.invoice.currency_id)
        except BusinessError as wrong:
            raise forms.ValidationError(str(wrong)) from wrong


def no_payment_method_reason(request: ClientRequest, invoice: Invoice) -> str:
    """Why an invoice that is to be paid cannot be paid here by this member, in plain words; empty if it can."""
    if not request.acting.may(PAY_RIGHT):
        return _("Your role doesn't let you pay invoices. Ask an account owner.")
    if request.acting.impersonation is not None:
        return _("You can't pay while you act for a client.")
    gateways = registry.offered_gateways(invoice.currency_id, invoice.amount_due)
    if gateways or usable_credit(request, invoice):
        return ""
    return _(
        "No payment method is available right now. Contact %(email)s with the invoice number."
    ) % {"email": get_setting("company.email")}


def usable_credit(request: ClientRequest, invoice: Invoice) -> int:
    """What the client's credit could pay of an open invoice, in minor units of its currency."""
    balance = credit_balance(request.acting.client.pk, invoice.currency_id)
    return min(balance, invoice.amount_due)


def _found(request: ClientRequest, pk: int) -> Invoice | None:
    return Invoice.objects.for_client(request.acting.client).filter(pk=pk).first()


def _none(request: ClientRequest, pk: int) -> HttpResponse:
    return other_client_404(request, Invoice.objects.for_client, pk, PAY_RIGHT)


def _back(request: ClientRequest, invoice: Invoice) -> HttpResponse | None:
    """To the invoice, with the reason, when there is nothing to pay."""
    if reason := payable_only_blocked_reason(invoice, member_context(request)):
        messages.info(request, str(reason))
        return see_other("portal:invoice", invoice.pk)
    return None


@require_safe
@client_page(PAY_RIGHT)
def pay(request: ClientRequest, pk: int) -> HttpResponse:
    """The ways to pay an open invoice: saved cards, then each other way, credit among them; none: how to reach the
    company.
    """
    invoice = _found(request, pk)
    if invoice is None:
        return _none(request, pk)
    return _back(request, invoice) or _choice(request, invoice)


def _choice(
    request: ClientRequest, invoice: Invoice, form: PaymentAmountForm | None = None
) -> HttpResponse:
    gateways = registry.offered_gateways(invoice.currency_id, invoice.amount_due)
    chosen = request.GET.get("method", "")
    gateways.sort(key=lambda gateway: gateway.slug != chosen)
    shown = form
    if form is None and get_setting("payments.allow_partial"):
        shown = PaymentAmountForm(invoice)
        for gateway in gateways:
            restored_forms.restore_form(
                shown, request, reverse("portal:pay_by", args=[invoice.pk, gateway.slug])
            )
    context = {
        "invoice": invoice,
        "amount": invoice.amount_due,
        "currency": invoice.currency_id,
        "cards": _cards(invoice),
        "charge_url": reverse("portal:charge_invoice", args=[invoice.pk]),
        "gateways": gateways,
        "credit": usable_credit(request, invoice),
        "charge": charge_under_way(invoice),
        "form": shown,
        "consent_text": card_consent_text(),
    }
    template, status = "portal/billing/pay.html", 422 if form else 200
    return render_choice(request, template, context, gateways, status=status)


def _cards(invoice: Invoice) -> list[SavedCard]:
    return chargeable_cards(invoice.client_id, invoice.currency_id, invoice.amount_due)


@require_POST
@client_page(PAY_RIGHT, while_suspended=True)
def charge_card(request: ClientRequest, pk: int) -> HttpResponse:
    """A saved card is charged all that is due, at once, by a job; the page of the payment says what came of it."""
    invoice = _found(request, pk)
    if invoice is None:
        return _none(request, pk)
    charge = partial(charge_card_for_invoices, invoices=[invoice])
    return _back(request, invoice) or charge_posted_card(
        request, _cards(invoice), charge, see_other("portal:pay", invoice.pk)
    )


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(PAY_RIGHT, while_suspended=True)
@restored_forms.restores(PaymentAmountForm)
def pay_by(request: ClientRequest, pk: int, gateway: str) -> HttpResponse:
    """POST starts (or goes on with) an attempt; GET shows how to pay where we can tell it, and changes nothing."""
    invoice = _found(request, pk)
    if invoice is None:
        return _none(request, pk)
    if gateway not in registry.GATEWAY_CLASSES:
        raise Http404
    if back := _back(request, invoice):
        return back
    if request.method == "POST":
        return _started(request, invoice, gateway)
    able = registry.capabilities_of(gateway)
    if _is_offered(gateway, invoice) and able.by_transfer:
        return _instructions(request, invoice, gateway)
    if _is_offered(gateway, invoice) and able.flow == "inline":
        return _inline(request, invoice, gateway)
    return see_other("portal:pay", invoice.pk)


def _is_offered(gateway: str, invoice: Invoice) -> bool:
    gateways = registry.offered_gateways(invoice.currency_id, invoice.amount_due)
    return any(each.slug == gateway for each in gateways)


def _inline(request: ClientRequest, invoice: Invoice, gateway: str) -> HttpResponse:
    """The gateway's own fields for the attempt that was started; to its result where nothing is left to be done."""
    live = Attempt.objects.for_client(request.acting.client).live().filter(invoice=invoice)
    mine = live.filter(gateway=gateway, kind=AttemptKind.ON_SESSION, reference__isnull=False)
    attempt = mine.first()
    if (
        attempt is None
        or attempt.amount > invoice.amount_due
        or start_payment.is_older_than_cards(attempt)
    ):
        return SeeOtherRedirect(f"{reverse('portal:pay', args=[invoice.pk])}?method={gateway}")
    throttles.count_gateway_call(request.acting.client.pk)
    try:
        session = start_payment.resume_payment(attempt)
    except BusinessError as error:
        messages.error(request, str(error))
        return see_other("portal:pay", invoice.pk)
    if not session.inline:
        return see_other("portal:pay_result", invoice.pk, str(attempt.pk))
    return render_inline_form(
        request,
        "portal/billing/pay_inline.html",
        {"invoice": invoice, "attempt": attempt},
        gateway=registry.get_gateway(gateway),
        session=session,
        amount=attempt.amount,
        currency_code=attempt.currency_id,
        return_url=_return_url(invoice, attempt.pk),
        payer=request.acting.client,
    )


def _return_url(invoice: Invoice, attempt: int) -> str:
    return settings.COMMERCE_URL + reverse("portal:pay_result", args=[invoice.pk, attempt])


def _started(request: ClientRequest, invoice: Invoice, gateway: str) -> HttpResponse:
    form = (
        PaymentAmountForm(invoice, request.POST) if get_setting("payments.allow_partial") else None
    )
    if form is not None and not form.is_valid():
        return _choice(request, invoice, form)
    throttles.count_gateway_call(request.acting.client.pk)
    try:
        attempt, started = start_payment.start_payment(
            invoice=invoice,
            gateway=gateway,
            amount=form.cleaned_data["amount"] if form else None,
            save_card="save_card" in request.POST,
            created_by=request.acting.user,
            return_url=partial(_return_url, invoice),
            ctx=member_context(request),
        )
    except StateConflict as conflict:
        messages.info(request, str(conflict))
        return see_other("portal:invoice", invoice.pk)
    except BusinessError as error:
        if form is not None:
            add_business_error(form, error)
            return _choice(request, invoice, form)
        messages.error(request, str(error))
        return see_other("portal:pay", invoice.pk)
    if started.redirect_url:
        return SeeOtherRedirect(started.redirect_url)
    is_elsewhere = registry.capabilities_of(attempt.gateway).flow == "redirect"
    if is_elsewhere or attempt.status == AttemptStatus.SUCCEEDED:  # nothing is left to do
        page, which = "portal:pay_result", str(attempt.pk)
    else:
        page, which = "portal:pay_by", attempt.gateway
    return see_other(page, invoice.pk, which)


def _instructions(request: ClientRequest, invoice: Invoice, gateway: str) -> HttpResponse:
    live = Attempt.objects.for_client(request.acting.client).live().filter(invoice=invoice)
    attempt = live.filter(gateway=gateway).first()
    amount = min(attempt.amount, invoice.amount_due) if attempt else invoice.amount_due
    context = {
        "invoice": invoice,
        "amount": amount,
        "instructions": registry.get_gateway(gateway).transfer_instructions(
            currency_code=invoice.currency_id,
            amount=amount,
            reference=invoice.payment_reference or "",
        ),
        "plain_amount": f"{Money(amount, invoice.currency_id).decimal():f}",
        "notice": _open_notice(request, invoice),
    }
    return render(request, "portal/billing/pay_by_transfer.html", context)


def _open_notice(request: ClientRequest, invoice: Invoice) -> TransferNotice | None:
    known = TransferNotice.objects.for_client(request.acting.client).filter(invoice=invoice)
    return known.open().first()


submit_notice = press_view(submit_transfer_notice, Invoice.objects.for_client, "portal:invoice")
use_credit = press_view(pay_from_credit, Invoice.objects.for_client, "portal:invoice")


@require_safe
@client_page("invoices.view")
def pay_result(request: ClientRequest, pk: int, attempt: int) -> HttpResponse:
    """What came of an attempt: paid, being confirmed (looks again by itself), or not paid and why. From the payment of
    an order they go on to that: it says what they bought, and how far it is.

    That the client is back is a hint to ask the gateway, and nothing more: safe to reload and to open twice.
    """
    client = request.acting.client
    rows = Attempt.objects.for_client(client).select_related("invoice")
    found = rows.filter(pk=attempt, invoice__pk=pk).first()
    if found is None:
        return other_client_404(request, _with(attempt), pk, "invoices.view")
    assert found.invoice is not None
    is_paid = found.status == AttemptStatus.SUCCEEDED or found.invoice.status == InvoiceStatus.PAID
    order = getattr(found.invoice, "order", None) if request.acting.may("orders.view") else None
    if is_paid and order is not None:
        messages.success(request, _("Thank you. We received your payment."))
        # Not its first look, which is short: the words stay for a moment.
        return SeeOtherRedirect(f"{reverse('portal:order', args=[order.pk])}?look=1")
    context = {"invoice": found.invoice}
    return render_result(request, found, "portal/billing/pay_result.html", context, is_paid=is_paid)


def _with(attempt: int) -> Callable[[Client], QuerySet[Invoice]]:
    """Invoices of a client that have this attempt."""
    return lambda client: Invoice.objects.for_client(client).filter(payment_attempts__pk=attempt)
