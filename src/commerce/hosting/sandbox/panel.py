"""What the panels of the servers "Sandbox" of a demo have, in a small SQLite file of their own.

All processes share it, and a restart loses nothing. It is no table of ours: a panel is somebody else's, whose books no
transaction of ours takes back.
"""

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password

from commerce.hosting.modules.contract import AccountState, PanelAccount
from commerce.kit import clock

LINK_LASTS = timedelta(minutes=2)
"""How long a link that signs in may wait for its one use."""
_TABLES = """
CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY, server INTEGER NOT NULL, username TEXT NOT NULL, record TEXT NOT NULL,
    UNIQUE (server, username)
);
CREATE TABLE IF NOT EXISTS links (token TEXT PRIMARY KEY, account TEXT NOT NULL, until TEXT NOT NULL);
"""


def sandbox_file() -> Path:
    """Where it is; to delete it is to begin anew."""
    folder: Path = settings.COMMERCE_DATA_DIR
    return folder / "sandbox-panel.sqlite3"


@dataclass(slots=True, kw_only=True)
class SandboxAccount:
    """An account as its panel has it; of a machine also whether it runs, and since when its system is what it is."""

    id: str
    server: int
    server_name: str
    key: str
    username: str
    domain: str
    package: str
    email: str
    created_at: datetime
    is_machine: bool = False
    is_suspended: bool = False
    is_running: bool = True
    installed_at: datetime | None = None
    password_hash: str = ""

    def set_password(self, password: str) -> None:
        self.password_hash = make_password(password)

    @property
    def address(self) -> str:
        """The IP address of a machine, of those that documentation uses."""
        return f"203.0.113.{int(hashlib.sha256(self.key.encode()).hexdigest(), 16) % 250 + 4}"


class SandboxPanel:
    """Accounts of all servers, within one transaction of the file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def account(self, account_id: str) -> SandboxAccount | None:
        """The account of an id, if there still is one."""
        row = self.connection.execute(
            "SELECT record FROM accounts WHERE id = ?", (account_id,)
        ).fetchone()
        return _read(row[0]) if row else None

    def of_username(self, username: str) -> list[SandboxAccount]:
        """Who has a username, one at most at each server."""
        rows = self.connection.execute(
            "SELECT record FROM accounts WHERE username = ? ORDER BY server", (username,)
        )
        return [_read(text) for (text,) in rows]

    def of_server(self, server: int) -> list[SandboxAccount]:
        """All accounts of a server, by username."""
        rows = self.connection.execute(
            "SELECT record FROM accounts WHERE server = ? ORDER BY username", (server,)
        )
        return [_read(text) for (text,) in rows]

    def save(self, account: SandboxAccount) -> None:
        self.connection.execute(
            "INSERT INTO accounts VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " server = excluded.server, username = excluded.username, record = excluded.record",
            (
                account.id,
                account.server,
                account.username,
                json.dumps(asdict(account), default=str),
            ),
        )

    def delete(self, account: SandboxAccount) -> None:
        self.connection.execute("DELETE FROM accounts WHERE id = ?", (account.id,))
        self.connection.execute("DELETE FROM links WHERE account = ?", (account.id,))

    def new_link(self, account: SandboxAccount) -> str:
        """A secret that signs its user in once."""
        token, until = secrets.token_urlsafe(24), clock.now() + LINK_LASTS
        self.connection.execute(
            "INSERT INTO links VALUES (?, ?, ?)", (_hash(token), account.id, until.isoformat())
        )
        return token

    def use_link(self, token: str) -> SandboxAccount | None:
        """Whom a secret signs in; it is used up, and so are those that nobody used in time."""
        row = self.connection.execute(
            "DELETE FROM links WHERE token = ? RETURNING account, until", (_hash(token),)
        ).fetchone()
        now = clock.now().isoformat()
        self.connection.execute("DELETE FROM links WHERE until < ?", (now,))
        return self.account(row[0]) if row and row[1] >= now else None

    def signed_in(self, username: str, password: str) -> SandboxAccount | None:
        """Whose username and password these are."""
        found = self.of_username(username)
        return next((one for one in found if check_password(password, one.password_hash)), None)


@contextmanager
def open_panel() -> Iterator[SandboxPanel]:
    """The panels until the end of the block: all that is done in it is kept, or nothing."""
    with closing(sqlite3.connect(sandbox_file(), timeout=10, isolation_level=None)) as connection:
        connection.executescript(_TABLES)
        connection.execute("BEGIN IMMEDIATE")
        with connection:  # commits, or rolls back what failed
            yield SandboxPanel(connection)


def new_account_id() -> str:
    """An id that nobody has."""
    return f"sb-{secrets.token_hex(6)}"


def as_panel_account(found: SandboxAccount, key: str) -> PanelAccount:
    """What the panel says of an account to whoever asks with this key."""
    return PanelAccount(
        remote_id=found.id,
        username=found.username,
        state=AccountState.OFF if found.is_suspended else AccountState.ON,
        is_ours=found.key == key,
        domain=found.domain,
        package=found.package,
        details=_details(found) if found.is_machine else {},
    )


def _details(found: SandboxAccount) -> dict[str, str]:
    runs = found.is_running and not found.is_suspended
    return {"ipv4": found.address, "power": "running" if runs else "stopped"}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _read(text: str) -> SandboxAccount:
    values = json.loads(text)
    for name in ("created_at", "installed_at"):
        values[name] = values[name] and datetime.fromisoformat(values[name])
    return SandboxAccount(**values)
