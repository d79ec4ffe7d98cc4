"""Finding the rows that are due in a step."""

from collections.abc import Iterator

from commerce.runs.step import RowStep, RunDay

_BATCH = 5_000


def due_row_ids(step: RowStep, day: RunDay, client_id: int | None = None) -> Iterator[int]:
    """Keys of due rows, in their order, a batch at a time: memory does not grow with their number."""
    rows = step.find(day).order_by("pk").values_list("pk", flat=True)
    if client_id is not None:
        rows = rows.filter(**{step.client: client_id})
    batch = list(rows[:_BATCH])
    while batch:
        yield from batch
        batch = list(rows.filter(pk__gt=batch[-1])[:_BATCH])
