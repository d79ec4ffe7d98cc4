"""Everything that changes accounts. One file per verb family; import the verbs from here."""

from commerce.accounts.actions.clients import (
    change_client,
    close_client,
    create_client,
    reopen_client,
    suspend_client,
    touch,
)
from commerce.accounts.actions.invitations import (
    accept_as_new_user,
    accept_invitation,
    decline_invitation,
    find_invitation,
    invite,
    withdraw_invitation,
)
from commerce.accounts.actions.members import change_member, remove_member
from commerce.accounts.actions.tokens import create_token, note_use, revoke_token
from commerce.accounts.actions.users import create_user

__all__ = [
    "accept_as_new_user",
    "accept_invitation",
    "change_client",
    "change_member",
    "close_client",
    "create_client",
    "create_token",
    "create_user",
    "decline_invitation",
    "find_invitation",
    "invite",
    "note_use",
    "remove_member",
    "reopen_client",
    "revoke_token",
    "suspend_client",
    "touch",
    "withdraw_invitation",
]
