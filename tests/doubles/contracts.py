"""What a request may look like by the public contract of the other side.

Beside an adapter stands ``requests.json``: a JSON Schema in our own words for each call that it makes, with all fields
that the contract has for it. What a call says of its query or body is what there may be; without it there is none. All
of a query is text, and so is all of a form.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

MISFITS: list[str] = []
"""Requests of the running test that do not fit; it fails by them (``tests/conftest.py``)."""


def fits(
    contract: Path,
    method: str,
    path: str,
    *,
    query: Mapping[str, Any] | None = None,
    sent: Any = None,
) -> bool:
    """Whether a request is one of a contract; ``sent`` is its JSON or form. What is not is kept in ``MISFITS``."""
    wrong = misfit(contract, method, path, query=query, sent=sent)
    if wrong:
        MISFITS.append(f"{method} {path}: {wrong}")
    return not wrong


def misfit(
    contract: Path,
    method: str,
    path: str,
    *,
    query: Mapping[str, Any] | None = None,
    sent: Any = None,
) -> str:
    """What is wrong with a request; empty if nothing."""
    whole, asked = f"{method} {path}", {"query": query or None, "body": sent}
    for form, schemas in _calls(contract):
        if form.fullmatch(whole):
            for part, schema in schemas.items():
                for error in schema.iter_errors(asked.pop(part) or {}):
                    return f"{part} {list(error.instance_path)}: {error.message}"
            return "; ".join(f"it has a {part}" for part, value in asked.items() if value)
    return f"no call of {contract.parent.name}"


@cache
def _calls(contract: Path) -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    described = json.loads(contract.read_text("utf-8"))
    words = {"$defs": described.get("$defs", {})}
    return [
        (
            re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(call))),
            {
                part: jsonschema_rs.Draft202012Validator(schema | words, validate_formats=True)
                for part, schema in parts.items()
            },
        )
        for call, parts in described["calls"].items()
    ]
