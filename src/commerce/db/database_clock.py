"""How far this machine's clock is from the database's: what one node writes as an instant another one reads."""

import time

from django.db import connection

CLOCK_WRONG_AFTER = 30
"""Seconds; leases and turns of the timetable allow for a minute."""


def database_clock_offset() -> float:
    """Seconds that this machine's clock is ahead of the database's; SQLite has no other clock than ours."""
    if connection.vendor != "postgresql":
        return 0.0
    began = time.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        theirs = float(cursor.fetchone()[0])
    return (began + time.time()) / 2 - theirs
