"""What can be done with each kind of record: its acts, of all apps, in the order of buttons and commands.

Doors take them from here; the acts themselves stand beside their actions.
"""

from collections.abc import Callable
from typing import Any

from commerce.accounts.actions import client_groups, members
from commerce.accounts.actions.annotations import tags
from commerce.accounts.actions.annotations.notes import add_note, change_note, delete_note
from commerce.accounts.actions.client_flags import (
    end_exemption,
    exempt_client,
    set_api_rate,
    set_api_write_rate,
    turn_dunning_off,
    turn_dunning_on,
)
from commerce.accounts.actions.clients import reopen_client, suspend_client
from commerce.accounts.actions.custom_fields import (
    change_custom_field,
    create_custom_field,
    delete_custom_field,
)
from commerce.accounts.actions.invitations import invite_member
from commerce.accounts.actions.staff_people import (
    api_tokens,
    changing,
    machine_accounts,
    making,
    roles,
)
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
from commerce.billing.changes.price_changes.actions import drop_price_change
from commerce.billing.changes.price_changes.reprice_runs import withdraw_price_changes
from commerce.billing.changes.service_edits import (
    edit_price_and_dates,
    force_termination,
    override_service,
    withdraw_scheduled_end,
)
from commerce.billing.credit.actions import apply_credit
from commerce.billing.invoices.actions.drafts import delete_draft
from commerce.billing.invoices.actions.issuing import issue_invoice
from commerce.billing.invoices.actions.sending import send_invoice_again
from commerce.billing.periods.actions.domain_requests import (
    change_term,
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
from commerce.catalog.actions import currencies, options
from commerce.catalog.actions.client_details import edit_client, open_client
from commerce.catalog.actions.deletion import (
    delete_option_group,
    delete_product,
    delete_product_group,
    delete_promo,
)
from commerce.catalog.actions.product_settings import change_product, create_product
from commerce.catalog.actions.products import (
    change_product_group,
    create_product_group,
    set_product_status,
    set_stock,
)
from commerce.catalog.actions.promos import change_promo, create_promo
from commerce.catalog.exchange_rates.actions import confirm_held_rate
from commerce.catalog.exchange_rates.refresh import fetch_exchange_rates_now
from commerce.consumers.actions.for_staff import (
    add_contract_to_statement,
    tie_statement_to_contract,
)
from commerce.consumers.actions.statements import answer_statement
from commerce.dns.actions.checks import check_delegation_now
from commerce.dns.actions.records import reset_zone, restore_version
from commerce.dns.actions.signing import sign_zone, unsign_zone
from commerce.dns.actions.zones import end_zone_for_staff, open_domain_zone, publish_zone_again
from commerce.dns.imports import import_zone_file
from commerce.domains.actions.changes import (
    request_nameservers,
    request_transfer_lock,
    request_whois_privacy,
)
from commerce.domains.actions.codes import show_auth_code
from commerce.domains.actions.staff import override_domain_status, set_domain_notes
from commerce.domains.actions.sync_requests import request_sync
from commerce.domains.actions.tld_settings import add_tld, edit_tld, switch_sale_of_tlds
from commerce.domains.actions.transfers import cancel_transfer, give_new_code
from commerce.domains.actions.verifications import resend_verification
from commerce.domains.handlers.syncing import bring_domain_back_now
from commerce.hosting.account_requests import (
    apply_service_package,
    request_account,
    request_new_password,
    request_refresh,
)
from commerce.hosting.actions import servers
from commerce.hosting.actions.client_services import suspend_client_services
from commerce.hosting.actions.drift import request_comparison
from commerce.hosting.actions.editing import rename_service, set_service_notes
from commerce.hosting.actions.server_editing import add_server, edit_server
from commerce.hosting.actions.server_trials import (
    request_server_test,
    try_server_now,
    try_server_of_service,
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
from commerce.payments.actions.manual import assign_unallocated_payment, return_unallocated_payment
from commerce.payments.actions.reversals import reverse_payment
from commerce.payments.actions.transfer_notices import reject_transfer_notice
from commerce.support.actions import change_faq_entry, create_faq_entry, delete_faq_entry
from commerce.support.consumers.actions import edit_instruction, revise_instruction

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
    try_server_of_service,
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
    change_term,
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
    import_zone_file,
    restore_version,
    reset_zone,
    sign_zone,
    unsign_zone,
    end_zone_for_staff,
)
CLIENT_ACTS: Acts = (
    open_client,
    edit_client,
    tags.set_client_tags,
    invite_member,
    add_note,
    client_groups.set_client_group,
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

CLIENT_TAG_ACTS: Acts = (tags.create_tag, tags.change_tag, tags.delete_tag)

CUSTOM_FIELD_ACTS: Acts = (create_custom_field, change_custom_field, delete_custom_field)

CLIENT_GROUP_ACTS: Acts = (
    client_groups.create_client_group,
    client_groups.change_client_group,
    client_groups.delete_client_group,
)

MEMBER_ACTS: Acts = (
    members.set_member_role,
    members.verify_member_email,
    members.send_member_verification,
    members.send_member_reset,
    members.reset_member_factors,
    members.remove_member,
)

TOKEN_ACTS: Acts = (revoke_token_for_staff,)

JOB_ACTS: Acts = (retry_job, mark_job_done, drop_job)

MAIL_ACTS: Acts = (retry_mail, record_bounce)

STAFF_ACTS: Acts = (
    making.create_staff,
    making.invite_staff_again,
    changing.change_staff,
    changing.set_staff_permissions,
    changing.reset_staff_factors,
    changing.deactivate_staff,
    changing.reactivate_staff,
    changing.delete_staff,
)
STAFF_ROLE_ACTS: Acts = (roles.create_staff_role, roles.edit_staff_role, roles.delete_staff_role)
STAFF_TOKEN_ACTS: Acts = (api_tokens.create_staff_token, api_tokens.revoke_staff_token)
MACHINE_ACCOUNT_ACTS: Acts = (
    machine_accounts.create_machine_account,
    api_tokens.create_machine_token,
    machine_accounts.confirm_machine_account,
    machine_accounts.set_machine_account_role,
    machine_accounts.set_machine_account_owner,
    machine_accounts.deactivate_machine_account,
    machine_accounts.reactivate_machine_account,
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

CONSUMER_STATEMENT_ACTS: Acts = (
    tie_statement_to_contract,
    add_contract_to_statement,
    answer_statement,
)

INVOICE_ACTS: Acts = (
    issue_invoice,
    apply_credit,
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

PRODUCT_ACTS: Acts = (
    create_product,
    change_product,
    set_product_status,
    set_stock,
    delete_product,
)
"""What is done with a product besides its prices, picture, zone and welcome email."""

PRODUCT_GROUP_ACTS: Acts = (create_product_group, change_product_group, delete_product_group)

OPTION_GROUP_ACTS: Acts = (
    options.create_option_group,
    options.change_option_group,
    options.create_option,
    delete_option_group,
)

OPTION_ACTS: Acts = (options.change_option, options.add_option_value, options.remove_option)

OPTION_VALUE_ACTS: Acts = (options.change_option_value, options.remove_option_value)

PROMO_CODE_ACTS: Acts = (create_promo, change_promo, delete_promo)

CURRENCY_ACTS: Acts = (
    currencies.create_currency,
    fetch_exchange_rates_now,
    currencies.change_currency,
    currencies.set_exchange_rate,
    confirm_held_rate,
    currencies.activate_currency,
    currencies.deactivate_currency,
    currencies.make_default_currency,
    currencies.delete_currency,
)

TAX_RULE_ACTS: Acts = (add_tax_rule, remove_tax_rule)

SERVER_ACTS: Acts = (
    add_server,
    edit_server,
    request_server_test,
    try_server_now,
    servers.accept_missing_accounts,
    request_comparison,
    servers.stop_new_accounts,
    servers.resume_new_accounts,
    retry_server_jobs,
    servers.delete_server,
)
"""What is done with a server besides its credentials, its certificate and its test."""

FAQ_ENTRY_ACTS: Acts = (create_faq_entry, change_faq_entry, delete_faq_entry)

TLD_ACTS: Acts = (add_tld, edit_tld, switch_sale_of_tlds)
"""What is done with TLDs besides their prices and what their registries ask for."""

WITHDRAWAL_INSTRUCTION_ACTS: Acts = (edit_instruction, revise_instruction)

PRICE_CHANGE_ACTS: Acts = (drop_price_change,)

PRICE_CHANGE_ACT_ACTS: Acts = (withdraw_price_changes,)
"""Of all that was announced at once."""
