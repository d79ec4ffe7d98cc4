"""Paying by program: invoices, one or several at once, from credit or by a saved payment method, and funds that are
added (payments.md 3 and 9).
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from commerce.accounts.actions.api_writes.spending import commit_payments, commit_spending
from commerce.accounts.models import ApiToken, Client, User
from commerce.accounts.models.spending import TOP_UP
from commerce.api.core import errors
from commerce.api.core.errors import ProblemPart
from commerce.api.v2.resources.carriers import ATTEMPT
from commerce.api.v2.resources.invoices import INVOICES
from commerce.api.v2.resources.operations import OPERATIONS
from commerce.api.v2.writing.bodies import member_problem, pointer
from commerce.api.v2.writing.operations import started
from commerce.api.v2.writing.routes import StructWrite, WriteCall, WriteResult
from commerce.api.v2.writing.totals import Expected, check_price
from commerce.billing.credit.actions import use_credit
from commerce.billing.invoices.actions.states import payable_only_blocked_reason
from commerce.billing.models import Invoice
from commerce.db.fast_paths import get_by_pk
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.shared_attempts import (
    charge_card_for_invoices,
    charge_card_for_top_up,
)
from commerce.payments.autopay import not_being_charged
from commerce.payments.gateway_calls import count_gateway_call
from commerce.payments.models import Attempt, SavedCard

MAX_INVOICES = 200
"""Invoices that are paid at once, as in the portal."""
NOT_ASKED = ("gateway",)
"""What a dry run of a charge does not ask."""


def vat_not_asked(client: Client) -> tuple[str, ...]:
    """What a dry run does not ask about a client's VAT number before it bills."""
    return ("vat_number",) if client.tax_id else ()


class SavedPaymentMethod(Struct, frozen=True, forbid_unknown_fields=True):
    """A saved payment method, which is charged at once."""

    payment_method_id: Annotated[
        int, Meta(ge=1, description="Its id, by GET /payment-methods.", examples=[12])
    ]


type PaidBy = Annotated[
    Literal["credit"] | SavedPaymentMethod,
    Meta(description="What pays: the account's credit, or a saved payment method."),
]


class InvoicePayment(Struct, frozen=True, forbid_unknown_fields=True):
    """How an invoice is paid."""

    payment: PaidBy
    expected_total: Expected = None
    amount: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(
            description="From credit, only a part of what is due, in minor units; without it, all.",
            examples=[1200],
        ),
    ] = None


class InvoicePayments(Struct, frozen=True, forbid_unknown_fields=True):
    """How several invoices of one currency are paid at once."""

    invoice_ids: Annotated[
        list[Annotated[int, Meta(ge=1)]],
        Meta(min_length=1, max_length=MAX_INVOICES, description="The invoices.", examples=[[305]]),
    ]
    payment: PaidBy
    expected_total: Expected = None


class TopUp(Struct, frozen=True, forbid_unknown_fields=True):
    """Funds that become credit."""

    amount: Annotated[
        int,
        Meta(ge=1, description="In minor units, within the company's limits.", examples=[5000]),
    ]
    currency_code: Annotated[
        str,
        Meta(
            pattern=r"^[A-Z]{3}$",
            description="A currency of the company, an ISO 4217 code.",
            examples=["EUR"],
        ),
    ]
    payment: Annotated[SavedPaymentMethod, Meta(description="What is charged.")]


def scopes_of_credit(body: Any) -> Sequence[str]:
    """What an act takes besides that is paid from credit."""
    return ("payments:write",) if body.payment == "credit" else ()


def maker_of(call: WriteCall) -> User:
    """Who made the token: in their name it acts where an action wants a person."""
    return get_by_pk(ApiToken, call.caller.token_id, "maker").maker


def saved_card(call: WriteCall, how: SavedPaymentMethod) -> SavedCard:
    """The saved payment method of the client that is meant. Raises ``ApiProblem`` 422."""
    rows = SavedCard.objects.for_client(call.caller.client_id).kept()
    found = rows.filter(pk=how.payment_method_id).first()
    if found is None:
        place = pointer("payment", "payment_method_id")
        text = "There is no such payment method."
        raise member_problem([ProblemPart("pointer", place, "not_valid", text)])
    return found


def pay_invoices(
    call: WriteCall,
    invoices: Sequence[Invoice],
    how: Literal["credit"] | SavedPaymentMethod,
    *,
    act: str,
    amount: int | None = None,
    is_counted: bool = False,
) -> Attempt | None:
    """Pay what is due of invoices of one currency, and count what of it no token has counted yet: by the charge that is
    given back, or at once from credit, which has to suffice, and perhaps only an ``amount`` of one. ``is_counted``:
    that credit pays was said when it was ordered.
    """
    parts = {one: one.amount_due if amount is None else amount for one in invoices}
    amounts = {("invoice", one.pk): part for one, part in parts.items()}
    attempt = None
    if isinstance(how, SavedPaymentMethod):
        attempt = _charge(call, invoices, saved_card(call, how), amount)
    else:
        for one, part in parts.items():
            use_credit(invoice=one, amount=part, ctx=call.ctx)
    call.commitments.extend(
        commit_payments(
            token_id=call.caller.token_id,
            client_id=call.caller.client_id,
            act=act,
            currency_code=invoices[0].currency_id,
            amounts=amounts,
            is_counted=is_counted,
            carrier=None if attempt is None else (ATTEMPT, attempt.pk),
        )
    )
    return attempt


