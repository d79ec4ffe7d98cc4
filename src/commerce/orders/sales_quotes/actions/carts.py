"""The cart of a quote: what a client orders who accepts it, beside what they put together themselves."""

from typing import Any

from django.db import IntegrityError, transaction

from commerce.accounts.models import Client
from commerce.kit.context import Context
from commerce.kit.periods import BillingCycle
from commerce.orders.actions.placing import check_quote
from commerce.orders.cart_lines import DomainCartLine
from commerce.orders.models import Cart, CartItem, SalesQuote
from commerce.orders.sales_quotes.actions.accepting import accept_blocked_reason
from commerce.orders.sales_quotes.pricing import lines_of_quote, price_quote


@transaction.atomic
def cart_of_quote(*, quote: SalesQuote, client: Client, ctx: Context) -> Cart:
    """The cart in which a client orders what a quote offers, beside their own; made if there is none.

    Raises ``BusinessError`` if they cannot accept it, or what it offers cannot be ordered any more.
    """
    if reason := accept_blocked_reason(quote, client, ctx):
        raise reason
    check_quote(price_quote(quote), None)
    mine = Cart.objects.for_client(client).of_quote(quote)
    if found := mine.first():
        return found
    try:
        with transaction.atomic():
            return _cart(quote, client, ctx)
    except IntegrityError:
        return mine.get()


def _cart(quote: SalesQuote, client: Client, ctx: Context) -> Cart:
    cart = Cart.objects.create(
        client=client,
        quote=quote,
        currency_id=quote.currency_id,
        created_at=ctx.at,
        changed_at=ctx.at,
    )
    items = []
    for position, line in enumerate(lines_of_quote(quote), start=1):
        own: dict[str, Any] = {"product_id": getattr(line, "product_id", None)}
        if isinstance(line, DomainCartLine):
            own = {
                "action": line.action,
                "years": line.years,
                "billing_cycle": BillingCycle.ANNUALLY,
            }
            own |= {"whois_privacy": line.whois_privacy}
        else:
            options = {str(key): value for key, value in line.options}
            own |= {"billing_cycle": line.billing_cycle, "options": options, "qty": line.qty}
        items.append(CartItem(cart=cart, position=position, domain=line.domain, **own))
    CartItem.objects.bulk_create(items)
    return cart
