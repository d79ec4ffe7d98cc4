"""The client's row, which is locked before what belongs to them (the order of locks: ``db.locks``)."""

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import BigAutoField
from django.db.transaction import TransactionManagementError

from commerce.accounts.models import Client
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet, update_returning
from commerce.db.transaction_stamps import is_same_transaction, stamp_to_write
from commerce.events.models import EVENT_ACTORS
from commerce.kit.context import SYSTEM, Context


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


def bump_revision(client_id: int, ctx: Context) -> Client:
    """Lock the client as well, raise their revision, and say who acts, in one statement.

    An action that writes something that the API shows of a client calls it once, in the same transaction, before it
    writes; callers of the API would otherwise be told that nothing has changed. Its parts rely on it.

    What the transaction changes of a resource is one event, which names the actor who is said here first
    (``record_events.py``, decision 158).
    """
    same, values = is_same_transaction(f"client {client_id}")
    raised = (
        f"revision = revision + 1, event_stamp = {stamp_to_write()}, event_at = %s"
        f", event_base = CASE WHEN {same} THEN event_base ELSE event_sequence END"
        f", event_actor = CASE WHEN {same} THEN event_actor ELSE %s END"
    )
    at = connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value(ctx.at)
    actor = ctx.actor.kind if ctx.actor.kind in EVENT_ACTORS else SYSTEM.kind
    given = [at, *values, *values, actor, client_id]
    return update_returning(Client, raised, where="id = %s", values=given)[0]
