"""Lists as CSV files (backoffice.md 6): RFC 4180, amounts as exact decimals, instants in UTC, and no cell that a
spreadsheet would calculate.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _

from commerce.audit.actions import record_export
from commerce.backoffice.base.access import staff_context
from commerce.kit import clock
from commerce.kit.text import csv_safe
from commerce.portal.base.redirects import see_other
from commerce.portal.base.throttles import ThrottleLimit, count_attempt
from commerce.presentation.formats import count_text

MAX_EXPORTED_ROWS = 50_000
EXPORTS_A_MINUTE, EXPORTS_AN_HOUR = 60, 600
"""Files that one staff person may take: each is an entry in the audit log."""


def _cell(value: Any) -> str:
    return "" if value is None else csv_safe(str(value))


class _Line:
    """What ``csv.writer`` writes to: the line comes back from ``writerow``."""

    def write(self, line: str) -> str:
        return line


def csv_lines(heads: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The lines of a file: its heads, then its rows; a UTF-8 mark first, since spreadsheets guess without it."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow([_cell(head) for head in heads])
    for row in rows:
        yield writer.writerow([_cell(value) for value in row])


def csv_response(
    name: str, heads: Sequence[Any], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """A file ``<name>-YYYY-MM-DD.csv`` to be saved."""
    response = StreamingHttpResponse(csv_lines(heads, rows), content_type="text/csv; charset=utf-8")
    day = clock.now().date().isoformat()
    response["Content-Disposition"] = f'attachment; filename="{name}-{day}.csv"'
    return response


def note_export(request: HttpRequest, *, name: str, rows: int, query: str) -> None:
    """Note in the audit log that somebody takes a file. Raises ``TooManyAttempts``: none is taken unnoted."""
    ctx = staff_context(request)
    count_attempt(
        [
            ThrottleLimit(f"exports:minute:{ctx.actor.id}", EXPORTS_A_MINUTE, 60),
            ThrottleLimit(f"exports:hour:{ctx.actor.id}", EXPORTS_AN_HOUR, 3600),
        ]
    )
    record_export(name=name, rows=rows, query=query, ctx=ctx)


def export_response(admin: Any, request: HttpRequest) -> HttpResponseBase:
    """What a list's filters and search find, all pages of it; too many rows are refused with a word.

    A filter that means nothing leads to the list, as it does there.
    """
    try:
        rows = admin.get_changelist_instance(request).get_queryset(request)
    except IncorrectLookupParameters:
        return see_other(admin.list_url())
    number = rows.order_by()[: MAX_EXPORTED_ROWS + 1].count()
    if number > MAX_EXPORTED_ROWS:
        text = _(
            "Only up to %(number)s rows can be exported at once. Narrow the list with filters."
        )
        messages.error(request, text % {"number": count_text(MAX_EXPORTED_ROWS)})
        return see_other(admin.list_url())
    columns = admin.get_list_display(request)
    heads, getters = [], []
    for column in columns:
        for head, getter in column.exported_as():
            heads.append(head)
            getters.append(getter)
    note_export(request, name=admin.slug, rows=number, query=request.GET.urlencode())
    lines = ([getter(row) for getter in getters] for row in rows.iterator(chunk_size=500))
    return csv_response(admin.slug, heads, lines)
