"""``POST /orders``: what a program orders, at the price that it expects or was quoted (client-api-v2.md 4)."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from commerce.accounts.actions.api_writes.metadata import (
    change_metadata,
)
from commerce.accounts.actions.api_writes.spending import commit_spending
from commerce.accounts.models import Client
from commerce.accounts.models.metadata import REFERENCE
from commerce.api.core.errors import ApiProblem, Error
from commerce.api.v2.resources.carriers import ORDER
from commerce.api.v2.resources.orders import ORDERS
from commerce.api.v2.writing.bodies import member_problem, missing_member
from commerce.api.v2.writing.operations import started
from commerce.api.v2.writing.order_items import (
    NewOrderItem,
    NewOrderItems,
    OwnMetadata,
    OwnReference,
    cart_lines_of_items,
    has_names,
    item_problem,
)
from commerce.api.v2.writing.payments import (
    NOT_ASKED,
    SavedPaymentMethod,
    maker_of,
    pay_invoices,
    vat_not_asked,
)
from commerce.api.v2.writing.routes import StructWrite, WriteCall, WriteResult
from commerce.api.v2.writing.totals import (
    AskAgain,
    ExpectedUnlessQuoted,
    PriceProblem,
    QuoteId,
    check_price,
    quote_of,
)
from commerce.billing.invoices.queries import credit_balance
from commerce.billing.models import Invoice
from commerce.billing.tax.actions import refresh_vat_check
from commerce.billing.tax.rules import VatRefresh
from commerce.db.fast_paths import get_by_pk
from commerce.kit import ids
from commerce.kit.errors import BusinessError, StateConflict
from commerce.orders.actions.creation import OrderRequest
from commerce.orders.actions.lifecycle import activate_paid_order
from commerce.orders.actions.placing import (
    PlacedOrder,
    PriceChangedError,
    ShownTotal,
    check_quote,
    lock_offer,
    place_program_order,
)
from commerce.orders.actions.price_quotes import (
    make_price_quote,
    place_quoted_order,
    quoted_lines,
)
from commerce.orders.cart_lines import CartLine, ProductCartLine
from commerce.orders.models import PriceQuote
from commerce.orders.name_checks import check_names_of_order
from commerce.orders.quote import OrderQuote, quote_order
from commerce.orders.rules import QuotedAct
from commerce.payments.models import Attempt
from commerce.site_settings import current


class NewOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """What is ordered, and how it is paid."""

    items: Annotated[
        NewOrderItems | None,
        Meta(description="The positions; required without `quote_id`, and left out with it."),
    ] = None
    quote_id: QuoteId = None
    expected_total: ExpectedUnlessQuoted = None
    promo_code: Annotated[
        Annotated[str, Meta(max_length=50)] | None,
        Meta(description="A promo code; left out with `quote_id`.", examples=["WELCOME20"]),
    ] = None
    terms_accepted: Annotated[
        bool,
        Meta(
            description="Whether the company's terms are accepted, which is required where it has some.",
            examples=[True],
        ),
    ] = False
    begin_at_once: Annotated[
        bool,
        Meta(
            description="A consumer's consent that it begins before the time to withdraw is over; required of them.",
            examples=[True],
        ),
    ] = False
    payment: Annotated[
        Literal["invoice", "credit"] | SavedPaymentMethod,
        Meta(
            description="`invoice`: an open invoice, to be paid as any other. `credit`: paid from credit at once, or "
            "not ordered. Otherwise a saved payment method, which is charged for what credit leaves. The last two need "
            "`payments:write` too.",
            examples=["invoice"],
        ),
    ] = "invoice"
    reference: OwnReference = None
    metadata: OwnMetadata = {}


def _scopes_of_payment(body: NewOrder) -> Sequence[str]:
    return () if body.payment == "invoice" else ("payments:write",)


def _client(call: WriteCall) -> Client:
    return call.locked_client or get_by_pk(Client, call.caller.client_id, "group")


def _quote(call: WriteCall) -> PriceQuote | None:
    """The quote that is ordered by, if one is; raises ``ApiProblem`` 404 for one that is not the client's, and 422 for
    what may not stand beside it, or is missing without.
    """
    if call.body.quote_id is None and call.body.items is None:
        raise member_problem([missing_member("items")])
    return quote_of(call, QuotedAct.ORDER, "items", "promo_code")


def _lines(call: WriteCall, client: Client, quote: PriceQuote | None) -> list[CartLine]:
    return quoted_lines(quote) if quote else cart_lines_of_items(call.body.items, client)


def _promo_code(call: WriteCall, quote: PriceQuote | None) -> str:
    return quote.promo_code if quote else (call.body.promo_code or "")


def ask_about_items(call: WriteCall) -> VatRefresh:
    """Ask the VAT service about the client's number, and registrars about the names of an order, outside of its
    transaction; the latter only for what could be ordered. Raises ``BusinessError`` and ``ApiProblem``.
    """
    client, quote = _client(call), _quote(call)
    lines = _lines(call, client, quote)
    if has_names(lines):
        _ask_registrars(call, _priced(call, client, lines, quote), quote)
    return refresh_vat_check(client=client, ctx=call.ctx)


def _ask_registrars(call: WriteCall, priced: OrderQuote, quote: PriceQuote | None) -> None:
    if quote is not None and (priced.problem or priced.promo_problem):
        return  # The order says what that means for the quote.
    try:
        check_quote(priced, None)
        if quote is None:
            ask = _ask_again(call, priced.cart_lines, call.body.promo_code or "")
            check_price(call, priced.sums.total, priced.currency_code, ask=ask)
        check_names_of_order(priced)
    except BusinessError as error:
        if quote is not None:
            raise _of_quote(error) from error
        raise item_problem(error, priced.cart_lines, lambda: priced) or error from error


def _of_quote(error: BusinessError) -> ApiProblem:
    """What is wrong with quoted items is nothing that the body says: 409 with its own code."""
    return ApiProblem(409, Error(str(error)), code=error.code)


def _priced(
    call: WriteCall, client: Client, lines: list[CartLine], quote: PriceQuote | None
) -> OrderQuote:
    return quote_order(
        lines,
        currency_code=client.currency_code,
        on=current.business_date(call.ctx.at),
        client=client,
        promo_code=_promo_code(call, quote),
        frozen_prices=quote.frozen_prices if quote else (),
    )


def lock_ordered(call: WriteCall) -> None:
    """Promo code and stock of what is ordered, which are locked before the client."""
    quote = _quote(call)
    lines = quoted_lines(quote) if quote else []
    quoted = {one.product_id for one in lines if isinstance(one, ProductCartLine)}
    named = {one.product_id for one in call.body.items or [] if one.product_id is not None}
    lock_offer(quoted | named, _promo_code(call, quote))


def place(call: WriteCall) -> WriteResult:
    """The order, counted against the token's limit, and paid if that was asked for."""
    body: NewOrder = call.body
    client, quote = _client(call), _quote(call)
    lines = _lines(call, client, quote)
    order, priced = _placed(call, client, lines, quote)
    assert order.invoice is not None
    asked: tuple[str, ...] = (
        *(("registrar",) if has_names(lines) else ()),
        *vat_not_asked(client),
    )
    if words := _words(body):
        change_metadata(record=order, values=words, ctx=call.ctx)
    for number, one in enumerate(body.items or []):
        if words := _words(one):
            item = order.items.get(position=number + 1)
            change_metadata(record=order, part=item, values=words, ctx=call.ctx)
    invoice = order.invoice
    by_credit = invoice.total - (0 if body.payment == "credit" else invoice.amount_due)
    call.commitments.append(
        commit_spending(
            token_id=call.caller.token_id,
            client_id=client.pk,
            act="order.place",
            currency_code=order.currency_id,
            due=order.total,
            recurring=sum(one.total for one in priced.renewals),
            debt=("invoice", invoice.pk),
            from_credit=by_credit,
        )
    )
    if body.payment == "invoice":
        return WriteResult(ORDERS, order.pk, 201, asked)
    if _pay(call, invoice, body.payment):
        asked += NOT_ASKED
    return started(call, act="place", record=order, carrier=(ORDER, order), not_checked=asked)


