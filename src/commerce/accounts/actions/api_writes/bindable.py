"""What an API token can be bound to: records of a client that apps above know (``wiring.py``)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import QuerySet

from commerce.accounts.rules import BoundKind

type RowsOfClient = Callable[[object], QuerySet[Any]]
type BoundRecord = tuple[str, int]
"""Kind and number of a record."""

_rows: dict[BoundKind, RowsOfClient] = {}


def register_bindable(rows: Mapping[BoundKind, RowsOfClient]) -> None:
    """The records of a client, by kind."""
    _rows.update(rows)


def rows_to_bind(kind: BoundKind, client: object) -> QuerySet[Any]:
    """The client's records of a kind."""
    return _rows[kind](client)


def are_records_of(client: object, records: Iterable[BoundRecord]) -> bool:
    """Whether all of these are records of the client."""
    wanted: dict[str, set[int]] = {}
    for kind, record_id in records:
        wanted.setdefault(kind, set()).add(record_id)
    return all(
        kind in _rows and _rows[BoundKind(kind)](client).filter(pk__in=ids).count() == len(ids)
        for kind, ids in wanted.items()
    )
