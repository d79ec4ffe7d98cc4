"""What can be done with orders, services and requests."""

from commerce.billing.changes.cancellations.actions import (
    approve_cancellation,
    cancel_service_without_request,
    reject_cancellation,
)
from commerce.billing.changes.plan_changes.actions.paid_elsewhere import state_paid_elsewhere
from commerce.billing.changes.plan_changes.actions.requests import (
    approve_plan_change,
    carry_out_on_account,
    reject_plan_change,
    withdraw_plan_change_for_staff,
)
from commerce.billing.changes.service_edits import (
    edit_price_and_dates,
    force_termination,
    override_service,
    withdraw_scheduled_end,
)
from commerce.consumers.actions.for_staff import (
    add_contract_to_statement,
    tie_statement_to_contract,
)
from commerce.consumers.actions.statements import answer_statement
from commerce.hosting.account_requests import (
    apply_service_package,
    give_panel_link,
    request_account,
    request_new_password,
    request_refresh,
)
from commerce.hosting.actions import editing
from commerce.hosting.actions.server_trials import try_server_of_service
from commerce.hosting.actions.staff import set_service_account
from commerce.hosting.actions.suspensions import (
    resume_service_for_staff,
    suspend_service_for_staff,
    suspend_service_until,
)
from commerce.kit.acts.act import Acts
from commerce.orders.actions.cancelling import cancel_order, reject_order
from commerce.orders.actions.fraud import release_order, stop_order_as_fraud
from commerce.orders.actions.lifecycle import approve_order, hold_order, set_order_notes
from commerce.orders.sales_quotes.actions.drafts import delete_quote_draft
from commerce.orders.sales_quotes.actions.sending import revise_quote, send_quote, withdraw_quote

SERVICE_ACTS: Acts = (
    suspend_service_for_staff,
    suspend_service_until,
    resume_service_for_staff,
    edit_price_and_dates,
    state_paid_elsewhere,
    editing.rename_service,
    editing.set_service_notes,
    set_service_account,
    cancel_service_without_request,
    withdraw_scheduled_end,
    force_termination,
    override_service,
)

ACCOUNT_ACTS: Acts = (
    try_server_of_service,
    request_account,
    apply_service_package,
    request_new_password,
    request_refresh,
    give_panel_link,
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

SALES_QUOTE_ACTS: Acts = (send_quote, revise_quote, withdraw_quote, delete_quote_draft)

CANCELLATION_ACTS: Acts = (approve_cancellation, reject_cancellation)

PLAN_CHANGE_ACTS: Acts = (
    approve_plan_change,
    reject_plan_change,
    carry_out_on_account,
    withdraw_plan_change_for_staff,
)

CONSUMER_STATEMENT_ACTS: Acts = (
    tie_statement_to_contract,
    add_contract_to_statement,
    answer_statement,
)
