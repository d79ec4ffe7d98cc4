"""An order by phone: a draft that a client agrees to while they are on the phone (catalog-and-orders.md 8)."""

from commerce.accounts.models import Client
from commerce.billing.tax.rules import VatRefresh
from commerce.db.retry import retry_on_deadlock
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.orders.actions.placing import place_cart_lines
from commerce.orders.models import Order, SalesQuote
from commerce.orders.sales_quotes.actions.drafts import draft_blocked_reason, lock_quote_draft
from commerce.orders.sales_quotes.actions.sending import end_former_version
from commerce.orders.sales_quotes.pricing import lines_of_quote


def place_draft_blocked_reason(quote: SalesQuote, ctx: Context) -> StateConflict | None:
    """A draft of a client, with something in it."""
    if reason := draft_blocked_reason(quote, ctx):
        return reason
    if quote.client_id is None:
        return StateConflict("sales_quote.no_client")
    return None if quote.cart_lines else StateConflict("sales_quote.empty")


@retry_on_deadlock
def place_draft(
    *,
    quote: SalesQuote,
    shown_total: int,
    idempotency_key: str,
    vat_refresh: VatRefresh | None,
    ctx: Context,
    with_invoice: bool = True,
) -> Order:
    """Order what a draft has, for its client, at the total that staff read out; the draft is gone then.

    Raises ``BusinessError`` if it comes to another total by now, in minor units, and as ``place_cart_lines``.
    """
    row = lock_quote_draft(quote, ctx)
    if reason := place_draft_blocked_reason(row, ctx):
        raise reason
    client = Client.objects.get(pk=row.client_id or 0)
    order = place_cart_lines(
        cart_lines=lines_of_quote(row),
        client=client,
        placed_by=None,
        shown_total=None,
        promo_code=row.promo_code,
        with_invoice=with_invoice,
        idempotency_key=idempotency_key,
        vat_refresh=vat_refresh,
        ctx=ctx,
    )
    if order.total != shown_total:
        raise BusinessError("order.price_changed")
    end_former_version(row, ctx)
    row.delete()
    return order
