"""What can be done with a cancellation, plan change or price change: what the doors read is what the action raises."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from commerce.billing.changes.cancellations import actions as cancellations
from commerce.billing.changes.cancellations.rules import CancellationStatus
from commerce.billing.changes.plan_changes.actions import carrying_out, paying, requests
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.changes.price_changes import actions as price_changes
from commerce.billing.changes.price_changes.reprice_runs import (
    withdraw_act,
    withdraw_act_blocked_reason,
    withdraw_price_changes,
)
from commerce.billing.changes.price_changes.rules import PriceChangeStatus
from commerce.billing.documents import payment_request_pdf as paper
from commerce.billing.models import CancellationRequest, PlanChange, PriceChange
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.plan_changes import ask, plan
from tests.make.repricing import announce_price_change, make_service_with_dearer_product

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)

type Acts = dict[
    str, tuple[Callable[[Any, Context], StateConflict | None], Callable[[Any], object]]
]

CANCELLATION_ACTS: Acts = {
    "approve": (
        cancellations.decide_cancellation_blocked_reason,
        lambda one: cancellations.approve_cancellation(request=one, ctx=CTX),
    ),
    "reject": (
        cancellations.decide_cancellation_blocked_reason,
        lambda one: cancellations.reject_cancellation(request=one, note="no", ctx=CTX),
    ),
    "withdraw": (
        cancellations.withdraw_cancellation_blocked_reason,
        lambda one: cancellations.withdraw_cancellation(request=one, ctx=CTX),
    ),
}
PLAN_CHANGE_ACTS: Acts = {
    "approve": (
        requests.decide_plan_change_blocked_reason,
        lambda one: requests.approve_plan_change(change=one, ctx=CTX),
    ),
    "reject": (
        requests.decide_plan_change_blocked_reason,
        lambda one: requests.reject_plan_change(change=one, note="no", ctx=CTX),
    ),
    "on_account": (
        requests.open_plan_change_blocked_reason,
        lambda one: requests.carry_out_on_account(change=one, ctx=CTX),
    ),
    "withdraw": (
        requests.open_plan_change_blocked_reason,
        lambda one: requests.withdraw_plan_change(change=one, ctx=CTX),
    ),
    "withdraw_for_them": (
        requests.open_plan_change_blocked_reason,
        lambda one: requests.withdraw_plan_change_for_staff(change=one, reason="asked", ctx=CTX),
    ),
    "pay": (
        paying.pay_plan_change_blocked_reason,
        lambda one: paying.pay_request_from_credit(change=one, ctx=CTX),
    ),
    "pdf": (paper.payment_request_blocked_reason, paper.payment_request_pdf),
}
PRICE_CHANGE_ACTS: Acts = {
    "drop": (
        price_changes.drop_price_change_blocked_reason,
        lambda one: price_changes.drop_price_change(change=one, reason="mistyped", ctx=CTX),
    ),
    "drop_all": (
        lambda one, ctx: withdraw_act_blocked_reason(one.act, ctx),
        lambda one: list(withdraw_act(one.act, reason="mistyped", ctx=CTX)),
    ),
    "drop_all_for_staff": (
        lambda one, ctx: withdraw_act_blocked_reason(one.act, ctx),
        lambda one: withdraw_price_changes(announced=one.act, reason="mistyped", ctx=CTX),
    ),
}


def said_and_raised(acts: Acts, record: Any) -> tuple[dict[str, str], dict[str, str]]:
    """The codes of both, by act; nothing of what was tried stays."""
    said, raised = {}, {}
    for name, (blocked, act) in acts.items():
        row = type(record).objects.get(pk=record.pk)
        reason = blocked(row, CTX)
        said[name], raised[name] = reason.code if reason else "", ""
        with transaction.atomic():
            try:
                act(row)
            except StateConflict as conflict:
                raised[name] = conflict.code
            transaction.set_rollback(True)
    return said, raised


def cancellation(status: CancellationStatus) -> CancellationRequest:
    service = make.make_service()
    ends = status in (CancellationStatus.APPROVED, CancellationStatus.DONE)
    kind = "end_of_period" if ends else "immediate"
    made = cancellations.request_cancellation(service=service, kind=kind, reason="", ctx=CTX)
    if made.status != status:
        cancellations.move_cancellation(request=made, to=status, ended_at=make.AT, ctx=CTX)
    return made


@pytest.mark.parametrize("status", CancellationStatus)
def test_of_a_cancellation(status: CancellationStatus) -> None:
    said, raised = said_and_raised(CANCELLATION_ACTS, cancellation(status))
    assert said == raised


def plan_change(status: PlanChangeStatus) -> PlanChange:
    group = make.make_group()
    small, large = plan(group, 500), plan(group, 900)
    if status != PlanChangeStatus.AWAITING_PAYMENT:
        set_setting(key="plan_changes.require_approval", value="on", ctx=CTX)
    change = ask(make.make_service(product=small), large)
    if status == PlanChangeStatus.APPLIED:
        requests.carry_out_on_account(change=change, ctx=CTX)
    elif change.status != status:
        carrying_out.move_plan_change(change=change, to=status, ended_at=make.AT, ctx=CTX)
    return change


@pytest.mark.parametrize("status", PlanChangeStatus)
def test_of_a_plan_change(status: PlanChangeStatus) -> None:
    said, raised = said_and_raised(PLAN_CHANGE_ACTS, plan_change(status))
    assert said == raised


@pytest.mark.parametrize("status", PriceChangeStatus)
def test_of_a_price_change(status: PriceChangeStatus) -> None:
    change: PriceChange = announce_price_change(make_service_with_dearer_product())
    if status != PriceChangeStatus.PLANNED:
        price_changes.move_price_change(change=change, to=status, ctx=CTX)
    said, raised = said_and_raised(PRICE_CHANGE_ACTS, change)
    assert said == raised
