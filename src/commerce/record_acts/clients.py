"""What can be done with clients and what belongs to them."""

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
from commerce.accounts.actions.tokens import revoke_token_for_staff
from commerce.accounts.data_export.actions import request_data_export
from commerce.accounts.erasure.actions.requests import request_erasure_for_staff, withdraw_erasure
from commerce.billing.tax.actions import check_client_vat_number, mark_vat_number_valid
from commerce.catalog.actions.client_details import edit_client, open_client
from commerce.hosting.actions.client_services import suspend_client_services
from commerce.kit.acts.act import Acts
from commerce.orders.actions.account_closing import close_client_account

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

CLIENTS_ACTS: Acts = (tags.add_client_tag, tags.remove_client_tag)
"""What is done to many clients of a list; the page of one has a form of all of it."""

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
    members.correct_member_email,
    members.end_member_sessions,
    members.reset_member_factors,
    members.remove_member,
)

TOKEN_ACTS: Acts = (revoke_token_for_staff,)
