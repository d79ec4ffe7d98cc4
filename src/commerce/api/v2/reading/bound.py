"""What a token sees that is for some records only (client-api-v2.md 2)."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from commerce.accounts.rules import BoundKind

type BoundRows = Callable[[QuerySet[Any, Any], QuerySet[Any, Any]], QuerySet[Any, Any]]
"""What is left of a client's rows for a token that has these bindings."""


def bound_as(kind: BoundKind, column: str = "pk") -> BoundRows:
    """Of rows that are the records of a kind, or refer to them by a column."""

    def left(rows: QuerySet[Any, Any], bindings: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        return rows.filter(**{f"{column}__in": bindings.filter(kind=kind).values("record_id")})

    return left


def unbound(rows: QuerySet[Any, Any], bindings: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """All: it is the token's own, or of no client."""
    return rows
