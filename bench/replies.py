"""What is right: every contestant must give the same replies, and these are worked out here a second time."""

import http.client
import json
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import psycopg

from bench.wrk import ApiCall, SpoiledRunError
from commerce.kit import tokens

_ROWS = """
SELECT s.id, s.label, s.domain, s.status, p.name, s.billing_cycle, s.amount, s.currency_code,
       s.next_due_date::text, to_char(s.created_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM hosting_service s JOIN catalog_product p ON p.id = s.product_id
JOIN accounts_apitoken t ON t.client_id = s.client_id
JOIN accounts_apitokensecret k ON k.token_id = t.id
WHERE k.token_hash = %s ORDER BY s.created_at DESC, s.id DESC
"""
_NAMES = (
    *("id", "name", "domain", "status", "product_name", "billing_cycle", "amount"),
    *("currency_code", "next_due_date", "created_at"),
)


class ServerAnswer(NamedTuple):
    """A reply to one call: status, tag, body, and how many bytes came over the wire."""

    status: int
    tag: str
    body: bytes
    size: int


class ApiCaller:
    """Asks one server over one connection, with the headers that the load has too."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, call: ApiCall) -> ServerAnswer:
        headers = {"Authorization": f"Bearer {call.token}", "X-Forwarded-Proto": "https"}
        if call.tag:
            headers["If-None-Match"] = call.tag
        # Not request(): it would add Accept-Encoding, which the load does not send.
        self._connection.putrequest("GET", call.path, skip_accept_encoding=True)
        for name, value in headers.items():
            self._connection.putheader(name, value)
        self._connection.endheaders()
        reply = self._connection.getresponse()
        body = reply.read()
        head = sum(len(name) + len(value) + 4 for name, value in reply.getheaders())
        line = len(f"HTTP/1.1 {reply.status} {reply.reason}\r\n\r\n")
        return ServerAnswer(
            reply.status, reply.headers.get("ETag", ""), body, head + line + len(body)
        )


class ReferenceReplies:
    """The expected bodies, straight from the tables."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute("SET TIME ZONE 'UTC'")
        self._known: dict[str, list[dict[str, Any]]] = {}

    def close(self) -> None:
        self._connection.close()

    def body(self, call: ApiCall) -> dict[str, Any]:
        """What a call must be answered with."""
        asked = parse_qs(urlsplit(call.path).query)
        page, rows = int(asked.get("page", ["1"])[0]), int(asked.get("per_page", ["15"])[0])
        found = self._rows(call.token)
        if "status" in asked:
            found = [row for row in found if row["status"] == asked["status"][0]]
        meta = {
            "current_page": page,
            "last_page": max(-(-len(found) // rows), 1),
            "per_page": rows,
            "total": len(found),
        }
        return {"data": found[(page - 1) * rows : page * rows], "meta": meta}

    def is_right(self, call: ApiCall, body: bytes) -> bool:
        """Whether a call may be answered with this; of version 2 what it shares with version 1 is compared."""
        told = json.loads(body)
        if not call.path.startswith("/api/v2/"):
            return bool(told == self.body(call))
        found = self._rows(call.token)
        asked = parse_qs(urlsplit(call.path).query)
        most = int(asked["limit"][0])
        start = most if "cursor" in asked else 0
        if "status" in asked:
            found = [row for row in found if row["status"] == "active"]
        own = [
            {name: one[name] for name in _NAMES}
            | {"status": "cancelled" if one["status"] == "terminated" else one["status"]}
            for one in told["data"]
        ]
        has_more = len(found) > start + most
        return own == found[start : start + most] and told["meta"]["has_more"] == has_more

    def _rows(self, token: str) -> list[dict[str, Any]]:
        if token not in self._known:
            rows = self._connection.execute(_ROWS, [tokens.token_digest(token)]).fetchall()
            self._known[token] = [_shown(dict(zip(_NAMES, row, strict=True))) for row in rows]
        return self._known[token]


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    status = "cancelled" if row["status"] == "terminated" else row["status"]
    return row | {"domain": row["domain"] or None, "status": status}


def check_sample(
    port: int, calls: Iterable[ApiCall], status: int, reference: ReferenceReplies
) -> float:
    """Compare the replies to some calls with the reference; gives their mean size in bytes.

    Raises ``SpoiledRunError`` with the call and what came when one differs.
    """
    caller, sizes = ApiCaller(port), []
    for call in calls:
        answer = caller.ask(call)
        if answer.status != status:
            raise SpoiledRunError(
                f"{call.path}: {answer.status} instead of {status}: {answer.body[:300]!r}"
            )
        if status == 304 and answer.body:
            raise SpoiledRunError(f"{call.path}: a 304 with a body: {answer.body[:300]!r}")
        if status == 200 and not reference.is_right(call, answer.body):
            raise SpoiledRunError(f"{call.path}: another body than expected: {answer.body[:300]!r}")
        sizes.append(answer.size)
    return sum(sizes) / len(sizes)
