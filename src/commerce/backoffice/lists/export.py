"""Lists as CSV files (backoffice.md 6): RFC 4180, amounts as exact decimals, instants in UTC, and no cell that a
spreadsheet would calculate.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commerce.accounts.list_exports.actions import request_list_export
from commerce.accounts.models import ListExport
from commerce.audit.actions import record_export
from commerce.backoffice.base.access import signed_in_staff, staff_context
from commerce.backoffice.lists.chosen import COLUMNS_VAR
from commerce.db.reads import from_replica, reading_alias
from commerce.kit import clock
from commerce.kit.errors import BusinessError
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
    """What a list's filters and search find, all pages of it; more than a person waits for is made by a job.

    A filter that means nothing leads to the list, as it does there.
    """
    try:
        rows = admin.get_changelist_instance(request).get_queryset(request).using(reading_alias())
    except IncorrectLookupParameters:
        return see_other(admin.list_url())
    number = rows.order_by()[: MAX_EXPORTED_ROWS + 1].count()
    if number > MAX_EXPORTED_ROWS:
        return _by_job(admin, request, rows.order_by().count())
    note_export(request, name=admin.slug, rows=number, query=request.GET.urlencode())
    return csv_response(admin.slug, *_file_of(admin, request, rows))


def _by_job(admin: Any, request: HttpRequest, number: int) -> HttpResponseBase:
    """Too long to wait for: the person gets a link by email."""
    try:
        request_list_export(
            staff=signed_in_staff(request),
            list_name=admin.slug,
            query=request.GET.urlencode(),
            rows=number,
            ctx=staff_context(request),
        )
    except BusinessError as refused:
        messages.error(request, str(refused))
    else:
        text = _(
            "%(number)s rows take a while. We'll email you a link to the file when it's ready."
        )
        messages.success(request, text % {"number": count_text(number)})
    return see_other(admin.list_url())


def _file_of(
    admin: Any, request: HttpRequest, rows: Any
) -> tuple[list[Any], Iterator[Sequence[Any]]]:
    """The heads of a list's file, and its rows."""
    heads, getters = [], []
    besides = () if COLUMNS_VAR in request.GET else admin.exported_besides
    for column in (*admin.get_list_display(request), *besides):
        for head, getter in column.exported_as():
            heads.append(head)
            getters.append(getter)
    found = rows.prefetch_related(*admin.exported_related).iterator(chunk_size=500)
    return heads, ([getter(row) for getter in getters] for row in found)


def list_file(admin: Any, request: HttpRequest) -> bytes:
    """The whole file of a list, as the person of this request may see it."""
    with from_replica(statement_seconds=0):
        return _whole_file(admin, request)


def _whole_file(admin: Any, request: HttpRequest) -> bytes:
    rows = admin.get_changelist_instance(request).get_queryset(request)
    return "".join(csv_lines(*_file_of(admin, request, rows))).encode()


@require_safe
def export_file(request: HttpRequest, pk: int) -> HttpResponse:
    """`/admin/exports/ID`: the file that a job made, for who asked for it. Of somebody else, or one whose time is over,
    there is none.
    """
    rows = ListExport.objects.filter(staff=signed_in_staff(request), expires_at__gt=clock.now())
    export = get_object_or_404(rows.exclude(content=None), pk=pk)
    response = HttpResponse(bytes(export.content or b""), content_type="text/csv; charset=utf-8")
    name = f"{export.list_name}-{export.requested_at.date().isoformat()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
