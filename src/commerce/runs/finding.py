"""Finding the rows that are due in a step, by a statement that is put together once as long as nothing else changes."""

from collections.abc import Iterator
from contextlib import nullcontext
from functools import lru_cache
from typing import Any, NamedTuple, cast

from django.db.models import BigIntegerField, DateField, DateTimeField, QuerySet

from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import KeptQuery
from commerce.kit.request_cache import cached_for_request, is_caching
from commerce.runs.step import RowStep, RunDay, StepTerms

_BATCH = 5_000


class AnyRunDay(NamedTuple):
    """Stands for the day of a run until the statement of a step is asked."""

    date: QueryParam = QueryParam("date", DateField())
    at: QueryParam = QueryParam("at", DateTimeField())
    midnight: QueryParam = QueryParam("midnight", DateTimeField())


def due_row_ids(step: RowStep, day: RunDay, client_id: int | None = None) -> Iterator[int]:
    """Keys of due rows, in their order, a batch at a time: memory does not grow with their number."""
    if not step.may_find():
        return
    if step.terms is None:
        yield from _put_together(step, day, client_id)
        return
    kept, last = _statement(step, of_client=client_id is not None), 0
    values = {"date": day.date, "at": day.at, "midnight": day.midnight, "client": client_id}
    while batch := kept.tuples(last=last, **values):
        for (last,) in batch:
            yield last


def _put_together(step: RowStep, day: RunDay, client_id: int | None) -> Iterator[int]:
    rows, last = step.find(day), 0
    while batch := list(_after(step, rows, last, client_id).values_list("pk", flat=True)):
        yield from batch
        last = batch[-1]


def _statement(step: RowStep, *, of_client: bool) -> KeptQuery[Any]:
    """Within the block its terms are read once, so those it is kept for are those it is put together from."""
    assert step.terms is not None
    with nullcontext() if is_caching() else cached_for_request():
        return _kept(step, step.terms(), of_client=of_client)


@lru_cache(maxsize=256)
def _kept(step: RowStep, terms: StepTerms, *, of_client: bool) -> KeptQuery[Any]:
    """The steps about names and late invoices take 0.05 ms in place of 3 to 7; a dry run asks each for each client."""
    del terms  # part of what it is kept for: ``find`` reads them itself
    client = QueryParam("client", BigIntegerField()) if of_client else None
    rows = step.find(cast("RunDay", AnyRunDay()))
    due = _after(step, rows, QueryParam("last", BigIntegerField()), client).values_list("pk")
    return KeptQuery(lambda: due)


def _after(
    step: RowStep,
    rows: "QuerySet[Any]",
    last: int | QueryParam,
    client: int | QueryParam | None,
) -> "QuerySet[Any]":
    ours = rows if client is None else rows.filter(**{step.client: client})
    return ours.filter(pk__gt=last).order_by("pk")[:_BATCH]
