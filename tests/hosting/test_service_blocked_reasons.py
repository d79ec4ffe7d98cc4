"""What can be done with a service in each of its states: what the doors read is what the action raises."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from commerce.billing.changes import service_edits
from commerce.billing.changes.cancellations import actions as cancellations
from commerce.billing.changes.plan_changes.actions import requests as plan_changes
from commerce.billing.changes.plan_changes.actions.paid_elsewhere import state_paid_elsewhere
from commerce.billing.changes.plan_changes.offers import find_plan_offer, plan_change_blocked_reason
from commerce.catalog.models import Product
from commerce.hosting import account_requests, provisioning
from commerce.hosting.actions import editing, passwords, server_trials, suspensions
from commerce.hosting.models import AccountPassword, Service
from commerce.hosting.modules import registry
from commerce.hosting.modules.contract import ModuleCapability, PowerAction
from commerce.hosting.rules import ServiceStatus
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.site_settings.encryption import key_ring
from tests import make
from tests.doubles.panel import FakePanel, put_on_panel

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
TODAY = make.AT.date()
LATER = Context(make.AT + timedelta(minutes=1), SYSTEM)


def _forget_abilities(_service: Service) -> None:
    registry.module_class("fake").capabilities = frozenset()


def _change_plan(service: Service) -> None:
    row = Service.objects.get(pk=service.pk)
    large = Product.objects.exclude(pk=row.product_id).get(group=row.product.group)
    offer = find_plan_offer(row, large.pk, "monthly", TODAY)
    plan_changes.request_plan_change(
        service=row,
        product_id=large.pk,
        billing_cycle="monthly",
        expected=offer.totals,
        vat_refresh=None,
        ctx=LATER,
    )


STATES: dict[str, Callable[[Service], object]] = {
    **{status.value: lambda _service: None for status in ServiceStatus},
    "being_suspended": lambda service: provisioning.request_suspension(
        service=service, suspension_reason="staff", ctx=CTX
    ),
    "being_terminated": lambda service: provisioning.request_termination(service=service, ctx=CTX),
    "being_resumed": lambda service: provisioning.request_resumption(service=service, ctx=CTX),
    "removed_later": lambda service: provisioning.request_cancellation(service=service, ctx=CTX),
    "ending": lambda service: editing.schedule_service_end(service=service, ends_on=TODAY, ctx=CTX),
    "cancellation_open": lambda service: cancellations.request_cancellation(
        service=service, kind="immediate", reason="", ctx=CTX
    ),
    "plan_change_open": _change_plan,
    "restarting": lambda service: account_requests.request_power(
        service=service, power=PowerAction.REBOOT, ctx=CTX
    ),
    "password_asked_for": lambda service: account_requests.request_new_password(
        service=service, ctx=CTX
    ),
    "read_anew": lambda service: account_requests.request_refresh(service=service, ctx=CTX),
    "without_password": lambda _service: AccountPassword.objects.all().delete(),
    "without_abilities": _forget_abilities,
    "by_hand": lambda service: Service.objects.filter(pk=service.pk).update(server=None),
    "no_hosting": lambda _service: Product.objects.update(type="other"),
}
MADE_AS = {"being_resumed": "suspended"}


type Act = tuple[editing.BlockedReason, Callable[[Service], object]]

ACTS: dict[str, Act] = {
    "suspend": (
        suspensions.suspend_blocked_reason,
        lambda one: suspensions.suspend_service_for_staff(
            service=one, suspension_reason="staff", ctx=LATER
        ),
    ),
    "suspend_until": (
        suspensions.suspend_blocked_reason,
        lambda one: suspensions.suspend_service_until(
            service=one,
            suspension_reason="staff",
            until=TODAY + timedelta(days=7),
            reason="odd",
            ctx=LATER,
        ),
    ),
    "resume": (
        suspensions.resume_blocked_reason,
        lambda one: suspensions.resume_service_for_staff(service=one, ctx=LATER),
    ),
    "rename": (
        editing.live_only_blocked_reason,
        lambda one: editing.rename_service(service=one, label="Other", ctx=LATER),
    ),
    "end": (
        editing.live_only_blocked_reason,
        lambda one: cancellations.cancel_service_without_request(
            service=one, kind="immediate", reason="asked", ctx=LATER
        ),
    ),
    "keep": (
        service_edits.withdraw_end_blocked_reason,
        lambda one: service_edits.withdraw_scheduled_end(service=one, reason="asked", ctx=LATER),
    ),
    "terminate": (
        editing.running_only_blocked_reason,
        lambda one: service_edits.force_termination(service=one, reason="abuse", ctx=LATER),
    ),
    "edit": (
        editing.running_only_blocked_reason,
        lambda one: service_edits.edit_price_and_dates(
            service=one, amount=1, reason="asked", ctx=LATER
        ),
    ),
    "paid_elsewhere": (
        editing.running_only_blocked_reason,
        lambda one: state_paid_elsewhere(
            service=one,
            amount=1,
            first_day=TODAY,
            last_day=TODAY,
            reason="paid",
            ctx=LATER,
        ),
    ),
    "ask_for_its_end": (
        cancellations.cancellation_blocked_reason,
        lambda one: cancellations.request_cancellation(
            service=one, kind="immediate", reason="", ctx=LATER
        ),
    ),
    "change_plan": (plan_change_blocked_reason, _change_plan),
    "account": (
        account_requests.account_blocked_reason,
        lambda one: account_requests.request_account(service=one, ctx=LATER),
    ),
    "package": (
        account_requests.package_blocked_reason,
        lambda one: account_requests.apply_service_package(service=one, ctx=LATER),
    ),
    "new_password": (
        account_requests.new_password_blocked_reason,
        lambda one: account_requests.request_new_password(service=one, ctx=LATER),
    ),
    "power": (
        account_requests.power_blocked_reason,
        lambda one: account_requests.request_power(service=one, power=PowerAction.STOP, ctx=LATER),
    ),
    "reinstall": (
        account_requests.reinstall_blocked_reason,
        lambda one: account_requests.request_reinstall(service=one, ctx=LATER),
    ),
    "refresh": (
        account_requests.refresh_blocked_reason,
        lambda one: account_requests.request_refresh(service=one, ctx=LATER),
    ),
    "sign_in": (
        account_requests.sign_in_blocked_reason,
        lambda one: account_requests.give_panel_link(service=one, ctx=LATER),
    ),
    "sign_in_as_member": (
        account_requests.sign_in_blocked_reason,
        lambda one: account_requests.panel_sign_in_url(service=one, ctx=LATER),
    ),
    "console": (
        account_requests.console_blocked_reason,
        lambda one: account_requests.panel_console_url(service=one, ctx=LATER),
    ),
    "try_now": (
        server_trials.try_server_of_service_blocked_reason,
        lambda one: server_trials.try_server_of_service(service=one, ctx=LATER),
    ),
    "reveal": (
        passwords.reveal_password_blocked_reason,
        lambda one: passwords.reveal_password(service=one, ctx=LATER),
    ),
}


@pytest.fixture(autouse=True)
def panel() -> Iterator[FakePanel]:
    known = dict(registry._MODULES)
    made = FakePanel()
    made.install()
    made.module.capabilities = frozenset(ModuleCapability)
    yield made
    registry._MODULES.clear()
    registry._MODULES.update(known)


def service_that_is(state: str) -> Service:
    """A service on a panel that can do everything, with a password to read and another plan to change to."""
    group = make.make_group()
    small = make.make_product(group=group, prices=[("EUR", "monthly", 3000)])
    make.make_product(group=group, prices=[("EUR", "monthly", 6000)])
    status = state if state in list(ServiceStatus) else MADE_AS.get(state, "active")
    service = make.make_service(status=status, product=small, amount=3000)
    put_on_panel(service)
    AccountPassword.objects.create(
        service=service, encrypted=key_ring().encrypt("s3cret"), made_at=make.AT, set_at=make.AT
    )
    STATES[state](service)
    return service


def refusal(act: Callable[[Service], object], service: Service) -> str:
    """The code of what the action raises; nothing of it stays."""
    code = ""
    with transaction.atomic():
        try:
            act(service)
        except StateConflict as conflict:
            code = conflict.code
        transaction.set_rollback(True)
    return code


@pytest.mark.parametrize("state", STATES)
def test_what_blocks_an_action_is_what_it_raises(state: str) -> None:
    service = service_that_is(state)
    said, raised = {}, {}
    for name, (blocked, act) in ACTS.items():
        row = Service.objects.get(pk=service.pk)
        reason = blocked(row, LATER)
        said[name] = reason.code if reason else ""
        raised[name] = refusal(act, row)
    assert said == raised


def test_a_suspension_or_resumption_that_waits_can_be_taken_back() -> None:
    """And the removal of one that has ended cannot: its account would stay."""
    going = service_that_is("being_suspended")
    assert suspensions.resume_blocked_reason(going, LATER) is None
    coming = service_that_is("being_resumed")
    assert suspensions.suspend_blocked_reason(coming, LATER) is None
    gone = service_that_is("removed_later")
    reason = suspensions.resume_blocked_reason(gone, LATER)
    assert reason is not None
    assert reason.code == "service.has_ended"
