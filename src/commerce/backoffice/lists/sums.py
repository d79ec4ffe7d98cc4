"""The foot of a list: what its amounts come to, by currency, of all rows that the filter finds."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet, Sum

from commerce.backoffice.lists.columns import Column, MoneyColumn
from commerce.backoffice.lists.order import is_column_of
from commerce.presentation.amounts import format_money


def column_sums(columns: Sequence[Column], rows: "QuerySet[Any]") -> Mapping[str, list[str]]:
    """Of each column of amounts, by its name, the sum of each currency; of those that the database can add."""
    model = rows.model
    found: dict[str, list[str]] = {}
    by_currency: dict[str, list[MoneyColumn]] = {}
    for one in columns:
        if not isinstance(one, MoneyColumn) or not one.adds_up:
            continue
        if is_column_of(model, one.getter) and is_column_of(model, one.currency):
            by_currency.setdefault(str(one.currency), []).append(one)
    for currency, some in by_currency.items():
        sums = {f"sum_{place}": Sum(str(one.getter)) for place, one in enumerate(some)}
        for row in _plain_rows(rows).values(currency).annotate(**sums).order_by(currency):
            for place, one in enumerate(some):
                amount = row[f"sum_{place}"]
                if amount is not None:
                    found.setdefault(one.name, []).append(format_money(amount, row[currency]))
    return found


def _plain_rows(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """The same rows, each once, for sums: by their ids only where something stands in them that would be grouped by."""
    query = rows.query
    if not (query.annotations or query.distinct or query.combinator):
        return rows.order_by()
    found: QuerySet[Any] = rows.model._default_manager.filter(pk__in=rows.order_by().values("pk"))
    return found
