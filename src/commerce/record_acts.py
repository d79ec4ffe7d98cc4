"""What can be done with each kind of record: its acts, of all apps, in the order of buttons and commands.

Doors take them from here; the acts themselves stand beside their actions.
"""

from collections.abc import Callable
from typing import Any

from commerce.billing.changes.cancellations.actions import (
    approve_cancellation,
    cancel_service_without_request,
    reject_cancellation,
)
from commerce.billing.changes.plan_changes.actions.requests import (
    reject_plan_change,
    state_paid_elsewhere,
    withdraw_plan_change_for_staff,
)
from commerce.billing.changes.service_edits import (
    edit_price_and_dates,
    force_termination,
    override_service,
    withdraw_scheduled_end,
)
from commerce.billing.invoices.actions.drafts import delete_draft
from commerce.billing.invoices.actions.sending import send_invoice_again
from commerce.billing.periods.actions.dunning import (
    charge_late_fee,
    lift_dunning_hold,
    set_dunning_hold,
)
from commerce.hosting.account_requests import (
    apply_service_package,
    request_account,
    request_new_password,
    request_refresh,
)
from commerce.hosting.actions.drift import request_comparison
from commerce.hosting.actions.editing import rename_service, set_service_notes
from commerce.hosting.actions.servers import (
    accept_missing_accounts,
    delete_server,
    stop_new_accounts,
)
from commerce.hosting.actions.staff import set_service_account
from commerce.hosting.actions.suspensions import (
    resume_service_for_staff,
    suspend_service_for_staff,
)
from commerce.hosting.server_tests import retry_server_jobs
from commerce.orders.actions.cancelling import cancel_order, reject_order
from commerce.orders.actions.fraud import release_order, stop_order_as_fraud
from commerce.orders.actions.lifecycle import approve_order, hold_order, set_order_notes
from commerce.payments.actions.disputes import lose_dispute, open_dispute_by_hand, win_dispute
from commerce.payments.actions.gateway_events import retry_gateway_event
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.actions.transfer_notices import reject_transfer_notice
from commerce.payments.actions.unallocated import (
    assign_unallocated_payment,
    return_unallocated_payment,
)

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

CANCELLATION_ACTS: Acts = (approve_cancellation, reject_cancellation)

PLAN_CHANGE_ACTS: Acts = (reject_plan_change, withdraw_plan_change_for_staff)

INVOICE_ACTS: Acts = (
    send_invoice_again,
    set_dunning_hold,
    lift_dunning_hold,
    charge_late_fee,
    delete_draft,
)
"""What is done with an invoice in one step; corrections and payments have pages and commands of their own."""

PAYMENT_ACTS: Acts = (open_dispute_by_hand, reverse_payment)

DISPUTE_ACTS: Acts = (win_dispute, lose_dispute)

UNALLOCATED_PAYMENT_ACTS: Acts = (assign_unallocated_payment, return_unallocated_payment)

TRANSFER_NOTICE_ACTS: Acts = (reject_transfer_notice,)

GATEWAY_EVENT_ACTS: Acts = (retry_gateway_event,)

SERVER_ACTS: Acts = (
    accept_missing_accounts,
    request_comparison,
    stop_new_accounts,
    retry_server_jobs,
    delete_server,
)
"""What is done with a server without asking it."""
