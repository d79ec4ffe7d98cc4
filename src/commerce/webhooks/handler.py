"""The door for gateways: ``POST /webhooks/{gateway}``, in one screen (payments.md 4).

The server → this handler (chosen in ``config/wsgi.py``: no sessions, cookies, CSRF or middleware) → transport →
gateway → size → verification on the raw bytes → a row and its job in one transaction → 200. What a message means is
worked out by that job. Where a gateway has to be asked whether a message is true, each network may be the reason of
some such calls only; false messages that cost none are refused one by one, and close the door to nobody.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.conf import settings
from django.db import close_old_connections, connection

from commerce.db import outages, statement_timeouts
from commerce.kit import clock, counter_store, ids, json_log
from commerce.kit.context import Actor, Context
from commerce.kit.errors import BusinessError
from commerce.kit.proxy_headers import rate_limit_network
from commerce.kit.remote.permits import CallNotPermittedError, calls_need
from commerce.kit.request_cache import cached_for_request
from commerce.payments.gateways.contract import KeyRefusedError
from commerce.payments.receive_message import (
    MAX_MESSAGE_BYTES,
    UnknownReference,
    receive_message,
    takes_messages,
)

log = logging.getLogger(__name__)

PATH = "/webhooks/"
ANSWER_SECONDS = 2
UNVERIFIED_PER_MINUTE = 60
"""After so many messages of a network for which a gateway was asked in vain, it is asked for none of them until the
minute is over: that costs it and us time.
"""


class WebhookReply(NamedTuple):
    """What a gateway is told; its staff read ``text`` in its log of deliveries."""

    status: str
    text: str
    headers: tuple[tuple[str, str], ...] = ()


RECEIVED = WebhookReply("200 OK", "Received.")
NOT_OURS = WebhookReply("200 OK", "Received: it is not about a payment of ours.")
NOT_VERIFIED = WebhookReply("400 Bad Request", "This message could not be verified.")
HTTPS_REQUIRED = WebhookReply("403 Forbidden", "HTTPS is required.")
UNKNOWN = WebhookReply("404 Not Found", "There is no such gateway.")
NOT_POSTED = WebhookReply("405 Method Not Allowed", "Method not allowed.", (("Allow", "POST"),))
TOO_LARGE = WebhookReply("413 Content Too Large", "A message has at most 256 KiB.")
TOO_MANY = WebhookReply("429 Too Many Requests", "Too many messages that could not be verified.")
FAILED = WebhookReply("500 Internal Server Error", "Server error.")
LATER = WebhookReply(
    "503 Service Unavailable",
    "Please send it again.",
    (("Retry-After", str(outages.RETRY_AFTER_SECONDS)),),
)


class WebhookHandler:
    """The WSGI handler of everything below ``/webhooks/``."""

    def __init__(self) -> None:
        self.access = json_log.AccessLog(
            settings.COMMERCE_DATA_DIR / "log", "access", keep_days=settings.COMMERCE_LOG_DAYS
        )

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        began = time.perf_counter()
        request_id = ids.valid_request_id(environ.get("HTTP_X_REQUEST_ID"))
        mark = json_log.current_request_id.set(request_id)
        try:
            reply = _answer(environ, request_id)
        except Exception as error:  # noqa: BLE001 - told in full
            reply = _failed(error)
        body = reply.text.encode() + b"\n"
        self.access.log_request(
            request_id=request_id,
            address=environ["REMOTE_ADDR"],
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"].encode("latin-1", "replace").decode("utf-8", "replace"),
            status=int(reply.status[:3]),
            began=began,
        )
        json_log.current_request_id.reset(mark)
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Request-Id", request_id),
            *reply.headers,
        ]
        start_response(reply.status, headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _answer(environ: dict[str, Any], request_id: str) -> WebhookReply:
    slug = environ["PATH_INFO"].removeprefix(PATH)
    return _refusal(environ, slug) or _received(environ, slug, request_id)


def _received(environ: dict[str, Any], slug: str, request_id: str) -> WebhookReply:
    """What becomes of a message that is read."""
    actor = Actor("system", address=environ["REMOTE_ADDR"] or None, request_id=request_id)
    questions = _Questions(slug, environ["REMOTE_ADDR"])
    try:
        with _limited(), calls_need(questions.take):
            receive_message(
                gateway=slug,
                headers=_Headers(environ),
                body=environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)),
                ctx=Context(clock.now(), actor),
            )
    except UnknownReference:
        return NOT_OURS
    except BusinessError as unverified:
        log.warning("A message to %s was refused: %s", slug, unverified)
        return NOT_VERIFIED
    except KeyRefusedError as refused:
        log.error("%s refuses our key: %s", slug, refused)
        return LATER
    except CallNotPermittedError as later:
        return TOO_MANY._replace(headers=(("Retry-After", str(later.seconds)),))
    except OSError as silent:
        log.warning("A message to %s could not be verified: %s", slug, silent)
        return LATER
    questions.give_back()
    return RECEIVED


def _refusal(environ: Mapping[str, Any], slug: str) -> WebhookReply | None:
    """Why a message is not read at all, if so."""
    if environ["wsgi.url_scheme"] != "https":
        return HTTPS_REQUIRED
    if not takes_messages(slug):
        return UNKNOWN
    if environ["REQUEST_METHOD"] != "POST":
        return NOT_POSTED
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length[:20]) > MAX_MESSAGE_BYTES:
        return TOO_LARGE
    return None


class _Questions:
    """What one message may have its gateway asked; it counts for its network unless it proves to be true."""

    def __init__(self, slug: str, address: str) -> None:
        self._key = f"webhook-questions:{slug}:{rate_limit_network(address)}"
        self._store = counter_store.counter_store_for(settings.COMMERCE_COUNTERS)
        self._is_taken = False

    def take(self) -> None:
        """Before each call; the first one counts. Raises ``CallNotPermittedError``."""
        if self._is_taken:
            return
        taken = self._store.take(self._key, UNVERIFIED_PER_MINUTE, 60)
        if taken is not None and not taken.admitted:
            raise CallNotPermittedError(taken.seconds_to_reset)
        self._is_taken = taken is not None  # otherwise the store is down

    def give_back(self) -> None:
        if self._is_taken:
            self._store.give_back(self._key)


@contextmanager
def _limited() -> Iterator[None]:
    """Settings are read once, and no statement takes longer than the gateway waits."""
    seconds = min(ANSWER_SECONDS, settings.COMMERCE_PAGE_STATEMENT_SECONDS)
    if not connection.in_atomic_block:  # it is in tests alone
        close_old_connections()  # one that was lost since the last message is made anew
    with statement_timeouts.time_limit(seconds), cached_for_request():
        yield


class _Headers(Mapping[str, str]):
    """The headers of a WSGI environment by the names that HTTP has for them."""

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        value: str = self._environ[f"HTTP_{name.upper().replace('-', '_')}"]
        return value

    def __iter__(self) -> Iterator[str]:
        return (
            name.removeprefix("HTTP_").replace("_", "-")
            for name in self._environ
            if name.startswith("HTTP_")
        )

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _failed(error: Exception) -> WebhookReply:
    """What a gateway hears when it was not its doing: it sends the message again."""
    kind = outages.outage_kind(error)
    if kind is None:
        log.error("A message of a gateway could not be received.", exc_info=error)
        return FAILED
    outages.log_outage(log, kind, error)
    return LATER
