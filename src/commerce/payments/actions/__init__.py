"""Everything that changes payments. One file per verb family; import the verbs from here."""

from commerce.payments.actions.attempts import (
    close_attempt,
    expire_attempts,
    fail_attempt,
    open_attempt,
    start_attempt,
)
from commerce.payments.actions.booking import record_payment
from commerce.payments.actions.by_hand import NeedsConfirmation, record_payment_by_hand
from commerce.payments.actions.declarations import (
    confirm_declaration,
    declare_transfer,
    lapse_declarations,
    reject_declaration,
)
from commerce.payments.actions.facts import act_on_fact
from commerce.payments.actions.receipts import assign_stray, keep_stray, receive_money, return_stray
from commerce.payments.actions.refunds import refund_payment, refund_payment_to_credit
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.actions.states import dispute_payment, move_payment

__all__ = [
    "NeedsConfirmation",
    "act_on_fact",
    "assign_stray",
    "close_attempt",
    "confirm_declaration",
    "declare_transfer",
    "dispute_payment",
    "expire_attempts",
    "fail_attempt",
    "keep_stray",
    "lapse_declarations",
    "move_payment",
    "open_attempt",
    "receive_money",
    "record_payment",
    "record_payment_by_hand",
    "refund_payment",
    "refund_payment_to_credit",
    "reject_declaration",
    "return_stray",
    "reverse_payment",
    "start_attempt",
]
