"""The way to a panel: HTTPS with its certificate checked, and each call noted without secrets."""

import json
import ssl
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from urllib.parse import quote, quote_plus

from commerce.kit import clock
from commerce.kit.remote.certificates import trust_in
from commerce.kit.remote.http import HttpAnswer, ProviderSilentError, send_request

LOGGED_BYTES = 16 * 1024
ACT_SECONDS = 120
"""How long a call may take at most: less where the action that it belongs to has less."""
HIDDEN = "[hidden]"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PanelServer:
    """A server as its module sees it. ``settings`` are the fields of the module, secrets in plain text.

    ``fingerprint``: the SHA-256 of the certificate that it must show, as 64 hexadecimal digits; empty: one that the
    usual authorities vouch for.
    """

    id: int
    name: str
    hostname: str
    port: int
    settings: Mapping[str, str]
    secrets: Collection[str] = ()
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class PanelCall:
    """One call as staff read it: texts of at most 16 KiB without secrets; ``status`` 0 means no answer."""

    at: datetime
    method: str
    path: str
    request: str
    status: int
    answer: str
    milliseconds: int


def _forget(call: PanelCall) -> None:
    """Nobody reads it."""
    del call


@dataclass(slots=True, repr=False)
class PanelConnection:
    """Calls to one server; ``note`` is told of each."""

    server: PanelServer
    note: Callable[[PanelCall], None] = field(default=_forget)
    _hidden: set[str] = field(default_factory=set, init=False)
    """Secrets of the calls so far: an answer may tell them back later."""

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        seconds: float = ACT_SECONDS,
        hidden: Collection[str] = (),
        hides_answer: bool = False,
    ) -> HttpAnswer:
        """Ask once. ``hidden`` are secrets of this call (a password), beside those of the server; ``hides_answer``: so
        is all that comes back (a link that signs in).

        Raises ``NoAnswerError`` when nothing comes back, also for a certificate that is not the right one.
        """
        server, at, started = self.server, clock.now(), time.monotonic()
        status, answered = 0, b""
        self._hidden.update(hidden)
        try:
            answer = send_request(
                method,
                f"https://{server.hostname}:{server.port}{path}",
                headers=headers,
                content=content,
                seconds=seconds,
                certificates=_pinned(server) if server.fingerprint else None,
            )
            status, answered = answer.status, HIDDEN.encode() if hides_answer else answer.body
            return answer
        except ProviderSilentError as silence:
            answered = str(silence).encode()
            raise
        finally:
            took = int((time.monotonic() - started) * 1000)
            texts = [self._logged(each) for each in (path.encode(), content or b"", answered)]
            self.note(PanelCall(at, method, texts[0], texts[1], status, texts[2], took))

    def shown(self, text: str) -> str:
        """The text without the secrets of the server and of the calls so far, however they are written in it."""
        secrets = {each for each in (*self.server.secrets, *self._hidden) if each}
        for form in sorted({form for each in secrets for form in _forms(each)}, key=len)[::-1]:
            text = text.replace(form, HIDDEN)
        return text

    def _logged(self, text: bytes) -> str:
        """What a log may hold of it: also a secret in the middle of a form or of JSON is not in it."""
        shown = self.shown(text[: 4 * LOGGED_BYTES].decode("utf-8", "replace"))
        return shown.encode()[:LOGGED_BYTES].decode("utf-8", "ignore")


def _forms(secret: str) -> set[str]:
    """How a secret can stand in an address, a form, JSON or XML."""
    in_json = json.dumps(secret)[1:-1]
    return {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        quote(secret),
        in_json,
        in_json.replace("/", "\\/"),
        escape(secret),
        escape(secret, quote=False),
    }


def _pinned(server: PanelServer) -> ssl.SSLContext:
    """Trust in this one certificate. Raises ``NoAnswerError`` when the server shows another one."""
    return trust_in(server.hostname, server.port, server.fingerprint)
