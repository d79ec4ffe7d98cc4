"""Finding the rows that are due in a step."""

from collections.abc import Iterator
from dataclasses import dataclass

from commerce.runs.step import RowStep, RunDay

_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class ClientRange:
    """The clients from ``first`` on and before ``end``; where one is None, it is open there."""

    first: int | None = None
    end: int | None = None


def due_row_ids(
    step: RowStep,
    day: RunDay,
    client_id: int | None = None,
    *,
    clients: ClientRange = ClientRange(),
    after: int = 0,
) -> Iterator[int]:
    """Keys of due rows, in their order, a batch at a time: memory does not grow with their number.

    Of one client, or of a range of them; and of those only what comes ``after`` a row.
    """
    rows = step.find(day).order_by("pk").values_list("pk", flat=True)
    asked = {"": client_id, "__gte": clients.first, "__lt": clients.end}
    of_clients = {f"{step.client}{how}": one for how, one in asked.items() if one is not None}
    rows = rows.filter(**of_clients)
    batch = list((rows.filter(pk__gt=after) if after else rows)[:_BATCH])
    while batch:
        yield from batch
        batch = list(rows.filter(pk__gt=batch[-1])[:_BATCH])
