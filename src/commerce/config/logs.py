"""The application log: Python's logging as JSON lines through one journal, secrets taken out."""

import logging
import traceback
from datetime import UTC, datetime
from pathlib import Path

from commerce.kit import journal


class JsonLines(logging.Handler):
    """Writes each record with its instant, level, logger, request id and, of an exception, the traceback."""

    def __init__(self, log: journal.Journal) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        try:
            entry = {
                "at": self._instant(record),
                "level": record.levelname.lower(),
                "logger": record.name,
                "request_id": journal.request_id.get(),
                "message": journal.redact(record.getMessage()),
            }
            if record.exc_info:
                lines = traceback.format_exception(*record.exc_info)
                entry["traceback"] = journal.redact("".join(lines))
            self._log.write(entry)
        except Exception:  # noqa: BLE001 - a log line must never end a request
            self.handleError(record)

    @staticmethod
    def _instant(record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def configure(folder: Path, *, keep_days: int) -> None:
    """Send the application's log to ``<folder>/app-<day>.log`` and standard error."""
    handler = JsonLines(journal.Journal(folder, "app", keep_days=keep_days))
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h, JsonLines)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
