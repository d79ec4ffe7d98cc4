"""Locks on what is no row."""

from django.db import connection


def lock_name(name: str) -> None:
    """Let one transaction that names ``name`` through at a time, until it ends. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
