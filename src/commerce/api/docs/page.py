"""`/api/docs`: the description as a page to read and to try, complete without a script (client-api.md 9)."""

import re
from functools import cached_property
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
_NAMES_ALL_FIELDS = "fields"
"""A parameter whose choices stand below it already."""
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
    method: str
    summary: str
    path: str
    scopes: list[str]
    needs_token: bool
    is_deprecated: bool
    parameters: list[DocField]
    headers: list[DocField]
    body: list[DocField]
    fields: list[DocField]
    extends: str
    example: SafeString | None
    curl: str
    sample: str
    """A body that it takes; empty if it takes none."""

    @property
    def sample_rows(self) -> int:
        """The lines of the sample."""
        return self.sample.count("\n") + 1

    @property
    def takes_dry_run(self) -> bool:
        """Whether it can be tried without an effect."""
        return any(one.name == "dry_run" for one in self.parameters)


class FieldWords(NamedTuple):
    """What is said of fields that must be there, and of those that need not."""

    required: str
    optional: str


_OF_REPLY, _OF_BODY = FieldWords("", "if included"), FieldWords("required", "")


class DocGroup(NamedTuple):
    """The endpoints of one resource."""

    name: str
    anchor: str
    text: str
    operations: list[DocOperation]


def docs_page(description: Json) -> StaticReply:
    """The page of the description of version 1, in bytes that are made once."""
    reader = DescriptionReader(description)
    own = {
        "tab": "v1",
        "errors": reader.errors(),
        "error_body": highlight_json(reader.example_of("422", "several")),
    }
    return rendered_page("api/docs.html", described_context(reader) | own)


def rendered_page(template: str, context: dict[str, Any]) -> StaticReply:
    """A page in bytes that are made once."""
    return StaticReply(render_to_string(template, context).encode(), HEADERS)


