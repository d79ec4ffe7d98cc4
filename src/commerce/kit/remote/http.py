"""One HTTP call to a provider: a limit for the whole of it, its answer in memory, silence told as ``OSError``."""

import asyncio
import json
import logging
import ssl
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any, NamedTuple

from commerce.kit.remote.time_limits import seconds_left

logging.getLogger("httpx").setLevel(logging.WARNING)
"""What it says below that holds addresses, and with them names of saved cards."""

CONNECT_SECONDS, TOTAL_SECONDS = 5, 20
MAX_ANSWER_BYTES = 8 * 1024 * 1024
"""A list of 250 payments is about 1 MiB."""


class ProviderSilentError(OSError):
    """No answer that can be relied on: the same call with the same key tells what became of it."""


class NoAnswerError(ProviderSilentError):
    """Nothing came back at all: no connection, or not in time."""


NOT_UNDERSTOOD = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What reading an answer raises that lacks what it must have."""


def understood[**P, T](call: Callable[P, T]) -> Callable[P, T]:
    """A call whose answer lacks what it must have had no answer that can be relied on."""

    @wraps(call)
    def read(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return call(*args, **kwargs)
        except NOT_UNDERSTOOD as error:
            raise ProviderSilentError(
                f"the answer is not understood: {type(error).__name__}"
            ) from error

    return read


class HttpAnswer(NamedTuple):
    """What a provider answered, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def data(self) -> Any:
        """Its JSON. Raises ``ProviderSilentError`` for what is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise ProviderSilentError("the answer is not JSON") from error


def send_request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: Any = None,
    seconds: float = TOTAL_SECONDS,
    max_bytes: int = MAX_ANSWER_BYTES,
    certificates: ssl.SSLContext | None = None,
) -> HttpAnswer:
    """Ask once; whoever wants it repeated does that, with the same key. Raises ``NoAnswerError``.

    The limit holds for all of it: one for each read lets a slow server take for ever. ``certificates`` says whom to
    trust, if not the usual authorities.
    """
    import httpx  # 5 MiB, which no worker of the API has a use for

    loop = asyncio.new_event_loop()  # ``asyncio.run`` waits for a name server, however slow
    try:
        return loop.run_until_complete(
            _send(
                method,
                url,
                headers,
                content,
                min(seconds, seconds_left()),
                max_bytes,
                certificates=certificates or _certificates(),
            )
        )
    except (httpx.HTTPError, OSError) as error:
        raise NoAnswerError(f"no answer: {type(error).__name__}") from error
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _send(
    method: str,
    url: str,
    headers: Mapping[str, str] | None,
    content: Any,
    seconds: float,
    max_bytes: int,
    *,
    certificates: ssl.SSLContext,
) -> HttpAnswer:
    import httpx

    body = b""
    # Connecting and its handshake end by themselves: one that is broken off from outside leaves its socket open.
    limits = httpx.Timeout(None, connect=min(CONNECT_SECONDS, seconds / 2))
    async with (
        asyncio.timeout(seconds),
        httpx.AsyncClient(timeout=limits, verify=certificates) as client,
        client.stream(method, url, headers=headers, content=content) as answer,
    ):
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > max_bytes:
                raise httpx.ReadError("the answer is too large")
    return HttpAnswer(answer.status_code, answer.headers, body)


@cache
def _certificates() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context()
