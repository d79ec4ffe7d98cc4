"""Finding the rows that are due in a step."""

from collections.abc import Iterator

from commerce.runs.step import RowStep, RunDay

_BATCH = 5_000


def due_row_ids(step: RowStep, day: RunDay, client_id: int | None = None) -> Iterator[int]:
    """Keys of due rows, in their order, a batch at a time: memory does not grow with their number."""
    rows, last = step.find(day).order_by("pk"), 0
    if client_id is not None:
        rows = rows.filter(**{step.client: client_id})
    while batch := list(rows.filter(pk__gt=last).values_list("pk", flat=True)[:_BATCH]):
        yield from batch
        last = batch[-1]
