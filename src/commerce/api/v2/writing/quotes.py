"""``POST /quotes``: what an order would cost (client-api-v2.md 4, decision 147)."""

from typing import Annotated

from msgspec import Meta, Struct

from commerce.accounts.models import Client
from commerce.api.v2.resources.quotes import QUOTES
from commerce.api.v2.writing.order_items import OrderedItems, cart_lines_of_items, item_problem
from commerce.api.v2.writing.routes import StructWrite, WriteCall, WriteResult
from commerce.kit.errors import BusinessError
from commerce.orders.actions.price_quotes import make_price_quote
from commerce.orders.quote import quote_order
from commerce.site_settings import current


class NewQuote(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be priced."""

    items: Annotated[OrderedItems, Meta(description="The positions, as an order takes them.")]
    promo_code: Annotated[
        Annotated[str, Meta(max_length=50)] | None,
        Meta(description="A promo code.", examples=["WELCOME20"]),
    ] = None


def price(call: WriteCall) -> WriteResult:
    """The quote. Raises ``ApiProblem`` 422 with all items that cannot be ordered."""
    body: NewQuote = call.body
    client = Client.objects.for_client(call.caller.client_id).select_related("group").get()
    lines, promo_code = cart_lines_of_items(body.items, client), body.promo_code or ""
    try:
        made = make_price_quote(
            client=client, cart_lines=lines, promo_code=promo_code, ctx=call.ctx
        )
    except BusinessError as error:
        on = current.business_date(call.ctx.at)
        code = client.currency_code
        problem = item_problem(
            error, lines, lambda: quote_order(lines, currency_code=code, on=on, client=client)
        )
        raise problem or error from error
    return WriteResult(QUOTES, made.key, 201)


ASK_PRICE = StructWrite(
    path=QUOTES.path,
    scope="catalog:read",
    summary="Ask for a quote",
    about="Answers with the quote. It commits nobody to anything and asks no registrar, so that it takes no key; "
    "`POST /orders` takes its `id`.",
    action=price,
    shown=QUOTES,
    body=NewQuote,
    example={
        "items": [
            {"product_id": 7, "billing_cycle": "monthly", "domain": "acme.example"},
            {"action": "register", "domain": "acme.example", "years": 1},
        ],
        "promo_code": "WELCOME20",
    },
    effect="read",
    needs_key=False,
    unsettled=("id",),
)
