"""Bodies of writes: strict JSON (client-api-v2.md 1, Bodies)."""

import hashlib
import json
import re
from typing import Any

import msgspec
from msgspec import Struct

from commerce.api.core.errors import ApiProblem, Error, ProblemPart
from commerce.api.core.request import ApiRequest

MAX_BODY = 256 * 1024
MAX_DEPTH = 20
_LARGEST_INTEGER = 2**53

type Body = dict[str, Any]


def read_body(request: ApiRequest, *, may_be_empty: bool = False) -> Body:
    """The JSON object of a request; raises ``ApiProblem`` 400, 413 or 415."""
    environ = request.environ
    length = environ.get("CONTENT_LENGTH") or "0"
    raw = environ["wsgi.input"].read(MAX_BODY + 1)
    if may_be_empty and not raw and not int(length[:20]):
        return {}
    kind, _, charset = environ.get("CONTENT_TYPE", "").lower().replace(" ", "").partition(";")
    is_packed = environ.get("HTTP_CONTENT_ENCODING", "").strip().lower() not in ("", "identity")
    if (
        is_packed
        or kind != "application/json"
        or charset not in ("", "charset=utf-8", 'charset="utf-8"')
    ):
        detail = "The body must be application/json in UTF-8, uncompressed."
        raise ApiProblem(415, Error(detail), code="request.media_type")
    # Of one that is longer than any that the server takes there is the length alone.
    if len(raw) > MAX_BODY or int(length[:20]) > MAX_BODY:
        detail = f"The body must not be longer than {MAX_BODY} bytes."
        raise ApiProblem(413, Error(detail), code="request.too_large")
    try:
        text = raw.decode("utf-8")
        body = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
    except _BodyError as error:
        raise body_problem(str(error)) from error
    except UnicodeDecodeError as error:
        raise body_problem("The body is not UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise body_problem("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise body_problem("The body must be an object.")
    if _depth(body) > MAX_DEPTH:
        raise body_problem(f"The body is nested more than {MAX_DEPTH} levels deep.")
    if "\\u" in text and (wrong := _not_storable(body)):
        raise body_problem(wrong)
    return body


def canonical_hash(body: Body, shaping: str) -> str:
    """The same for the same content, however it was written, and the same shape of the answer.

    The shape is in it since what is included takes a scope, which another token of the client may not have.
    """
    text = json.dumps([body, shaping], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_struct[T: Struct](body: Body, kind: type[T] | None) -> T | None:
    """The body as a struct; raises ``ApiProblem`` 422 with all members that are not as they must be."""
    fields = {} if kind is None else {one.encode_name: one for one in msgspec.structs.fields(kind)}
    wrong = [unknown_member(name) for name in body if name not in fields]
    values = {}
    for name, one in fields.items():
        if name not in body:
            wrong += [missing_member(name)] if one.required else []
            continue
        try:
            values[one.name] = msgspec.convert(body[name], one.type)
        except msgspec.ValidationError as error:
            wrong.append(_misfit(name, str(error)))
    if wrong:
        raise member_problem(wrong)
    return None if kind is None else kind(**values)


_MISFIT = re.compile(r"(?P<text>.*?)(?: - at `(?:key in )?\$(?P<path>.*)`)?\Z", re.DOTALL)
_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")
_INNER = {
    "Object missing required field ": "missing",
    "Object contains unknown field ": "unknown",
}


def _misfit(name: str, said: str) -> ProblemPart:
    """What does not fit within a member, in the words of msgspec, at its place."""
    found = _MISFIT.match(said)
    assert found is not None
    text, path = found["text"].replace("`", ""), found["path"] or ""
    steps = [name, *(word or number for word, number in _STEP.findall(path) if word != "...")]
    code = "not_valid"
    for beginning, its_code in _INNER.items():
        if text.startswith(beginning):
            code = its_code
            steps.append(text.removeprefix(beginning))
    return ProblemPart("pointer", pointer(*steps), code, f"{text}.")


def unknown_member(name: str) -> ProblemPart:
    """A member that there is none of."""
    name = name[:100]
    return ProblemPart("pointer", pointer(name), "unknown", f"There is no member {name} here.")


def missing_member(name: str) -> ProblemPart:
    """A member that must be there."""
    return ProblemPart("pointer", pointer(name), "missing", f"The member {name} is missing.")


def body_problem(text: str) -> ApiProblem:
    """400: it cannot be read."""
    part = ProblemPart("pointer", "", "not_valid", text)
    return ApiProblem(400, Error(text), code="request.not_valid", parts=[part])


def member_problem(wrong: list[ProblemPart]) -> ApiProblem:
    """422 with each member that is not as it must be."""
    text = wrong[0].detail if len(wrong) == 1 else "Several members of the body are not valid."
    return ApiProblem(422, Error(text), code="request.body_not_valid", parts=wrong)


def pointer(*steps: str) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


class _BodyError(Exception):
    """What is wrong with a body that is JSON otherwise."""


def _object(pairs: list[tuple[str, Any]]) -> Body:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _BodyError("A key is given twice in one object.")
    return found


def _integer(text: str) -> int:
    # A longer one is refused before it becomes a number, which takes time by its length squared.
    if len(text) > 17 or abs(int(text)) > _LARGEST_INTEGER:
        raise _BodyError("An integer is beyond 2 to the power of 53.")
    return int(text)


def _float(text: str) -> Any:
    raise _BodyError("A number is not an integer.")


def _constant(text: str) -> Any:
    raise _BodyError(f"{text} is no JSON.")


def _depth(value: Any) -> int:
    deepest, level = 0, [value]
    while level:
        deepest += 1
        inner: list[Any] = []
        for one in level:
            inner += one.values() if isinstance(one, dict) else one
        level = [one for one in inner if isinstance(one, dict | list)]
    return deepest


_NULL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def _not_storable(body: Body) -> str:
    """What is wrong with a text that JSON can write, and neither a row nor an answer can hold; empty if nothing is."""
    try:
        told = json.dumps(body, ensure_ascii=False)
        told.encode()
    except UnicodeEncodeError:
        return "A text of the body has half of a surrogate pair."
    return "A text of the body has a null character." if _NULL.search(told) else ""
