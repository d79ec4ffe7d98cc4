"""One HTTP call to a provider: a limit for the whole of it, its answer in memory, silence told as ``OSError``."""

import asyncio
import logging
import ssl
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from commerce.kit.remote import silence
from commerce.kit.remote.calls import noted_call
from commerce.kit.remote.json import parse_json
from commerce.kit.remote.packed import ACCEPT_ENCODING, BodyReader, BodyRefusedError
from commerce.kit.remote.pauses import note_pause
from commerce.kit.remote.permits import ask_permit
from commerce.kit.remote.silence import silence_text
from commerce.kit.remote.time_limits import seconds_left

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

logging.getLogger("httpx").setLevel(logging.WARNING)
"""What it says below that holds addresses, and with them names of saved cards."""

CONNECT_SECONDS, TOTAL_SECONDS = 5, 20
MAX_ANSWER_BYTES = 8 * 1024 * 1024
"""Of a body, as it comes and unpacked: a list of 250 payments is about 1 MiB."""
MAX_HEADER_BYTES = 64 * 1024


class ProviderSilentError(OSError):
    """No answer that can be relied on: the same call with the same key tells what became of it."""


class NoAnswerError(ProviderSilentError):
    """Nothing came back at all: no connection, or not in time.

    ``was_sent``: the call went out, so that what it asks for may be done, or still be under way.
    """

    def __init__(self, text: str, *, was_sent: bool = True) -> None:
        super().__init__(text)
        self.was_sent = was_sent


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
        """Its JSON. Raises ``ProviderSilentError`` for what is none, or too deep or too much."""
        try:
            return parse_json(self.body)
        except ValueError as error:
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

    The limit holds for all of it: one for each read lets a slow server take for ever. So does ``max_bytes``, before
    and after the body is unpacked: whoever answers may have been broken into. ``certificates`` says whom to trust, if
    not the usual authorities.
    """
    ask_permit()
    target = url.partition("://")[2].partition("/")[2]
    sent = content.encode() if isinstance(content, str) else content
    request = sent if isinstance(sent, bytes) else b""
    with noted_call(method, f"/{target}", request, host=_host_of(url)) as call:
        answer = _ask(
            method,
            url,
            headers,
            content,
            seconds=min(seconds, seconds_left()),
            max_bytes=max_bytes,
            certificates=certificates or usual_certificates(),
        )
        call.code, call.answer = answer.status, answer.body
    note_pause(answer.status, answer.headers)
    return answer


def _ask(
    method: str,
    url: str,
    headers: Mapping[str, str] | None,
    content: Any,
    *,
    seconds: float,
    max_bytes: int,
    certificates: ssl.SSLContext,
) -> HttpAnswer:
    import httpx  # 5 MiB, which no worker of the API has a use for

    loop = asyncio.new_event_loop()  # ``asyncio.run`` waits for a name server, however slow
    try:
        return loop.run_until_complete(
            _send(method, url, headers, content, seconds, max_bytes, certificates=certificates)
        )
    except BodyRefusedError as refused:
        log.warning("The answer of %s is refused: %s", httpx.URL(url).host, refused)
        raise NoAnswerError(silence_text(_host_of(url), str(refused))) from refused
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise _silence(url, error) from error
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def _silence(url: str, error: Exception) -> NoAnswerError:
    """What an error of the library means: whether the call went out, and what a person can do about it."""
    import httpx

    bad_address = httpx.InvalidURL | httpx.UnsupportedProtocol
    was_sent = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | bad_address)
    if isinstance(error, bad_address):
        reason = silence.NO_ADDRESS
    elif isinstance(error, TimeoutError | httpx.TimeoutException):
        reason = silence.TOO_LATE
    elif was_sent and isinstance(error, httpx.HTTPError):
        reason = silence.BROKEN_OFF
    else:
        reason = silence.connection_reason(error)
    return NoAnswerError(silence_text(_host_of(url), reason), was_sent=was_sent)


def _host_of(url: str) -> str:
    """Host and port as the address has them; nothing else of it, which may be a secret."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or '-'}:{parts.port}" if parts.port else parts.hostname or "-"
    except ValueError:
        return "-"


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

    if not 0 < (httpx.URL(url).port or 443) < 65_536:
        raise httpx.InvalidURL("no such port")
    asked = httpx.Headers(headers)
    asked["Accept-Encoding"] = ACCEPT_ENCODING
    # Connecting and its handshake end by themselves: one that is broken off from outside leaves its socket open.
    limits = httpx.Timeout(None, connect=min(CONNECT_SECONDS, seconds / 2))
    async with (
        asyncio.timeout(seconds),
        httpx.AsyncClient(timeout=limits, verify=certificates) as client,
        client.stream(method, url, headers=asked, content=content) as answer,
    ):
        body = await _read_body(answer, max_bytes)
    return HttpAnswer(answer.status_code, answer.headers, body)


async def _read_body(answer: "httpx.Response", max_bytes: int) -> bytes:
    """All of it, unpacked. Raises ``BodyRefusedError``."""
    if sum(len(name) + len(text) for name, text in answer.headers.raw) > MAX_HEADER_BYTES:
        raise BodyRefusedError("the headers are too large")
    reader = BodyReader(answer.headers.get("Content-Encoding", ""), max_bytes)
    async for part in answer.aiter_raw():
        reader.take(part)
    return reader.whole()


def trusted_authorities() -> list[bytes]:
    """The certificates, in DER, of those whom calls trust without ``certificates`` of their own."""
    return usual_certificates().get_ca_certs(binary_form=True)


@cache
def usual_certificates() -> ssl.SSLContext:
    """Trust in the usual authorities."""
    import httpx

    return httpx.create_ssl_context()
