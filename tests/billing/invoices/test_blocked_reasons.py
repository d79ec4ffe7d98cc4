"""What can be done with an invoice in each of its states: its buttons say what the action itself raises."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from commerce.billing.credit.actions import (
    add_credit,
    apply_blocked_reason,
    apply_credit,
    use_credit,
)
from commerce.billing.invoices.actions.corrections import (
    correction_blocked_reason,
    credit_blocked_reason,
    credit_invoice,
    refund_to_credit,
    void_invoice,
)
from commerce.billing.invoices.actions.drafts import delete_draft
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.actions.manual import change_blocked_reason, change_manual_draft
from commerce.billing.invoices.actions.sending import (
    remind_blocked_reason,
    remind_of_invoice,
    send_blocked_reason,
    send_invoice_again,
)
from commerce.billing.invoices.actions.settlement import receive_payment, settle
from commerce.billing.invoices.actions.states import (
    draft_only_blocked_reason,
    issued_only_blocked_reason,
    open_only_blocked_reason,
    payable_only_blocked_reason,
)
from commerce.billing.invoices.rules import InvoiceStatus
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.dunning import (
    charge_late_fee,
    hold_suspension,
    late_fee_blocked_reason,
    lift_dunning_hold,
    lift_hold_blocked_reason,
    set_dunning_hold,
    stop_invoice,
)
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.payments.actions.attempts import start_attempt
from commerce.payments.actions.manual import mark_invoice_paid
from commerce.payments.actions.transfer_notices import (
    declaration_blocked_reason,
    submit_transfer_notice,
)
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.blocked_reasons import blocked_codes
from tests.make.payments import switch_on_bank_transfer

pytestmark = pytest.mark.django_db

LATE = make.AT + timedelta(days=60)
CTX = Context(LATE, SYSTEM)
UNTIL = LATE.date() + timedelta(days=9)

type Blocked = Callable[[Invoice, Context], StateConflict | None]


def _stopped() -> Invoice:
    row = make.make_invoice()
    stop_invoice(invoice=row, ctx=CTX)
    return row


def _held() -> Invoice:
    row = make.make_invoice()
    set_dunning_hold(reason="asked", invoice=row, until=UNTIL, ctx=CTX)
    return row


def _with_credit() -> Invoice:
    row = make.make_invoice()
    add_credit(client=row.client, currency_code="EUR", amount=300, ctx=CTX)
    return row


def _with_fee() -> Invoice:
    row = make.make_invoice(status="overdue")
    charge_late_fee(invoice=row, ctx=CTX)
    return row


def _given_back() -> Invoice:
    """All of it was credited, and it stays paid, as after a plan change."""
    row = make.make_invoice(status="paid")
    credit_invoice(invoice=row, reason="agreed", ctx=CTX)
    Invoice.objects.filter(pk=row.pk).update(status=InvoiceStatus.PAID)
    return row


STATES: dict[str, Callable[[], Invoice]] = {
    **{status: lambda status=status: make.make_invoice(status=status) for status in InvoiceStatus},
    "draft by itself": lambda: make.make_draft(kind="order"),
    "stopped": _stopped,
    "held": _held,
    "with credit": _with_credit,
    "with fee": _with_fee,
    "given back": _given_back,
}
OPEN = {"unpaid", "overdue", "stopped", "held", "with credit", "with fee"}
ISSUED = STATES.keys() - {"draft", "draft by itself"}
CLAIMS = OPEN | {"paid", "given back"}

ACTS: dict[str, tuple[Blocked, Callable[[Invoice], object], set[str]]] = {
    "edit": (
        change_blocked_reason,
        lambda row: change_manual_draft(invoice=row, notes="x", ctx=CTX),
        {"draft"},
    ),
    "issue": (
        draft_only_blocked_reason,
        lambda row: issue_invoice(invoice=row, vat_refresh=None, ctx=CTX),
        STATES.keys() - ISSUED,
    ),
    "delete": (
        draft_only_blocked_reason,
        lambda row: delete_draft(invoice=row, ctx=CTX),
        STATES.keys() - ISSUED,
    ),
    "record money": (
        issued_only_blocked_reason,
        lambda row: receive_payment(invoice=row, source="payment:9", amount=5, ctx=CTX),
        ISSUED,
    ),
    "settle": (
        open_only_blocked_reason,
        lambda row: settle(invoice=row, kind="credit", source="credit:9", amount=1, ctx=CTX),
        OPEN,
    ),
    "send": (send_blocked_reason, lambda row: send_invoice_again(invoice=row, ctx=CTX), CLAIMS),
    "remind": (
        remind_blocked_reason,
        lambda row: remind_of_invoice(invoice=row, ctx=CTX),
        OPEN - {"stopped", "held"},
    ),
    "void": (
        open_only_blocked_reason,
        lambda row: void_invoice(invoice=row, reason="x", ctx=CTX),
        OPEN,
    ),
    "hold": (
        open_only_blocked_reason,
        lambda row: set_dunning_hold(reason="asked", invoice=row, until=UNTIL, ctx=CTX),
        OPEN,
    ),
    "hold suspension": (
        open_only_blocked_reason,
        lambda row: hold_suspension(invoice=row, until=UNTIL, ctx=CTX),
        OPEN,
    ),
    "lift the hold": (
        lift_hold_blocked_reason,
        lambda row: lift_dunning_hold(invoice=row, ctx=CTX),
        {"held"},
    ),
    "late fee": (
        late_fee_blocked_reason,
        lambda row: charge_late_fee(invoice=row, ctx=CTX),
        {"overdue"},
    ),
    "apply credit": (
        apply_blocked_reason,
        lambda row: apply_credit(invoice=row, ctx=CTX),
        {"with credit"},
    ),
    "use credit": (
        apply_blocked_reason,
        lambda row: use_credit(invoice=row, amount=1, ctx=CTX),
        {"with credit"},
    ),
    "credit": (
        credit_blocked_reason,
        lambda row: credit_invoice(invoice=row, reason="x", ctx=CTX),
        CLAIMS - {"given back"},
    ),
    "pay": (
        payable_only_blocked_reason,
        lambda row: start_attempt(invoice=row, gateway="bank_transfer", created_by=None, ctx=CTX),
        OPEN - {"stopped"},
    ),
    "mark as paid": (
        payable_only_blocked_reason,
        lambda row: mark_invoice_paid(
            invoice=row, received_on=LATE.date(), method="bank_transfer", ctx=CTX
        ),
        OPEN - {"stopped"},
    ),
    "declare a transfer": (
        declaration_blocked_reason,
        lambda row: submit_transfer_notice(invoice=row, ctx=CTX),
        OPEN - {"stopped"},
    ),
}


@pytest.fixture(autouse=True)
def settings_in_use() -> None:
    switch_on_bank_transfer()
    for key, value in (("kind", "fixed"), ("amount", "EUR 5.00")):
        set_setting(key=f"billing.late_fee_{key}", value=value, ctx=Context(make.AT, SYSTEM))


@pytest.mark.parametrize("state", STATES)
def test_an_invoice_says_what_the_action_raises(state: str) -> None:
    row = STATES[state]()
    row.refresh_from_db()
    acts = {name: (blocked, act) for name, (blocked, act, _) in ACTS.items()}
    refused = {name for name, (_, _, allowed) in ACTS.items() if state not in allowed}
    assert blocked_codes(acts, row, CTX).keys() == refused


@pytest.mark.parametrize("state", ["draft", "cancelled", "refunded"])
def test_what_is_no_claim_gives_nothing_back(state: str) -> None:
    row = STATES[state]()
    reason = correction_blocked_reason(row, CTX)
    assert reason is not None
    with pytest.raises(StateConflict) as raised:
        refund_to_credit(invoice=row, source="refund:9", amount=1, reason="x", ctx=CTX)
    assert raised.value.code == reason.code


def test_no_transfer_is_declared_where_none_is_taken() -> None:
    row = make.make_invoice()
    set_setting(key="gateway.bank_transfer.enabled", value="off", ctx=CTX)
    assert _code(declaration_blocked_reason(row, CTX)) == "payment.gateway_not_offered"
    with pytest.raises(StateConflict, match="isn't available"):
        submit_transfer_notice(invoice=row, ctx=CTX)


def test_a_late_fee_of_nothing_is_said_to_be_none() -> None:
    row = make.make_invoice(status="overdue")
    set_setting(key="billing.late_fee_amount", value="USD 5.00", ctx=CTX)
    assert _code(late_fee_blocked_reason(row, CTX)) == "late_fee.amount_zero"
    set_setting(key="billing.late_fee_kind", value="none", ctx=CTX)
    assert _code(late_fee_blocked_reason(row, CTX)) == "late_fee.switched_off"


def _code(reason: StateConflict | None) -> str:
    return reason.code if reason else ""
