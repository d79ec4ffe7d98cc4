"""JSON that others answer, within bounds: a small text must not become a large heap, nor a deep one."""

import json
from collections.abc import Iterable
from typing import Any

MAX_DEPTH, MAX_PARTS = 64, 500_000
"""How deep lists and objects may stand in each other, and how many values there may be: a list of 250 payments, which
is about 1 MiB, has some 40,000.
"""


def parse_json(body: bytes, **hooks: Any) -> Any:
    """What a document says; ``hooks`` are those of ``json.loads``. Raises ``ValueError``, for all that is wrong."""
    if sum(map(body.count, (b"[", b"{", b","))) > MAX_PARTS:
        raise ValueError("the document has too many values")
    try:
        found = json.loads(body, **hooks)
    except RecursionError as error:
        raise ValueError("the document is too deep") from error
    _check_depth(found)
    return found


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
