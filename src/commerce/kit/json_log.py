"""Logs as JSON lines, on standard error and in one file for each day, and what takes secrets out of them."""

import errno
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from commerce.kit import files, process_metrics, tokens

current_request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered, or that caused the job that is run; every line carries it."""
context_fields: ContextVar[dict[str, Any]] = ContextVar("work", default={})  # noqa: B039 - nobody changes what is in it
"""What is being worked on outside of requests, such as ``{"job_id": 5}``; the lines written meanwhile carry it."""


@contextmanager
def of_request(request_id: str) -> Iterator[None]:
    """Let what is logged, recorded and asked for in this block belong to this request."""
    mark = current_request_id.set(request_id)
    try:
        yield
    finally:
        current_request_id.reset(mark)


@contextmanager
def log_context(**what: Any) -> Iterator[None]:
    """Let the lines that are written in this block say what they belong to."""
    mark = context_fields.set(context_fields.get() | what)
    try:
        yield
    finally:
        context_fields.reset(mark)


REDACTED = "[secret]"

# All of these take time in proportion to the text, whatever it is: a path may be as long as its sender likes. Hence
# the possessive quantifiers (`++`), and names that are looked at only from their first character on.
_PLAIN = (
    (tokens.TOKEN_IN_TEXT, REDACTED),
    (re.compile(r"(?i)\b(bearer|basic)\s++[^\s\"',;]++"), rf"\1 {REDACTED}"),
    (
        re.compile(
            r"(?i)(/(?:reset-password|verify|keep-email|billing-email|invite|unsubscribe|sandbox/session)/)"
            r"[^\s?\"'#]++"
        ),
        rf"\1{REDACTED}",
    ),
    (re.compile(r"(://[^\s/:@]{0,200}:)[^\s/@]{1,200}(?=@)"), rf"\1{REDACTED}"),
    (
        re.compile(r"(?i)(?<![\w-])((?:set-|http_)?cookie|(?:http_)?authorization):[^\r\n]*+"),
        rf"\1: {REDACTED}",
    ),
)
_PAIR = re.compile(
    r"(?i)(?<![\w-])(?=[\w-]{0,80}?(?:"  # a name that tells of a secret,
    r"pass(?:word|wd|phrase)|secret|token(?!_id\b)|authorization|cookie|credential|api_?key|session(?:id|_id|_?key)"
    r"|csrf|signature|(?:auth|recovery|backup|verification|reset)[_-]?(?:code|key))"
    r"|(?:code|key|pin|t?otp)(?![\w-]))"
    r"([\w-]++[\"']?\s{0,9}[=:]\s{0,9}(?!\[secret)[\[(]?)"  # quoted or not, in front of its value or of a list,
    r"(?:(\"|')(?:(?!\2)[^\\\n]|\\.)*+(?:\2)?|[^\s\"'&,;})\]\[]++)",  # which is quoted, or one word
    re.DOTALL,
)


def redact(text: str) -> str:
    """``text`` without tokens, passwords, codes, cookies and links that sign somebody in."""
    for pattern, instead in _PLAIN:
        text = pattern.sub(instead, text)
    return _PAIR.sub(rf"\1\g<2>{REDACTED}\g<2>", text)


_on_stderr = True


def keep_lines_off_stderr() -> None:
    """From now on the lines of this process go into files only; that a file cannot be written is still said."""
    global _on_stderr
    _on_stderr = False


def writes_to_stderr() -> bool:
    """Whether the lines of this process are seen on standard error, too."""
    return _on_stderr


class JsonLog:
    """An append-only log of JSON lines: ``<folder>/<name>-<day>.log`` and standard error.

    Each line is one write to a file opened for appending, so that several processes can share it. The day (UTC) is
    part of the name, so that nothing is renamed under a writer; of files older than today's ``keep_days`` are kept.
    A line that a full disk cut off is taken back, so that it does not swallow the next one, whoever writes it.
    """

    def __init__(
        self, folder: Path, name: str, *, keep_days: int = 14, to_stderr: bool = True
    ) -> None:
        self._folder, self._name, self._keep_days = folder, name, keep_days
        self._to_stderr = to_stderr
        self._ends = 0.0
        self._file = -1
        self._torn = False
        self._failing = False
        self._lock = Lock()

    def write(self, entry: dict[str, Any], *, to_stderr: bool = True) -> None:
        """Write one line. Never raises: a full disk does not stop the business."""
        line = _line(entry)
        if _on_stderr and self._to_stderr and to_stderr:
            _show(line)
        # Under the lock also while writing: the number of a file that another thread closes at midnight may by then
        # be that of a socket.
        with self._lock:
            try:
                self._append(line)
                self._failing = False
            except OSError as error:
                self._tell(error)

    def _append(self, line: bytes) -> None:
        file = self._open()
        if self._torn:
            line = b"\n" + line
        written = os.write(file, line)
        self._torn = written < len(line) and not _taken_back(file, written)
        if written < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _tell(self, error: OSError) -> None:
        """Say once that lines are missing in the file; on standard error they all are."""
        if not self._failing:
            self._failing = True
            _show(
                _line(
                    {
                        "at": _second(int(time.time())),
                        "level": "error",
                        "logger": __name__,
                        "message": f"The log {self._name} in {self._folder} cannot be written: {error.strerror}.",
                    }
                )
            )

    def _open(self) -> int:
        now = time.time()
        if now < self._ends:
            return self._file
        day = time.strftime("%Y-%m-%d", time.gmtime(now))
        files.make_private_folder(self._folder)
        opened = files.open_private_for_appending(self._folder / f"{self._name}-{day}.log")
        if self._file >= 0:
            os.close(self._file)
        size = os.fstat(
            opened
        ).st_size  # what a process that was killed, or a machine that stopped, left
        self._torn = size > 0 and os.pread(opened, 1, size - 1) != b"\n"
        self._file, self._ends = opened, (now // 86400 + 1) * 86400
        with suppress(OSError):
            self._forget(now)
        return self._file

    def _forget(self, now: float) -> None:
        oldest = time.strftime("%Y-%m-%d", time.gmtime(now - self._keep_days * 86400))
        for path in self._folder.glob(f"{self._name}-????-??-??.log"):
            if path.stem[-10:] < oldest:
                path.unlink(missing_ok=True)


def _taken_back(file: int, written: int) -> bool:
    """Cut a part of a line off the file's end again; False if somebody has written behind it already."""
    with suppress(OSError):
        ends = os.lseek(file, 0, os.SEEK_CUR)
        if os.fstat(file).st_size == ends:
            os.ftruncate(file, ends - written)
            return True
    return False


