"""Plan changes by program: asked for, paid, withdrawn (billing.md 8, client-api-v2.md 4)."""

from functools import partial
from typing import Annotated, Literal

from msgspec import Meta, Struct

from commerce.accounts.actions.api_writes.spending import commit_payment, commit_spending
from commerce.accounts.models import Client, TokenCommitment
from commerce.accounts.rules import SpendingRecord
from commerce.api.v1.field_types import Cycle
from commerce.api.v2.resources.carriers import ATTEMPT
from commerce.api.v2.resources.operations import OPERATIONS
from commerce.api.v2.resources.plan_changes import PLAN_CHANGES
from commerce.api.v2.resources.services import SERVICES
from commerce.api.v2.writing.bodies import member_problem, missing_member
from commerce.api.v2.writing.operations import started
from commerce.api.v2.writing.payments import (
    NOT_ASKED,
    PaidBy,
    SavedPaymentMethod,
    count_charge,
    maker_of,
    saved_card,
    scopes_of_credit,
    vat_not_asked,
)
from commerce.api.v2.writing.routes import StructWrite, WriteCall, WriteResult
from commerce.api.v2.writing.totals import (
    Expected,
    ExpectedUnlessQuoted,
    QuoteId,
    check_price,
    quote_of,
)
from commerce.billing.changes.plan_changes.actions.carrying_out import amount_to_pay
from commerce.billing.changes.plan_changes.actions.paying import (
    pay_plan_change_blocked_reason,
    pay_request_from_credit,
)
from commerce.billing.changes.plan_changes.actions.requests import (
    request_plan_change,
    withdraw_plan_change,
)
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.models import PlanChange
from commerce.billing.tax.actions import refresh_vat_check
from commerce.billing.tax.rules import VatRefresh
from commerce.billing.tax.shown_amounts import amounts_shown_to
from commerce.hosting.models import Service
from commerce.kit.errors import BusinessError, NeedsConfirmation, StateConflict
from commerce.kit.periods import MONTHS_PER_CYCLE
from commerce.orders.actions.record_quotes import kept_plan, quote_plan_change
from commerce.orders.models import PriceQuote
from commerce.orders.rules import QuotedAct
from commerce.payments.actions.plan_change_payments import charge_card_for_plan_change
from commerce.payments.models import Attempt
from commerce.payments.rules import AttemptKind
from commerce.site_settings import current

_LOSSES = "plan_change.losses_not_confirmed"


class PlanChangeOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """The plan that a service is to have."""

    product_id: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(
            description="A product of the same group, or its own; required without `quote_id`.",
            examples=[8],
        ),
    ] = None
    billing_cycle: Annotated[
        Cycle | None, Meta(description="How often it is billed; required without `quote_id`.")
    ] = None
    expected_total: ExpectedUnlessQuoted = None
    quote_id: QuoteId = None
    payment: Annotated[
        Literal["request", "credit"],
        Meta(
            description="`request`: what is to be paid is asked for, and the plan changes once it is paid. `credit`: "
            "the account's credit pays at once, and has to suffice; needs `payments:write` too."
        ),
    ] = "request"
    begin_at_once: Annotated[
        bool,
        Meta(
            description="A consumer has to ask for it: begin at once. If they withdraw, they pay for what they used "
            "until then."
        ),
    ] = False
    confirm: Annotated[
        list[str],
        Meta(description="Codes of what was asked before and is meant.", examples=[[_LOSSES]]),
    ] = []


class PlanChangePayment(Struct, frozen=True, forbid_unknown_fields=True):
    """How the request of a plan change is paid."""

    payment: PaidBy
    expected_total: Expected = None


def _ask_for_vat_check(call: WriteCall) -> VatRefresh:
    client = Client.objects.for_client(call.caller.client_id).get()
    return refresh_vat_check(client=client, ctx=call.ctx)


