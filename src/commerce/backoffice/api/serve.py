"""The staff API (staff-api.md): HTTPS → network of the staff area → route → token → limit → permission → list, record
or act. It is loaded at its first request, with the staff area.
"""

import re
from collections.abc import Callable, Mapping

from django.utils import translation

from commerce.api.core import errors
from commerce.api.core.replies import ApiReply, compress_body
from commerce.api.core.request import ApiRequest
from commerce.api.read.admission import read_validators
from commerce.backoffice.api.acts import serve_act
from commerce.backoffice.api.caller import StaffCaller, check_staff_network, recognize
from commerce.backoffice.api.description import described
from commerce.backoffice.api.event_feed import serve_events
from commerce.backoffice.api.kinds import RecordKind, kinds_of
from commerce.backoffice.api.lists import serve_list, serve_record
from commerce.backoffice.api.operations import serve_operation
from commerce.backoffice.api.reports import serve_reports
from commerce.backoffice.api.search import serve_search
from commerce.backoffice.site import staff_site

PATH = "/api/staff/v1/"
_ROUTE = re.compile(r"([a-z-]+)(?:/([0-9A-Za-z-]{1,40}))?(?:/([a-z-]+))?\Z")

type Answer = Callable[[ApiRequest, StaffCaller], ApiReply]
_READ = ("GET", "HEAD")
_OF_ALL_KINDS: Mapping[str, Answer] = {"events": serve_events, "search": serve_search}
"""What is of all kinds of records."""


@translation.override("en")
def serve_staff(request: ApiRequest, request_id: str) -> ApiReply:
    """The reply to a request, or the first ``ApiProblem``."""
    check_staff_network(request, staff_site)
    path, method = request.path.removeprefix(PATH), request.environ["REQUEST_METHOD"]
    if path == "openapi.json":
        if method not in _READ:
            raise errors.method_not_allowed()
        return described(staff_site)(request.environ)
    answers = _answers(path)
    if not answers:
        raise errors.not_found()
    answer = answers.get("GET" if method == "HEAD" else method)
    if answer is None:
        allowed = ["GET, HEAD"] if "GET" in answers else []
        raise errors.method_not_allowed(", ".join([*allowed, *(answers.keys() - {"GET"})]))
    reply = answer(request, recognize(request, request_id, staff_site))
    accepts_gzip = read_validators(request).gzip
    body, coding = compress_body(reply.body, accepts_gzip=accepts_gzip)
    caching = [("Cache-Control", "private, no-store"), ("Vary", "Authorization, Accept-Encoding")]
    headers = [*reply.headers, *caching, *request.limit_headers, *coding]
    return ApiReply(reply.status, headers, body)


def _answers(path: str) -> dict[str, Answer]:
    """What a path answers, by method; nothing if there is no such path."""
    match = _ROUTE.match(path)
    if match is None:
        return {}
    name, key, verb = match.groups()
    kind = kinds_of(staff_site).get(name)
    if kind is not None:
        return _answers_of_kind(kind, key, verb)
    if name == "operations" and key and verb is None:
        return {"GET": lambda request, caller: serve_operation(request, caller, key)}
    if name == "reports" and verb is None:
        return {"GET": lambda request, caller: serve_reports(request, caller, key)}
    answer = _OF_ALL_KINDS.get(path)
    return {} if answer is None else {"GET": answer}


def _answers_of_kind(kind: RecordKind, key: str | None, verb: str | None) -> dict[str, Answer]:
    if key is None:
        return {"GET": lambda request, caller: serve_list(request, caller, kind)}
    act = kind.list_acts.get(key) if verb is None else kind.record_acts.get(verb)
    if act is not None:
        row_key = None if verb is None else key
        return {"POST": lambda request, caller: serve_act(request, caller, kind, act, row_key)}
    if verb is None and kind.admin.has_record_page:
        return {"GET": lambda request, caller: serve_record(request, caller, kind, key)}
    return {}
