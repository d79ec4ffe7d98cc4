"""Quotes for what is done with a service or domain: another plan, a renewal, a restore (client-api-v2.md 4, decision
154).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction

from commerce.accounts.models import Client
from commerce.billing.changes.plan_changes.offers import PlanOffer, PlanPrice, find_plan_offer
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.domain_requests import renew_domain_now, restore_domain
from commerce.billing.periods.domain_offers import renewal_offers, restore_offer
from commerce.billing.tax.shown_amounts import amounts_shown_to
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.context import Context
from commerce.orders.actions.price_quotes import begin_needs, store_price_quote
from commerce.orders.models import PriceQuote
from commerce.orders.rules import QuotedAct
from commerce.site_settings import current


@transaction.atomic
def quote_plan_change(
    *, service: Service, product_id: int, billing_cycle: str, ctx: Context
) -> PriceQuote:
    """What another plan would cost a service. Raises ``BusinessError`` if it is not offered."""
    on = current.business_date(ctx.at)
    offer = find_plan_offer(service, product_id, billing_cycle, on)
    shown = amounts_shown_to(service.client, on)
    recurs = {
        "item": 1,
        "name": offer.product.name,
        "billing_cycle": billing_cycle,
        "years": None,
        "first_on": offer.next_due_date,
        "total": shown.total(offer.product.effective_tax_kind, offer.amount),
    }
    needs = begin_needs(service.client) if offer.charge.total else {}
    needs |= {"confirm": bool(offer.losses)}
    frozen = {"product_id": product_id, "billing_cycle": billing_cycle, **offer.price._asdict()}
    return _stored(
        service,
        QuotedAct.PLAN_CHANGE,
        frozen,
        _plan_lines(offer, service),
        recurring=[recurs],
        needs=needs,
        ctx=ctx,
    )


def _plan_lines(offer: PlanOffer, service: Service) -> list[Mapping[str, Any]]:
    """The charge, and what was paid and not used."""
    charge, unused = offer.charge.priced, offer.unused
    lines = [_line("change_plan", offer.product.name, 1, charge.subtotal, charge.tax)]
    if unused.total:
        name = service.product.name
        lines.append(_line("unused_time", name, 1, -unused.net, -unused.tax))
    return lines


@transaction.atomic
def quote_renewal(*, domain: Domain, years: int | None, ctx: Context) -> PriceQuote:
    """What a renewal by some years, or its term, would cost. Raises ``BusinessError`` if it is not offered."""
    invoice = _billed_by(
        lambda: renew_domain_now(domain=domain, years=years, begin_at_once=True, ctx=ctx)
    )
    wanted = years or domain.term_years
    offers = renewal_offers(domain, current.business_date(ctx.at))
    frozen = {
        "years": wanted,
        "amount": next(one.amount for one in offers if one.years == wanted),
    }
    line = _line("renew", domain.domain_name, wanted, invoice.subtotal, invoice.tax_amount)
    needs = begin_needs(domain.client)
    return _stored(domain, QuotedAct.RENEWAL, frozen, [line], needs=needs, ctx=ctx)


@transaction.atomic
def quote_restore(*, domain: Domain, ctx: Context) -> PriceQuote:
    """What a restore would cost. Raises ``BusinessError`` if it is not offered."""
    invoice = _billed_by(lambda: restore_domain(domain=domain, begin_at_once=True, ctx=ctx))
    offer = restore_offer(domain)
    assert offer is not None  # or it would not have been billed
    frozen = {"fee": offer.fee, "amount": offer.renewal.amount}
    years = offer.renewal.years
    line = _line("restore", domain.domain_name, years, invoice.subtotal, invoice.tax_amount)
    needs = begin_needs(domain.client)
    return _stored(domain, QuotedAct.RESTORE, frozen, [line], needs=needs, ctx=ctx)


def kept_plan(quote: PriceQuote) -> tuple[int, str, PlanPrice]:
    """Product, cycle and price of the plan that was quoted."""
    [frozen] = quote.frozen_prices
    price = PlanPrice(frozen["amount"], frozen["options"], frozen["price_parts"])
    return frozen["product_id"], frozen["billing_cycle"], price


class _Undone(Exception):
    """Ends a transaction whose invoice was only wanted to know what it says."""

    def __init__(self, invoice: Invoice) -> None:
        super().__init__()
        self.invoice = invoice


def _billed_by(act: Callable[[], Invoice]) -> Invoice:
    """The invoice that an act would issue: it is issued, so that nothing else counts, and gone again."""
    try:
        with transaction.atomic():
            raise _Undone(act())
    except _Undone as undone:
        return undone.invoice


def _line(action: str, name: str, quantity: int, net: int, tax: int) -> Mapping[str, Any]:
    return {
        "item": 1,
        "action": action,
        "name": name,
        "quantity": quantity,
        "subtotal": net,
        "discount": 0,
        "tax_amount": tax,
        "total": net + tax,
    }


def _stored(
    record: Service | Domain,
    act: QuotedAct,
    frozen: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    *,
    needs: Mapping[str, bool],
    ctx: Context,
    recurring: Sequence[Mapping[str, Any]] = (),
) -> PriceQuote:
    client: Client = record.client
    answer = {
        "lines": lines,
        "subtotal": sum(line["subtotal"] for line in lines),
        "discount": 0,
        "tax_amount": sum(line["tax_amount"] for line in lines),
        "recurring": recurring,
        "needs": [name for name, is_needed in needs.items() if is_needed],
    }
    return store_price_quote(
        client=client,
        act=act,
        record_id=record.pk,
        currency_id=record.currency_id,
        cart_lines=[],
        frozen_prices=[frozen],
        total=sum(line["total"] for line in lines),
        answer=answer,
        ctx=ctx,
    )
