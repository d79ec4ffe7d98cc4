"""The way to a panel: HTTPS with its certificate checked, and each call noted without secrets."""

import ssl
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from commerce.kit import clock
from commerce.kit.remote.calls import HIDDEN, CallNote, NoteCall, logged, without
from commerce.kit.remote.certificates import trust_in
from commerce.kit.remote.http import HttpAnswer, ProviderSilentError, send_request

ACT_SECONDS = 120
"""How long a call may take at most: less where the action that it belongs to has less."""


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


def _forget(call: CallNote) -> None:
    """Nobody reads it."""
    del call


@dataclass(slots=True, repr=False)
class PanelConnection:
    """Calls to one server; ``note`` is told of each."""

    server: PanelServer
    note: NoteCall = field(default=_forget)
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
            secrets = self._secrets()
            texts = [logged(each, secrets) for each in (path.encode(), content or b"", answered)]
            self.note(CallNote(at, method, texts[0], texts[1], status, texts[2], took))

    def shown(self, text: str) -> str:
        """The text without the secrets of the server and of the calls so far, however they are written in it."""
        return without(text, self._secrets())

    def _secrets(self) -> set[str]:
        return {*self.server.secrets, *self._hidden}


def _pinned(server: PanelServer) -> ssl.SSLContext:
    """Trust in this one certificate. Raises ``NoAnswerError`` when the server shows another one."""
    return trust_in(server.hostname, server.port, server.fingerprint)
