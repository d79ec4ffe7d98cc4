"""What is kept of calls to others: when, what was asked and answered, how long it took, and nothing secret.

Whoever calls notes it by itself; whoever wants to read it opens ``noting_calls`` around.
"""

import base64
import json
import logging
import re
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from html import escape
from urllib.parse import quote, quote_plus

from commerce.kit import clock
from commerce.kit.json_log import current_request_id

log = logging.getLogger(__name__)

LOGGED_BYTES = 16 * 1024
HIDDEN = "[hidden]"
_NAMED = (
    re.compile(
        r"(<(?:[\w-]+:)?(?:pw|newPW)\b[^>]*>|<item key=[\"'][^\"']*(?:auth_info|password|secret)[\"']>)[^<]+"
    ),
    re.compile(
        r"((?:domsecret|auth[_-]?(?:code|info)|eppcode|passw(?:or)?d|token|secret|api[_-]?key)[\"']?\s{0,9}[=:]\s{0,9}[\"']?)"
        r"[^\s\"'&,;}<]+",
        re.IGNORECASE,
    ),
)
"""Passwords and codes that an answer tells, which nobody knows before: as EPP, envelopes of OpenSRS, JSON and forms
name them.
"""


@dataclass(frozen=True, slots=True)
class CallNote:
    """One call as staff read it: texts of at most 16 KiB without secrets; ``status`` 0 means no answer."""

    at: datetime
    method: str
    path: str
    request: str
    status: int
    answer: str
    milliseconds: int


type NoteCall = Callable[[CallNote], None]


@dataclass(frozen=True, slots=True)
class _Reader:
    note: NoteCall
    secrets: Callable[[], Collection[str]]
    hides_answers: bool


_reader: ContextVar[_Reader | None] = ContextVar("reader of calls", default=None)


@contextmanager
def noting_calls(
    note: NoteCall, secrets: Callable[[], Collection[str]], *, hides_answers: bool = False
) -> Iterator[None]:
    """``note`` is told of each call within the block, without the ``secrets``, asked for then; ``hides_answers``: nor
    anything that came back.
    """
    mark = _reader.set(_Reader(note, secrets, hides_answers))
    try:
        yield
    finally:
        _reader.reset(mark)


@dataclass(slots=True)
class CallInProgress:
    """A call that is being made: ``code`` and ``answer`` are set once known, ``is_noted`` if it need not be."""

    code: int = 0
    answer: bytes = b""
    is_noted: bool = True


@contextmanager
def noted_call(
    method: str, path: str, request: bytes, *, host: str = ""
) -> Iterator[CallInProgress]:
    """Tell whoever reads along of the call that is made within the block, however it ends; the log of a request, and of
    the jobs that it caused, says whom it asked.
    """
    reader = _reader.get()
    at, started, call = clock.now(), time.monotonic(), CallInProgress()
    try:
        yield call
    except Exception as silence:
        call.answer = call.answer or str(silence).encode()
        raise
    finally:
        took = int((time.monotonic() - started) * 1000)
        if host and current_request_id.get():
            log.info("%s %s: %s in %s ms", method, host, call.code or "no answer", took)
        if reader is not None and call.is_noted:
            _note_call(reader, at, (method, path, request), call, took)


def _note_call(
    reader: _Reader, at: datetime, asked: tuple[str, str, bytes], call: CallInProgress, took: int
) -> None:
    """What was done stays done, if it cannot be noted."""
    method, path, request = asked
    answer = HIDDEN.encode() if reader.hides_answers and call.code else call.answer
    try:
        secrets = reader.secrets()
        texts = [logged(each, secrets) for each in (path.encode(), request, answer)]
        reader.note(CallNote(at, method, texts[0], texts[1], call.code, texts[2], took))
    except Exception:
        log.exception("A call can't be noted: %s", method)


def logged(text: bytes, secrets: Collection[str]) -> str:
    """What a log may hold of it: also a secret in the middle of a form or of JSON is not in it."""
    shown = without(text[: 4 * LOGGED_BYTES].decode("utf-8", "replace"), secrets)
    for pattern in _NAMED:
        shown = pattern.sub(rf"\1{HIDDEN}", shown)
    return shown.encode()[:LOGGED_BYTES].decode("utf-8", "ignore")


def without(text: str, secrets: Collection[str]) -> str:
    """The text without these, however they are written in it."""
    forms = {form for each in secrets if each for form in _forms(each)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    return text


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
        base64.b64encode(secret.encode()).decode(),
    }
