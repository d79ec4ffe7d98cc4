"""What can be done with each kind of record: its acts, of all apps, in the order of buttons and commands.

Doors take them from here; the acts themselves stand beside their actions.
"""

from collections.abc import Callable
from typing import Any

from commerce.accounts.actions.annotations.notes import add_note, change_note, delete_note
from commerce.accounts.actions.annotations.tags import change_tag, create_tag, delete_tag
from commerce.accounts.actions.client_flags import (
    end_exemption,
    exempt_client,
    set_api_rate,
    set_api_write_rate,
    turn_dunning_off,
    turn_dunning_on,
)
from commerce.accounts.actions.client_groups import (
    change_client_group,
    create_client_group,
    delete_client_group,
    set_client_group,
)
from commerce.accounts.actions.clients import reopen_client, suspend_client
from commerce.accounts.actions.custom_fields import (
    change_custom_field,
    create_custom_field,
    delete_custom_field,
)
from commerce.accounts.actions.invitations import invite_member
from commerce.accounts.actions.members import (
    remove_member,
    reset_member_factors,
    send_member_reset,
    send_member_verification,
    set_member_role,
    verify_member_email,
)
from commerce.accounts.actions.staff_people.changing import (
    change_staff,
    deactivate_staff,
    delete_staff,
    reactivate_staff,
    reset_staff_factors,
    set_staff_permissions,
)
from commerce.accounts.actions.staff_people.making import create_staff
from commerce.accounts.actions.tokens import revoke_token_for_staff
from commerce.accounts.data_export.actions import request_data_export
from commerce.accounts.erasure.actions.requests import (
    request_erasure_for_staff,
    withdraw_erasure,
)
from commerce.billing.changes.cancellations.actions import (
    approve_cancellation,
    cancel_service_without_request,
    reject_cancellation,
)
from commerce.billing.changes.domain_edits import edit_domain_terms
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
from commerce.billing.invoices.actions.drafts import delete_draft
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.actions.sending import send_invoice_again
from commerce.billing.periods.actions.domain_requests import (
    renew_domain_now,
    restore_domain,
    switch_auto_renew,
)
from commerce.billing.periods.actions.dunning import (
    charge_late_fee,
    lift_dunning_hold,
    set_dunning_hold,
)
from commerce.billing.tax.actions import (
    add_tax_rule,
    check_client_vat_number,
    mark_vat_number_valid,
    remove_tax_rule,
)
from commerce.catalog.actions.currencies import (
    activate_currency,
    change_currency,
    create_currency,
    deactivate_currency,
    delete_currency,
    make_default_currency,
    set_exchange_rate,
)
from commerce.catalog.actions.deletion import (
    delete_option_group,
    delete_product,
    delete_product_group,
    delete_promo,
)
from commerce.catalog.actions.options import (
    add_option_value,
    change_option,
    change_option_group,
    change_option_value,
    create_option,
    create_option_group,
    remove_option,
    remove_option_value,
)
from commerce.catalog.actions.products import (
    change_product_group,
    create_product_group,
    set_product_status,
)
from commerce.catalog.actions.promos import change_promo, create_promo
from commerce.catalog.exchange_rates.actions import confirm_held_rate
from commerce.dns.actions.checks import check_delegation_now
from commerce.dns.actions.signing import sign_zone, unsign_zone
from commerce.dns.actions.zones import end_zone_for_staff, open_domain_zone, publish_zone_again
from commerce.domains.actions.changes import (
    request_nameservers,
    request_transfer_lock,
    request_whois_privacy,
)
from commerce.domains.actions.codes import show_auth_code
from commerce.domains.actions.staff import override_domain_status, set_domain_notes
from commerce.domains.actions.sync_requests import request_sync
from commerce.domains.actions.transfers import cancel_transfer, give_new_code
from commerce.domains.actions.verifications import resend_verification
from commerce.domains.handlers.syncing import bring_domain_back_now
from commerce.hosting.account_requests import (
    apply_service_package,
    request_account,
    request_new_password,
    request_refresh,
)
from commerce.hosting.actions.client_services import suspend_client_services
from commerce.hosting.actions.drift import request_comparison
from commerce.hosting.actions.editing import rename_service, set_service_notes
from commerce.hosting.actions.servers import (
    accept_missing_accounts,
    delete_server,
    resume_new_accounts,
    stop_new_accounts,
)
from commerce.hosting.actions.staff import set_service_account
from commerce.hosting.actions.suspensions import (
    resume_service_for_staff,
    suspend_service_for_staff,
)
from commerce.hosting.server_tests import retry_server_jobs
from commerce.jobs.manual import drop_job, mark_job_done, retry_job
from commerce.mail.actions.lifecycle import record_bounce, retry_mail
from commerce.orders.actions.account_closing import close_client_account
from commerce.orders.actions.cancelling import cancel_order, reject_order
from commerce.orders.actions.fraud import release_order, stop_order_as_fraud
from commerce.orders.actions.lifecycle import approve_order, hold_order, set_order_notes
from commerce.orders.actions.undelivered import credit_undelivered_domain
from commerce.payments.actions.disputes import lose_dispute, open_dispute_manually, win_dispute
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

