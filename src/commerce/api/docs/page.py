"""`/api/docs`: the description as a page to read and to try, complete without a script (client-api.md 9)."""

import re
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from commerce.api.docs.static_reply import StaticReply

type Json = dict[str, Any]

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
]
TYPE_WORDS = {"date": "date", "date-time": "instant"}
_JSON = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|(-?[0-9][0-9.eE+-]*)|(true|false|null)')


class DocField(NamedTuple):
    """One key of a resource, or one parameter of an operation."""

    name: str
    kind: str
    note: str
    text: SafeString
    choices: list[str]
    example: str
    where: str = ""
    parts: "list[DocField] | None" = None


class DocOperation(NamedTuple):
    """One endpoint as it is shown."""

    id: str
    summary: str
    path: str
    scope: str
    is_deprecated: bool
    parameters: list[DocField]
    headers: list[DocField]
    fields: list[DocField]
    extends: str
    example: SafeString | None
    curl: str


class DocGroup(NamedTuple):
    """The endpoints of one resource."""

    name: str
    anchor: str
    text: str
    operations: list[DocOperation]


def docs_page(description: Json) -> StaticReply:
    """The page of a description, in bytes that are made once."""
    return StaticReply(render_to_string("api/docs.html", _context(description)).encode(), HEADERS)


def _context(description: Json) -> dict[str, Any]:
    reader = DescriptionReader(description)
    quota, span = settings.COMMERCE_API_RATE
    groups = reader.groups()
    return {
        "server": reader.server,
        "groups": groups,
        "scopes": [(g.operations[0].scope, g.name) for g in groups if g.operations[0].scope],
        "errors": reader.errors(),
        "error_body": highlight_json(reader.example_of("422", "several")),
        "meta": reader.fields("Meta"),
        "quota": quota,
        "span": span,
    }


