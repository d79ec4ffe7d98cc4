"""A worker that is killed again and again in a bulk action: each record once, and the report has them all (O1, U11)."""

import os
from pathlib import Path

import pytest

from tests.killed.bulk_actions import CLIENTS, INVOICES
from tests.killed.test_same_books import played

pytestmark = pytest.mark.django_db(transaction=True)
KILLS = int(os.environ.get("KILLS", "3"))


def remind(folder: Path) -> None:
    found = played(folder, "bulk", KILLS)
    books = found["wanted"]["books"]
    assert len(found["killed"]) == KILLS
    assert found["wrong"] == []
    assert found["wanted"]["faults"] == {}
    assert books["status"] == "done"
    assert books["outcomes"] == {"done": INVOICES, "left_out": 1}
    assert books["audit"] == books["reminded"] == INVOICES
    assert books["mails"] == {
        "invoice_reminder skipped": INVOICES,
        f"open_invoices sent {INVOICES // CLIENTS}": CLIENTS,
    }


def test_each_invoice_is_reminded_of_once(tmp_path: Path) -> None:
    remind(tmp_path)


def test_5000_invoices_are_reminded_of_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BULK_INVOICES", "5000")
    monkeypatch.setattr("tests.killed.test_bulk_action_killed.INVOICES", 5000)
    monkeypatch.setattr("tests.killed.test_bulk_action_killed.CLIENTS", 20)
    remind(tmp_path)
