"""``POST /quotes``: what an act would cost (client-api-v2.md 4, decisions 147 and 154)."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from commerce.accounts.models import Client
from commerce.api.core.errors import ApiProblem, ProblemPart
from commerce.api.v1.field_types import Cycle
from commerce.api.v2.resources.quotes import QUOTES
from commerce.api.v2.writing.bodies import member_problem, missing_member, pointer
from commerce.api.v2.writing.order_items import OrderedItems, cart_lines_of_items, item_problem
from commerce.api.v2.writing.routes import StructWrite, WriteCall, WriteResult
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.errors import BusinessError
from commerce.orders.actions.price_quotes import make_price_quote
from commerce.orders.actions.record_quotes import quote_plan_change, quote_renewal, quote_restore
from commerce.orders.models import PriceQuote
from commerce.orders.quote import quote_order
from commerce.site_settings import current

type _DomainId = Annotated[int, Meta(ge=1, description="The domain.", examples=[88])]


class QuotedPlan(Struct, frozen=True, forbid_unknown_fields=True):
    """Another plan of a service; takes `services:read`."""

    service_id: Annotated[int, Meta(ge=1, description="The service.", examples=[1042])]
    product_id: Annotated[
        int, Meta(ge=1, description="A product of the same group, or its own.", examples=[8])
    ]
    billing_cycle: Cycle


class QuotedDomainRenewal(Struct, frozen=True, forbid_unknown_fields=True):
    """A renewal of a domain; takes `domains:read`."""

    domain_id: _DomainId
    years: Annotated[
        Annotated[int, Meta(ge=1, le=10)] | None,
        Meta(description="For how many years; without it, for its term.", examples=[2]),
    ] = None


class QuotedDomainRestore(Struct, frozen=True, forbid_unknown_fields=True):
    """A restore of a domain, with the renewal by its term; takes `domains:read`."""

    domain_id: _DomainId


class NewQuote(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be priced: one of `items`, `plan_change`, `renewal` and `restore`."""

    items: Annotated[
        OrderedItems | None, Meta(description="The positions, as an order takes them.")
    ] = None
    promo_code: Annotated[
        Annotated[str, Meta(max_length=50)] | None,
        Meta(description="A promo code, for `items`.", examples=["WELCOME20"]),
    ] = None
    plan_change: Annotated[QuotedPlan | None, Meta(description="As a plan change takes it.")] = None
    renewal: Annotated[QuotedDomainRenewal | None, Meta(description="As a renewal takes it.")] = (
        None
    )
    restore: Annotated[QuotedDomainRestore | None, Meta(description="As a restore takes it.")] = (
        None
    )


def price(call: WriteCall) -> WriteResult:
    """The quote. Raises ``ApiProblem`` 422 with all items that cannot be ordered, and what the acts raise."""
    body: NewQuote = call.body
    wanted = [name for name in _QUOTED if getattr(body, name) is not None]
    if not wanted:
        raise member_problem([missing_member("items")])
    if len(wanted) > 1 or (body.promo_code and not body.items):
        [*_, odd] = wanted if len(wanted) > 1 else ["promo_code"]
        text = f"It cannot stand beside {wanted[0]}."
        raise member_problem([ProblemPart("pointer", pointer(odd), "not_valid", text)])
    return WriteResult(QUOTES, _QUOTED[wanted[0]](call).key, 201)


def _of_order(call: WriteCall) -> PriceQuote:
    body: NewQuote = call.body
    client = Client.objects.for_client(call.caller.client_id).select_related("group").get()
    assert body.items is not None
    lines, promo_code = cart_lines_of_items(body.items, client), body.promo_code or ""
    try:
        return make_price_quote(
            client=client, cart_lines=lines, promo_code=promo_code, ctx=call.ctx
        )
    except BusinessError as error:
        on = current.business_date(call.ctx.at)
        code = client.currency_code
        problem = item_problem(
            error, lines, lambda: quote_order(lines, currency_code=code, on=on, client=client)
        )
        raise problem or error from error


def _of_plan_change(call: WriteCall) -> PriceQuote:
    asked: QuotedPlan = call.body.plan_change
    services = Service.objects.for_client(call.caller.client_id)
    service = services.select_related("client", "product").filter(pk=asked.service_id).first()
    if service is None:
        raise _no_such("plan_change", "service")
    return quote_plan_change(
        service=service,
        product_id=asked.product_id,
        billing_cycle=asked.billing_cycle,
        ctx=call.ctx,
    )


def _of_renewal(call: WriteCall) -> PriceQuote:
    asked: QuotedDomainRenewal = call.body.renewal
    domain = _domain(call, "renewal", asked.domain_id)
    return quote_renewal(domain=domain, years=asked.years, ctx=call.ctx)


def _of_restore(call: WriteCall) -> PriceQuote:
    domain = _domain(call, "restore", call.body.restore.domain_id)
    return quote_restore(domain=domain, ctx=call.ctx)


def _domain(call: WriteCall, member: str, pk: int) -> Domain:
    domains = Domain.objects.for_client(call.caller.client_id).select_related("client")
    found = domains.filter(pk=pk).first()
    if found is None:
        raise _no_such(member, "domain")
    return found


def _no_such(member: str, kind: str) -> ApiProblem:
    place = pointer(member, f"{kind}_id")
    return member_problem([ProblemPart("pointer", place, "not_valid", f"There is no such {kind}.")])


_QUOTED = {
    "items": _of_order,
    "plan_change": _of_plan_change,
    "renewal": _of_renewal,
    "restore": _of_restore,
}


def _scopes_of_quoted(body: NewQuote) -> Sequence[str]:
    """To price a record takes the right to read it."""
    of_service = () if body.plan_change is None else ("services:read",)
    of_domain = () if body.renewal is None and body.restore is None else ("domains:read",)
    return (*of_service, *of_domain)


ASK_PRICE = StructWrite(
    path=QUOTES.path,
    scope="catalog:read",
    summary="Ask for a quote",
    about="Answers with the quote of an order, a plan change, a renewal or a restore. It commits nobody to anything "
    "and asks no registrar, so that it takes no key; what it is for takes its `id` as `quote_id`.",
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
    more_scopes=_scopes_of_quoted,
    unsettled=("id",),
)
