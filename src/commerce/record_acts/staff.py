"""What can be done with staff, roles, machine accounts and tokens of the staff API."""

from commerce.accounts.actions.staff_people import (
    api_tokens,
    changing,
    machine_accounts,
    making,
    roles,
)
from commerce.kit.acts.act import Acts

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
