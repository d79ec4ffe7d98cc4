"""What is owed, by how late it is, against invoices that were made by hand (backoffice.md 6)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from commerce.accounts.models import Client
from commerce.billing.invoices.rules import OUTSIDE_SCOPE, DraftLine
from commerce.billing.models import Invoice
from commerce.billing.reports.receivables import ageing, ageing_by_client, overdue_by_currency
from tests import make

pytestmark = pytest.mark.django_db
TODAY = date(2026, 4, 8)


def owed(client: Client, amount: int, days_late: int, **over: str) -> Invoice:
    """An open invoice that was due so many days before today."""
    at = datetime(2025, 12, 1, tzinfo=UTC)
    due = TODAY - timedelta(days=days_late)
    lines = [DraftLine("Work", amount, OUTSIDE_SCOPE)]
    return make.make_invoice(client, lines=lines, due_date=due, at=at, **over)


@pytest.mark.parametrize(
    ("days_late", "band"),
    [
        (-20, "not_due"),
        (0, "not_due"),
        (1, "1_to_30"),
        (30, "1_to_30"),
        (31, "31_to_60"),
        (60, "31_to_60"),
        (61, "61_to_90"),
        (90, "61_to_90"),
        (91, "over_90"),
        (120, "over_90"),
    ],
)
def test_an_invoice_is_as_old_as_it_is_late(days_late: int, band: str) -> None:
    owed(make.make_client(), 10_00, days_late)
    found = ageing(TODAY).bands["EUR"]
    assert {name: (one.amount, one.count) for name, one in found.items() if one.count} == {
        band: (10_00, 1)
    }


def test_only_what_is_left_to_pay_is_owed() -> None:
    client = make.make_client()
    part = owed(client, 10_00, 5)
    make.make_payment(part, amount=4_00)
    make.make_payment(owed(client, 99_00, 5))
    make.make_invoice(client, "cancelled")
    make.make_draft(client)
    found = ageing(TODAY)
    assert sum(one.amount for one in found.bands["EUR"].values()) == 6_00
    assert {code: (one.amount, one.count) for code, one in overdue_by_currency(TODAY).items()} == {
        "EUR": (6_00, 1)
    }


def test_who_owes_most_comes_first() -> None:
    small, large = make.make_client(), make.make_client()
    owed(small, 5_00, 2)
    owed(small, 1_00, 40)
    owed(small, 77_00, 2, currency_code="USD")
    owed(large, 20_00, 100)
    owed(large, 3_00, 0)
    found = ageing_by_client(TODAY, "EUR", 10)
    assert [(one.client, one.total) for one in found] == [(large, 23_00), (small, 6_00)]
    assert found[1].bands == {
        "not_due": 0,
        "1_to_30": 5_00,
        "31_to_60": 1_00,
        "61_to_90": 0,
        "over_90": 0,
    }
    assert [one.client for one in ageing_by_client(TODAY, "EUR", 1)] == [large]
    assert overdue_by_currency(TODAY)["EUR"].amount == 26_00
