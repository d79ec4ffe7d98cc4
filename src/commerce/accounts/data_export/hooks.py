"""What other apps give an export of a client's data, by ``commerce.wiring``: rows with their fields, and files."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from commerce.presentation.records import RecordFields

type RowsOf = Callable[[int], "QuerySet[Any]"]
type FilesOf = Callable[[int], Iterator[tuple[str, bytes]]]


@dataclass(frozen=True, slots=True)
class ExportedRows:
    """One JSON file of an export: the rows of a client, by id, with what ``fields`` give to them."""

    file_name: str
    rows: RowsOf
    fields: RecordFields


_rows: list[ExportedRows] = []
_files: list[FilesOf] = []


def register_exported_rows(*tables: ExportedRows) -> None:
    """Each is one JSON file of every export."""
    _rows.extend(tables)


def register_exported_files(*files_of: FilesOf) -> None:
    """Each ``files_of(client_id)`` gives further files, with their names."""
    _files.extend(files_of)


def exported_rows() -> Sequence[ExportedRows]:
    """The JSON files of an export, in their order."""
    return tuple(_rows)


def exported_files(client_id: int) -> Iterator[tuple[str, bytes]]:
    """The other files of an export."""
    for files_of in _files:
        yield from files_of(client_id)
