"""What can be done with each kind of record: its acts, of all apps, in the order of buttons and commands.

Doors take them from here; the acts themselves stand beside their actions.
"""

from collections.abc import Callable
from typing import Any

from commerce.billing.changes.cancellations.actions import cancel_service_without_request
from commerce.billing.changes.plan_changes.actions.requests import state_paid_elsewhere
from commerce.billing.changes.service_edits import (
    edit_price_and_dates,
    force_termination,
    override_service,
    withdraw_scheduled_end,
)
from commerce.hosting.account_requests import (
    apply_service_package,
    request_account,
    request_new_password,
    request_refresh,
)
from commerce.hosting.actions.editing import rename_service, set_service_notes
from commerce.hosting.actions.staff import set_service_account
from commerce.hosting.actions.suspensions import (
    resume_service_for_staff,
    suspend_service_for_staff,
)
from commerce.orders.actions.cancelling import cancel_order, reject_order
from commerce.orders.actions.fraud import release_order, stop_order_as_fraud
from commerce.orders.actions.lifecycle import approve_order, hold_order, set_order_notes

type Acts = tuple[Callable[..., Any], ...]

SERVICE_ACTS: Acts = (
    suspend_service_for_staff,
    resume_service_for_staff,
    edit_price_and_dates,
    state_paid_elsewhere,
    rename_service,
    set_service_notes,
    set_service_account,
    cancel_service_without_request,
    withdraw_scheduled_end,
    force_termination,
    override_service,
)

ACCOUNT_ACTS: Acts = (
    request_account,
    apply_service_package,
    request_new_password,
    request_refresh,
)
"""Of a service, at its control panel."""

ORDER_ACTS: Acts = (
    approve_order,
    hold_order,
    set_order_notes,
    stop_order_as_fraud,
    release_order,
    reject_order,
    cancel_order,
)
