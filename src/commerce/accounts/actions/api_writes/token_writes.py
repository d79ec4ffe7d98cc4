"""What is kept of the writes of API tokens, for their pages. Best effort; the audit log has what was done."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count

from commerce.accounts.models import ApiTokenWrite
from commerce.db.fast_paths import insert_rows
from commerce.db.retention import delete_in_bites

WRITES_SHOWN = 100
"""Writes of a token that its page shows."""
WRITES_KEPT_FOR = timedelta(days=30)


class WriteOutcome(NamedTuple):
    """A write that was answered; ``code`` is that of a problem."""

    token_id: int
    method: str
    path: str
    status: int
    code: str = ""
    record: tuple[str, int] | None = None
    spent: tuple[int, str] | None = None


def record_token_write(*, outcome: WriteOutcome, at: datetime) -> None:
    """Keep a write, whatever came of it, in a statement that is a transaction by itself."""
    kind, record_id = outcome.record or ("", None)
    amount, currency_code = outcome.spent or (None, "")
    insert_rows(
        ApiTokenWrite(
            token_id=outcome.token_id,
            at=at,
            method=outcome.method,
            path=outcome.path[:200],
            status=outcome.status,
            code=outcome.code,
            record_kind=kind,
            record_id=record_id,
            amount=amount,
            currency_code=currency_code,
        )
    )


def delete_old_token_writes(*, at: datetime) -> None:
    """Forget writes that are old, and those that no page shows any more."""
    delete_in_bites(ApiTokenWrite.objects.filter(at__lt=at - WRITES_KEPT_FOR))
    crowded = ApiTokenWrite.objects.order_by().values("token").annotate(number=Count("pk"))
    for token_id in crowded.filter(number__gt=WRITES_SHOWN).values_list("token", flat=True):
        rows = ApiTokenWrite.objects.filter(token_id=token_id)
        kept = rows.newest_first().values_list("pk", flat=True)[:WRITES_SHOWN]
        rows.exclude(pk__in=list(kept)).delete()
