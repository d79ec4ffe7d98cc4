"""Cursors: where a walk through a list stands, signed, and bound to its client, list and parameters."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import msgspec
from django.conf import settings

from commerce.api.core.errors import ApiProblem, Error, ProblemPart

CURSOR_LIFE = timedelta(days=7)
_SIGNATURE_BYTES = 16
_KEY = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?: [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{6})?(?:\+00:00)?)?\Z"
)
"""A day or an instant as they are stored, in UTC: of other forms that Python reads, PostgreSQL refuses some."""


class ListPosition(NamedTuple):
    """The last row of a page: its sort key, as the database writes it, and its id; and when the page was sent."""

    key: str
    row_id: int
    at: int


class WalkedList(NamedTuple):
    """What a cursor belongs to."""

    client_id: int
    path: str
    parameters: str


def write_cursor(walked: WalkedList, position: ListPosition) -> str:
    """The text of a cursor, of characters that need no escaping in a URL."""
    body = msgspec.json.encode(position)
    return urlsafe_b64encode(_signature(walked, body) + body).decode().rstrip("=")


class ReadCursor(NamedTuple):
    """What a cursor says, and the signature that remains to be checked once it is known who asks."""

    position: ListPosition
    signature: bytes
    body: bytes


def read_cursor(text: str) -> ReadCursor:
    """A cursor as it came; raises ``ApiProblem`` 400 for a text that no cursor of ours can have."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        position = msgspec.json.decode(body, type=ListPosition)
        datetime.fromisoformat(position.key)  # a database would fail at another
    except (ValueError, msgspec.MsgspecError) as error:
        raise cursor_problem() from error
    if _KEY.match(position.key) is None or not 0 < position.row_id < 2**63:
        raise cursor_problem()
    return ReadCursor(position, signature, body)


def is_cursor_of(cursor: ReadCursor, walked: WalkedList, now: datetime) -> bool:
    """Whether a cursor is ours, of this list and not too old."""
    is_ours = hmac.compare_digest(cursor.signature, _signature(walked, cursor.body))
    return is_ours and now.timestamp() - cursor.position.at <= CURSOR_LIFE.total_seconds()


def cursor_problem() -> ApiProblem:
    """The same for each reason, so that nothing is told about what a cursor holds."""
    text = "The cursor is not valid for this list."
    part = ProblemPart("parameter", "cursor", "not_valid", text)
    return ApiProblem(400, Error(text), code="cursor.not_valid", parts=[part])


def _signature(walked: WalkedList, body: bytes) -> bytes:
    signed = msgspec.json.encode(walked) + b"\n" + body
    key = _key(settings.SECRET_KEY)
    return hashlib.blake2b(signed, key=key, digest_size=_SIGNATURE_BYTES).digest()


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    """A key of its own, so that nothing else that is signed here passes for a cursor."""
    return hashlib.blake2b(secret.encode(), person=b"api v2 cursor").digest()