def _placed(
    call: WriteCall, client: Client, lines: list[CartLine], quote: PriceQuote | None
) -> PlacedOrder:
    body: NewOrder = call.body
    request = OrderRequest(
        client=client,
        placed_by=maker_of(call),
        currency_code=client.currency_code,
        idempotency_key=call.key_hash or ids.random_key(),
        vat_refresh=call.prepared,
        ctx=call.ctx,
        promo_code=_promo_code(call, quote),
        address=call.ctx.actor.address,
    )
    try:
        if quote is not None:
            return place_quoted_order(
                quote=quote,
                request=request,
                terms_accepted=body.terms_accepted,
                begin_at_once=body.begin_at_once,
            )
        shown = ShownTotal(
            _expected(call, client, lines),
            terms_accepted=body.terms_accepted,
            begins_at_once=body.begin_at_once,
        )
        return place_program_order(request=request, cart_lines=lines, shown=shown)
    except PriceChangedError as error:
        ask = _ask_again(call, lines, _promo_code(call, quote))
        raise PriceProblem(error.total, error.quote.currency_code, ask) from error
    except StateConflict:
        raise
    except BusinessError as error:
        if error.field == "terms":
            error.field = "terms_accepted"
        if error.field is None or error.field in _OF_BODY:
            raise
        if quote is not None:
            raise _of_quote(error) from error
        problem = item_problem(error, lines, lambda: _priced(call, client, lines, quote))
        raise problem or error from error


