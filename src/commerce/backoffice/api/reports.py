"""``GET /reports`` and ``GET /reports/{name}``: the reports of the staff area, as JSON or CSV."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, QueryDict

from commerce.api.core import errors
from commerce.api.core.errors import ProblemPart
from commerce.api.core.replies import ApiReply
from commerce.api.core.request import ApiRequest
from commerce.api.v2.reading.params import parameter_problem
from commerce.audit.actions import record_export
from commerce.backoffice.api.caller import StaffCaller
from commerce.backoffice.api.lists import StaffQuery, json_reply, read_query
from commerce.backoffice.lists.export import csv_lines
from commerce.backoffice.reports.definitions import REPORTS, ReportDefinition
from commerce.backoffice.reports.tables import ReportTable
from commerce.backoffice.reports.views import made_report

_CSV = [("Content-Type", "text/csv; charset=utf-8")]


def serve_reports(request: ApiRequest, caller: StaffCaller, name: str | None) -> ApiReply:
    """The list of reports, or one of them. The audit log has who took it."""
    caller.check_may(caller.site.rules["reports" if name is None else "report"].read)
    if name is None:
        read_query(request, [])
        rows = [
            {"name": one.name, "title": str(one.title), "about": str(one.about)}
            for one in REPORTS.values()
            if caller.staff.may(one.permission)
        ]
        return json_reply({"data": rows})
    report = REPORTS.get(name)
    if report is None:
        raise errors.not_found()
    caller.check_may(report.permission)
    query = read_query(request, [*parameters_of(report), "format", "table"])
    return _report(caller, report, query)


def parameters_of(report: ReportDefinition) -> list[str]:
    """What a report is asked for."""
    return [*report.fields, *report.more]


def _report(caller: StaffCaller, report: ReportDefinition, query: StaffQuery) -> ApiReply:
    sent = QueryDict(urlencode(query.given))
    caller.request.GET = sent
    try:
        form, content = made_report(caller.request, report, for_file=True)
    except Http404 as error:
        raise errors.not_found() from error
    wrong = [
        ProblemPart("parameter", name, "not_valid", f"{name}: {text}")
        for name, texts in form.errors.items()
        for text in texts
    ]
    tables = {one.key: one for one in content.tables}
    wanted = query.given.get("table")
    if wanted is not None and wanted not in tables:
        wrong.append(
            ProblemPart("parameter", "table", "not_valid", f"table: One of {', '.join(tables)}.")
        )
    kind = query.given.get("format", "json")
    if kind not in ("json", "csv"):
        wrong.append(ProblemPart("parameter", "format", "not_valid", "format: json or csv."))
    if wrong:
        raise parameter_problem(wrong)
    shown = [tables[wanted]] if wanted else content.tables
    rows = sum(len(one.rows) for one in shown)
    record_export(name=f"report {report.name}", rows=rows, query=sent.urlencode(), ctx=caller.ctx)
    return _csv(shown) if kind == "csv" else _json(report, shown)


def _csv(shown: Sequence[ReportTable]) -> ApiReply:
    table = next(iter(shown), None)
    cells = [[cell.for_file for cell in row] for row in table.rows] if table else []
    heads = [str(head) for head in table.heads] if table else []
    return ApiReply(200, _CSV, "".join(csv_lines(heads, cells)).encode())


def _json(report: ReportDefinition, shown: Sequence[ReportTable]) -> ApiReply:
    data: dict[str, Any] = {
        "name": report.name,
        "title": str(report.title),
        "tables": [
            {
                "key": one.key,
                "title": str(one.title),
                "columns": [str(head) for head in one.heads],
                "rows": [[cell.for_file for cell in row] for row in one.rows],
            }
            for one in shown
        ],
    }
    return json_reply({"data": data})