def _request(call: WriteCall) -> WriteResult:
    """Ask for it. What a person is to pay counts nothing; what happens at once, or is paid from credit, counts."""
    service, body = call.record, call.body
    uses_credit = body.payment == "credit"
    before, quote = _Plan.of_service(service), _quote(call)
    product_id, cycle, kept = (
        kept_plan(quote) if quote else (body.product_id, body.billing_cycle, None)
    )
    try:
        change = request_plan_change(
            service=service,
            product_id=product_id,
            billing_cycle=cycle,
            kept_price=kept,
            vat_refresh=call.prepared,
            losses_accepted=_LOSSES in body.confirm,
            use_credit=uses_credit,
            begin_at_once=body.begin_at_once,
            requested_by=maker_of(call),
            ctx=call.ctx,
        )
    except BusinessError as error:
        if error.code == _LOSSES:
            losses = error.values["losses"]
            raise NeedsConfirmation("plan_change.losses_not_confirmed", losses=losses) from error
        if quote and error.code == "plan_change.plan_not_offered":
            raise StateConflict("quote.ended") from error
        raise
    ask = partial(_ask_again, call, service.pk, product_id, cycle)
    check_price(call, change.total or 0, service.currency_id, quote=quote, ask=ask)
    _count(call, change, before)
    return WriteResult(PLAN_CHANGES, change.pk, 201, vat_not_asked(service.client))


def _ask_again(call: WriteCall, service_id: int, product_id: int, billing_cycle: str) -> PriceQuote:
    """A quote of the same plan at the price of now."""
    services = Service.objects.for_client(call.caller.client_id)
    service = services.select_related("client", "product").get(pk=service_id)
    return quote_plan_change(
        service=service, product_id=product_id, billing_cycle=billing_cycle, ctx=call.ctx
    )


def _count(call: WriteCall, change: PlanChange, before: "_Plan") -> None:
    """What happened at once, or was paid from credit, which has to suffice."""
    uses_credit, difference = call.body.payment == "credit", change.total or 0
    if uses_credit and change.status == PlanChangeStatus.AWAITING_PAYMENT:
        raise BusinessError("credit.amount_too_large", field="payment")
    if uses_credit or difference <= 0:
        call.commitments.append(
            commit_spending(
                token_id=call.caller.token_id,
                client_id=call.caller.client_id,
                act="service.change_plan",
                currency_code=change.service.currency_id,
                due=max(difference, 0),
                recurring=before.rise_to(change, call),
                debt=(SpendingRecord.PLAN_CHANGE, change.pk),
                from_credit=max(difference, 0),
            )
        )


def _quote(call: WriteCall) -> PriceQuote | None:
    """The quote of the plan, without which the body names it."""
    quote = quote_of(call, QuotedAct.PLAN_CHANGE, "product_id", "billing_cycle")
    missing = [name for name in ("product_id", "billing_cycle") if getattr(call.body, name) is None]
    if missing and quote is None:
        raise member_problem([missing_member(name) for name in missing])
    return quote


def _pay(call: WriteCall) -> WriteResult:
    change, how, ctx = call.record, call.body.payment, call.ctx
    if reason := pay_plan_change_blocked_reason(change, ctx):
        raise reason
    amount, currency_code = amount_to_pay(change), change.service.currency_id
    check_price(call, amount, currency_code)
    with_credit = max(amount, change.total or 0)  # some of it may be asked of credit already
    rise = _Plan.of_service(change.service).rise_to(change, call)
    attempt = None
    if isinstance(how, SavedPaymentMethod):
        attempt = _charge(call, change, how, amount)
    else:
        _pay_from_credit(call, change)
    counted = TokenCommitment.objects.for_client(change.client_id).standing()
    is_counted = counted.about(SpendingRecord.PLAN_CHANGE, change.pk).exists()
    call.commitments.extend(
        commit_payment(
            token_id=call.caller.token_id,
            client_id=call.caller.client_id,
            act="plan_change.pay",
            currency_code=currency_code,
            amount=with_credit,
            recurring=0 if is_counted else rise,
            debt=(SpendingRecord.PLAN_CHANGE, change.pk),
            carrier=None if attempt is None else (SpendingRecord.ATTEMPT, attempt.pk),
        )
    )
    asked = () if attempt is None else NOT_ASKED
    return started(call, act="pay", record=change, carrier=(ATTEMPT, attempt), not_checked=asked)


