"""Each action on money writes its entries into the audit log and its events, and says in them whose they are."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.audit.models import SEALS, AuditEntry
from commerce.events.models import StoredEvent
from tests import make
from tests.audit.cases import CASES, LATER
from tests.audit.expected_entries import EXPECTED
from tests.audit.test_nobody_elses import MONEY

pytestmark = pytest.mark.django_db

OF_THE_INSTALLATION = {
    *("product_group", "product", "price", "settings", "job"),
    *("unallocated_payment", "gateway_event", "books_month"),
}
"""What belongs to no client."""

TYPED = {
    *(
        "Abuse",
        "Gone",
        "Too dear",
        "SEPA-1",
        "a friend",
        "Agreed",
        "agreed",
        "agreed by phone",
        "asked",
    ),
    *("cheque bounced", "moved away", "pays by check"),
    *("ended", "gone", "known", "late", "mistake", "not found", "not wanted", "odd"),
    *("unknown to the payer",),
}
"""Reasons that the cases give; what the code says in its own words is shown as three dots."""


def values(said: Mapping[str, Any]) -> str:
    """``kind=credit source=credit:#``: keys of rows and random ones are different each time; without marks."""
    text = " ".join(
        f"{key}={value}"
        for key, value in sorted(said.items())
        if value not in ("", None) and key != SEALS
    )
    return re.sub(r"(_id=|[a-z]:)\d+", r"\1#", re.sub(r"staff:[a-z0-9]{24}", "staff:key", text))


def line_of(entry: AuditEntry) -> str:
    changed = f"{values(entry.before)} > {values(entry.after)}".strip(" >")
    reason = entry.reason if entry.reason in TYPED else "..." if entry.reason else ""
    parts = [entry.action, changed, reason and f"({reason})", "staff" * entry.staff_only]
    return " ".join(part for part in parts if part)


def concerns(entry: AuditEntry, client: Client) -> bool:
    noun = entry.action.partition(".")[0]
    kind = {"settings": "setting", "price": "product"}.get(noun, noun)
    owner = None if noun in OF_THE_INSTALLATION else client.pk
    return (entry.record_kind, entry.client_id) == (kind, owner)


@pytest.mark.parametrize("name", sorted(name for name in CASES if name.startswith(MONEY)))
def test_each_action_says_what_it_did(name: str) -> None:
    client = make.make_client()
    act = CASES[name](client)
    entries, events = (
        set(m.objects.values_list("pk", flat=True)) for m in (AuditEntry, StoredEvent)
    )
    act()
    written = list(AuditEntry.objects.exclude(pk__in=entries).order_by("pk"))
    published = list(StoredEvent.objects.exclude(pk__in=events).order_by("pk"))
    lines = [line_of(entry) for entry in written]
    lines += [f"{event.kind} {values(event.data)}" for event in published]
    assert lines == EXPECTED.get(name, [])
    assert [entry.action for entry in written if not concerns(entry, client)] == []
    assert {event.client_id for event in published} <= {client.pk, None}
    assert {row.at for row in (*written, *published)} <= {LATER, make.AT}