def _ask_again(call: WriteCall, lines: Sequence[CartLine], promo_code: str) -> AskAgain:
    """A quote of the same items at the prices of now."""
    return lambda: make_price_quote(
        client=_client(call), cart_lines=lines, promo_code=promo_code, ctx=call.ctx
    )


_OF_BODY = {"terms_accepted", "begin_at_once"}


def _expected(call: WriteCall, client: Client, lines: list[CartLine]) -> int:
    """What the program expects to pay; in another currency no amount is right. A dry run may leave it out: it tells."""
    expected = call.body.expected_total
    if expected is None and call.is_dry_run:
        return _priced(call, client, lines, None).sums.total
    if expected is None:
        raise member_problem([missing_member("expected_total")])
    is_its_currency: bool = expected.currency_code == client.currency_code
    return expected.amount if is_its_currency else -1


def _words(body: NewOrder | NewOrderItem) -> dict[str, str | None]:
    own: dict[str, str | None] = {} if body.reference is None else {REFERENCE: body.reference}
    return own | body.metadata


def _pay(
    call: WriteCall, invoice: Invoice, how: Literal["credit"] | SavedPaymentMethod
) -> Attempt | None:
    """Pay what credit has not paid when the invoice was issued; the charge, if that is one. Raises ``StateConflict`` if
    there is too little credit.
    """
    due = invoice.amount_due
    if not due:
        return None
    if how == "credit" and credit_balance(invoice.client_id, invoice.currency_id) < due:
        raise StateConflict("credit.not_enough")
    attempt = pay_invoices(call, [invoice], how, act="order.place", is_counted=True)
    activate_paid_order(invoice_id=invoice.pk, ctx=call.ctx)
    return attempt


_EXAMPLE: dict[str, Any] = {
    "items": [
        {"product_id": 7, "billing_cycle": "monthly", "domain": "acme.example"},
        {"action": "register", "domain": "acme.example", "years": 1, "whois_privacy": True},
    ],
    "expected_total": {"amount": 2352, "currency_code": "GBP"},
    "promo_code": "WELCOME20",
    "terms_accepted": True,
    "reference": "shop-order-7731",
}

PLACE_ORDER = StructWrite(
    path=ORDERS.path,
    scope="orders:write",
    summary="Place an order",
    about="Answers with the order, and its services and domains, which are set up once its invoice is paid. One that "
    "is paid at once, from credit or by a saved payment method, answers 202 with an operation instead, whose "
    "`resource` is the order: it ends when all of it came or was given up, and is `partly` if some of each. A charge "
    "that fails leaves it in `requires_action`, since its invoice is open. An order by `quote_id` has the quote's net "
    "prices and discounts; all else is judged anew.",
    action=place,
    shown=ORDERS,
    body=NewOrder,
    example=_EXAMPLE,
    effect="spend",
    may_wait=True,
    asks_first=ask_about_items,
    locks_first=lock_ordered,
    more_scopes=_scopes_of_payment,
    unsettled=(
        *("id", "order_number", "url", "invoice_id", "resource.id", "resource.url"),
        *("units.service_id", "units.domain_id"),
    ),
)
