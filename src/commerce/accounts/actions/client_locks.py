"""The client's row, which is locked before what belongs to them (the order of locks: ``db.locks``)."""

from commerce.accounts.models import Client
from commerce.db.fast_paths import update_returning


def lock_client(client_id: int) -> Client:
    """The client as they are now, locked until the transaction ends, so that what was counted or looked up stays true.

    Rows that refer to the client can still be inserted meanwhile by those who do not take the lock.
    """
    return Client.objects.select_for_update(no_key=True).get(pk=client_id)


def bump_revision(client_id: int) -> Client:
    """Lock the client as well, and raise their revision, in one statement.

    An action that writes something that the API shows of a client calls it once, in the same transaction; callers of
    the API would otherwise be told that nothing has changed. Its parts rely on it.
    """
    raised = "revision = revision + 1"
    return update_returning(Client, raised, where="id = %s", values=[client_id])[0]
