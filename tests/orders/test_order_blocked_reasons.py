"""What can be done with an order in each of its states: what the doors read is what the action raises."""

from collections.abc import Callable

import pytest
from django.db import transaction

from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.orders.actions import cancelling, fraud, lifecycle
from commerce.orders.models import Order
from tests import make

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)

ACTS: dict[
    str,
    tuple[Callable[[Order, Context], StateConflict | None], Callable[[Order], object]],
] = {
    "approve": (
        lifecycle.pending_order_blocked_reason,
        lambda one: lifecycle.approve_order(order=one, unpaid_because="known", ctx=CTX),
    ),
    "hold": (
        lifecycle.hold_order_blocked_reason,
        lambda one: lifecycle.hold_order(order=one, reason="odd", ctx=CTX),
    ),
    "fraud": (
        fraud.stop_order_blocked_reason,
        lambda one: fraud.stop_order_as_fraud(order=one, reason="odd", ctx=CTX),
    ),
    "release": (
        fraud.release_order_blocked_reason,
        lambda one: fraud.release_order(order=one, reason="known", ctx=CTX),
    ),
    "reject": (
        cancelling.end_order_blocked_reason,
        lambda one: cancelling.reject_order(order=one, reason="odd", ctx=CTX),
    ),
    "cancel": (
        cancelling.cancel_order_blocked_reason,
        lambda one: cancelling.cancel_order(order=one, reason="asked", ctx=CTX),
    ),
    "give_up": (
        cancelling.cancel_unpaid_order_blocked_reason,
        lambda one: cancelling.cancel_unpaid_order(order=one, reason="asked", ctx=CTX),
    ),
    "give_up_own": (
        cancelling.cancel_unpaid_order_blocked_reason,
        lambda one: cancelling.cancel_own_order(order=one, ctx=CTX),
    ),
}


def order_that_is(state: str) -> Order:
    if state in ("pending", "active", "fraud", "cancelled"):
        return make.make_order(status=state)
    order = make.make_order(status="pending")
    if state == "paid":
        assert order.invoice is not None
        make.make_payment(order.invoice)
    if state == "on_hold":
        lifecycle.hold_order(order=order, reason="odd", ctx=CTX)
    return order


def refusal(act: Callable[[Order], object], order: Order) -> str:
    """The code of what the action raises; nothing of it stays."""
    code = ""
    with transaction.atomic():
        try:
            act(order)
        except StateConflict as conflict:
            code = conflict.code
        transaction.set_rollback(True)
    return code


@pytest.mark.parametrize("state", ["pending", "paid", "on_hold", "active", "fraud", "cancelled"])
def test_what_blocks_an_action_is_what_it_raises(state: str) -> None:
    order = order_that_is(state)
    said, raised = {}, {}
    for name, (blocked, act) in ACTS.items():
        row = Order.objects.get(pk=order.pk)
        reason = blocked(row, CTX)
        said[name] = reason.code if reason else ""
        raised[name] = refusal(act, row)
    assert said == raised
