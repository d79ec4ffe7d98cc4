"""The table of a list: its heads with what sorts by them, and its rows, which are cards on a phone."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from commerce.backoffice.base.pages import Text
from commerce.backoffice.lists.columns import Column, LinkColumn, MoneyColumn


class ListHead(NamedTuple):
    """The head of a column: its words, the query that sorts by it (none where nothing does), and how it sorts now."""

    label: Text
    query: str
    sorted: str
    """For ``aria-sort``: ``ascending``, ``descending``, or empty."""
    css: str


class ListRow(NamedTuple):
    """A record of the list: its key, the address of its page, and its cells with their classes."""

    pk: Any
    url: str
    cells: list[tuple[Any, str]]

    @property
    def name(self) -> Any:
        """What its first cell says."""
        return self.cells[0][0]


def css_of(columns: Sequence[Column]) -> list[str]:
    """What each column is to a phone, where a row is a card: its name, amount and state, and whose it is."""
    first_amount = next((one for one in columns[1:] if isinstance(one, MoneyColumn)), None)
    first_state = next((one for one in columns[1:] if one.is_state), None)
    rest = [one for one in columns[1:] if not one.is_state and not isinstance(one, MoneyColumn)]
    second = next((one for one in rest if isinstance(one, LinkColumn)), rest[0] if rest else None)
    parts = {id(first_state): "is-state", id(second): "is-second", id(first_amount): "is-sum"}
    found = []
    for place, column in enumerate(columns):
        names = ["number"] if isinstance(column, MoneyColumn) else []
        names.append("is-name" if place == 0 else parts.get(id(column), "is-more"))
        found.append(" ".join(names))
    return found


def drawn_rows(columns: Sequence[Column], records: Sequence[Any], url_of: Any) -> Iterator[ListRow]:
    """The rows; the first cell leads to the record, and then is no link to another."""
    classes = css_of(columns)
    for record in records:
        url = url_of(record) or ""
        values = [
            one.plain(record) if url and place == 0 else one(record)
            for place, one in enumerate(columns)
        ]
        yield ListRow(record.pk, url, list(zip(values, classes, strict=True)))
