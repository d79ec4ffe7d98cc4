"""Logs as JSON lines, on standard error and in one file for each day; secrets are taken out before a line is written."""

import os
import re
import sys
import time
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from commerce.kit import tokens

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered; every line carries it."""

MASK = "[secret]"
_SECRETS = (
    (tokens.ANYWHERE, MASK),
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"',;]+"), rf"\1 {MASK}"),
    (re.compile(r"(/(?:reset-password|verify|invite|unsubscribe)/)[^/\s?\"'#]+"), rf"\1{MASK}"),
    (
        re.compile(
            r"(?i)([\"']?\b[\w-]*(?:password|passwd|secret|token|authorization|cookie|api_key|sessionid|csrf\w*|code)"
            r"[\"']?\s*[=:]\s*[\"']?)(?!\[secret\])[^\s\"'&,;})]+"
        ),
        rf"\1{MASK}",
    ),
)


def redact(text: str) -> str:
    """``text`` without tokens, passwords, codes, cookies and links that sign somebody in."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class Journal:
    """An append-only log of JSON lines: ``<folder>/<name>-<day>.log`` and standard error.

    Each line is one write to a file opened for appending, so that several processes can share it. The day is part
    of the name, so that nothing is renamed under a writer; files older than ``keep_days`` are removed.
    """

    def __init__(
        self, folder: Path, name: str, *, keep_days: int = 14, to_stderr: bool = True
    ) -> None:
        self._folder, self._name, self._keep_days = folder, name, keep_days
        self._to_stderr = to_stderr
        self._day = ""
        self._ends = 0.0
        self._file = -1
        self._lock = Lock()
        self._encode = msgspec.json.Encoder().encode

    def write(self, entry: dict[str, Any]) -> None:
        """Write one line. Never raises: a full disk does not stop the business."""
        line = self._encode(entry) + b"\n"
        if self._to_stderr:
            with suppress(OSError):
                os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, line)
        with suppress(OSError):
            os.write(self._open(), line)

    def _open(self) -> int:
        now = time.time()
        if now < self._ends:
            return self._file
        with self._lock:
            day = time.strftime("%Y-%m-%d", time.gmtime(now))
            if day != self._day:
                self._folder.mkdir(parents=True, exist_ok=True)
                if self._file >= 0:
                    os.close(self._file)
                path = self._folder / f"{self._name}-{day}.log"
                self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
                self._day = day
                self._ends = (now // 86400 + 1) * 86400
                self._forget(now)
        return self._file

    def _forget(self, now: float) -> None:
        oldest = time.strftime("%Y-%m-%d", time.gmtime(now - self._keep_days * 86400))
        for path in self._folder.glob(f"{self._name}-????-??-??.log"):
            if path.stem[-10:] < oldest:
                path.unlink(missing_ok=True)
