"""Serving the file of a record, and what is reckoned for a span: judged in the order of rows, sent as it is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import QuerySet
from msgspec import Struct

from commerce.accounts.models import ApiTokenBinding
from commerce.api.core import errors, replies
from commerce.api.core.auth import ApiCaller
from commerce.api.core.errors import ApiProblem, Error
from commerce.api.core.limits import count_share
from commerce.api.core.replies import ApiReply, etag_matches
from commerce.api.core.request import ApiRequest
from commerce.api.read import admission
from commerce.api.read.resource import caller_statement
from commerce.api.v2.reading.filters import Filter
from commerce.api.v2.reading.params import parse_file_query, parse_report_query
from commerce.api.v2.reading.resource import Resource

NOT_READY_SECONDS = 5
"""After how long a file that is being made is worth asking for again."""


REPORTS_A_MINUTE = 20
"""Reports that are made for a client."""


class RecordFile(NamedTuple):
    """A file that was made once: its name, if it has one, the hash of its bytes, and how they are read."""

    name: str
    sha256: str
    content: Callable[[], bytes]


class FileNotReady(Exception):
    """The file is still being made."""


@dataclass(frozen=True, eq=False)
class FileRoute:
    """``GET <resource>/{id}/<verb>``. ``find`` gives the file of a client's record, None if there is none, and raises
    ``FileNotReady``. ``rows`` are a client's records, of which a token may have some only; without them such a token is
    refused.
    """

    resource: Resource
    verb: str
    content_type: str
    about: str
    find: Callable[[int, int], RecordFile | None]
    rows: Callable[[int], QuerySet[Any]] | None = None
    by_accept: bool = False
    """Whether the row itself is sent so to whoever accepts this type alone."""

    @property
    def path(self) -> str:
        """Its address."""
        return f"{self.resource.path}/{{id}}/{self.verb}"

    def find_problem(self, caller: ApiCaller, query: str) -> ApiProblem | None:
        """Why this caller may not have it, if so: the account, the scope, then parameters, of which there are none."""
        problem = admission.refusal(caller, [self.resource.scope], for_bound=self.rows is not None)
        return problem or _problem_of(lambda: parse_file_query(query, self.resource))

    def file(self, caller: ApiCaller, query: str, row_id: int) -> RecordFile | None:
        """The file of a record that the token is for."""
        if caller.is_bound:
            assert self.rows and self.resource.bound  # noqa: PT018 - others were refused
            bindings = ApiTokenBinding.objects.for_client(caller.client_id).filter(
                token_id=caller.token_id
            )
            own = self.resource.bound(self.rows(caller.client_id), bindings)
            if not own.filter(pk=row_id).exists():
                return None
        return self.find(caller.client_id, row_id)


@dataclass(frozen=True, eq=False, kw_only=True)
class ReportRoute:
    """What is reckoned for a caller by ``params``, in the group and with the scope of a resource, when it is asked for.

    ``make`` raises ``ApiProblem`` for parameters that do not go together. ``most_a_minute`` are made for a client.
    """

    path: str
    resource: Resource
    content_type: str
    name: str
    about: str
    params: Mapping[str, Filter]
    example_params: Mapping[str, Any]
    make: Callable[[ApiCaller, Mapping[str, Any]], RecordFile]
    summary: str
    example: Struct | None = None
    """What is sent, where it is JSON."""
    for_bound: bool = False
    """Whether a token that is for some records only has it too."""
    most_a_minute: int | None = REPORTS_A_MINUTE
    problems: Mapping[str, str] = field(default_factory=dict)
    """Its own answers that are none: name by status."""

    def find_problem(self, caller: ApiCaller, query: str) -> ApiProblem | None:
        """Why this caller may not have it, if so: the account, the scope, then the parameters."""
        problem = admission.refusal(caller, [self.resource.scope], for_bound=self.for_bound)
        return problem or _problem_of(lambda: parse_report_query(query, self.params))

    def file(self, caller: ApiCaller, query: str, row_id: int) -> RecordFile | None:
        """The report."""
        most = self.most_a_minute
        if most and (wait := count_share(f"api-reports:{caller.client_id}", most, 60)):
            raise errors.too_many_requests(wait)
        return self.make(caller, parse_report_query(query, self.params))


def _problem_of(parse: Callable[[], object]) -> ApiProblem | None:
    try:
        parse()
    except ApiProblem as wrong:
        return wrong
    return None


def serve_file(request: ApiRequest, route: FileRoute | ReportRoute, row_id: str | None) -> ApiReply:
    """The reply to a request for a file, or the first ``ApiProblem`` in the contract's order."""
    token_hash = admission.token_hash(request)
    have, query = admission.read_validators(request), request.environ.get("QUERY_STRING", "")
    none_match = have.none_match
    caller = admission.recognize(request, caller_statement().run({"hash": token_hash}).caller)
    problem = route.find_problem(caller, query)
    # To make a file is work, which is for those who have requests left.
    admission.charge_limit(request, caller, free=problem is None)
    if problem is not None:
        raise problem
    found, missing = None, errors.not_found()
    try:
        found = route.file(caller, query, admission.row_number(row_id))
    except FileNotReady:
        missing = file_not_ready()
    etag = f'"{found.sha256[:32]}"' if found else ""
    fresh = found is not None and none_match is not None and _is_fresh(none_match, etag)
    admission.charge_limit(request, caller, free=fresh)
    if found is None:
        raise missing
    kept = [("ETag", etag), *admission.CACHING, *request.limit_headers]
    if fresh:
        return ApiReply(304, kept)
    said = [("Content-Type", route.content_type)]
    if found.name:
        said.append(("Content-Disposition", f'attachment; filename="{found.name}"'))
        return ApiReply(200, [*said, *kept], found.content())
    body, coding = replies.compress_body(found.content(), accepts_gzip=have.gzip)
    return ApiReply(200, [*said, *kept, *coding], body)


def file_not_ready() -> ApiProblem:
    """The answer while a file is being made."""
    text = "The document is being made. Try again in a few seconds."
    return ApiProblem(
        404,
        Error(text),
        [("Retry-After", str(NOT_READY_SECONDS))],
        code="document.not_ready",
    )


def _is_fresh(none_match: str, etag: str) -> bool:
    return none_match.strip() == "*" or etag_matches(none_match, etag)
