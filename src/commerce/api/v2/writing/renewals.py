"""Renewals and restores of domains by program (domains.md 4), and what it commits to that something renews at all."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from commerce.accounts.actions.api_writes.spending import commit_spending
from commerce.accounts.rules import SpendingRecord
from commerce.api.v2.resources.domains import DOMAINS
from commerce.api.v2.resources.invoices import INVOICES
from commerce.api.v2.writing.payments import pay_invoices, scopes_of_credit
from commerce.api.v2.writing.routes import StructWrite, WriteCall, WriteResult
from commerce.api.v2.writing.totals import (
    AskAgain,
    ExpectedUnlessQuoted,
    QuoteId,
    check_price,
    quote_of,
)
from commerce.billing.models import CancellationRequest, Invoice, PriceChange
from commerce.billing.periods.actions.domain_requests import renew_domain_now, restore_domain
from commerce.billing.periods.domain_offers import next_price
from commerce.billing.tax.shown_amounts import amounts_shown_to
from commerce.catalog.rules import ProductType
from commerce.domains.models import Domain
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.periods import MONTHS_PER_CYCLE
from commerce.orders.actions.record_quotes import quote_renewal, quote_restore
from commerce.orders.models import PriceQuote
from commerce.orders.rules import QuotedAct
from commerce.site_settings import current

type HowPaid = Annotated[
    Literal["invoice", "credit"],
    Meta(
        description="`invoice`: its invoice is open, and can be paid as any other. `credit`: the account's credit pays "
        "it at once, and has to suffice; needs `payments:write` too."
    ),
]
type BeginAtOnce = Annotated[
    bool,
    Meta(
        description="A consumer has to ask for it: begin at once. They lose their right of withdrawal once it is done."
    ),
]


class DomainRenewal(Struct, frozen=True, forbid_unknown_fields=True):
    """For how long a domain is renewed."""

    years: Annotated[
        Annotated[int, Meta(ge=1, le=10)] | None,
        Meta(description="For how many years; without it, for its term.", examples=[2]),
    ] = None
    expected_total: ExpectedUnlessQuoted = None
    quote_id: QuoteId = None
    payment: HowPaid = "invoice"
    begin_at_once: BeginAtOnce = False


class DomainRestore(Struct, frozen=True, forbid_unknown_fields=True):
    """How a domain in redemption is brought back, with the renewal by its term."""

    expected_total: ExpectedUnlessQuoted = None
    quote_id: QuoteId = None
    payment: HowPaid = "invoice"
    begin_at_once: BeginAtOnce = False


def _renew(call: WriteCall) -> WriteResult:
    quote, pk = quote_of(call, QuotedAct.RENEWAL, "years"), call.record.pk
    kept = quote.frozen_prices[0] if quote else {"years": call.body.years}
    years = kept["years"]
    try:
        invoice = renew_domain_now(
            domain=call.record,
            years=years,
            begin_at_once=call.body.begin_at_once,
            kept_amount=kept.get("amount"),
            ctx=call.ctx,
        )
    except BusinessError as error:
        if quote and error.code == "tld.years_not_offered":
            raise StateConflict("quote.ended") from error
        raise

    def ask() -> PriceQuote:
        domain = (
            Domain.objects.for_client(call.caller.client_id).select_related("client").get(pk=pk)
        )
        return quote_renewal(domain=domain, years=years, ctx=call.ctx)

    return _billed(call, invoice, "domain.renew", quote, ask)


def _restore(call: WriteCall) -> WriteResult:
    quote, pk = quote_of(call, QuotedAct.RESTORE), call.record.pk
    kept = quote.frozen_prices[0] if quote else None
    invoice = restore_domain(
        domain=call.record,
        begin_at_once=call.body.begin_at_once,
        kept_amounts=(kept["fee"], kept["amount"]) if kept else None,
        ctx=call.ctx,
    )

    def ask() -> PriceQuote:
        domain = (
            Domain.objects.for_client(call.caller.client_id).select_related("client").get(pk=pk)
        )
        return quote_restore(domain=domain, ctx=call.ctx)

    return _billed(call, invoice, "domain.restore", quote, ask)


def _billed(
    call: WriteCall, invoice: Invoice, act: str, quote: PriceQuote | None, ask: AskAgain
) -> WriteResult:
    """Count all of the invoice, at the total that was expected or quoted, and pay it if that was asked for."""
    pays = call.body.payment == "credit"
    check_price(call, invoice.total, invoice.currency_id, quote=quote, ask=ask)
    call.commitments.append(
        commit_spending(
            token_id=call.caller.token_id,
            client_id=call.caller.client_id,
            act=act,
            currency_code=invoice.currency_id,
            due=invoice.total,
            debt=(SpendingRecord.INVOICE, invoice.pk),
            from_credit=invoice.total if pays else invoice.total - invoice.amount_due,
        )
    )
    if pays and invoice.amount_due:
        pay_invoices(call, [invoice], "credit", act=act, is_counted=True)
    return WriteResult(INVOICES, invoice.pk, 201)


def commit_auto_renewal(call: WriteCall, values: Mapping[str, Any]) -> None:
    """Switching auto-renew on commits to one term, at the price of the next one with its tax."""
    domain = call.record
    if not values.get("auto_renew") or domain.auto_renew:
        return
    shown = amounts_shown_to(call.client, current.business_date(call.ctx.at))
    price = next_price(domain).for_years(domain.term_years)
    call.commitments.append(
        commit_spending(
            token_id=call.caller.token_id,
            client_id=call.caller.client_id,
            act="domain.auto_renew",
            currency_code=domain.currency_id,
            due=0,
            recurring=shown.total(ProductType.DOMAIN, price),
        )
    )


def commit_kept_service(call: WriteCall, request: CancellationRequest) -> None:
    """Taking a cancellation back commits to one term of the service, at the price of the next one with its tax."""
    service = request.service
    if service.billing_cycle not in MONTHS_PER_CYCLE:
        return
    announced = (
        PriceChange.objects.for_client(call.caller.client_id)
        .planned()
        .filter(service=service, from_date__lte=service.next_due_date)
    )
    amount = announced.values_list("amount", flat=True).first()
    shown = amounts_shown_to(service.client, current.business_date(call.ctx.at))
    call.commitments.append(
        commit_spending(
            token_id=call.caller.token_id,
            client_id=call.caller.client_id,
            act="service.keep",
            currency_code=service.currency_id,
            due=0,
            recurring=shown.total(
                service.product.effective_tax_kind, service.amount if amount is None else amount
            ),
        )
    )


_ABOUT = (
    "Answers 201 with the invoice; the registrar is asked once it is paid, by POST `/invoices/{id}/pay` or in any "
    "other way. `expected_total` is its `total`, with tax and before credit: a dry run or a quote tells it."
)
_TOTAL = {"amount": 2880, "currency_code": "EUR"}
_UNSETTLED = ("id", "invoice_number", "url", "payment_reference")

RENEWAL_WRITES = (
    StructWrite(
        path=f"{DOMAINS.path}/{{id}}/renewals",
        scope="domains:write",
        summary="Renew a domain now",
        about=_ABOUT,
        action=_renew,
        shown=INVOICES,
        body=DomainRenewal,
        example={"years": 2, "expected_total": _TOTAL},
        effect="spend",
        reads=DOMAINS,
        rows=Domain.objects.for_client,
        more_scopes=scopes_of_credit,
        unsettled=_UNSETTLED,
    ),
    StructWrite(
        path=f"{DOMAINS.path}/{{id}}/restore",
        scope="domains:write",
        summary="Bring a domain back from redemption",
        about=_ABOUT,
        action=_restore,
        shown=INVOICES,
        body=DomainRestore,
        example={"expected_total": _TOTAL},
        effect="spend",
        reads=DOMAINS,
        rows=Domain.objects.for_client,
        more_scopes=scopes_of_credit,
        unsettled=_UNSETTLED,
    ),
)
"""What renews domains."""
