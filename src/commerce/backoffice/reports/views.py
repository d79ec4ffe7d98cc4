"""`/admin/reports`, `/admin/reports/{name}` and its tables as CSV files (backoffice.md 6)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import resolve, reverse
from django.utils.translation import gettext as _

from commerce.backoffice.base.access import may
from commerce.backoffice.base.context import STAFF_URLS, site_of, staff_page
from commerce.backoffice.lists.export import csv_response, note_export
from commerce.backoffice.reports.definitions import REPORTS, ReportDefinition
from commerce.backoffice.reports.report_request import ReportForm
from commerce.backoffice.reports.tables import ReportContent, ReportTable, TableCell
from commerce.kit import clock
from commerce.kit.errors import PermissionDenied
from commerce.site_settings.current import business_date


def reports(request: HttpRequest) -> HttpResponse:
    """What reports there are."""
    opened = [one for one in REPORTS.values() if may(request, one.permission)]
    context = {"title": _("Reports"), "reports": opened, "asked": _kept(request)}
    return staff_page(request, "backoffice/reports/reports.html", context)


def report(request: HttpRequest, name: str) -> HttpResponse:
    """One report; 422 for a period that isn't one."""
    asked = _report_of(request, name)
    form, content = made_report(request, asked, for_file=False)
    context = {
        "title": asked.title,
        "about": asked.about,
        "form": form,
        "periods": list(form.periods(request.GET)),
        "asked": _kept(request),
        "charts": [one for one in content.charts if not one.is_empty],
        "notes": content.notes,
        "tables": [_ShownTable.of(request, asked, one) for one in content.tables],
    }
    status = 422 if form.errors else 200
    return staff_page(request, "backoffice/reports/report.html", context, status)


def report_csv(request: HttpRequest, name: str) -> HttpResponseBase:
    """One table of a report: the one that ``table`` names, or the first. The audit log has who took it."""
    asked = _report_of(request, name)
    form, content = made_report(request, asked, for_file=True)
    tables = {one.key: one for one in content.tables}
    table = tables.get(request.GET.get("table", "")) or next(iter(tables.values()), None)
    if table is None or form.errors:
        return HttpResponse(_("Choose a valid period."), status=422, content_type="text/plain")
    note_export(
        request,
        name=f"report {table.key}",
        rows=len(table.rows),
        query=request.GET.urlencode(),
    )
    rows = ([cell.for_file for cell in row] for row in table.rows)
    return csv_response(table.key, [str(head) for head in table.heads], rows)


def _kept(request: HttpRequest) -> str:
    """What of an address goes with the reader from one report to the next: the period, and the currency."""
    query = QueryDict(mutable=True)
    for name in ("period", "first", "last", "currency"):
        if value := request.GET.get(name):
            query[name] = value
    return f"?{query.urlencode()}" if query else ""


def _report_of(request: HttpRequest, name: str) -> ReportDefinition:
    report = REPORTS.get(name)
    if report is None:
        raise Http404
    if not may(request, report.permission):
        raise PermissionDenied(report.permission)
    return report


def made_report(
    request: HttpRequest, asked: ReportDefinition, *, for_file: bool
) -> tuple[ReportForm, ReportContent]:
    today = business_date(clock.now())
    form = ReportForm(request.GET, asked.fields, asked.period, today, has_books=asked.has_books)
    if not form.is_valid():
        return form, ReportContent([])
    more = {name: request.GET[name] for name in asked.more if request.GET.get(name)}
    try:
        wanted = form.asked(more, for_file=for_file)
        return form, asked.build(wanted).of_currency(wanted.only_currency)
    except ValueError as wrong:  # a parameter that no link of ours has
        raise Http404 from wrong


@dataclass(frozen=True, slots=True)
class _Head:
    text: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class _ShownTable:
    """A table as its page shows it."""

    key: str
    title: str
    note: str
    empty: str
    heads: Sequence[_Head]
    rows: Sequence[Sequence[TableCell]]
    csv_url: str

    @classmethod
    def of(cls, request: HttpRequest, asked: ReportDefinition, table: ReportTable) -> "_ShownTable":
        """Heads stand above their values: at the right over numbers."""
        numbers = [cell.is_number for cell in table.rows[0]] if table.rows else []
        heads = [
            _Head(str(head), n < len(numbers) and numbers[n]) for n, head in enumerate(table.heads)
        ]
        query: Any = request.GET.copy()
        query["table"] = table.key
        url = f"{reverse('admin:report_csv', args=[asked.name])}?{query.urlencode()}"
        opens = _PagesThatOpen(request)
        rows = [
            [cell if opens(cell.url) else replace(cell, url="") for cell in row]
            for row in table.rows
        ]
        texts = str(table.title), str(table.note), str(table.empty)
        return cls(table.key, *texts, heads, rows, url)


class _PagesThatOpen:
    """Whether the person may open what a figure links to; asked once for all records of a kind."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.known: dict[str, bool] = {}

    def __call__(self, url: str) -> bool:
        path = url.partition("?")[0]
        kind = re.sub(r"/\d+", "/0", path)
        if kind not in self.known:
            rule = (
                site_of(self.request).rules.get(resolve(path, STAFF_URLS).url_name or "")
                if path
                else None
            )
            self.known[kind] = rule is not None and may(self.request, rule.read)
        return self.known[kind]
