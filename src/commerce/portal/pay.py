"""`/client/invoices/{id}/pay`: choosing how to pay, paying, and what came of it (payments.md 3, portal.md 3)."""

from collections.abc import Callable

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commerce.accounts.models import Client
from commerce.billing.actions import apply_credit
from commerce.billing.models import CreditAccount, Invoice
from commerce.billing.rules import OPEN
from commerce.kit import clock
from commerce.kit.errors import Moved, Refused
from commerce.kit.money import Money, parse_amount
from commerce.payments import gateways, paying
from commerce.payments.actions import declare_transfer
from commerce.payments.asking import ask_soon
from commerce.payments.gateways import bank_transfer
from commerce.payments.models import Attempt, BankDeclaration
from commerce.portal import kept, refusals
from commerce.portal.access import ClientRequest, actor_of, client_page
from commerce.portal.answers import SeeOther, see_other
from commerce.portal.middleware import content_security_policy
from commerce.portal.records import elsewhere
from commerce.portal.typed_fields import Text, pointed
from commerce.preferences.amounts import money_text
from commerce.preferences.current import get

RIGHT = "invoices.pay"
LOOKS, SECONDS = 24, 5
"""The page of a payment that is being confirmed looks again so often, so many seconds apart: two minutes."""


class AmountForm(forms.Form):
    """A part of what is due, where staff allow that (``payments.allow_partial``)."""

    amount = Text(
        label=later("Amount"),
        max_length=30,
        help_text=later("All that is due, or a part of it."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, invoice: Invoice, data: object = None) -> None:
        self.invoice = invoice
        due = Money(invoice.amount_due, invoice.currency_id).decimal()
        super().__init__(data, initial={"amount": str(due)})  # type: ignore[arg-type]

    def clean_amount(self) -> int:
        try:
            return parse_amount(pointed(self.cleaned_data["amount"]), self.invoice.currency_id)
        except ValueError as wrong:
            raise forms.ValidationError(str(wrong)) from wrong


def why_not_payable(invoice: Invoice) -> str:
    """Why nothing can be paid for an invoice, in plain words; empty for one that can be paid."""
    if invoice.status == Invoice.Status.PAID:
        return _("This invoice is already paid.")
    if invoice.status not in OPEN:
        return _("Nothing is to be paid for this invoice.")
    if invoice.is_stopped:
        return _("Its order is under review. It can be paid once that is done.")
    return ""


def no_way(request: ClientRequest, invoice: Invoice) -> str:
    """Why an invoice that is to be paid cannot be paid here by this member, in plain words; empty if it can."""
    if not request.acting.may(RIGHT):
        return _("Your role in this account does not include paying; ask its owner.")
    ways = gateways.offered(invoice.currency_id, invoice.amount_due)
    if ways or balance_of(request, invoice):
        return ""
    return _(
        "There is no way to pay here at the moment. Write to %(mail)s and name the number of the invoice."
    ) % {"mail": get("company.email")}


def balance_of(request: ClientRequest, invoice: Invoice) -> int:
    """What the client's credit could pay of an open invoice, in minor units of its currency."""
    accounts = CreditAccount.objects.for_client(request.acting.client)
    account = accounts.filter(currency_id=invoice.currency_id).first()
    return min(account.balance, invoice.amount_due) if account else 0


def _found(request: ClientRequest, pk: int) -> Invoice | None:
    return Invoice.objects.for_client(request.acting.client).filter(pk=pk).first()


def _none(request: ClientRequest, pk: int) -> HttpResponse:
    return elsewhere(request, Invoice.objects.for_client, pk, RIGHT)


def _back(request: ClientRequest, invoice: Invoice) -> HttpResponse | None:
    """To the invoice, with the reason, when there is nothing to pay."""
    if reason := why_not_payable(invoice):
        messages.info(request, reason)
        return see_other("portal:invoice", invoice.pk)
    return None


@require_safe
@client_page(RIGHT)
def pay(request: ClientRequest, pk: int) -> HttpResponse:
    """The ways to pay an open invoice, credit among them; none: how to reach the company."""
    invoice = _found(request, pk)
    if invoice is None:
        return _none(request, pk)
    return _back(request, invoice) or _choice(request, invoice)


def _choice(
    request: ClientRequest, invoice: Invoice, form: AmountForm | None = None
) -> HttpResponse:
    ways = gateways.offered(invoice.currency_id, invoice.amount_due)
    shown = form
    if form is None and get("payments.allow_partial"):
        shown = AmountForm(invoice)
        for way in ways:
            kept.fill(shown, request, reverse("portal:pay_by", args=[invoice.pk, way.slug]))
    context = {
        "invoice": invoice,
        "ways": ways,
        "credit": balance_of(request, invoice),
        "form": shown,
    }
    response = render(request, "portal/pay.html", context, status=422 if form else 200)
    hosts = sorted({host for way in ways for host in way.hosts})
    response["Content-Security-Policy"] = content_security_policy(*hosts)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(RIGHT, while_suspended=True)
def pay_by(request: ClientRequest, pk: int, gateway: str) -> HttpResponse:
    """POST starts (or goes on with) an attempt; GET shows how to pay where we can tell it, and changes nothing."""
    invoice = _found(request, pk)
    if invoice is None:
        return _none(request, pk)
    if gateway not in gateways.ADAPTERS:
        raise Http404
    if back := _back(request, invoice):
        return back
    if request.method == "POST":
        return _started(request, invoice, gateway)
    tells = gateways.ADAPTERS[gateway].capabilities.flow == "instructions"
    if not tells or not _is_offered(gateway, invoice):
        return see_other("portal:pay", invoice.pk)
    return _instructions(request, invoice)


def _is_offered(gateway: str, invoice: Invoice) -> bool:
    ways = gateways.offered(invoice.currency_id, invoice.amount_due)
    return any(way.slug == gateway for way in ways)


def _started(request: ClientRequest, invoice: Invoice, gateway: str) -> HttpResponse:
    form = AmountForm(invoice, request.POST) if get("payments.allow_partial") else None
    if form is not None and not form.is_valid():
        return _choice(request, invoice, form)
    try:
        attempt, started = paying.begin(
            invoice=invoice,
            gateway=gateway,
            amount=form.cleaned_data["amount"] if form else None,
            made_by=request.acting.user,
            return_url=lambda attempt: (
                settings.COMMERCE_URL + reverse("portal:pay_result", args=[invoice.pk, attempt])
            ),
            at=clock.now(),
            actor=actor_of(request),
        )
    except Moved as moved:
        messages.info(request, str(moved))
        return see_other("portal:invoice", invoice.pk)
    except Refused as refused:
        if form is not None:
            refusals.show(form, refused)
            return _choice(request, invoice, form)
        messages.error(request, str(refused))
        return see_other("portal:pay", invoice.pk)
    if started.redirect_url:
        return SeeOther(started.redirect_url)
    if attempt.status == Attempt.Status.SUCCEEDED:  # one over an older amount
        page, which = "portal:pay_result", str(attempt.pk)
    else:
        page, which = "portal:pay_by", attempt.gateway
    return see_other(page, invoice.pk, which)


def _instructions(request: ClientRequest, invoice: Invoice) -> HttpResponse:
    live = Attempt.objects.for_client(request.acting.client).live().filter(invoice=invoice)
    attempt = live.filter(gateway=bank_transfer.BankTransfer.slug).first()
    amount = min(attempt.amount, invoice.amount_due) if attempt else invoice.amount_due
    adapter = gateways.known(bank_transfer.BankTransfer.slug)
    assert isinstance(adapter, bank_transfer.BankTransfer)
    reference = invoice.payment_reference or ""
    context = {
        "invoice": invoice,
        "amount": amount,
        "reference": bank_transfer.grouped(reference),
        "how": bank_transfer.instructions(
            adapter, currency_code=invoice.currency_id, amount=amount, reference=reference
        ),
        "declaration": _declaration(request, invoice),
    }
    return render(request, "portal/pay_bank_transfer.html", context)


def _declaration(request: ClientRequest, invoice: Invoice) -> BankDeclaration | None:
    known = BankDeclaration.objects.for_client(request.acting.client).filter(invoice=invoice)
    return known.open().first()


@require_POST
@client_page(RIGHT, while_suspended=True)
def declare(request: ClientRequest, pk: int) -> HttpResponse:
    """ "I have made the transfer": told to staff, books nothing."""
    invoice = _found(request, pk)
    if invoice is None:
        return _none(request, pk)
    if back := _back(request, invoice):
        return back
    if not _is_offered(bank_transfer.BankTransfer.slug, invoice):
        return see_other("portal:pay", invoice.pk)
    try:
        declare_transfer(
            invoice=invoice,
            declared_by=request.acting.user,
            at=clock.now(),
            actor=actor_of(request),
        )
    except Moved as moved:
        messages.info(request, str(moved))
    else:
        text = _("Thank you. We write to you when your transfer has arrived; this may take days.")
        messages.success(request, text)
    return see_other("portal:invoice", invoice.pk)


@require_POST
@client_page(RIGHT, while_suspended=True)
def use_credit(request: ClientRequest, pk: int) -> HttpResponse:
    """Apply as much of the client's credit as the invoice takes."""
    invoice = _found(request, pk)
    if invoice is None:
        return _none(request, pk)
    if back := _back(request, invoice):
        return back
    try:
        applied = apply_credit(invoice=invoice, at=clock.now(), actor=actor_of(request))
    except Refused as refused:
        messages.info(request, str(refused))
    else:
        amount = money_text(applied, invoice.currency_id)
        messages.success(request, _("%s of your credit was used.") % amount)
    return see_other("portal:invoice", invoice.pk)


@require_safe
@client_page("invoices.view")
def result(request: ClientRequest, pk: int, attempt: int) -> HttpResponse:
    """What came of an attempt: paid, being confirmed (looks again by itself), or not paid and why.

    That the client is back is a hint to ask the gateway, and nothing more: safe to reload and to open twice.
    """
    client = request.acting.client
    rows = Attempt.objects.for_client(client).select_related("invoice")
    found = rows.filter(pk=attempt, invoice_id=pk).first()
    if found is None:
        return elsewhere(request, _with(attempt), pk, "invoices.view")
    waits = found.is_live
    if found.reference is not None and (waits or found.status == "expired"):
        ask_soon(attempt=found, at=clock.now())
    look = _looks(request)
    again = waits and found.expires_at is not None and look < LOOKS
    context = {
        "attempt": found,
        "invoice": found.invoice,
        "is_paid": found.status == "succeeded" or found.invoice.status == "paid",
        "waits": waits,
        "looks_again": again,
    }
    response = render(request, "portal/pay_result.html", context)
    if again and not context["is_paid"]:
        response["Refresh"] = f"{SECONDS}; url={request.path}?look={look + 1}"
    return response


def _with(attempt: int) -> Callable[[Client], QuerySet[Invoice]]:
    """Invoices of a client that have this attempt."""
    return lambda client: Invoice.objects.for_client(client).filter(payment_attempts=attempt)


def _looks(request: HttpRequest) -> int:
    asked = request.GET.get("look", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 0
