"""The client's row, which is locked before what belongs to them (the order of locks: ``db.locks``)."""

from django.db import connection
from django.db.models import BigAutoField
from django.db.transaction import TransactionManagementError

from commerce.accounts.models import Client
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet, update_returning


def lock_client(client_id: int) -> Client:
    """The client as they are now, locked until the transaction ends, so that what was counted or looked up stays true.

    Rows that refer to the client can still be inserted meanwhile by those who do not take the lock.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("A lock outside of a transaction would be none.")
    found = _LOCKED.instances(pk=client_id)
    if not found:
        raise Client.DoesNotExist(f"client {client_id}")
    return found[0]


_LOCKED = CompiledQuerySet(
    lambda: Client.objects.select_for_update(no_key=True).filter(
        pk=QueryParam("pk", BigAutoField())
    )
)


def bump_revision(client_id: int) -> Client:
    """Lock the client as well, and raise their revision, in one statement.

    An action that writes something that the API shows of a client calls it once, in the same transaction; callers of
    the API would otherwise be told that nothing has changed. Its parts rely on it.
    """
    raised = "revision = revision + 1"
    return update_returning(Client, raised, where="id = %s", values=[client_id])[0]
