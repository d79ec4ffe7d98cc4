"""Rows changed behind the back of the actions."""

from django.db import connection

from commerce.audit.guards import retention


def plant(sql: str) -> None:
    """Change rows behind the back of the actions, and of the guards."""
    with retention(), connection.cursor() as cursor:
        for statement in sql.split("; "):
            cursor.execute(statement)
            assert cursor.rowcount > 0, f"nothing was planted: {statement}"
