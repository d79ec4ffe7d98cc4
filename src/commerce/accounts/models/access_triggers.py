"""What raises a client's ``access_revision``: every change, whoever makes it, of what its tokens may do.

The API reads a token with its maker and their membership, and from then on only looks whether this number is still the
same (``api/read/known_callers.py``).
"""

from commerce.accounts.models import ApiToken, ApiTokenSecret, Client, Membership, User
from commerce.db.triggers import TriggerUpdate

_TOKEN, _MEMBERSHIP = ApiToken._meta.db_table, Membership._meta.db_table
_SECRET = ApiTokenSecret._meta.db_table
_TOKEN_COLUMNS = "client_id maker_id token_hash status scopes networks expires_on"
_SECRET_COLUMNS = "token_id token_hash works_until"
_MEMBERSHIP_COLUMNS = "client_id user_id role rights"


def access_triggers() -> list[TriggerUpdate]:
    """Of tokens, their secrets, memberships and users.

    A new row takes nothing from a token, and the maker of one is never deleted.
    """
    one = "id = OLD.client_id"
    of_secret = f"id = (SELECT client_id FROM {_TOKEN} WHERE id = OLD.token_id)"  # noqa: S608 - our names
    all_of_user = f"id IN (SELECT client_id FROM {_MEMBERSHIP} WHERE user_id = OLD.id)"  # noqa: S608 - our names
    return [
        _raising(_TOKEN, "UPDATE", one, _changed(_TOKEN_COLUMNS)),
        _raising(_TOKEN, "DELETE", one),
        _raising(_SECRET, "UPDATE", of_secret, _changed(_SECRET_COLUMNS)),
        _raising(_SECRET, "DELETE", of_secret),
        _raising(_MEMBERSHIP, "UPDATE", one, _changed(_MEMBERSHIP_COLUMNS)),
        _raising(_MEMBERSHIP, "DELETE", one),
        _raising(User._meta.db_table, "UPDATE", all_of_user, _changed("is_active")),
    ]


def _changed(columns: str) -> str:
    return " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns.split())


def _raising(table: str, event: str, clients: str, condition: str = "1 = 1") -> TriggerUpdate:
    raised = f"UPDATE {Client._meta.db_table} SET access_revision = access_revision + 1"  # noqa: S608 - our names
    return TriggerUpdate(table, event, condition, f"{raised} WHERE {clients}")
