"""The end of what is kept for a time only."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.db import transaction
from django.db.models import QuerySet


def delete_in_bites(
    old: QuerySet[Any],
    *,
    at_once: int = 1000,
    transaction_of_bite: Callable[[], AbstractContextManager[None]] = transaction.atomic,
) -> int:
    """Delete these rows, and return how many there were.

    Each bite is a transaction of its own, so that nobody waits for a million rows, and whoever is killed goes on with
    the rest the next time. Their order is that of the index that finds them, or of their primary keys.
    """
    removed = 0
    rows = old if old.ordered else old.order_by("pk")
    while pks := list(rows.values_list("pk", flat=True)[:at_once]):
        with transaction_of_bite():
            old.model._default_manager.filter(pk__in=pks).delete()
        removed += len(pks)
    return removed
