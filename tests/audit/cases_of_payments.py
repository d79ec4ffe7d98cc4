"""What each action of payments is called with, for ``test_what_the_api_shows``."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from commerce.accounts.models import Client
from commerce.kit.actor import SYSTEM
from commerce.payments import actions as payments
from commerce.payments.gateways.contract import Fact
from commerce.payments.models import Attempt, StrayReceipt
from tests import make
from tests.make.payments import switch_on_bank_transfer

LATER = make.AT + timedelta(days=60)
DAY = LATER.date()
SAY: dict[str, Any] = {"at": LATER, "actor": SYSTEM}

type Act = Callable[[], object]
type Case = Callable[[Client], Act]

MONEY: dict[str, Any] = {
    "gateway": "stripe",
    "transaction_id": "pi_2",
    "amount": 400,
    "currency_code": "EUR",
    "received_on": DAY,
}


def a_stray() -> StrayReceipt:
    came = MONEY | {"received_on": make.AT.date()}
    return payments.keep_stray(**came, reason="reference", at=make.AT, actor=SYSTEM)


def declared(act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(
        act,
        declaration=payments.declare_transfer(
            invoice=make.make_invoice(client), declared_by=None, at=make.AT, actor=SYSTEM
        ),
        **more,
    )


def started(**say: Any) -> Attempt:
    switch_on_bank_transfer()
    return payments.start_attempt(**say)


def tried(act: Callable[..., object], **more: Any) -> Case:
    def case(client: Client) -> Act:
        attempt = started(
            invoice=make.make_invoice(client),
            gateway="bank_transfer",
            made_by=None,
            at=make.AT,
            actor=SYSTEM,
        )
        if act is payments.close_attempt:
            payments.open_attempt(attempt=attempt, reference="r", at=make.AT, actor=SYSTEM)
        return prepared(act, attempt=attempt, **more)

    return case


def heard(client: Client) -> Act:
    attempt = started(
        invoice=make.make_invoice(client),
        gateway="bank_transfer",
        made_by=None,
        at=make.AT,
        actor=SYSTEM,
    )
    payments.open_attempt(attempt=attempt, reference="r", at=make.AT, actor=SYSTEM)
    fact = Fact("paid", "r", "pi_3", 400, "EUR")
    return prepared(payments.act_on_fact, gateway="bank_transfer", fact=fact)


def invoice(status: str, act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(act, invoice=make.make_invoice(client, status), **more)


def payment(act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(
        act, payment=make.make_payment(make.make_invoice(client)), **more
    )


def prepared(act: Callable[..., object], **given: Any) -> Act:
    return lambda: act(**given, **SAY)


CASES: dict[str, Case] = {
    "payments.record_payment": invoice(
        "unpaid",
        payments.record_payment,
        gateway="stripe",
        transaction_id="pi_1",
        amount=400,
        currency_code="EUR",
        received_on=DAY,
    ),
    "payments.act_on_fact": heard,
    "payments.receive_money": invoice("unpaid", payments.receive_money, **MONEY),
    "payments.record_payment_by_hand": invoice(
        "unpaid",
        payments.record_payment_by_hand,
        method="cash",
        amount=400,
        received_on=DAY,
        key="form",
    ),
    "payments.keep_stray": lambda _client: prepared(
        payments.keep_stray, **MONEY, reason="reference"
    ),
    "payments.assign_stray": lambda client: prepared(
        payments.assign_stray, receipt=a_stray(), invoice=make.make_invoice(client)
    ),
    "payments.return_stray": lambda _client: prepared(
        payments.return_stray, receipt=a_stray(), note="sent back"
    ),
    "payments.declare_transfer": invoice("unpaid", payments.declare_transfer, declared_by=None),
    "payments.confirm_declaration": declared(
        payments.confirm_declaration, amount=1200, received_on=DAY, reference=""
    ),
    "payments.reject_declaration": declared(payments.reject_declaration, reason="not found"),
    "payments.lapse_declarations": lambda _client: (
        lambda: payments.lapse_declarations(day=DAY, **SAY)
    ),
    "payments.start_attempt": invoice("unpaid", started, gateway="bank_transfer", made_by=None),
    "payments.open_attempt": tried(payments.open_attempt, reference="r"),
    "payments.close_attempt": tried(payments.close_attempt),
    "payments.fail_attempt": tried(payments.fail_attempt, reason="declined"),
    "payments.expire_attempts": lambda _client: lambda: payments.expire_attempts(**SAY),
    "payments.refund_payment_to_credit": payment(
        payments.refund_payment_to_credit, amount=1200, reason="asked", key="r"
    ),
    "payments.refund_payment": payment(payments.refund_payment, reason="asked"),
    "payments.dispute_payment": payment(payments.dispute_payment, reason="unknown to the payer"),
    "payments.reverse_payment": payment(payments.reverse_payment, reason="cheque bounced"),
    "payments.move_payment": payment(payments.move_payment, to="reversed"),
}

UNSEEN = {
    *("payments.keep_stray", "payments.return_stray", "payments.reject_declaration"),
    *("payments.lapse_declarations", "payments.expire_attempts", "payments.start_attempt"),
    *("payments.open_attempt", "payments.close_attempt", "payments.fail_attempt"),
}
"""What the API does not show."""
