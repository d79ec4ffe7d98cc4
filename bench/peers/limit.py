"""The limit: the least that can answer a list of services. A bare WSGI function and one prepared statement.

It knows one path and well-formed requests only: no limits, networks, scopes, tags, logs or words about what is wrong.
"""

import hashlib
import os
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs

import msgspec
import psycopg

_STATEMENT = """
WITH caller AS MATERIALIZED (
  SELECT token.client_id, (
    SELECT count(*) FROM hosting_service s WHERE s.client_id = token.client_id {condition}
  ) AS total
  FROM accounts_apitokensecret secret JOIN accounts_apitoken token ON token.id = secret.token_id
  WHERE secret.token_hash = %(hash)s AND token.status = 'live'
    AND (token.expires_on IS NULL OR token.expires_on >= %(today)s)
)
SELECT caller.total, page.id, page.label, page.domain, page.status, product.name,
       page.billing_cycle, page.amount, page.currency_code, page.next_due_date, page.created_at
FROM caller
LEFT JOIN LATERAL (
  SELECT s.* FROM hosting_service s WHERE s.client_id = caller.client_id {condition}
  ORDER BY s.created_at DESC, s.id DESC LIMIT %(rows)s OFFSET %(skipped)s
) page ON true
LEFT JOIN catalog_product product ON product.id = page.product_id
ORDER BY page.created_at DESC, page.id DESC
"""
_ALL = _STATEMENT.format(condition="")
_BY_STATUS = _STATEMENT.format(condition="AND s.status = ANY(%(inside)s)")
_INSIDE = {"cancelled": ["cancelled", "terminated"]}


class ServiceStruct(msgspec.Struct):
    id: int
    name: str
    domain: str | None
    status: str
    product_name: str
    billing_cycle: str
    amount: int
    currency_code: str
    next_due_date: date | None
    created_at: datetime


class PageMetaStruct(msgspec.Struct):
    current_page: int
    last_page: int
    per_page: int
    total: int


class PageStruct(msgspec.Struct):
    data: list[ServiceStruct]
    meta: PageMetaStruct


_encode = msgspec.json.Encoder().encode
_here = threading.local()


def _cursor() -> psycopg.Cursor[Any]:
    if not hasattr(_here, "cursor"):
        connection = psycopg.connect(
            os.environ["COMMERCE_DATABASE_URL"], autocommit=True, prepare_threshold=0
        )
        _here.cursor = connection.cursor(binary=True)
    cursor: psycopg.Cursor[Any] = _here.cursor
    return cursor


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer ``GET /api/v1/services`` for the token's client."""
    given = parse_qs(environ["QUERY_STRING"])
    page, rows = int(given.get("page", "1")[0]), int(given.get("per_page", ["15"])[0])
    values: dict[str, Any] = {
        "hash": hashlib.sha256(environ["HTTP_AUTHORIZATION"][7:].encode()).hexdigest(),
        "today": datetime.now(UTC).date(),
        "rows": rows,
        "skipped": (page - 1) * rows,
    }
    statement = _ALL
    if "status" in given:
        outside = given["status"][0]
        statement, values["inside"] = _BY_STATUS, _INSIDE.get(outside, [outside])
    found = _cursor().execute(statement, values).fetchall()
    if not found:
        start_response("401 Unauthorized", [("Content-Type", "application/json")])
        return [b'{"message":"Unauthenticated."}']
    total = found[0][0]
    data = [
        ServiceStruct(
            row[1],
            row[2],
            row[3] or None,
            "cancelled" if row[4] == "terminated" else row[4],
            *row[5:],
        )
        for row in found
        if row[1]
    ]
    body = _encode(PageStruct(data, PageMetaStruct(page, max(-(-total // rows), 1), rows, total)))
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]
