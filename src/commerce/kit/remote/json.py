"""JSON that others answer, within bounds: a small text must not become a large heap, nor a deep one, and none of its
texts is such that no row can hold it: a job that keeps what was answered could not even keep that it failed.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from commerce.kit.text import storable_text

MAX_DEPTH, MAX_PARTS = 64, 500_000
"""How deep lists and objects may stand in each other, and how many values there may be: a list of 250 payments, which
is about 1 MiB, has some 40,000.
"""


_NOT_STORABLE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
"""How what no row can hold is written, or one half of a character that has both."""


def parse_json(body: bytes, **hooks: Any) -> Any:
    """What a document says; ``hooks`` are those of ``json.loads``. Raises ``ValueError``, for all that is wrong."""
    if sum(map(body.count, (b"[", b"{", b","))) > MAX_PARTS:
        raise ValueError("the document has too many values")
    try:
        text = body.decode(json.detect_encoding(body))
        found = json.loads(text, **({"parse_constant": _refuse} | hooks))
    except RecursionError as error:
        raise ValueError("the document is too deep") from error
    _check_depth(found)
    return _storable(found) if _NOT_STORABLE.search(text) else found


def _refuse(word: str) -> None:
    raise ValueError(f"the document has {word} as a number")


def _storable(value: Any) -> Any:
    match value:
        case str():
            return storable_text(value)
        case dict():
            return {storable_text(key): _storable(inner) for key, inner in value.items()}
        case list():
            return [_storable(inner) for inner in value]
    return value


def _check_depth(found: Any) -> None:
    level = _containers([found])
    for _depth in range(MAX_DEPTH):
        if not level:
            return
        level = [
            inner
            for each in level
            for inner in _containers(each.values() if isinstance(each, dict) else each)
        ]
    if level:
        raise ValueError("the document is too deep")


def _containers(values: Iterable[Any]) -> list[Any]:
    return [each for each in values if isinstance(each, dict | list)]
