"""Calls of the staff API."""

from itertools import count
from typing import Any

from tests.make.api import ApiAnswer, call_api

_keys = count()


def get(path: str, token: str | None, **headers: str) -> ApiAnswer:
    named = {name.replace("_", "-"): one for name, one in headers.items()}
    return call_api(f"/api/staff/v1/{path}", token, headers=named)


def post(path: str, token: str, body: Any = None, **headers: str) -> ApiAnswer:
    """A POST with a key of its own unless one is told."""
    named = {"Idempotency-Key": f"key {next(_keys)}"}
    named |= {name.replace("_", "-"): one for name, one in headers.items()}
    sent = {} if body is None else body
    return call_api(f"/api/staff/v1/{path}", token, method="POST", body=sent, headers=named)