def described_context(reader: "DescriptionReader") -> dict[str, Any]:
    """What the pages of all versions show of a description."""
    quota, span = settings.COMMERCE_API_RATE
    groups = reader.groups()
    return {
        "server": reader.server,
        "groups": groups,
        "scopes": [(g.operations[0].scopes[0], g.name) for g in groups if g.operations[0].scopes],
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
            for method in ("get", "patch", "put", "post", "delete"):
                if method in item:
                    shown = self._operation(path, item, method)
                    found[item[method]["tags"][0]].operations.append(shown)
        return list(found.values())

    def _operation(self, path: str, item: Json, method: str) -> DocOperation:
        get = item[method]
        content: Json = next(iter(_fine(get).get("content", {}).values()), {})
        taken = map(self._resolved, [*item["parameters"], *get.get("parameters", [])])
        # Those of the operation are in the place of those of its path.
        named = {(one["name"], one["in"]): one for one in taken}
        parameters = [self._parameter(one) for one in named.values()]
        fields, extends = self._shown(path, content["schema"]) if content else ([], "")
        body = get.get("requestBody", {}).get("content", {}).get("application/json")
        if body is not None and self._sent_row(get) in self._read_rows:
            fields, extends = [], ""  # they are where it is read
        shown = path
        for one in parameters:
            if one.where == "path":
                shown = shown.replace(f"{{{one.name}}}", one.example)
        sent = '-H "Authorization: Bearer $TOKEN" ' if get["security"] else ""
        for one in parameters:
            if one.where == "header" and one.note == "required":
                sent += f'-H "{one.name}: {one.example}" '
        if body is not None:
            sent += '-H "Content-Type: application/json" '
            sent += f"-d '{msgspec.json.encode(body['example']).decode()}' "
        if method != "get":
            sent = f"-X {method.upper()} {sent}"
        return DocOperation(
            method=method.upper(),
            body=[] if body is None else self._fields(self._resolved(body["schema"]), _OF_BODY),
            id=get["operationId"],
            summary=get["summary"],
            path=path,
            scopes=[scope for need in get["security"] for scope in need["token"]],
            needs_token=bool(get["security"]),
            is_deprecated=bool(get.get("deprecated")),
            parameters=[one for one in parameters if one.where != "header"],
            headers=[one for one in parameters if one.where == "header"],
            fields=fields,
            extends=extends,
            example=_example(content),
            curl=f"curl {sent}{self.server}{shown}",
            sample="" if body is None else _indented(body["example"]),
        )

    def _shown(self, path: str, schema: Json) -> tuple[list[DocField], str]:
        """The fields of what an endpoint sends; of a row that has a list, those which the list does not show."""
        data = self._whole(schema).get("properties", {}).get("data")
        if data is None:
            return [], ""
        row = data.get("items", data)
        fields = self._fields(self._resolved(row))
        has_list = path.endswith("/{id}")
        above = self.all["paths"].get(path.removesuffix("/{id}")) if has_list else None
        if above is None:
            return fields, ""
        get = above["get"]
        envelope = get["responses"]["200"]["content"]["application/json"]["schema"]
        rows = self._whole(envelope)["properties"]["data"]
        known = self._fields(self._resolved(rows["items"]))
        return [one for one in fields if one not in known], get["operationId"]

    def fields(self, name: str) -> list[DocField]:
        """The fields of a component."""
        return self._fields(self.all["components"]["schemas"][name])

    def _fields(self, schema: Json, words: FieldWords = _OF_REPLY) -> list[DocField]:
        """The keys of an object, with words beside those that must be there and those that need not."""
        required = schema.get("required", ())
        return [
            self._field(name, one, words, words.required if name in required else words.optional)
            for name, one in schema["properties"].items()
        ]

    def _field(self, name: str, schema: Json, words: FieldWords, note: str) -> DocField:
        if "anyOf" in schema:  # an object, or null or a choice
            is_null = {"type": "null"} in schema["anyOf"]
            for one in schema["anyOf"]:
                schema = schema | one
            schema["type"] = ["object", "null"] if is_null else "object"
        inner = self._resolved(schema.get("items", schema))
        notes = [note, "derived" if "x-derived" in schema and not note else ""]
        kind = "object" if "$ref" in schema else _kind(schema)
        kind = "text or object" if "$ref" in schema and "enum" in schema else kind
        above = self._shown_alone.get(schema.get("$ref", ""))
        return DocField(
            name=name,
            kind=f"{kind} or null" if "null" in schema.get("type", ()) else kind,
            note=", ".join(one for one in notes if one),
            text=inline_code_html(schema.get("description", "")) + _see(above),
            choices=[one for one in schema.get("enum", []) if one is not None],
            example="",
            parts=self._fields(inner, words) if "properties" in inner and above is None else None,
        )

    def _sent_row(self, operation: Json) -> str:
        """The reference to what an operation sends, or to each of its list; empty for a file, and for nothing."""
        content: Json = next(iter(_fine(operation).get("content", {}).values()), {"schema": {}})
        data = self._whole(content["schema"]).get("properties", {}).get("data", {})
        return str(data.get("items", data).get("$ref", ""))

    @cached_property
    def _read_rows(self) -> set[str]:
        """The references to all that can be read."""
        return {self._sent_row(one["get"]) for one in self.all["paths"].values() if "get" in one}

    @cached_property
    def _shown_alone(self) -> dict[str, Json]:
        """The operations that send one object without an id in their path, by the reference to what they send."""
        found = {}
        for path, item in self.all["paths"].items():
            if "get" not in item:
                continue
            get = item["get"]
            content = next(iter(_fine(get)["content"].values()))
            data = self._whole(content["schema"]).get("properties", {}).get("data", {})
            if "$ref" in data and "{id}" not in path:
                found[data["$ref"]] = get
        return found

    def _parameter(self, one: Json) -> DocField:
        schema = one["schema"]
        notes = ["required"] if one.get("required") else []
        if "maximum" in schema and schema["maximum"] < 2**63 - 1:
            notes.append(f"{schema['minimum']} to {schema['maximum']:,}")
        if "default" in schema:
            default = schema["default"]
            notes.append(f"default {str(default).lower() if default is False else default}")
        example = one.get("example", "")
        shown = one["name"] != _NAMES_ALL_FIELDS
        kind = _kind(schema)
        return DocField(
            name=f"{one['name']}[key]" if kind == "object" else one["name"],
            kind=kind,
            note=", ".join(notes),
            text=inline_code_html(one["description"]),
            choices=schema.get("items", schema).get("enum", []) if shown else [],
            example=",".join(map(str, example)) if isinstance(example, list) else str(example),
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

    def _whole(self, schema: Json) -> Json:
        """The schema of a reply; where there are several, that of the one with all fields."""
        return self._resolved(schema["anyOf"][0] if "anyOf" in schema else schema)

    def _resolved(self, part: Json) -> Json:
        found: Any = part
        if "$ref" in part:
            found = self.all
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
        resolved: Json = found
        return resolved


def _fine(operation: Json) -> Json:
    """The reply when all is well."""
    replies: Json = operation["responses"]
    return next(reply for status, reply in sorted(replies.items()) if status < "300")


def _indented(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _example(content: Json) -> SafeString | None:
    """The reply that is shown; of several the first."""
    if "examples" in content:
        return highlight_json(next(iter(content["examples"].values()))["value"])
    return highlight_json(content["example"]) if "example" in content else None


def _see(operation: Json | None) -> SafeString:
    """Where the fields of an object stand that is shown by itself."""
    if operation is None:
        return SafeString()
    sentence = ' Its fields: <a href="#{}">{}</a>.'
    return format_html(sentence, operation["operationId"], operation["summary"])


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
