"""What Schemathesis is not to make up of version 2, since no description can say which of it is right.

Cursors are signed, and a field of an included object is right only beside its ``include``; other tests have both. HEAD
is GET without its body there, which would take as long again. A whole number is never written 1.0, which JSON Schema
takes for an integer and version 2 does not. Nor is a null character in a text.
"""

from typing import Any


def leave_out_what_is_not_told(raw_schema: dict[str, Any]) -> None:
    """Of a description of version 2, in place."""
    # Which members belong to a product and which to a domain, no schema of one item says.
    raw_schema["paths"]["/api/v2/quotes"].pop("post")
    # They would end the token with which it asks.
    raw_schema["paths"].pop("/api/v2/token/rotate")
    raw_schema["paths"]["/api/v2/token"].pop("delete")
    # A statement is of days that were, and begins before it ends; the feed goes on after what it gave.
    for path, name in (
        ("statement", "first_day"),
        ("statement/pdf", "first_day"),
        ("events", "after"),
    ):
        taken = raw_schema["paths"][f"/api/v2/{path}"]["parameters"]
        taken[:] = [one for one in taken if one.get("name") != name]
    for item in raw_schema["paths"].values():
        item.pop("head", None)
        cursor = {"$ref": "#/components/parameters/cursor"}
        for taking in [item, *([item["get"]] if "get" in item else [])]:
            taking["parameters"] = [one for one in taking["parameters"] if one != cursor]
            named = {one.get("name"): one for one in taking["parameters"]}
            if "include" in named:
                embedded = named["include"]["schema"]["items"]["enum"]
                fields = named["fields"]["schema"]["items"]
                fields["enum"] = [n for n in fields["enum"] if n.partition(".")[0] not in embedded]


def storable_body(body: Any) -> Any:
    """A body as version 2 can take it."""
    if isinstance(body, dict):
        return {name: storable_body(value) for name, value in body.items()}
    if isinstance(body, list):
        return [storable_body(value) for value in body]
    if isinstance(body, str):
        return body.replace("\0", "0")
    return int(body) if isinstance(body, float) and body.is_integer() else body