def _charge(call: WriteCall, change: PlanChange, how: SavedPaymentMethod, amount: int) -> Attempt:
    charges = (
        Attempt.objects.for_client(change.client_id)
        .for_request(change)
        .live()
        .filter(kind=AttemptKind.OFF_SESSION)
    )
    if charges.exists():
        raise StateConflict("attempt.under_way")
    count_charge(call)
    try:
        return charge_card_for_plan_change(
            change=change,
            card=saved_card(call, how),
            amount=amount,
            created_by=maker_of(call),
            ctx=call.ctx,
        )
    except BusinessError as error:
        error.field = "payment" if error.field == "card" else error.field
        raise


def _pay_from_credit(call: WriteCall, change: PlanChange) -> None:
    """All of it, or nothing is done."""
    pay_request_from_credit(change=change, ctx=call.ctx)
    if change.status == PlanChangeStatus.AWAITING_PAYMENT:
        raise BusinessError("credit.amount_too_large", field="payment")
    if change.status != PlanChangeStatus.APPLIED:
        raise StateConflict("plan_change.differs_from_confirmed")


class _Plan(Struct, frozen=True):
    """What a service costs before a change."""

    tax_kind: str
    amount: int
    billing_cycle: str

    @classmethod
    def of_service(cls, service: Service) -> "_Plan":
        return cls(service.product.effective_tax_kind, service.amount, service.billing_cycle)

    def rise_to(self, change: PlanChange, call: WriteCall) -> int:
        """By what the recurring price rises, with tax: that of a longer cycle counts as a whole."""
        shown = amounts_shown_to(change.client, current.business_date(call.ctx.at))
        new = shown.total(change.product.effective_tax_kind, change.amount)
        months, months_before = (
            MONTHS_PER_CYCLE[change.billing_cycle],
            MONTHS_PER_CYCLE.get(self.billing_cycle, 0),
        )
        if months > months_before:
            return new
        return max(new - shown.total(self.tax_kind, self.amount) * months // months_before, 0)


def _withdraw(call: WriteCall) -> WriteResult:
    withdraw_plan_change(change=call.record, ctx=call.ctx)
    return WriteResult(PLAN_CHANGES, call.record.pk)


_TOTAL = {"amount": 2440, "currency_code": "EUR"}

PLAN_CHANGE_WRITES = (
    StructWrite(
        path=f"{SERVICES.path}/{{id}}/plan-changes",
        scope="services:write",
        summary="Change the plan of a service",
        about="Answers 201 with the change: at once, or as a request that is paid until its last day. `expected_total` "
        "is its `difference`, below 0 for a downgrade; a dry run or a quote tells it. The options of the service that "
        "the new plan has too are kept; what is lost is asked about (`needs_confirmation`).",
        action=_request,
        shown=PLAN_CHANGES,
        body=PlanChangeOrder,
        example={"product_id": 8, "billing_cycle": "monthly", "expected_total": _TOTAL},
        effect="spend",
        reads=SERVICES,
        rows=Service.objects.for_client,
        asks_first=_ask_for_vat_check,
        more_scopes=scopes_of_credit,
        unsettled=(
            *("id", "url", "invoice_id"),
            *("payment_request.reference", "payment_request.url"),
        ),
    ),
    StructWrite(
        path=f"{PLAN_CHANGES.path}/{{id}}/pay",
        scope="payments:write",
        summary="Pay the request of a plan change",
        about="Answers 202 with an operation, as paying an invoice does. `expected_total` is what its "
        "`payment_request` asks for. Credit has to suffice, and needs `services:write` too.",
        action=_pay,
        shown=OPERATIONS,
        body=PlanChangePayment,
        example={"payment": {"payment_method_id": 12}, "expected_total": _TOTAL},
        effect="spend",
        reads=PLAN_CHANGES,
        rows=PlanChange.objects.for_client,
        more_scopes=lambda body: ("services:write",) if body.payment == "credit" else (),
        status=202,
    ),
    StructWrite(
        path=f"{PLAN_CHANGES.path}/{{id}}",
        method="DELETE",
        scope="services:write",
        summary="Withdraw a plan change",
        about="Answers with the row as it is then. The plan stays; money that still comes for it becomes credit.",
        action=_withdraw,
        shown=PLAN_CHANGES,
        reads=PLAN_CHANGES,
        rows=PlanChange.objects.for_client,
        needs_key=False,
        status=200,
    ),
)
"""What is done with plan changes."""