class DescriptionReader:
    """Reads an OpenAPI document for people."""

    def __init__(self, description: Json) -> None:
        self.all = description
        self.server: str = description["servers"][0]["url"].rstrip("/")

    def groups(self) -> list[DocGroup]:
        """All endpoints by tag, in the document's order."""
        found = {
            tag["name"]: DocGroup(
                tag["name"], tag["name"].lower().replace(" ", "-"), tag["description"], []
            )
            for tag in self.all["tags"]
        }
        for path, item in self.all["paths"].items():
            found[item["get"]["tags"][0]].operations.append(self._operation(path, item))
        return list(found.values())

    def _operation(self, path: str, item: Json) -> DocOperation:
        get = item["get"]
        content = get["responses"]["200"]["content"]["application/json"]
        parameters = [self._parameter(self._resolved(one)) for one in item["parameters"]]
        scope = next((s for need in get["security"] for s in need["token"]), "")
        fields, extends = self._shown(path, content["schema"])
        shown = path
        for one in parameters:
            if one.where == "path":
                shown = shown.replace(f"{{{one.name}}}", one.example)
        sent = '-H "Authorization: Bearer $TOKEN" ' if scope else ""
        return DocOperation(
            id=get["operationId"],
            summary=get["summary"],
            path=path,
            scope=scope,
            is_deprecated=bool(get.get("deprecated")),
            parameters=[one for one in parameters if one.where != "header"],
            headers=[one for one in parameters if one.where == "header"],
            fields=fields,
            extends=extends,
            example=highlight_json(content["example"]) if "example" in content else None,
            curl=f"curl {sent}{self.server}{shown}",
        )

    def _shown(self, path: str, schema: Json) -> tuple[list[DocField], str]:
        """The fields of what an endpoint sends; of a row that has a list, those which the list does not show."""
        data = self._resolved(schema)["properties"].get("data")
        if data is None:
            return [], ""
        row = data.get("items", data)
        fields = self._fields(self._resolved(row))
        above = self.all["paths"].get(path.removesuffix("/{id}")) if "{id}" in path else None
        if above is None:
            return fields, ""
        get = above["get"]
        envelope = get["responses"]["200"]["content"]["application/json"]["schema"]
        rows = self._resolved(envelope)["properties"]["data"]
        known = self._fields(self._resolved(rows["items"]))
        return [one for one in fields if one not in known], get["operationId"]

    def fields(self, name: str) -> list[DocField]:
        """The fields of a component."""
        return self._fields(self.all["components"]["schemas"][name])

    def _fields(self, schema: Json) -> list[DocField]:
        return [self._field(name, one) for name, one in schema["properties"].items()]

    def _field(self, name: str, schema: Json) -> DocField:
        parts = None
        if "items" in schema:
            parts = self._fields(self._resolved(schema["items"]))
        is_null = "null" in schema.get("type", ())
        return DocField(
            name=name,
            kind=_kind(schema),
            note="or null" if is_null else "",
            text=inline_code_html(schema.get("description", "")),
            choices=schema.get("enum", []),
            example="",
            parts=parts,
        )

    def _parameter(self, one: Json) -> DocField:
        schema = one["schema"]
        notes = ["required"] if one.get("required") else []
        if "maximum" in schema and schema["maximum"] < 2**63 - 1:
            notes.append(f"{schema['minimum']} to {schema['maximum']:,}")
        if "default" in schema:
            notes.append(f"default {schema['default']}")
        return DocField(
            name=one["name"],
            kind=_kind(schema),
            note=", ".join(notes),
            text=inline_code_html(one["description"]),
            choices=schema.get("enum", []),
            example=str(one.get("example", "")),
            where=one["in"],
        )

    def errors(self) -> list[tuple[str, str, list[str]]]:
        """Status, meaning and messages of every refusal that an endpoint knows."""
        found: dict[str, tuple[str, str, list[str]]] = {}
        for item in self.all["paths"].values():
            for status, response in item["get"]["responses"].items():
                whole = self._resolved(response)
                if status >= "400" and status not in found:
                    shown = whole["content"]["application/json"]["examples"].values()
                    messages = [text for one in shown for text in _messages(one["value"])]
                    found[status] = (status, whole["description"], list(dict.fromkeys(messages)))
        return [found[status] for status in sorted(found)]

    def example_of(self, status: str, name: str) -> Any:
        """An example of a refusal's body."""
        responses = [
            self._resolved(item["get"]["responses"][status])
            for item in self.all["paths"].values()
            if status in item["get"]["responses"]
        ]
        return responses[0]["content"]["application/json"]["examples"][name]["value"]

    def _resolved(self, part: Json) -> Json:
        found: Any = part
        if "$ref" in part:
            found = self.all
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
        resolved: Json = found
        return resolved


def _messages(body: Json) -> list[str]:
    """All sentences of an error."""
    return [body["message"], *(text for each in body.get("errors", {}).values() for text in each)]


def _kind(schema: Json) -> str:
    """The type of a value in one word."""
    if "format" in schema and schema["format"] in TYPE_WORDS:
        return TYPE_WORDS[schema["format"]]
    kinds: list[str] = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    kind = next(one for one in kinds if one != "null")
    return "list" if kind == "array" else kind


def inline_code_html(text: str) -> SafeString:
    """Text in which what stands between backticks is code."""
    parts = text.split("`")
    return mark_safe(  # noqa: S308 - each part is escaped
        "".join(
            f"<code>{escape(part)}</code>" if i % 2 else escape(part)
            for i, part in enumerate(parts)
        )
    )


def highlight_json(value: Any) -> SafeString:
    """A JSON value, indented, its keys, texts, numbers and words in colors; the script does the same to replies."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    parts, at = [], 0
    for found in _JSON.finditer(text):
        string, colon, number, word = found.groups()
        kind = "key" if colon else "text" if string else "number" if number else "word"
        shown = string or number or word
        parts += [
            escape(text[at : found.start()]),
            format_html('<span class="j-{}">{}</span>{}', kind, shown, colon or ""),
        ]
        at = found.end()
    parts.append(escape(text[at:]))
    return mark_safe("".join(parts))  # noqa: S308 - each part is escaped
