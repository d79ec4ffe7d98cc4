"""The request of a plan change as a PDF: no invoice, no tax apart, no number of a series (billing.md 8)."""

from datetime import timedelta
from typing import Any

from django.utils.translation import get_language_bidi, override, pgettext
from django.utils.translation import gettext as _

from commerce.accounts.locale import effective_language
from commerce.billing.changes.plan_changes.actions.carrying_out import amount_to_pay
from commerce.billing.changes.plan_changes.offers import recount_plan_offer
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.documents import document_text
from commerce.billing.documents.bank_account import epc_payload, our_bank_account
from commerce.billing.documents.branding import brand_of_seller
from commerce.billing.documents.pdf import render_pdf
from commerce.billing.documents.queries import party_from_snapshot
from commerce.billing.invoices.actions.issuing import buyer_snapshot, seller_snapshot
from commerce.billing.models import PlanChange
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.money import currency_exponent
from commerce.presentation.formats import format_tax_rate
from commerce.presentation.labels import CYCLE_LABELS
from commerce.site_settings import current


def payment_request_blocked_reason(change: PlanChange, ctx: Context) -> StateConflict | None:
    """There is one while it is to be paid."""
    asks = change.status == PlanChangeStatus.AWAITING_PAYMENT
    return None if asks else StateConflict("plan_change.nothing_to_pay")


def payment_request_pdf(change: PlanChange) -> bytes:
    """What a request asks for today, in its client's language; made when it is asked for, and not kept."""
    if blocked := payment_request_blocked_reason(change, Context(clock.now(), SYSTEM)):
        raise blocked
    locale = effective_language(change.client.locale)
    with override(locale):
        texts = _texts(change, locale)
    return render_pdf(
        texts,
        brand_of_seller(texts["seller"]["name"]),
        at=clock.now(),
        template="payment_request",
    )


def payment_request_file_name(change: PlanChange) -> str:
    """The name of its file."""
    return f"payment-request-{change.reference}.pdf"


def payment_request_attachment(plan_change_id: int) -> tuple[str, bytes]:
    """The PDF of a request for a mail, which is not sent any more once nothing is to be paid."""
    rows = PlanChange.objects.select_related("client", "service__product", "product")
    change = rows.get(pk=plan_change_id)
    return payment_request_file_name(change), payment_request_pdf(change)


def _texts(change: PlanChange, locale: str) -> dict[str, Any]:
    seller = party_from_snapshot(seller_snapshot())
    buyer = party_from_snapshot(buyer_snapshot(change.client))
    currency, to_pay = change.service.currency_id, amount_to_pay(change)
    amount = document_text.format_amount(to_pay, currency_exponent(currency), currency)
    day = document_text.format_day(str(change.last_day))
    about = [change.service.label, change.service.domain, str(CYCLE_LABELS[change.billing_cycle])]
    plans = {"from": change.old_plan, "to": change.new_plan}
    return {
        "lang": locale.partition("-")[0],
        "from_the_right": get_language_bidi(),
        "title": _("Payment request, not an invoice"),
        "number": "",
        "seller": document_text.party_text(seller, document_text.seller_details(seller)),
        "buyer": document_text.party_text(buyer, document_text.buyer_details(buyer)),
        "from_label": pgettext("parties", "From"),
        "buyer_label": _("For"),
        "meta": [(_("Pay by"), day), (_("Payment reference"), change.reference or "")],
        "what": _("Plan change from %(from)s to %(to)s") % plans,
        "about": " · ".join(dict.fromkeys(part for part in about if part)),
        "total": [_amount_label(_tax_included(change)), amount],
        "note": _(
            "Your plan changes when we receive this amount, and we issue the invoice then."
            " After %(day)s, the plan change expires and your plan stays the same."
        )
        % {"day": day},
        "pay": _pay(change, amount, to_pay),
        "foot": [document_text.footer_of(seller)],
        "page": _("Page {page} of {pages}"),
    }


def _amount_label(tax: str) -> str:
    return _("Amount due, %(tax)s") % {"tax": tax} if tax else _("Amount due")


def _tax_included(change: PlanChange) -> str:
    """As "incl. 23% VAT"; the name alone where what is given back was taxed at another rate."""
    today = current.business_date(clock.now())
    try:
        offer = recount_plan_offer(change, change.service, today)
    except BusinessError:  # whoever pays it gets the money as credit
        return ""
    groups = [group for group in offer.charge.priced.groups if group.amount]
    rates = {group.tax.rate_milli for group in groups}
    rates |= {
        part.share.tax_key[1] for one in offer.unused.invoices for part in one.credited if part.tax
    }
    name = next((group.tax.name for group in groups if group.tax.name), _("tax"))
    if len(rates) == 1:
        return _("incl. %(rate)s %(tax)s") % {"rate": format_tax_rate(rates.pop()), "tax": name}
    return _("incl. %(tax)s") % {"tax": name} if rates else ""


def _pay(change: PlanChange, amount: str, to_pay: int) -> Any:
    """How to pay by bank transfer; None where we take none, or one would come after the last day."""
    account, reference = our_bank_account(), change.reference or ""
    held = timedelta(days=current.get_setting("payments.bank_hold_days"))
    last_day, today = change.last_day, current.business_date(clock.now())
    is_in_time = last_day is None or last_day - today >= held
    if account is None or not to_pay or not is_in_time:
        return None
    code = epc_payload(
        account=account, currency=change.service.currency_id, amount=to_pay, reference=reference
    )
    return document_text.transfer_text(account, amount=amount, reference=reference, code=code)
