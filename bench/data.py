"""The data: made from one seed, the same rows for PostgreSQL and SQLite.

Client 1 has 500 services, client 2 has 50,000, those that call have 60 each, and the others share the rest. The rows
of one client lie scattered over the whole table, as they do when clients order over the years.
"""

import random
import re
import sqlite3
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import batched
from pathlib import Path

import psycopg

from commerce.kit import tokens

SEED = 20260408
MEDIUM, LARGE, FIRST_CALLER = 1, 2, 3
MEDIUM_SERVICES, LARGE_SERVICES, CALLER_SERVICES = 500, 50_000, 60
PRODUCTS, SERVERS = 60, 20
NOW = "2026-04-08 00:00:00"
SCOPES = '["profile:read", "services:read", "invoices:read", "orders:read", "domains:read"]'

type TableRow = tuple[str | None, ...]
type TableData = tuple[str, tuple[str, ...], Iterator[TableRow]]


@dataclass(frozen=True)
class DataSize:
    """How much there is: clients, those among them whose tokens call, and services."""

    clients: int
    callers: int
    services: int

    def tokens(self) -> list[str]:
        """The tokens that call in turn, one for each calling client."""
        return [token_of(FIRST_CALLER + n) for n in range(self.callers)]


FULL = DataSize(clients=20_002, callers=2_000, services=450_500)
QUICK = DataSize(clients=4_002, callers=400, services=130_500)


