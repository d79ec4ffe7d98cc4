"""Reading: lists with filters, search, orders and cursors, and single records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from django.core import signing
from django.db.models import QuerySet
from django.http import Http404

from commerce.api.core import errors
from commerce.api.core.errors import ApiProblem, Error, ProblemPart
from commerce.api.core.replies import JSON_HEADER, ApiReply, etag_matches, make_etag
from commerce.api.core.request import ApiRequest
from commerce.api.read.query_params import parse_query_integer, split_query
from commerce.api.v2.reading.cursors import cursor_problem
from commerce.api.v2.reading.filters import FilterError
from commerce.api.v2.reading.params import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    MAX_QUERY,
    parameter_problem,
)
from commerce.backoffice.api.caller import StaffCaller
from commerce.backoffice.api.filters import MAX_TEXT, filters_of
from commerce.backoffice.api.kinds import Json, RecordKind
from commerce.backoffice.api.related import check_may_include, embed, related_kinds
from commerce.backoffice.api.words import PAIR, has_words, having, name_of_parameter, read_words
from commerce.backoffice.base.actions import record_version
from commerce.backoffice.lists.changelist import GREATEST

_SALT = "staff api cursor"
_CURSOR_LIFE = timedelta(days=7)
MAX_IDS = 100


@dataclass(frozen=True, slots=True)
class StaffQuery:
    """What a request asks for: values by parameter, as they came."""

    given: Mapping[str, str]

    @property
    def names(self) -> frozenset[str]:
        """The fields that are wanted; none for all."""
        text = self.given.get("fields", "")
        return frozenset({*text.split(","), "id"}) if text else frozenset()

    @property
    def included(self) -> list[str]:
        """The related records that are wanted, each once."""
        text = self.given.get("include")
        return [] if text is None else list(dict.fromkeys(text.split(",")))

    @property
    def is_dry_run(self) -> bool:
        return self.given.get("dry_run") == "true"

    @property
    def walk(self) -> str:
        """All that decides which rows a list has, and their order."""
        rest = ("cursor", "limit", "fields", "include")
        return "&".join(f"{k}={v}" for k, v in sorted(self.given.items()) if k not in rest)


def read_query(request: ApiRequest, names: Sequence[str]) -> StaffQuery:
    """The parameters, each known and given once; raises ``ApiProblem`` 400."""
    text = request.environ.get("QUERY_STRING", "")
    if len(text) > MAX_QUERY:
        raise parameter_problem(
            [ProblemPart("parameter", "", "too_long", "The query is too long.")]
        )
    given: dict[str, str] = {}
    wrong: list[ProblemPart] = []
    for name, value, _written in split_query(text):
        if name_of_parameter(name) not in names:
            detail = f"There is no parameter {name[:100]} here."
            wrong.append(ProblemPart("parameter", name[:100], "unknown", detail))
        elif name in given:
            detail = f"The parameter {name} may be given only once."
            wrong.append(ProblemPart("parameter", name, "repeated", detail))
        elif "\x00" in value:
            detail = f"{name}: It has a null character."
            wrong.append(ProblemPart("parameter", name, "not_valid", detail))
        else:
            given[name] = value
    if given.get("dry_run", "true") not in ("true", "false"):
        detail = "dry_run: It must be true or false."
        wrong.append(ProblemPart("parameter", "dry_run", "not_valid", detail))
    if wrong:
        raise parameter_problem(wrong)
    return StaffQuery(given)


def check_fields(query: StaffQuery, kind: RecordKind) -> None:
    """Raise ``ApiProblem`` 400 for fields that the kind does not have."""
    unknown = sorted(query.names - kind.fields.keys())
    if unknown:
        raise parameter_not_valid("fields", f"There is no field {unknown[0][:100]} here.")
    for name in query.included:
        if name not in related_kinds(kind):
            raise parameter_not_valid("include", f"There is no {name[:100]} to include here.")


def parameter_not_valid(name: str, text: str) -> ApiProblem:
    return parameter_problem([ProblemPart("parameter", name, "not_valid", f"{name}: {text}")])


def sorts_of(kind: RecordKind) -> list[str]:
    """What ``sort`` takes: what the heads of the list sort by, which is the order in which records were made."""
    names = [one.name for one in kind.fields.values() if one.order == "pk"]
    return [text for name in names for text in (name, f"-{name}")]


def parameters_of(kind: RecordKind) -> list[str]:
    """What a list takes."""
    search = ["q"] if kind.admin.search_fields else []
    own = [*filters_of(kind.admin), *([PAIR] if has_words(kind.admin.model) else [])]
    return ["limit", "cursor", "sort", "ids", *_shaping(kind), *search, *own]


def _shaping(kind: RecordKind) -> list[str]:
    return ["fields", *(["include"] if related_kinds(kind) else [])]


def serve_list(request: ApiRequest, caller: StaffCaller, kind: RecordKind) -> ApiReply:
    """A page of a list."""
    caller.check_may(kind.needed)
    query = read_query(request, parameters_of(kind))
    check_fields(query, kind)
    check_may_include(caller, kind, query.included)
    limit = read_limit(query)
    rows = _filtered(caller, kind, query)
    page, cursor = _page(caller, kind, query, rows, limit)
    data = _told(caller, kind, page, query)
    return json_reply(
        {"data": data, "meta": {"next_cursor": cursor, "has_more": cursor is not None}}
    )


def _told(
    caller: StaffCaller, kind: RecordKind, rows: Sequence[Any], query: StaffQuery
) -> list[Json]:
    """Records as they are answered, with what is to be embedded."""
    if has_words(kind.admin.model) and (not query.names or query.names & {"reference", "metadata"}):
        read_words(kind.admin.model, rows)
    told = [kind.shown(row, caller, query.names) for row in rows]
    embed(caller, kind, rows, told, query.included)
    return told


def read_limit(query: StaffQuery) -> int:
    """How many rows are asked for; raises ``ApiProblem`` 400."""
    limit = parse_query_integer(query.given.get("limit", str(DEFAULT_LIMIT)))
    if limit is None or not 1 <= limit <= MAX_LIMIT:
        raise parameter_not_valid("limit", f"It must be a whole number from 1 to {MAX_LIMIT}.")
    return limit


def _filtered(caller: StaffCaller, kind: RecordKind, query: StaffQuery) -> "QuerySet[Any]":
    admin, request = kind.admin, caller.request
    rows: QuerySet[Any] = admin.get_queryset(request)
    if "ids" in query.given:
        rows = rows.filter(pk__in=_ids(kind, query.given["ids"]))
    for name, one in filters_of(admin).items():
        if name in query.given:
            try:
                rows = one.apply(request, rows, query.given[name])
            except FilterError as error:
                raise parameter_not_valid(name, str(error)) from error
    for name, text in query.given.items():
        if name_of_parameter(name) == PAIR:
            try:
                rows = having(rows, name, text)
            except FilterError as error:
                raise parameter_not_valid(name, str(error)) from error
    if text := query.given.get("q", "").strip():
        if len(text) > MAX_TEXT:
            raise parameter_not_valid("q", f"It must have at most {MAX_TEXT} characters.")
        rows, may_repeat = admin.get_search_results(request, rows, text)
        rows = rows.distinct() if may_repeat else rows
    return rows


def _ids(kind: RecordKind, text: str) -> list[Any]:
    keys = text.split(",")
    fits = kind.has_text_key or all(is_number_of_row(key) for key in keys)
    if not fits or len(keys) > MAX_IDS:
        raise parameter_not_valid("ids", f"It must be 1 to {MAX_IDS} ids with commas between them.")
    return keys if kind.has_text_key else [int(key) for key in keys]


def is_number_of_row(text: str) -> bool:
    """Whether a text can be the number of a row."""
    return text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= GREATEST


def _page(
    caller: StaffCaller, kind: RecordKind, query: StaffQuery, rows: "QuerySet[Any]", limit: int
) -> tuple[list[Any], str | None]:
    """The rows of a page in order, and the cursor of the next one."""
    sort = query.given.get("sort", "-id")
    if sort not in sorts_of(kind):
        raise parameter_not_valid("sort", f"It must be one of {', '.join(sorts_of(kind))}.")
    falls = sort.startswith("-")
    walk = [caller.token.staff_id, kind.name, query.walk]
    if "cursor" in query.given:
        place = _place(query.given["cursor"], walk)
        rows = rows.filter(**{"pk__lt" if falls else "pk__gt": place})
    found = list(rows.order_by("-pk" if falls else "pk")[: limit + 1])
    if len(found) <= limit:
        return found, None
    return found[:limit], signing.dumps([found[limit - 1].pk, walk], salt=_SALT)


def _place(text: str, walk: list[Any]) -> Any:
    """Where a walk stands: the id of its last row; raises ``ApiProblem`` 400."""
    try:
        place, of_walk = signing.loads(text, salt=_SALT, max_age=_CURSOR_LIFE)
    except (signing.BadSignature, ValueError) as error:
        raise cursor_problem() from error
    if of_walk != walk:
        raise cursor_problem()
    return place


def serve_record(request: ApiRequest, caller: StaffCaller, kind: RecordKind, key: str) -> ApiReply:
    """One record, with its version as ``ETag``."""
    caller.check_may(kind.needed)
    query = read_query(request, _shaping(kind))
    check_fields(query, kind)
    check_may_include(caller, kind, query.included)
    row = find_row(caller, kind, key)
    reply = record_reply(caller, kind, row, query)
    etag = dict(reply.headers)["ETag"]
    have = request.environ.get("HTTP_IF_NONE_MATCH")
    if have is not None and etag_matches(have, etag):
        return ApiReply(304, [("ETag", etag)])
    return reply


def record_reply(caller: StaffCaller, kind: RecordKind, row: Any, query: StaffQuery) -> ApiReply:
    """A record as it is answered."""
    [told] = _told(caller, kind, [row], query)
    reply = json_reply({"data": told})
    return reply._replace(headers=[*reply.headers, ("ETag", etag_of(row, reply.body))])


def etag_of(row: Any, body: bytes) -> str:
    """The version of a record, and what tells its representations apart."""
    digest = make_etag(body.hex()).strip('"')[:8]
    return f'"{record_version(row)}-{digest}"'


def find_row(caller: StaffCaller, kind: RecordKind, key: str) -> Any:
    """The record of a path; raises ``ApiProblem`` 404."""
    if not kind.has_text_key and not is_number_of_row(key):
        raise errors.not_found()
    try:
        return kind.admin.find(caller.request, key)
    except Http404 as error:
        raise errors.not_found() from error


def json_reply(told: Json, status: int = 200) -> ApiReply:
    """A reply of JSON; what has no form in it is a text."""
    return ApiReply(status, [JSON_HEADER], msgspec.json.encode(told, enc_hook=str))


def refused(status: int, code: str, text: str) -> ApiProblem:
    """A refusal in one sentence."""
    return ApiProblem(status, Error(text), code=code)