def _show(line: bytes) -> None:
    with suppress(OSError):
        os.write(2, line)


class AccessLog(JsonLog):
    """The access log: a line for each request, with the path but without its query, of at most 2 KiB."""

    def log_request(
        self,
        *,
        request_id: str,
        address: str,
        method: str,
        path: str,
        status: int,
        began: float,
        **more: Any,
    ) -> None:
        """Count an answered request and write its line; ``began`` is what ``time.perf_counter`` said at its start."""
        seconds = time.perf_counter() - began
        process_metrics.this_process.count_request(path, status, seconds)
        self.write(
            {
                "at": _second(int(time.time())),
                "request_id": request_id,
                "address": address,
                "method": _cleaned(method, 64),  # any word that a caller likes
                "path": _cleaned(path, 1500),
                "status": status,
                "ms": round(seconds * 1000, 2),
                **more,
            }
        )


def _cleaned(text: str, most: int) -> str:
    """Without secrets, and cut to ``most`` bytes as JSON writes them."""
    return (_cleaned_before if len(text) <= _LONGEST_KEPT else _clean)(text, most)


def _clean(text: str, most: int) -> str:
    return _cut(redact(text), most)  # in this order: half a token would not be known as one


_LONGEST_KEPT = 80
_cleaned_before = lru_cache(maxsize=1024)(_clean)


def _cut(text: str, most: int) -> str:
    if len(text) * 6 <= most:  # JSON writes no character with more bytes than \u0000 has
        return text
    whole = text
    while (size := len(_line_of(text))) > most:
        text = text[: len(text) * most // size]
    return text if text is whole else f"{text[:-1]}…"


def _line_of(text: str) -> bytes:
    return msgspec.json.encode(text.encode("utf-8", "replace").decode())


@lru_cache(maxsize=2)
def _second(at: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def _line(entry: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(entry) + b"\n"
    except Exception:  # noqa: BLE001 - half a character or a strange object must not end a request
        safe = {
            str(key): str(value).encode("utf-8", "replace").decode() for key, value in entry.items()
        }
        return msgspec.json.encode(safe) + b"\n"
