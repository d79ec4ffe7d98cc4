"""What a program expects an act to cost, or was quoted: nothing is bought at another price (client-api-v2.md 4)."""

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from commerce.accounts.actions.client_locks import lock_client
from commerce.api.core import errors
from commerce.api.core.errors import ApiProblem, Error, ProblemPart
from commerce.api.v2.reading import serve
from commerce.api.v2.reading.params import ReadQuery
from commerce.api.v2.resources.quotes import QUOTES, DueToday
from commerce.api.v2.writing.bodies import member_problem, missing_member, pointer
from commerce.api.v2.writing.routes import WriteCall
from commerce.db.retry import retry_on_deadlock
from commerce.kit.errors import BusinessError
from commerce.orders.actions.price_quotes import check_quote_stands
from commerce.orders.models import PriceQuote
from commerce.orders.rules import QuotedAct
from commerce.presentation.amounts import format_money


class ExpectedTotal(Struct, frozen=True, forbid_unknown_fields=True):
    """The gross amount that an act bills, before credit; what is due, for a payment."""

    amount: Annotated[
        int,
        Meta(
            description="In the currency's smallest unit. Negative for a downgrade.",
            examples=[1440],
        ),
    ]
    currency_code: Annotated[
        str,
        Meta(
            pattern=r"^[A-Z]{3}$",
            description="The currency, an ISO 4217 code: that of the account.",
            examples=["EUR"],
        ),
    ]


type Expected = Annotated[
    ExpectedTotal | None,
    Meta(description="What it costs as you know it. Only a dry run may leave it out: it tells."),
]
type ExpectedUnlessQuoted = Annotated[
    ExpectedTotal | None,
    Meta(
        description="What it costs as you know it; left out with `quote_id`. Otherwise only a dry run may leave it "
        "out: it tells."
    ),
]
type QuoteId = Annotated[
    Annotated[str, Meta(max_length=24)] | None,
    Meta(
        description="The quote at whose net prices it is done, of `POST /quotes`; what stands in it is left out.",
        examples=["k3v9x0q2m7p4s8t1w6y5z3ab"],
    ),
]
type AskAgain = Callable[[], PriceQuote]
"""Makes a quote of what an act costs now."""


class PriceProblem(ApiProblem):
    """409: an act costs something else by now, which it names. ``ask`` quotes that, once nothing of the act is left."""

    def __init__(self, amount: int, currency_code: str, ask: AskAgain | None = None) -> None:
        text = f"The price is now {format_money(amount, currency_code)}."
        members = {"expected_total": DueToday(amount, currency_code)}
        super().__init__(409, Error(text), code="price.changed", members=members)
        self.ask = ask


def quote_of(call: WriteCall, act: QuotedAct, *quoted: str) -> PriceQuote | None:
    """The quote by which an act is done, if one is named; the members ``quoted`` stand in it.

    Raises ``ApiProblem`` 404 for one that is not the client's, and 422 for what may not stand beside it, or one that is
    for something else.
    """
    body = call.body
    if body.quote_id is None:
        return None
    beside = [name for name in (*quoted, "expected_total") if getattr(body, name)]
    if beside:
        text = "It stands in the quote: leave it out with quote_id."
        raise member_problem(
            [ProblemPart("pointer", pointer(name), "not_valid", text) for name in beside]
        )
    found = PriceQuote.objects.for_client(call.caller.client_id).filter(key=body.quote_id).first()
    if found is None:
        raise errors.not_found()
    if (found.act, found.record_id) != (act, call.record.pk if call.record else None):
        text = "This quote is for something else."
        raise member_problem([ProblemPart("pointer", pointer("quote_id"), "not_valid", text)])
    if call.record:
        check_quote_stands(found, call.record.currency_id, call.ctx.at)
    return found


def check_price(
    call: WriteCall,
    amount: int,
    currency_code: str,
    *,
    quote: PriceQuote | None = None,
    ask: AskAgain | None = None,
) -> None:
    """That an act costs what was quoted, or what its body expects; a dry run may leave that out, since it is how one
    learns the price.

    Raises ``ApiProblem``: 422 if nothing was said, 409 if it is another price.
    """
    if quote is not None:
        if quote.total != amount:
            raise PriceProblem(amount, currency_code, ask)
        return
    expected = call.body.expected_total
    if expected is None and call.is_dry_run:
        return
    if expected is None:
        raise member_problem([missing_member("expected_total")])
    if expected != ExpectedTotal(amount, currency_code):
        raise PriceProblem(amount, currency_code, ask)


def add_new_quote(problem: PriceProblem, call: WriteCall, token_hash: str) -> None:
    """The quote of what it costs now becomes a part of the problem; of a dry run it has no id, and is not kept."""
    if problem.ask is None:
        return
    try:
        with suppress(BusinessError):  # it cannot be done any more
            problem.members["quote"] = _new_quote(problem.ask, call, token_hash)
    except _OnlyTried as tried:
        problem.members["quote"] = tried.told | {"id": None}


class _OnlyTried(Exception):
    """Ends the transaction in which a dry run quotes."""

    def __init__(self, told: dict[str, object]) -> None:
        super().__init__()
        self.told = told


@retry_on_deadlock
def _new_quote(ask: AskAgain, call: WriteCall, token_hash: str) -> dict[str, object]:
    lock_client(call.caller.client_id)
    reply = serve.row_reply(QUOTES, token_hash, ask().key, ReadQuery())
    told: dict[str, object] = msgspec.json.decode(reply.body)["data"]
    if call.is_dry_run:
        raise _OnlyTried(told)
    return told
