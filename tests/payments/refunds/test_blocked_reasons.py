"""What can be done with money in each of its states: buttons say what the action itself raises."""

from collections.abc import Callable
from typing import Any

import pytest

from commerce.billing.credit.actions import add_credit
from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.models import CreditAccount
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.payments.actions.disputes import (
    dispute_blocked_reason,
    lose_dispute,
    loss_blocked_reason,
    open_dispute,
    open_dispute_manually,
    win_blocked_reason,
    win_dispute,
)
from commerce.payments.actions.gateway_events import (
    retry_blocked_reason,
    retry_gateway_event,
    store_gateway_event,
)
from commerce.payments.actions.manual import (
    allocation_blocked_reason,
    assign_unallocated_payment,
    return_unallocated_payment,
)
from commerce.payments.actions.paid_back import pay_back_blocked_reason, pay_back_credit
from commerce.payments.actions.refunds import RefundOffer, refund_blocked_reason, refund_payment
from commerce.payments.actions.reversals import reversal_blocked_reason, reverse_payment
from commerce.payments.actions.saved_cards import (
    default_blocked_reason,
    make_card_default,
    removal_blocked_reason,
    remove_card,
    stop_card,
)
from commerce.payments.actions.transfer_notices import (
    confirm_transfer_notice,
    decision_blocked_reason,
    reject_transfer_notice,
)
from commerce.payments.actions.unallocated import record_unallocated_payment
from commerce.payments.gateways.contract import VerifiedEvent
from commerce.payments.models import (
    Dispute,
    GatewayEvent,
    Payment,
    SavedCard,
    TransferNotice,
    UnallocatedPayment,
)
from commerce.payments.rules import (
    DisputeStatus,
    GatewayEventStatus,
    PaymentStatus,
    TransferNoticeStatus,
    UnallocatedPaymentStatus,
)
from tests import make
from tests.make.blocked_reasons import blocked_codes
from tests.make.cards import keep
from tests.make.payments import declare_transfer, dispute_payment, refund_whole_payment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]
CTX = Context(make.AT, SYSTEM)
SAY: dict[str, Any] = {"reason": "x", "ctx": CTX}

type Made = dict[str, Callable[[], Any]]
type Act = tuple[Callable[[Any, Context], StateConflict | None], Callable[[Any], object], set[str]]


def _payment(status: str) -> Payment:
    row = make.make_payment(gateway="fake")
    if status == "disputed":
        dispute_payment(payment=row, **SAY)
    elif status == "reversed":
        reverse_payment(payment=row, **SAY)
    elif status == "refunded":
        refund_whole_payment(payment=row, **SAY)
    elif status != "completed":
        Payment.objects.filter(pk=row.pk).update(status=status)
    return row


def _to_credit() -> Payment:
    row = _payment("completed")
    refund_payment(payment=row, method="credit", amount=1200, idempotency_key="all", **SAY)
    return row


def _asked() -> Payment:
    row = _payment("completed")
    refund_payment(payment=row, method="gateway", amount=1200, idempotency_key="all", **SAY)
    return row


PAYMENTS: Made = {
    **{one: lambda one=one: _payment(one) for one in PaymentStatus},
    "to credit": _to_credit,
    "asked": _asked,
}


def _dispute(status: str) -> Dispute:
    row = dispute_payment(payment=_payment("completed"), **SAY)
    if status == "won":
        win_dispute(dispute=row, ctx=CTX)
    elif status == "lost":
        lose_dispute(dispute=row, ctx=CTX)
    return row


def _notice(status: str) -> TransferNotice:
    row = declare_transfer(make.make_invoice())
    TransferNotice.objects.filter(pk=row.pk).update(status=status)
    return row


def _unallocated(status: str) -> UnallocatedPayment:
    row = record_unallocated_payment(
        gateway="fake",
        transaction_id="T",
        amount=5,
        currency_code="EUR",
        received_on=make.AT.date(),
        reason="reference",
        ctx=CTX,
    )
    if status == "assigned":
        assign_unallocated_payment(unallocated=row, to=make.make_invoice(), ctx=CTX)
    elif status == "returned":
        return_unallocated_payment(unallocated=row, note="back", ctx=CTX)
    return row


def _event(status: str) -> GatewayEvent:
    event = VerifiedEvent(id="e", kind="k", body=b"{}")
    store_gateway_event(gateway="fake", event=event, headers={}, ctx=CTX)
    ended_at = None if status in ("received", "waiting", "parked") else make.AT
    GatewayEvent.objects.update(status=status, ended_at=ended_at)
    return GatewayEvent.objects.get()


def _event_without_job() -> GatewayEvent:
    row = _event("received")
    Job.objects.update(status="dropped", ended_at=make.AT)
    return row


def _card(act: Callable[[SavedCard], object]) -> SavedCard:
    row = keep(make.make_client())
    act(row)
    return row


CARDS: Made = {
    "kept": lambda: _card(lambda _card: None),
    "stopped": lambda: _card(lambda card: stop_card(card=card, reason="stolen", ctx=CTX)),
    "removed": lambda: _card(lambda card: remove_card(card=card, ctx=CTX)),
}


def _credit(*, of_note: bool) -> CreditAccount:
    payment = _payment("completed")
    if of_note:
        credit_invoice(invoice=payment.only_invoice(), amount=500, **SAY)
    add_credit(client=payment.client, currency_code="EUR", amount=300, ctx=CTX)
    return CreditAccount.objects.get()


