"""Comparing what the API sends with what the contract says, byte for byte: keys in their order, numbers as written."""

import json
from typing import Any

from tests.make.api import ApiAnswer, call_api


def encode_as_api(value: Any) -> bytes:
    """A value as the API writes it: JSON without blanks, UTF-8 unescaped."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def assert_row(answer: ApiAnswer, expected: dict[str, Any]) -> None:
    """The reply is exactly this resource."""
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == {"data": expected}
    assert answer.body == encode_as_api({"data": expected})


def assert_list(answer: ApiAnswer, *expected: dict[str, Any]) -> None:
    """The reply is exactly these rows, on the only page of the default size."""
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    meta = {"current_page": 1, "last_page": 1, "per_page": 15, "total": len(expected)}
    body = {"data": list(expected), "meta": meta}
    assert answer.json == body
    assert answer.body == encode_as_api(body)


def statuses(path: str, token: str, values: dict[str, list[str]]) -> dict[int, str]:
    """The outside status of each row as list, detail and filter agree on it; ``values`` names all of the filter's."""
    listed = {
        row["id"]: row["status"] for row in call_api(f"{path}?per_page=100", token).json["data"]
    }
    for row_id, status in listed.items():
        assert call_api(f"{path}/{row_id}", token).json["data"]["status"] == status
    for status in values:
        found = call_api(f"{path}?status={status}&per_page=100", token)
        assert found.json["meta"]["total"] == len(found.ids)
        assert found.ids == [row_id for row_id, shown in listed.items() if shown == status]
    return listed