DOMAIN_ACTS: Acts = (
    request_sync,
    request_nameservers,
    request_transfer_lock,
    request_whois_privacy,
    show_auth_code,
    resend_verification,
    renew_domain_now,
    restore_domain,
    switch_auto_renew,
    edit_domain_terms,
    bring_domain_back_now,
    give_new_code,
    cancel_transfer,
    credit_undelivered_domain,
    open_domain_zone,
    set_domain_notes,
    override_domain_status,
)

ZONE_ACTS: Acts = (
    publish_zone_again,
    check_delegation_now,
    sign_zone,
    unsign_zone,
    end_zone_for_staff,
)
CLIENT_ACTS: Acts = (
    invite_member,
    add_note,
    set_client_group,
    set_api_rate,
    set_api_write_rate,
    exempt_client,
    end_exemption,
    turn_dunning_off,
    turn_dunning_on,
    suspend_client,
    reopen_client,
    suspend_client_services,
    close_client_account,
    check_client_vat_number,
    mark_vat_number_valid,
    request_data_export,
    request_erasure_for_staff,
    withdraw_erasure,
)

CLIENT_NOTE_ACTS: Acts = (change_note, delete_note)

CLIENT_TAG_ACTS: Acts = (create_tag, change_tag, delete_tag)

CUSTOM_FIELD_ACTS: Acts = (create_custom_field, change_custom_field, delete_custom_field)

CLIENT_GROUP_ACTS: Acts = (create_client_group, change_client_group, delete_client_group)

MEMBER_ACTS: Acts = (
    set_member_role,
    verify_member_email,
    send_member_verification,
    send_member_reset,
    reset_member_factors,
    remove_member,
)

TOKEN_ACTS: Acts = (revoke_token_for_staff,)

JOB_ACTS: Acts = (retry_job, mark_job_done, drop_job)

MAIL_ACTS: Acts = (retry_mail, record_bounce)

STAFF_ACTS: Acts = (
    create_staff,
    change_staff,
    set_staff_permissions,
    reset_staff_factors,
    deactivate_staff,
    reactivate_staff,
    delete_staff,
)
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

PLAN_CHANGE_ACTS: Acts = (
    approve_plan_change,
    reject_plan_change,
    carry_out_on_account,
    withdraw_plan_change_for_staff,
)

INVOICE_ACTS: Acts = (
    issue_invoice,
    send_invoice_again,
    set_dunning_hold,
    lift_dunning_hold,
    charge_late_fee,
    delete_draft,
)
"""What is done with an invoice in one step; corrections and payments have pages and commands of their own."""

PAYMENT_ACTS: Acts = (open_dispute_manually, reverse_payment)

DISPUTE_ACTS: Acts = (win_dispute, lose_dispute)

UNALLOCATED_PAYMENT_ACTS: Acts = (assign_unallocated_payment, return_unallocated_payment)

TRANSFER_NOTICE_ACTS: Acts = (reject_transfer_notice,)

GATEWAY_EVENT_ACTS: Acts = (retry_gateway_event,)

PRODUCT_ACTS: Acts = (set_product_status, delete_product)
"""What is done with a product besides its settings, prices, stock, picture, zone and welcome email."""

PRODUCT_GROUP_ACTS: Acts = (create_product_group, change_product_group, delete_product_group)

OPTION_GROUP_ACTS: Acts = (
    create_option_group,
    change_option_group,
    create_option,
    delete_option_group,
)

OPTION_ACTS: Acts = (change_option, add_option_value, remove_option)

OPTION_VALUE_ACTS: Acts = (change_option_value, remove_option_value)

PROMO_CODE_ACTS: Acts = (create_promo, change_promo, delete_promo)

CURRENCY_ACTS: Acts = (
    create_currency,
    change_currency,
    set_exchange_rate,
    confirm_held_rate,
    activate_currency,
    deactivate_currency,
    make_default_currency,
    delete_currency,
)

TAX_RULE_ACTS: Acts = (add_tax_rule, remove_tax_rule)

SERVER_ACTS: Acts = (
    accept_missing_accounts,
    request_comparison,
    stop_new_accounts,
    resume_new_accounts,
    retry_server_jobs,
    delete_server,
)
"""What is done with a server without asking it."""
