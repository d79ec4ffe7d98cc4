"""A program that keeps a copy of a client: it reads the lists, follows ``GET /events``, and re-reads what is named.

What it has then must be what the lists say, but for fields that the description calls derived (client-api-v2.md 7).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

from commerce.accounts.models import SCOPES, Client
from commerce.events.client_event_types import CLIENT_EVENT_KINDS
from tests.house.source import ROOT
from tests.make.api import call_api
from tests.make.records import make_token

LISTED = tuple(kind for kind, one in CLIENT_EVENT_KINDS.items() if one.scope)
"""Kinds of which a copy is kept: an operation is read once, by who began it."""
type Rows = dict[str, dict[str, Any]]
"""Rows by kind and id, as lists show them."""


@dataclass
class FeedFollower:
    """Where it stands, and what it has by then; its token sees ``kinds``. It can be kept as JSON."""

    token: str
    kinds: Sequence[str]
    position: int
    rows: Rows

    @classmethod
    def begin(cls, token: str, kinds: Sequence[str] = LISTED) -> "FeedFollower":
        """Ask for the position, then read the lists."""
        position = _read(token, "/events")["meta"]["position"]
        return cls(token, kinds, position, _listed(token, kinds))

    def follow(self, draw: Random, pages: int = 1_000) -> int:
        """Read on for some pages, of which events come twice and in any order; how many there were."""
        read = 0
        while pages:
            limit = draw.choice([1, 2, 7, 100])
            feed = _read(self.token, f"/events?after={self.position}&limit={limit}")
            read += len(feed["data"])
            self.reread(draw, feed["data"])
            self.position = feed["meta"]["position"]
            if not feed["meta"]["has_more"]:
                break
            pages -= 1
        return read

    def differences(self) -> list[str]:
        """How the copy differs from the lists, once all was followed."""
        found = []
        for kind, rows in _listed(self.token, self.kinds).items():
            for key in {**rows, **self.rows[kind]}:
                mine, theirs = self.rows[kind].get(key, {}), rows.get(key, {})
                names = [one for one in {**mine, **theirs} if mine.get(one) != theirs.get(one)]
                found += [f"{kind} {key} {n}: {mine.get(n)} is {theirs.get(n)}" for n in names]
        return found

    def reread(self, draw: Random, events: list[Any]) -> None:
        """Take events as they come: each twice, in any order."""
        named = {kind: set[str]() for kind in self.kinds}
        for event in draw.sample(events * 2, len(events) * 2):
            named[event["data"]["resource"]["kind"]].add(str(event["data"]["resource"]["id"]))
        for kind, keys in named.items():
            if keys:
                found = _rows(self.token, kind, f"&ids={','.join(sorted(keys))}")
                kept = {key: row for key, row in self.rows[kind].items() if key not in keys}
                self.rows[kind] = kept | found


def follow_all() -> list[FeedFollower]:
    """Begin with each client there is."""
    clients = Client.objects.filter(memberships__role="owner").distinct()
    tokens = [make_token(client, scopes=[*SCOPES])[1] for client in clients]
    return [FeedFollower.begin(token) for token in tokens]


def _listed(token: str, kinds: Sequence[str]) -> Rows:
    return {kind: _rows(token, kind) for kind in kinds}


def _rows(token: str, kind: str, query: str = "") -> dict[str, Any]:
    path = CLIENT_EVENT_KINDS[kind].path
    if path == "account":
        one = _read(token, f"/{path}")["data"]
        return {str(one["id"]): _stored(one, "AccountDetail")}
    found, cursor = dict[str, Any](), ""
    while True:
        page = _read(token, f"/{path}?limit=100{query}{cursor}")
        found |= {str(row["id"]): _stored(row, _row_schema(path)) for row in page["data"]}
        if not page["meta"]["has_more"]:
            return found
        cursor = f"&cursor={page['meta']['next_cursor']}"


def _read(token: str, target: str) -> Any:
    answer = call_api(f"/api/v2{target}", token)
    assert answer.status == 200, (target, answer.body)
    return answer.json


def _stored(row: dict[str, Any], schema: str) -> dict[str, Any]:
    properties = _description()["components"]["schemas"][schema]["properties"]
    return {key: value for key, value in row.items() if "x-derived" not in properties[key]}


@cache
def _row_schema(path: str) -> str:
    get = _description()["paths"][f"/api/v2/{path}"]["get"]
    reply = get["responses"]["200"]["content"]["application/json"]["schema"]["anyOf"][0]
    envelope = _description()["components"]["schemas"][reply["$ref"].rpartition("/")[2]]
    return str(envelope["properties"]["data"]["items"]["$ref"].rpartition("/")[2])


@cache
def _description() -> Any:
    return json.loads((ROOT / "docs" / "openapi-v2.json").read_text("utf-8"))
