"""One effect for each idempotency key: claimed, answered, answered again (client-api-v2.md 3)."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import CharField
from django.db.transaction import TransactionManagementError

from commerce.accounts.models import IdempotentReply
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet, insert_rows
from commerce.db.retention import delete_in_bites
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict


def hash_key(*parts: object) -> str:
    """What is stored in place of a key: it may be a secret, and belongs to its client, method and path alone."""
    text = "\n".join(str(part).replace("\\", "\\\\").replace("\n", "\\n") for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()


def claim_idempotency_key(*, key_hash: str, body_hash: str) -> IdempotentReply | None:
    """The answer that was given before to this key, or None once it is this transaction's.

    Raises ``StateConflict`` while another request with it runs (SQLite waits for it instead), and ``BusinessError`` if
    it came with another body.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("A key is claimed in the transaction of its effect.")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            name = f"idempotency:{key_hash}"
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
            if not cursor.fetchone()[0]:
                raise StateConflict("idempotency.in_progress")
    found = _OF_KEY.instances(key_hash=key_hash)
    if found and found[0].body_hash != body_hash:
        raise BusinessError("idempotency.key_reused")
    return found[0] if found else None


_OF_KEY = CompiledQuerySet(
    lambda: IdempotentReply.objects.filter(key_hash=QueryParam("key_hash", CharField()))
)


def is_answered(*, key_hash: str) -> bool:
    """Whether an answer is kept for a key; what is asked of others before an act need not be asked again then."""
    return bool(key_hash) and bool(_OF_KEY.tuples(key_hash=key_hash))


def store_reply(
    *,
    client_id: int | None,
    key_hash: str,
    body_hash: str,
    status: int,
    headers: Sequence[tuple[str, str]],
    body: bytes,
    ctx: Context,
) -> None:
    """Keep the answer with the effect, in its transaction."""
    insert_rows(
        IdempotentReply(
            client_id=client_id,
            key_hash=key_hash,
            body_hash=body_hash,
            status=status,
            headers=list(headers),
            body=body,
            created_at=ctx.at,
        )
    )


def delete_old_replies(*, before: datetime) -> None:
    """Forget answers that were given before an instant: their keys are free again."""
    delete_in_bites(IdempotentReply.objects.filter(created_at__lt=before))
