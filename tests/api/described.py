"""A description of the API, and how a reply differs from what it says."""

import json
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from types import ModuleType
from typing import Any

import jsonschema_rs
import pytest

from tests.make import make_client, make_token
from tests.make.api import ApiAnswer, call_api

TYPE = "content-type"
_REFERENCE = re.compile(r'"\$ref": "#/([^"]+)"')


def refusals(
    target: str, method: str, serve: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[int, ApiAnswer]]:
    """Each way in which a read is refused before its resource is asked, and one fault of ours: status and answer."""
    client = make_client()
    token = make_token(client)[1]
    elsewhere = make_token(client, networks=["192.0.2.0/24"])[1]
    yield 401, call_api(target, method=method)
    yield 401, call_api(target, "opt_live_x", method=method)
    yield 403, call_api(target, token, method=method, secure=False)
    yield 403, call_api(target, elsewhere, method=method)
    yield 403, call_api(target, make_token(client, scopes=["orders:read"])[1], method=method)
    with monkeypatch.context() as broken:
        broken.setattr(serve, "_etag", lambda *_, **__: 1 / 0)
        yield 500, call_api(target, token, method=method)
    while (last := call_api(target, token, method=method)).status != 429:
        pass
    yield 429, last
    yield 405, call_api(target, token, method="PUT")


class DescribedApi:
    """What a version of the API says of itself."""

    def __init__(self, describe: Callable[[str], Any]) -> None:
        self._describe = describe
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}

    @cached_property
    def _whole(self) -> Any:
        return self._describe("https://billing.example.com")

    def whole(self) -> Any:
        return self._whole

    def resolved(self, part: Any) -> Any:
        while "$ref" in part:
            found = self._whole
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            part = found
        return part

    def wrong(self, value: Any, schema: Any) -> list[str]:
        """What is wrong with a value; references are those of the description."""
        told = json.dumps(schema)
        if told not in self._validators:
            needed: dict[str, Any] = {}
            self._add_referenced(told, needed)
            made = jsonschema_rs.Draft202012Validator(needed | schema, validate_formats=True)
            self._validators[told] = made
        found = self._validators[told].iter_errors(value)
        return [f"{error.instance_path}: {error.message}" for error in found]

    def _add_referenced(self, told: str, needed: dict[str, Any]) -> None:
        """What a schema refers to and what that does: reading all components takes a hundred times as long."""
        for path in _REFERENCE.findall(told):
            *folders, name = path.split("/")
            place = needed
            for folder in folders:
                place = place.setdefault(folder, {})
            if name not in place:
                place[name] = self.resolved({"$ref": f"#/{path}"})
                self._add_referenced(json.dumps(place[name]), needed)

    def operations(self) -> Iterator[tuple[str, str, Any]]:
        for path, item in self._whole["paths"].items():
            for method in ("get", "head", "patch", "put", "post", "delete"):
                if method in item:
                    yield path, method, item[method]

    def misfits(self, path: str, method: str, answer: ApiAnswer) -> list[str]:
        """How a reply differs from what its operation says of its status."""
        known = self._whole["paths"][path][method.lower()]["responses"]
        if str(answer.status) not in known:
            return [f"status {answer.status} is not described"]
        response = self.resolved(known[str(answer.status)])
        headers = {name.lower(): self.resolved(one) for name, one in response["headers"].items()}
        found = [
            f"header {name} is not described" for name in answer.headers.keys() - {*headers, TYPE}
        ]
        for name, one in headers.items():
            if name in answer.headers:
                value: Any = answer.headers[name]
                value = int(value) if one["schema"]["type"] == "integer" else value
                found += [f"header {name} {error}" for error in self.wrong(value, one["schema"])]
            elif one.get("required"):
                found.append(f"header {name} is missing")
        content = response.get("content", {})
        if content and answer.headers[TYPE] in content:
            found += self.wrong(answer.json, content[answer.headers[TYPE]]["schema"])
        elif content or answer.body:
            found.append(f"body {answer.body[:40]!r}")
        return found


def everything(part: Any) -> Iterator[Any]:
    """Each object of a description and the parts below it."""
    yield part
    for inner in part.values() if isinstance(part, dict) else part:
        if isinstance(inner, dict | list):
            yield from everything(inner)
