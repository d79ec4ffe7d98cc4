"""Watching statements: an action that writes to something that the API shows must raise a revision in the same call.

Otherwise callers of the API would get 304 for what has changed. Every test with a database is watched (see
``tests/conftest.py``), so that an action is covered as soon as any test calls it.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType
from typing import Any

from django.apps import apps
from django.db import connection

from tests.house.source import PACKAGE

WRITE = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) \"(?P<table>\w+)\"", re.IGNORECASE)
UNSEEN = re.compile(
    r'UPDATE "(?:payments_savedcard" SET "account|billing_planchange" SET "given_days)" = %s WHERE'
)
"""Of which account of its gateway a saved card is, and what days of a plan change are free, the API does not show."""
SHARED = {"catalog_product"}
"""Tables whose rows the API shows of many clients at once."""

PARTS = {
    *("create_order", "create_service", "create_domain", "advance_service_due_date"),
    "move_invoice",
    *("move_billed_period", "waive_period", "release_period", "erase_service_texts"),
    *("set_service_server", "request_first_creation", "continue_new_order"),
    *("check_delegation", "check_delegation_now", "record_delegation"),
}
"""Their callers lock the client and raise the revision; a test may call one by itself. A check of a delegation that
finds what the last one found writes when it was, which the API does not show.
"""


@cache
def tables_shown_by_api() -> frozenset[str]:
    """Tables of rows that belong to one client and that the API shows."""
    labels = ("hosting.Service", "domains.Domain", "orders.Order", "orders.OrderItem")
    labels += ("orders.OrderUnit", "billing.Invoice", "billing.InvoiceLine", "payments.Payment")
    labels += ("dns.Zone", "dns.ZoneVersion", "billing.CreditNote", "billing.PlanChange")
    labels += ("payments.SavedCard",)
    return frozenset(apps.get_model(label)._meta.db_table for label in labels)


@cache
def _watched_tables() -> frozenset[str]:
    return tables_shown_by_api() | SHARED | {"catalog_sharedrevision", "accounts_client"}


def action() -> FrameType | None:
    """The outermost frame of an action that is running; none when a test writes rows itself."""
    found, frame = None, sys._getframe(2)
    while frame is not None:
        if _holds_actions(frame.f_code.co_filename):
            found = frame
        frame = frame.f_back
    return None if found is None or found.f_code.co_name in PARTS else found


@cache
def _holds_actions(file: str) -> bool:
    return file.startswith(str(PACKAGE)) and "/actions" in file


class RevisionWatch:
    """Notes, for each call of an action, what it wrote and which revisions it raised."""

    def __init__(self) -> None:
        self.wrote: dict[FrameType, set[str]] = defaultdict(set)
        self.raised: dict[FrameType, set[str]] = defaultdict(set)
        self.early: set[str] = set()

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        written = match["table"] if (match := WRITE.match(sql)) else ""
        if written in _watched_tables() and not UNSEEN.match(sql) and (frame := action()):
            self.note(frame, written, sql)
        return execute(sql, *rest)

    def note(self, frame: FrameType, table: str, sql: str) -> None:
        if table == "catalog_sharedrevision":
            self.raised[frame].add("shared")
        elif table in SHARED:
            self.wrote[frame].add("shared")
        elif table == "accounts_client" and "revision" in sql and not sql.startswith("INSERT"):
            self.raised[frame].add("client")
        elif table in tables_shown_by_api():
            self.wrote[frame].add("client")
            if "client" not in self.raised[frame]:
                self.early.add(f"{frame.f_code.co_qualname} in {frame.f_code.co_filename}: {table}")

    def forgotten(self) -> list[str]:
        """Actions that wrote to something that the API shows and raised no revision."""
        return sorted(
            {
                f"{frame.f_code.co_qualname} in {frame.f_code.co_filename}"
                for frame, kinds in self.wrote.items()
                if kinds - self.raised[frame]
            }
            | self.early
        )


@contextmanager
def watch_statements() -> Iterator[RevisionWatch]:
    """Watch this thread's database until the block ends."""
    watch = RevisionWatch()
    with connection.execute_wrapper(watch):
        yield watch