ALL: dict[str, tuple[Made, dict[str, Act]]] = {
    "payment": (
        PAYMENTS,
        {
            "refund": (
                refund_blocked_reason,
                lambda row: refund_payment(
                    payment=row, method="gateway", amount=5, idempotency_key="one", **SAY
                ),
                {"completed"},
            ),
            "reverse": (
                reversal_blocked_reason,
                lambda row: reverse_payment(payment=row, **SAY),
                {"completed", "disputed", "to credit", "asked"},
            ),
            "dispute": (
                dispute_blocked_reason,
                lambda row: open_dispute(payment=row, reference="d", amount=5, **SAY),
                PAYMENTS.keys() - {"pending", "failed"},
            ),
            "dispute by hand": (
                dispute_blocked_reason,
                lambda row: open_dispute_manually(payment=row, amount=5, **SAY),
                PAYMENTS.keys() - {"pending", "failed"},
            ),
        },
    ),
    "dispute": (
        {one: lambda one=one: _dispute(one) for one in DisputeStatus},
        {
            "win": (
                win_blocked_reason,
                lambda row: win_dispute(dispute=row, ctx=CTX),
                {"open", "lost"},
            ),
            "lose": (
                loss_blocked_reason,
                lambda row: lose_dispute(dispute=row, ctx=CTX),
                {"open"},
            ),
        },
    ),
    "transfer notice": (
        {one: lambda one=one: _notice(one) for one in TransferNoticeStatus},
        {
            "confirm": (
                decision_blocked_reason,
                lambda row: confirm_transfer_notice(
                    notice=row, amount=5, received_on=make.AT.date(), reference="", ctx=CTX
                ),
                {"open"},
            ),
            "reject": (
                decision_blocked_reason,
                lambda row: reject_transfer_notice(notice=row, **SAY),
                {"open"},
            ),
        },
    ),
    "unallocated": (
        {one: lambda one=one: _unallocated(one) for one in UnallocatedPaymentStatus},
        {
            "assign": (
                allocation_blocked_reason,
                lambda row: assign_unallocated_payment(
                    unallocated=row, to=make.make_invoice(), ctx=CTX
                ),
                {"open"},
            ),
            "return": (
                allocation_blocked_reason,
                lambda row: return_unallocated_payment(unallocated=row, note="back", ctx=CTX),
                {"open"},
            ),
        },
    ),
    "event": (
        {
            **{one: lambda one=one: _event(one) for one in GatewayEventStatus},
            "without job": _event_without_job,
        },
        {
            "retry": (
                retry_blocked_reason,
                lambda row: retry_gateway_event(event=row, ctx=CTX),
                {"processed", "ignored", "parked", "without job"},
            )
        },
    ),
    "card": (
        CARDS,
        {
            "make default": (
                default_blocked_reason,
                lambda row: make_card_default(card=row, ctx=CTX),
                {"kept"},
            ),
            "remove": (
                removal_blocked_reason,
                lambda row: remove_card(card=row, ctx=CTX),
                {"kept", "stopped"},
            ),
        },
    ),
    "credit": (
        {"of a note": lambda: _credit(of_note=True), "given": lambda: _credit(of_note=False)},
        {
            "pay back": (
                pay_back_blocked_reason,
                lambda row: pay_back_credit(
                    client=row.client, currency_code="EUR", idempotency_key="one", **SAY
                ),
                {"of a note"},
            )
        },
    ),
}


@pytest.mark.parametrize(
    ("kind", "state"), [(kind, state) for kind, (states, _) in ALL.items() for state in states]
)
def test_a_record_says_what_the_action_raises(kind: str, state: str) -> None:
    states, own = ALL[kind]
    row = states[state]()
    row.refresh_from_db()
    acts = {name: (blocked, act) for name, (blocked, act, _) in own.items()}
    refused = {name for name, (_, _, allowed) in own.items() if state not in allowed}
    assert blocked_codes(acts, row, CTX).keys() == refused


def test_added_funds_that_no_gateway_sends_back_are_a_payout() -> None:
    row = _payment("completed")
    Payment.objects.filter(pk=row.pk).update(invoice=None, gateway="bank_transfer")
    reason = refund_blocked_reason(Payment.objects.get(pk=row.pk), CTX)
    assert reason is not None
    assert reason.code == "refund.only_as_payout"


@pytest.mark.parametrize("method", ["credit", "gateway"])
def test_no_more_goes_back_than_was_seen(method: str) -> None:
    row = _payment("completed")
    say: dict[str, Any] = {"payment": row, "method": method, "amount": 200, **SAY}
    refund_payment(idempotency_key="one", expected=RefundOffer(1200), **say)
    with pytest.raises(StateConflict, match=r"10\.00") as raised:
        refund_payment(idempotency_key="two", expected=RefundOffer(1200), **say)
    assert raised.value.code == "refund.amount_changed"
    # The same refund once more is that one.
    refund_payment(idempotency_key="one", expected=RefundOffer(1200), **say)
    refund_payment(idempotency_key="two", expected=RefundOffer(1000), **say)
    assert row.refunds.count() == 2


def test_no_more_credit_goes_back_than_was_seen() -> None:
    account = _credit(of_note=True)
    say: dict[str, Any] = {"client": account.client, "currency_code": "EUR", "amount": 200, **SAY}
    with pytest.raises(StateConflict, match=r"5\.00"):
        pay_back_credit(idempotency_key="one", expected=RefundOffer(300), **say)
    pay_back_credit(idempotency_key="one", expected=RefundOffer(500), **say)
