"""`/up`: is this installation ready to answer?"""

import logging
import os
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse

from commerce.db import outages

log = logging.getLogger(__name__)

MIN_FREE_BYTES = 16 * 2**20
"""Bytes that SQLite's disk must have left: about what its log grows to between two clean-ups."""
_WAIT_SECONDS = 3
"""For another's lock; who asks gives up after ten."""


def health(request: HttpRequest) -> HttpResponse:
    """200 ``ok`` when the database answers and can be written to, else 503 with the reason in a word; no data."""
    try:
        reason = _sqlite() if connection.vendor == "sqlite" else _postgresql()
    except DatabaseError as error:
        reason = outages.outage_kind(error) or "down"
        outages.log_outage(log, reason, error)
    if reason is None:
        return HttpResponse("ok\n", content_type="text/plain")
    reply = HttpResponse(f"database {reason}\n", status=503, content_type="text/plain")
    reply["Retry-After"] = str(outages.RETRY_AFTER_SECONDS)
    reply._has_been_logged = True  # type: ignore[attr-defined]  # Django would say no more
    return reply


def _sqlite() -> str | None:
    """What is written is taken back and never reaches the disk; so its room is looked at."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA busy_timeout = {_WAIT_SECONDS * 1000}")
        try:
            with transaction.atomic():
                cursor.execute("PRAGMA user_version = 1")
                transaction.set_rollback(True)
        finally:
            seconds = connection.settings_dict["OPTIONS"]["timeout"]
            cursor.execute(f"PRAGMA busy_timeout = {seconds * 1000}")
    folder = Path(str(connection.settings_dict["NAME"])).parent
    disk = os.statvfs(folder if folder.is_dir() else settings.COMMERCE_DATA_DIR)
    return "full" if disk.f_bavail * disk.f_frsize < MIN_FREE_BYTES else None


def _postgresql() -> str | None:
    """A standby, or one that was made read-only (as hosts do when the disk is full), answers but cannot be used."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean"
        )
        return "read-only" if cursor.fetchone()[0] else None
