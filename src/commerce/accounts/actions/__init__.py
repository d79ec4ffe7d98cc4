"""Everything that changes accounts. One file per verb family; import the verbs from here."""

from commerce.accounts.actions.billing_emails import confirm_billing_email, drop_billing_email
from commerce.accounts.actions.clients import (
    change_client,
    close_client,
    create_client,
    hold,
    reopen_client,
    suspend_client,
    touch,
)
from commerce.accounts.actions.custom_fields import (
    change_custom_field,
    create_custom_field,
    remove_custom_field,
    set_custom_value,
)
from commerce.accounts.actions.email_changes import drop_email_change
from commerce.accounts.actions.factors import (
    add_passkey,
    add_totp,
    check_code,
    new_recovery_codes,
    note_passkey_used,
    remove_factor,
    rename_passkey,
    renew_secrets,
)
from commerce.accounts.actions.groups import (
    change_client_group,
    create_client_group,
    put_in_group,
)
from commerce.accounts.actions.invitations import (
    accept_as_new_user,
    accept_invitation,
    decline_invitation,
    find_invitation,
    invite,
    withdraw_invitation,
)
from commerce.accounts.actions.mail_choices import choose_mails, mail_choices
from commerce.accounts.actions.members import add_member, change_member, remove_member
from commerce.accounts.actions.passwords import (
    change_password,
    reset_password,
    send_password_reset,
    user_of_reset,
)
from commerce.accounts.actions.registration import open_account, register
from commerce.accounts.actions.sessions import (
    begin_session,
    end_session,
    end_sessions,
    forget_session,
    move_session,
    note_blocked,
    note_failed_sign_in,
    note_refused,
    note_seen,
    note_sign_in,
    note_sign_out,
)
from commerce.accounts.actions.switches import (
    end_exemption,
    exempt_client,
    set_api_rate,
    set_dunning,
)
from commerce.accounts.actions.token_use import forget_old_requests, note_use
from commerce.accounts.actions.tokens import create_token, revoke_token
from commerce.accounts.actions.users import (
    ask_email_change,
    change_reading,
    create_user,
    prove_email,
    send_verification,
    stop_email_change,
    tell_account_exists,
)

__all__ = [
    "accept_as_new_user",
    "accept_invitation",
    "add_member",
    "add_passkey",
    "add_totp",
    "ask_email_change",
    "begin_session",
    "change_client",
    "change_client_group",
    "change_custom_field",
    "change_member",
    "change_password",
    "change_reading",
    "check_code",
    "choose_mails",
    "close_client",
    "confirm_billing_email",
    "create_client",
    "create_client_group",
    "create_custom_field",
    "create_token",
    "create_user",
    "decline_invitation",
    "drop_billing_email",
    "drop_email_change",
    "end_exemption",
    "end_session",
    "end_sessions",
    "exempt_client",
    "find_invitation",
    "forget_old_requests",
    "forget_session",
    "hold",
    "invite",
    "mail_choices",
    "move_session",
    "new_recovery_codes",
    "note_blocked",
    "note_failed_sign_in",
    "note_passkey_used",
    "note_refused",
    "note_seen",
    "note_sign_in",
    "note_sign_out",
    "note_use",
    "open_account",
    "prove_email",
    "put_in_group",
    "register",
    "remove_custom_field",
    "remove_factor",
    "remove_member",
    "rename_passkey",
    "renew_secrets",
    "reopen_client",
    "reset_password",
    "revoke_token",
    "send_password_reset",
    "send_verification",
    "set_api_rate",
    "set_custom_value",
    "set_dunning",
    "stop_email_change",
    "suspend_client",
    "tell_account_exists",
    "touch",
    "user_of_reset",
    "withdraw_invitation",
]