def _draw(seed: str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same data in every run is the point


def token_of(client: int) -> str:
    """The plain text of a client's token: well-formed, and the same in every run."""
    pick = _draw(f"token {client}").choices(string.ascii_letters + string.digits, k=40)
    body = tokens.TOKEN_PREFIX + "".join(pick)
    return body + tokens.token_checksum(body)


def owners(size: DataSize) -> list[int]:
    """The client of each service, in the order of the table."""
    found = [MEDIUM] * MEDIUM_SERVICES + [LARGE] * LARGE_SERVICES
    others = range(FIRST_CALLER + size.callers, size.clients + 1)
    for n in range(size.callers):
        found += [FIRST_CALLER + n] * CALLER_SERVICES
    left = size.services - len(found)
    found += [others[n % len(others)] for n in range(left)]
    _draw(f"{SEED}").shuffle(found)
    return found


def tables(size: DataSize) -> list[TableData]:
    """Every table to fill, in the order of their foreign keys: name, columns, rows."""
    callers = range(1, FIRST_CALLER + size.callers)
    return [
        ("catalog_currency", _CURRENCY, _currencies()),
        ("catalog_productgroup", _GROUP, iter([("1", "Hosting", "hosting", "", "0", "1")])),
        ("catalog_product", _PRODUCT, _products()),
        ("hosting_server", _SERVER, _servers()),
        ("accounts_client", _CLIENT, (_client(n) for n in range(1, size.clients + 1))),
        ("accounts_user", _USER, (_user(n) for n in callers)),
        ("accounts_membership", _MEMBERSHIP, (_membership(n) for n in callers)),
        ("accounts_apitoken", _TOKEN, (_token(n) for n in callers)),
        ("accounts_apitokensecret", _SECRET, (_secret(n) for n in callers)),
        ("hosting_service", _SERVICE, _services(size)),
    ]


_CURRENCY = ("code", "exponent", "name", "prefix", "suffix", "is_default", "is_active")
_GROUP = ("id", "name", "slug", "description", "position", "is_visible")
_PRODUCT = (
    *("id", "group_id", "name", "slug", "description", "position", "type", "status", "changed_at"),
)
_SERVER = ("id", "name", "hostname", "is_active", "changed_at")
_CLIENT = (
    *("id", "first_name", "last_name", "company", "email", "phone", "address1", "address2", "city"),
    *("state", "postcode", "country", "currency_code", "tax_id", "locale", "status", "revision"),
    *("created_at", "changed_at"),
)
_USER = (
    *("id", "password", "email", "email_verified_at", "first_name", "last_name", "locale"),
    *("time_zone", "is_active", "terms_version", "created_at"),
)
_MEMBERSHIP = ("id", "user_id", "client_id", "role", "rights", "created_at")
_TOKEN = (
    *("id", "client_id", "maker_id", "name", "token_hash", "scopes", "networks", "expires_on"),
    *("status", "created_at"),
)
_SECRET = ("id", "token_id", "token_hash", "created_at")
_SERVICE = (
    *("id", "client_id", "product_id", "label", "status", "provisioning_key", "domain"),
    *("username", "server_id", "billing_cycle", "amount", "currency_code", "options", "parts"),
    *("anchor_date", "next_due_date", "registration_date", "suspended_at", "suspension_reason"),
    *("cancelled_at", "terminated_at", "notes", "created_at", "changed_at"),
)


def _currencies() -> Iterator[TableRow]:
    yield ("USD", "2", "US dollar", "$", "", "1", "1")
    yield ("EUR", "2", "Euro", "", " €", "0", "1")


def _products() -> Iterator[TableRow]:
    kinds = ("Web Hosting", "Cloud Server", "Managed Database", "Mail Hosting", "Backup Storage")
    for n in range(1, PRODUCTS + 1):
        name = f"{kinds[n % len(kinds)]} {n}"
        slug = name.lower().replace(" ", "-")
        yield (str(n), "1", name, slug, "", str(n), "hosting", "active", NOW)


def _servers() -> Iterator[TableRow]:
    for n in range(1, SERVERS + 1):
        yield (str(n), f"node{n}", f"node{n}.example.net", "1", NOW)


def _currency_of(client: int) -> str:
    return "EUR" if client % 3 == 0 else "USD"


def _client(n: int) -> TableRow:
    return (
        *(str(n), "Client", f"Number {n}", f"Company {n} Ltd", f"client{n}@example.com", ""),
        *(f"{n} Example Street", "", "Springfield", "", "12345", "US", _currency_of(n), "", "en"),
        *("active", "1", NOW, NOW),
    )


def _user(n: int) -> TableRow:
    return (
        *(str(n), "!unusable", f"user{n}@example.com", NOW, "User", f"Number {n}", "en"),
        *("UTC", "1", "", NOW),
    )


def _membership(n: int) -> TableRow:
    return (str(n), str(n), str(n), "owner", "[]", NOW)


def _token(n: int) -> TableRow:
    expires = "2099-12-31" if n % 2 else None
    digest = tokens.token_digest(token_of(n))
    return (str(n), str(n), str(n), "bench", digest, SCOPES, "[]", expires, "live", NOW)


def _secret(n: int) -> TableRow:
    return (str(n), str(n), tokens.token_digest(token_of(n)), NOW)


_STATUSES = {"active": 70, "suspended": 8, "pending": 5, "cancelled": 10, "terminated": 7}
_CYCLES = {"monthly": 60, "quarterly": 6, "annually": 28, "biennially": 2, "one_time": 4}


def _services(size: DataSize) -> Iterator[TableRow]:
    draw = _draw(f"{SEED} services")
    began = datetime(2016, 4, 1, tzinfo=UTC)
    step = (datetime(2026, 4, 1, tzinfo=UTC) - began) / size.services
    of_client = owners(size)
    statuses = draw.choices(list(_STATUSES), list(_STATUSES.values()), k=size.services)
    cycles = draw.choices(list(_CYCLES), list(_CYCLES.values()), k=size.services)
    for n, (client, status, cycle) in enumerate(zip(of_client, statuses, cycles, strict=True), 1):
        at = began + step * n
        created, ended = f"{at:%Y-%m-%d %H:%M:%S}", f"{at + timedelta(days=90):%Y-%m-%d %H:%M:%S}"
        final = status in ("cancelled", "terminated")
        due = None if final or cycle == "one_time" else f"2026-{5 + n % 8:02}-{1 + n % 28:02}"
        suspended = status == "suspended"
        yield (
            *(str(n), str(client), str(1 + n * 7 % PRODUCTS), f"Service {n}", status),
            *(f"bench-{n}", f"site{n}.example.com" if n % 5 else "", f"u{n}"),
            *(str(1 + n % SERVERS), cycle, str(500 + n % 97 * 50), _currency_of(client)),
            *("[]", "{}"),
            *(created[:10], due, created[:10], ended if suspended else None),
            *("overdue" if suspended else "", ended if status == "cancelled" else None),
            *(ended if status == "terminated" else None, "", created, created),
        )


def fill_postgres(url: str, size: DataSize, say: Callable[[str], None]) -> None:
    """Load everything by COPY into the migrated database at ``url`` and gather its statistics."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # foreign keys hold by design
        # VACUUM marks no page as visible to all whose rows were committed without waiting for the log.
        connection.execute("SET synchronous_commit = on")
        for name, columns, rows in tables(size):
            say(f"PostgreSQL: {name}")
            copy_table(connection, (name, columns, rows))
        connection.execute("VACUUM ANALYZE")


def copy_table(connection: psycopg.Connection, table: TableData) -> None:
    """Fill one table by COPY, in place of what migrations put there."""
    name, columns, rows = table
    connection.execute(f"DELETE FROM {name}")
    command = f"COPY {name} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor().copy(command) as stream:
        for batch in batched(rows, 5_000):
            lines = ("\t".join(["\\N" if v is None else v for v in row]) for row in batch)
            stream.write("\n".join(lines) + "\n")


def fill_sqlite(path: Path, size: DataSize, say: Callable[[str], None]) -> None:
    """Load the same rows into the migrated SQLite database at ``path``."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    connection.create_function("REGEXP", 2, _matches, deterministic=True)  # of Django's constraints
    for name, columns, rows in tables(size):
        say(f"SQLite: {name}")
        marks = ", ".join("?" * len(columns))
        with connection:
            connection.execute(f"DELETE FROM {name}")
            connection.executemany(
                f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})", rows
            )
    connection.execute("ANALYZE")
    connection.close()


def _matches(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None
