"""The application log: Python's logging as JSON lines through one journal, secrets taken out."""

import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commerce.config import env
from commerce.kit import json_log, process_metrics
from commerce.kit.errors import error_code

log = logging.getLogger(__name__)


class JsonLogHandler(logging.Handler):
    """Writes each record with its instant, level, logger, request id and, of an exception, traceback and code."""

    def __init__(self, log: json_log.JsonLog) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        process_metrics.this_process.count_event(f"log.{record.levelname.lower()}")
        entry: dict[str, Any] = {
            "at": _instant(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request_id": json_log.current_request_id.get(),
            "message": json_log.redact(_message(record)),
            **json_log.context_fields.get(),
        }
        if record.exc_info:
            entry["traceback"] = json_log.redact(_traceback(record))
            if code := error_code(record.exc_info[1]):
                entry["code"] = code
        self._log.write(entry, to_stderr=not getattr(record, "seen", False))


def _instant(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _message(record: logging.LogRecord) -> str:
    """The message, also when its arguments do not fit or cannot be shown: a log line must never end a request."""
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001 - as the line above says
        return f"{record.msg} (its arguments could not be shown: {type(error).__name__})"


def _traceback(record: logging.LogRecord) -> str:
    try:
        return "".join(traceback.format_exception(*record.exc_info or (None, None, None)))
    except Exception as error:  # noqa: BLE001 - an exception may fail to describe itself
        return f"(the traceback could not be shown: {type(error).__name__})"


def configure_logging(folder: Path, *, keep_days: int) -> None:
    """Send the application's log to ``<folder>/app-<day>.log`` and standard error; COMMERCE_LOG_STDERR=0: not there."""
    if not env.flag("COMMERCE_LOG_STDERR", default=True):
        json_log.keep_lines_off_stderr()
    handler = JsonLogHandler(json_log.JsonLog(folder, "app", keep_days=keep_days))
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h, JsonLogHandler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
    # The access log has each 404, and each 400 for a foreign host, which scanners send all day.
    logging.getLogger("django.request").setLevel(logging.ERROR)
    logging.getLogger("django.security.DisallowedHost").setLevel(logging.CRITICAL)
    logging.getLogger("procrastinate").setLevel(logging.WARNING)  # each job that begins and ends


def log_crashes() -> None:
    """Let what nobody caught, in this process and its threads, be lines of the log, too."""

    def crashed(kind: type[BaseException], fault: BaseException | None, where: Any) -> None:
        if issubclass(kind, KeyboardInterrupt | SystemExit):
            return
        text = "A process crashed: %s."
        log.critical(text, kind.__name__, exc_info=(kind, fault or kind(), where))

    sys.excepthook = crashed
    threading.excepthook = lambda args: crashed(args.exc_type, args.exc_value, args.exc_traceback)


def server_log_handler(folder: str, keep_days: int) -> JsonLogHandler:
    """The same handler for the server's own messages, which come before there are any settings."""
    return JsonLogHandler(json_log.JsonLog(Path(folder), "app", keep_days=keep_days))
