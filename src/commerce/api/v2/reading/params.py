"""Query parameters of version 2: strict, and all that is wrong is told at once (client-api-v2.md 1)."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from commerce.api.core.errors import ApiProblem, Error, ProblemPart
from commerce.api.read.query_params import parse_query_integer, split_query
from commerce.api.v2.reading.filters import Filter, FilterError, FilterValue

if TYPE_CHECKING:
    from commerce.api.v2.reading.resource import Resource

MAX_LIMIT = 100
DEFAULT_LIMIT = 25
MAX_QUERY = 8192
"""Characters of a query string."""


class ReadQuery(NamedTuple):
    """What a request to read asks for, after all checks.

    ``walk`` names all but limit, cursor and shaping, in one form for all spellings; ``shaping`` is what decides how a
    row looks. ``kept_parameters`` are those that a link to another page repeats, each as in a clean URL.
    """

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    sort: str = ""
    filters: Mapping[str, FilterValue] = {}
    fields: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    is_dry_run: bool = False
    kept_parameters: tuple[str, ...] = ()
    walk: str = ""

    @property
    def shaping(self) -> str:
        return f"{','.join(self.fields)}&{','.join(self.include)}"


def parse_row_query(query: str, resource: "Resource") -> ReadQuery:
    """The parameters of a single row; raises ``ApiProblem`` 400."""
    return _parse(query, resource, ("fields", "include"))


def parse_file_query(query: str, resource: "Resource") -> ReadQuery:
    """The parameters of a file, of which there are none; raises ``ApiProblem`` 400."""
    return _parse(query, resource, ())


def parse_report_query(query: str, filters: Mapping[str, Filter]) -> dict[str, Any]:
    """The parameters of a report, as their filters read them; raises ``ApiProblem`` 400."""
    if len(query) > MAX_QUERY:
        raise _too_long()
    given, wrong = _given(query, [*filters])
    values: dict[str, Any] = {}
    for name, text in given.items():
        try:
            values |= filters[name].read(name, text).values
        except FilterError as error:
            wrong.append(ProblemPart("parameter", name, "not_valid", f"{name}: {error}"))
    if wrong:
        raise parameter_problem(wrong)
    return values


def parse_write_query(query: str, resource: "Resource") -> ReadQuery:
    """The parameters of a write: how its answer looks, and whether it is only tried; raises ``ApiProblem`` 400."""
    return _parse(query, resource, ("fields", "include", "dry_run"))


def parse_list_query(query: str, resource: "Resource") -> ReadQuery:
    """The parameters of a list; raises ``ApiProblem`` 400."""
    names = ("limit", "cursor", "sort", "fields", "include", *resource.filters)
    return _parse(query, resource, names)


def _parse(query: str, resource: "Resource", names: Sequence[str]) -> ReadQuery:
    if len(query) > MAX_QUERY:
        raise _too_long()
    given, wrong = _given(query, names)
    kept = tuple(written for name, _, written in split_query(query) if name != "cursor")
    values: dict[str, Any] = {"kept_parameters": kept}
    filters: dict[str, FilterValue] = {}
    for name, text in given.items():
        try:
            if (kind := name.partition("[")[0]) in filters:
                detail = f"The parameter {kind} may be given only once."
                wrong.append(ProblemPart("parameter", name, "repeated", detail))
            elif kind in resource.filters:
                filters[kind] = resource.filters[kind].read(name, text)
            else:
                values[_MEANT.get(name, name)] = _READERS[name](text, resource)
        except FilterError as error:
            wrong.append(ProblemPart("parameter", name, "not_valid", f"{name}: {error}"))
    if wrong:
        raise parameter_problem(wrong)
    sort = values.setdefault("sort", resource.default_sort)
    one_form = [f"{name}={quote(filters[name].canonical)}" for name in sorted(filters)]
    values["walk"] = "&".join([sort, *one_form])
    is_list = "cursor" in names
    return ReadQuery(filters=filters, **_with_known_fields(values, resource, is_list=is_list))


def _too_long() -> ApiProblem:
    text = f"A query has at most {MAX_QUERY} characters."
    return parameter_problem([ProblemPart("parameter", "", "too_long", text)])


def _given(query: str, names: Sequence[str]) -> tuple[dict[str, str], list[ProblemPart]]:
    """The known parameters, and what is wrong with the others."""
    given: dict[str, str] = {}
    wrong: list[ProblemPart] = []
    for name, value, _ in split_query(query):
        shown = name[:100]
        if _family(name) not in names:
            detail = f"There is no parameter {shown} here."
            wrong.append(ProblemPart("parameter", shown, "unknown", detail))
        elif name in given:
            detail = f"The parameter {name} may be given only once."
            wrong.append(ProblemPart("parameter", name, "repeated", detail))
        given.setdefault(name, value)
    return {name: value for name, value in given.items() if _family(name) in names}, wrong


def _family(name: str) -> str:
    """``metadata`` of ``metadata[key]``; each other name is its own, and the family alone is none."""
    family, bracket, rest = name.partition("[")
    if family == "metadata":
        return family if bracket and rest.endswith("]") else f"{name}?"
    return name


def parameter_problem(wrong: Sequence[ProblemPart]) -> ApiProblem:
    """400 with all that is wrong; the sentence of a single one is that of the whole."""
    text = wrong[0].detail if len(wrong) == 1 else "Several query parameters are not valid."
    return ApiProblem(400, Error(text), code="request.not_valid", parts=wrong)


def _limit(text: str, resource: "Resource") -> int:
    number = parse_query_integer(text)
    if number is None or not 1 <= number <= MAX_LIMIT:
        raise FilterError(f"It must be a whole number from 1 to {MAX_LIMIT}.")
    return number


def _cursor(text: str, resource: "Resource") -> str:
    return text


def _sort(text: str, resource: "Resource") -> str:
    if text not in resource.sorts:
        raise FilterError(f"It must be one of {', '.join(resource.sorts)}.")
    return text


def _include(text: str, resource: "Resource") -> tuple[str, ...]:
    names = tuple(sorted(set(text.split(","))))
    if not set(names) <= resource.includes.keys():
        offered = ", ".join(resource.includes)
        raise FilterError(f"It takes {offered}." if offered else "Nothing can be included here.")
    return names


def _fields(text: str, resource: "Resource") -> tuple[str, ...]:
    return tuple(sorted(set(text.split(","))))


def _dry_run(text: str, resource: "Resource") -> bool:
    if text not in ("true", "false"):
        raise FilterError("It must be true or false.")
    return text == "true"


_READERS: dict[str, Callable[[str, Any], Any]] = {
    "limit": _limit,
    "cursor": _cursor,
    "sort": _sort,
    "fields": _fields,
    "include": _include,
    "dry_run": _dry_run,
}
_MEANT = {"dry_run": "is_dry_run"}


def _with_known_fields(
    values: dict[str, Any], resource: "Resource", *, is_list: bool
) -> dict[str, Any]:
    """The same, once each of ``fields`` is one of the rows with what they include."""
    known = resource.field_names(values.get("include", ()), is_list=is_list)
    unknown = [name for name in values.get("fields", ()) if name not in known]
    if unknown:
        raise parameter_problem(
            [
                ProblemPart(
                    "parameter",
                    "fields",
                    "unknown",
                    f"fields: There is no field {name[:100]} here.",
                )
                for name in unknown
            ]
        )
    return values
