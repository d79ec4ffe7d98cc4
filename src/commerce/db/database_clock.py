"""The database's clock: what one node writes as an instant another one reads."""

import logging
import time

from django.db import connection

from commerce.kit import clock

log = logging.getLogger(__name__)

CLOCK_WRONG_AFTER = 30
"""Seconds; leases and turns of the timetable allow for a minute."""

_is_wrong = False


def database_clock_offset() -> float:
    """Seconds that this machine's clock is ahead of the database's; SQLite has no other clock than ours."""
    if connection.vendor != "postgresql":
        return 0.0
    began = time.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        theirs = float(cursor.fetchone()[0])
    return (began + time.time()) / 2 - theirs


def follow_database_clock() -> None:
    """Have this process go by the database's clock, if it is on a server, and log when this machine's turns wrong.

    Leases and due times are read by processes of other nodes.
    """
    global _is_wrong
    if connection.vendor != "postgresql":
        return
    offset = database_clock_offset()
    clock.follow(offset)
    was_wrong, _is_wrong = _is_wrong, abs(offset) > CLOCK_WRONG_AFTER
    if _is_wrong and not was_wrong:
        log.warning(
            "This machine's clock is %.0f s ahead of the database's, which background work goes by.",
            offset,
        )
