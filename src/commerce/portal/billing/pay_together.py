"""`/client/invoices/pay`: several open invoices of one currency, paid at once (payments.md 9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.contrib import messages
from django.db.models import Count, Q, Sum
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from commerce.accounts.models import Client
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import Invoice
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments import start_payment
from commerce.payments.actions.shared_attempts import charge_card_for_invoices
from commerce.payments.queries import chargeable_cards, gateways_without_invoice
from commerce.portal.base import throttles
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.redirects import see_other
from commerce.portal.billing.attempt_pages import (
    PAY_RIGHT,
    go_on_with,
    payment_return_url,
)
from commerce.portal.billing.gateway_pages import render_choice
from commerce.portal.billing.saved_cards import charge_posted_card, posted_amount

MAX_TOGETHER = 200
"""Invoices that are paid at once, the oldest due date first."""


@dataclass(frozen=True, slots=True)
class OwedAmount:
    """What is owed in one currency, in minor units: what can be paid now, apart from what is under review."""

    currency_code: str
    payable: int
    under_review: int
    unpaid: int
    overdue: int
    can_pay_together: bool
    can_pay_all: bool
    """Whether that is no more than ``MAX_TOGETHER``."""
    is_single: bool


@dataclass(frozen=True, slots=True)
class OpenInvoices:
    """The currencies of what is open, and what is listed in one of them; ``is_cut``: not all of it."""

    codes: Sequence[str]
    rows: Sequence[Invoice]
    is_cut: bool


def owed_amounts(request: ClientRequest) -> list[OwedAmount]:
    """What the client owes by currency, and where they can be paid at once by this member."""
    payable, stopped = Q(is_stopped=False), Q(is_stopped=True)
    rows = (
        Invoice.objects.for_client(request.acting.client)
        .open()
        .values("currency_id")
        .annotate(
            payable=Sum("amount_due", filter=payable, default=0),
            under_review=Sum("amount_due", filter=stopped, default=0),
            payable_count=Count("id", filter=payable),
            unpaid=Count("id", filter=Q(status=InvoiceStatus.UNPAID)),
            overdue=Count("id", filter=Q(status=InvoiceStatus.OVERDUE)),
        )
        .order_by("currency_id")
    )
    return [
        OwedAmount(
            row["currency_id"],
            row["payable"],
            row["under_review"],
            row["unpaid"],
            row["overdue"],
            row["payable_count"] > 0
            and request.acting.may(PAY_RIGHT)
            and request.acting.impersonation is None
            and bool(gateways_without_invoice(row["currency_id"], row["payable"])),
            row["payable_count"] <= MAX_TOGETHER,
            row["payable_count"] == 1,
        )
        for row in rows
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(PAY_RIGHT, while_suspended=True)
def pay_together(request: ClientRequest) -> HttpResponse:
    """Ticks, the sum of what is ticked, and the ways to pay it; POST counts anew, or starts the payment."""
    asked = request.POST if request.method == "POST" else request.GET
    found = _open_invoices(request.acting.client)
    codes = sorted({each.currency_id for each in found})
    if not codes:
        messages.info(request, _("You have no unpaid invoices."))
        return see_other("portal:invoices")
    preferred = [asked.get("currency", ""), request.acting.client.currency_code, codes[0]]
    code = next(one for one in preferred if one in codes)
    mine = [each for each in found if each.currency_id == code]
    listed = OpenInvoices(codes, mine[:MAX_TOGETHER], is_cut=len(mine) > MAX_TOGETHER)
    payable = [each for each in listed.rows if not each.is_stopped]
    if request.method != "POST":
        return _page(request, listed, payable)
    return _answer(request, listed, payable)


def _answer(
    request: ClientRequest, listed: OpenInvoices, payable: Sequence[Invoice]
) -> HttpResponse:
    """The sum of what is ticked; a saved card is charged, with a gateway the payment begins, for one invoice on the
    page of its own.
    """
    ticked = set(request.POST.getlist("invoice"))
    chosen = [each for each in payable if str(each.pk) in ticked]
    if len(chosen) < len(ticked):
        messages.info(request, _("Your unpaid invoices have changed. Check the new total."))
        return _page(request, listed, chosen)
    way = next((name for name in ("card", "gateway") if name in request.POST), "")
    if way == "card" and chosen:
        return _charged(request, listed, chosen)
    if not way:
        return _page(request, listed, chosen)
    if len(chosen) == 1:
        return see_other("portal:pay", chosen[0].pk)
    if chosen:
        return _started(request, chosen, request.POST["gateway"])
    problem = _("Select at least one invoice.")
    return _page(request, listed, chosen, problem=problem)


def _open_invoices(client: Client) -> list[Invoice]:
    rows = Invoice.objects.for_client(client).open().order_by("due_date", "pk")
    shown = "number", "due_date", "amount_due", "currency_id", "client_id", "status", "is_stopped"
    return list(rows.only(*shown))


def _page(
    request: ClientRequest,
    listed: OpenInvoices,
    chosen: Sequence[Invoice],
    *,
    problem: str = "",
) -> HttpResponse:
    code, total = listed.rows[0].currency_id, sum(each.amount_due for each in chosen)
    gateways = gateways_without_invoice(code, total) if total else []
    ticked = {each.pk for each in chosen}
    context = {
        "codes": listed.codes,
        "code": code,
        "rows": [(each, each.pk in ticked) for each in listed.rows],
        "under_review": sum(each.amount_due for each in listed.rows if each.is_stopped),
        "is_cut": listed.is_cut,
        "most": MAX_TOGETHER,
        "total": total,
        "cards": chargeable_cards(request.acting.client.pk, code, total) if total else [],
        "gateways": gateways,
        "problem": problem,
    }
    template, status = "portal/billing/pay_together.html", 422 if problem else 200
    return render_choice(request, template, context, gateways, status=status)


def _charged(
    request: ClientRequest, listed: OpenInvoices, chosen: Sequence[Invoice]
) -> HttpResponse:
    """A saved card is charged at once, if the sum of what is ticked is what the page said."""
    total = sum(each.amount_due for each in chosen)
    if posted_amount(request) != total:
        messages.info(request, _("The total has changed. Check it before you pay."))
        return _page(request, listed, chosen)
    cards = chargeable_cards(chosen[0].client_id, chosen[0].currency_id, total)
    charge = partial(charge_card_for_invoices, invoices=chosen)
    return charge_posted_card(request, cards, charge, see_other("portal:pay_together"))


def _started(request: ClientRequest, chosen: Sequence[Invoice], gateway: str) -> HttpResponse:
    throttles.count_gateway_call(request.acting.client.pk)
    try:
        attempt, session = start_payment.start_payment_of_invoices(
            invoices=chosen,
            gateway=gateway,
            created_by=request.acting.user,
            return_url=payment_return_url,
            ctx=member_context(request),
        )
    except StateConflict as conflict:
        messages.info(request, str(conflict))
    except BusinessError as error:
        messages.error(request, str(error))
    else:
        return go_on_with(attempt, session)
    return see_other("portal:pay_together")
