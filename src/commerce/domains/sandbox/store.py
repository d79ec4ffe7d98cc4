"""What the registrar "Sandbox" of a demo knows, in a small SQLite file of its own.

All processes share it, and a restart loses nothing. It is no table of ours: a registrar is somebody else, whose books
no transaction of ours takes back.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Max

from commerce.domains.registrars.contract import RegistrarState
from commerce.kit import clock
from commerce.runs.models import DailyRun
from commerce.site_settings import current

SLUG = "sandbox"
GRACE_DAYS, REDEMPTION_DAYS = 30, 30
_TABLES = """
CREATE TABLE IF NOT EXISTS names (name TEXT PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS orders (key TEXT PRIMARY KEY, what TEXT NOT NULL, amount INTEGER NOT NULL);
"""


def sandbox_file() -> Path:
    """Where it is; to delete it is to begin anew."""
    folder: Path = settings.COMMERCE_DATA_DIR
    return folder / "sandbox-registrar.sqlite3"


def business_today() -> date:
    """The demo's business date, or the day up to which its daily run has lived ahead."""
    day = current.business_date(clock.now())
    lived = DailyRun.objects.aggregate(last=Max("date"))["last"]
    return max(day, lived) if lived else day


@dataclass(slots=True, kw_only=True)
class SandboxName:
    """A name that was registered or transferred here, or is about to be."""

    name: str
    remote_id: str
    registered: date
    expires: date
    arrival: str = "registered"
    """How it came: ``registered`` or ``transferred``; ``refused`` if the other registrar does not let it go."""
    ready_at: datetime | None = None
    """When it is here, if that takes a while."""
    is_locked: bool = False
    whois_privacy: bool = False
    nameservers: list[str] = field(default_factory=list)
    contacts: dict[str, dict[str, str]] = field(default_factory=dict)
    extra_fields: dict[str, str] = field(default_factory=dict)
    ds_records: list[dict[str, Any]] = field(default_factory=list)
    code: str = ""

    def state(self, today: date) -> RegistrarState:
        """How it stands now, on this business date."""
        if self.ready_at and clock.now() < self.ready_at:
            coming_by = self.arrival == "registered"
            return RegistrarState.PENDING if coming_by else RegistrarState.PENDING_TRANSFER
        if self.arrival == "refused":
            return RegistrarState.TRANSFER_REFUSED
        late = (today - self.expires).days
        if late <= 0:
            return RegistrarState.ACTIVE
        if late <= GRACE_DAYS:
            return RegistrarState.EXPIRED
        if late <= GRACE_DAYS + REDEMPTION_DAYS:
            return RegistrarState.REDEMPTION
        return RegistrarState.GONE


class SandboxBooks:
    """Names and orders on a business date, within one transaction of the file."""

    def __init__(self, connection: sqlite3.Connection, today: date) -> None:
        self.connection, self.today = connection, today

    def find(self, name: str) -> SandboxName | None:
        """A name that is here or on its way; one that nobody kept is gone."""
        row = self.connection.execute("SELECT record FROM names WHERE name = ?", (name,)).fetchone()
        found = row and _read(json.loads(row[0]))
        return found if found and found.state(self.today) != RegistrarState.GONE else None

    def save(self, record: SandboxName) -> None:
        self.connection.execute(
            "INSERT OR REPLACE INTO names VALUES (?, ?)",
            (record.name, json.dumps(asdict(record), default=str)),
        )

    def delete(self, name: str) -> None:
        self.connection.execute("DELETE FROM names WHERE name = ?", (name,))

    def is_done(self, key: str) -> bool:
        """Whether an order with this key was carried out: it is not carried out again."""
        return bool(
            self.connection.execute("SELECT 1 FROM orders WHERE key = ?", (key,)).fetchone()
        )

    def charge(self, key: str, what: str, amount: int) -> None:
        self.connection.execute("INSERT INTO orders VALUES (?, ?, ?)", (key, what, amount))

    def orders_of(self, name: str) -> list[tuple[str, int]]:
        """What was ordered for a name, the newest first, and what each cost in cents."""
        rows = self.connection.execute(
            "SELECT what, amount FROM orders WHERE what LIKE ? ORDER BY rowid DESC", (f"% {name}",)
        )
        return [(what.partition(" ")[0], amount) for what, amount in rows]

    def charged(self) -> int:
        """The sum of all orders."""
        row = self.connection.execute("SELECT coalesce(sum(amount), 0) FROM orders").fetchone()
        return int(row[0])


@contextmanager
def open_books(today: date) -> Iterator[SandboxBooks]:
    """The books until the end of the block: all that is done in it is kept, or nothing."""
    with closing(sqlite3.connect(sandbox_file(), timeout=10, isolation_level=None)) as connection:
        connection.executescript(_TABLES)
        connection.execute("BEGIN IMMEDIATE")
        with connection:  # commits, or rolls back what failed
            yield SandboxBooks(connection, today)


def _read(values: dict[str, Any]) -> SandboxName:
    ready_at = values["ready_at"]
    return SandboxName(
        **values
        | {
            "registered": date.fromisoformat(values["registered"]),
            "expires": date.fromisoformat(values["expires"]),
            "ready_at": datetime.fromisoformat(ready_at) if ready_at else None,
        }
    )
