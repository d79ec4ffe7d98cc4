"""`/client/credit`: money that the client has with the company, one balance and one ledger for each currency."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from commerce.accounts.models import Client
from commerce.billing import labels
from commerce.billing.credit.rules import CreditReason
from commerce.billing.invoices.rules import SettlementKind
from commerce.billing.models import CreditAccount, CreditEntry, Invoice
from commerce.payments.queries import top_up_currencies
from commerce.portal.base.access import ClientRequest, client_page
from commerce.portal.base.listing import ListDefinition
from commerce.portal.billing.attempt_pages import PAY_RIGHT
from commerce.presentation.labels import Text
from commerce.site_settings.current import get_setting

REASONS_WITH_NOTE = (CreditReason.STAFF_ADD, CreditReason.STAFF_REMOVE)
"""Reasons whose note was written for the client; the note of a payout is the bank's reference."""
CREDIT_LIST = ListDefinition(
    kind="credit", statuses=(), search_words="", search_filter=lambda _query: Q()
)


@require_safe
@client_page("invoices.view")
def credit(request: ClientRequest) -> HttpResponse:
    """The balances, and the ledger of one currency, newest first."""
    accounts = list(CreditAccount.objects.for_client(request.acting.client).order_by("currency_id"))
    asked = request.GET.get("currency", "")
    shown = next((one for one in accounts if one.currency_id == asked), None)
    unknown = bool(asked) and shown is None
    shown = shown or next(iter(accounts), None)
    listing = CREDIT_LIST.page_for(request, shown.entries.order_by("-at", "-id")) if shown else None
    entries = _told(request.acting.client, listing.items) if listing else []
    context: dict[str, Any] = {
        "accounts": accounts,
        "shown": shown,
        "listing": listing,
        "entries": entries,
    }
    context |= {"unknown": unknown, "auto_apply": get_setting("billing.auto_apply_credit")}
    may_pay = request.acting.may_change(PAY_RIGHT)
    context["can_add_funds"] = may_pay and bool(top_up_currencies())
    return render(request, "portal/billing/credit.html", context, status=422 if unknown else 200)


@dataclass(frozen=True, slots=True)
class CreditRow:
    """An entry of the ledger in words: its reason, the invoice that it paid, and what staff say about it."""

    entry: CreditEntry
    reason: Text
    invoice: Any
    note: str
    receipt: int | None = None
    """The payment of funds that were added."""


def _told(client: Client, entries: Sequence[CreditEntry]) -> list[CreditRow]:
    sources = [f"credit:{each.pk}" for each in entries if each.reason == CreditReason.APPLIED]
    paid = Invoice.objects.for_client(client).filter(
        settlement_entries__kind=SettlementKind.CREDIT, settlement_entries__source__in=sources
    )
    rows = paid.values("pk", "number", source=F("settlement_entries__source"))
    used = {row["source"]: row for row in rows}
    return [
        CreditRow(
            each,
            labels.credit_label(each.reason, each.source),
            used.get(f"credit:{each.pk}"),
            each.note if each.reason in REASONS_WITH_NOTE else "",
            int(each.source.removeprefix("payment:"))
            if each.reason == CreditReason.TOP_UP
            else None,
        )
        for each in entries
    ]