def _charge(
    call: WriteCall, invoices: Sequence[Invoice], card: SavedCard, amount: int | None
) -> Attempt:
    due = sum(one.amount_due for one in invoices)
    if amount not in (None, due):
        raise BusinessError("payment.no_part", field="amount")
    ids = [one.pk for one in invoices]
    mine = Invoice.objects.for_client(call.caller.client_id)
    if mine.filter(not_being_charged(), pk__in=ids).count() < len(ids):
        raise StateConflict("attempt.under_way")
    count_charge(call)
    try:
        return charge_card_for_invoices(
            invoices=invoices, card=card, amount=due, created_by=maker_of(call), ctx=call.ctx
        )
    except BusinessError as error:
        error.field = "payment" if error.field == "card" else error.field
        raise


def count_charge(call: WriteCall) -> None:
    """A charge has a gateway asked, as often for a client as the portal may; a dry run asks none. Raises ``ApiProblem``
    429.
    """
    if not call.is_dry_run and (wait := count_gateway_call(call.caller.client_id)):
        raise errors.too_many_requests(wait)


def _pay_invoice(call: WriteCall) -> WriteResult:
    invoice, body = call.record, call.body
    if reason := payable_only_blocked_reason(invoice, call.ctx):
        raise reason
    check_price(call, invoice.amount_due, invoice.currency_id)
    attempt = pay_invoices(call, [invoice], body.payment, act="invoice.pay", amount=body.amount)
    return started(
        call, act="pay", record=invoice, carrier=(ATTEMPT, attempt), not_checked=_not_asked(attempt)
    )


def _pay_several(call: WriteCall) -> WriteResult:
    wanted = set(call.body.invoice_ids)
    rows = Invoice.objects.for_client(call.caller.client_id).filter(pk__in=wanted)
    invoices = list(rows.order_by("due_date", "pk"))
    if len(invoices) < len(wanted):
        text = "Some of these invoices do not exist."
        raise member_problem([ProblemPart("pointer", pointer("invoice_ids"), "not_valid", text)])
    for one in invoices:
        if reason := payable_only_blocked_reason(one, call.ctx):
            raise reason
    if len({one.currency_id for one in invoices}) > 1:
        raise BusinessError("payment.invoices_differ", field="invoice_ids")
    check_price(call, sum(one.amount_due for one in invoices), invoices[0].currency_id)
    attempt = pay_invoices(call, invoices, call.body.payment, act="account.pay")
    client = Client.objects.for_client(call.caller.client_id).get()
    return started(
        call, act="pay", record=client, carrier=(ATTEMPT, attempt), not_checked=_not_asked(attempt)
    )


def _top_up(call: WriteCall) -> WriteResult:
    """Charge it, and count all of it until it is spent."""
    client = Client.objects.for_client(call.caller.client_id).get()
    body: TopUp = call.body
    card = saved_card(call, body.payment)
    count_charge(call)
    try:
        attempt = charge_card_for_top_up(
            client=client,
            currency_code=body.currency_code,
            amount=body.amount,
            card=card,
            created_by=maker_of(call),
            ctx=call.ctx,
        )
    except BusinessError as error:
        error.field = _NAMED_HERE.get(error.field or "", error.field)
        raise
    call.commitments.append(
        commit_spending(
            token_id=call.caller.token_id,
            client_id=client.pk,
            act=TOP_UP,
            currency_code=body.currency_code,
            due=body.amount,
            carrier=(ATTEMPT, attempt.pk),
        )
    )
    carrier = (ATTEMPT, attempt)
    return started(call, act="top_up", record=client, carrier=carrier, not_checked=NOT_ASKED)


_NAMED_HERE = {"card": "payment", "currency": "currency_code"}
"""Fields of acts that the body calls otherwise."""


def _not_asked(attempt: Attempt | None) -> tuple[str, ...]:
    return () if attempt is None else NOT_ASKED


_ANSWERED = (
    "Answers 202 with an operation: what credit pays has succeeded then; a charge goes on, and may ask for the holder "
    "of the card at `next_action`. A charge that fails gives back what it counted of the spending limit."
)
_EXAMPLE = {"payment": "credit", "expected_total": {"amount": 2352, "currency_code": "EUR"}}

PAYMENT_WRITES = (
    StructWrite(
        path=f"{INVOICES.path}/{{id}}/pay",
        scope="payments:write",
        summary="Pay an invoice",
        about=_ANSWERED,
        action=_pay_invoice,
        shown=OPERATIONS,
        body=InvoicePayment,
        example=_EXAMPLE,
        effect="spend",
        reads=INVOICES,
        rows=Invoice.objects.for_client,
        while_suspended=True,
        status=202,
    ),
    StructWrite(
        path="/api/v2/payments",
        scope="payments:write",
        summary="Pay several invoices at once",
        about=_ANSWERED,
        action=_pay_several,
        shown=OPERATIONS,
        body=InvoicePayments,
        example={"invoice_ids": [305, 219], **_EXAMPLE},
        effect="spend",
        reads=INVOICES,
        while_suspended=True,
        status=202,
    ),
    StructWrite(
        path="/api/v2/top-ups",
        scope="payments:write",
        summary="Add funds",
        about="Charges a saved payment method for an amount that becomes credit once it is paid. Answers 202 with an "
        "operation; a charge whose bank wants the holder has failed, since nothing is owed that could wait for them. "
        "It counts against the spending limit until it is spent by an act, which then counts by itself.",
        action=_top_up,
        shown=OPERATIONS,
        body=TopUp,
        example={
            "amount": 5000,
            "currency_code": "EUR",
            "payment": {"payment_method_id": 12},
        },
        effect="spend",
        status=202,
    ),
)
"""What pays."""
