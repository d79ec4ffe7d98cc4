"""Everything that changes accounts. One file per verb family; import the verbs from here."""

from commerce.accounts.actions.clients import (
    change_client,
    close_client,
    create_client,
    reopen_client,
    suspend_client,
    touch,
)
from commerce.accounts.actions.tokens import create_token, note_use, revoke_token
from commerce.accounts.actions.users import create_user

__all__ = [
    "change_client",
    "close_client",
    "create_client",
    "create_token",
    "create_user",
    "note_use",
    "reopen_client",
    "revoke_token",
    "suspend_client",
    "touch",
]
