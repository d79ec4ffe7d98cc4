"""Rows of names that a check of their tables refuses (tests/house/broken_rows.py)."""

from datetime import UTC, date, datetime
from typing import Any

AT, DAY = datetime(2026, 4, 8, 12, tzinfo=UTC), date(2026, 4, 8)
ODD = {"status": "odd"}

REGISTERED = {
    "status": "active", "registration_date": DAY, "expiry_date": DAY, "next_due_date": DAY,
}  # fmt: skip

BROKEN_NAMES: dict[str, list[dict[str, Any]]] = {
    "domain_status_known": [ODD],
    "domain_term_1_to_10": [{"term_years": 0}, {"term_years": 11}],
    "domain_amount_not_negative": [{"recurring_amount": -1}],
    "domain_not_due_when_ended": [
        {**REGISTERED, "status": status}
        for status in ("pending", "transferred_away", "cancelled", "fraud")
    ],
    "domain_has_two_nameservers": [{**REGISTERED, "ns1": ""}, {**REGISTERED, "ns2": ""}],
    "domain_registered_has_dates": [
        {**REGISTERED, "status": status, column: None}
        for status in ("active", "expired", "redemption")
        for column in ("registration_date", "expiry_date", "next_due_date")
    ],
    "domain_transfer_hold_known": [
        {"status": "pending_transfer", "transfer_hold": "odd"},
        {**REGISTERED, "transfer_hold": "code_wrong"},
    ],
    "domain_change_kind_known": [{"kind": "odd"}],
    "domain_change_status_known": [{**ODD, "ended_at": AT}],
    "domain_change_says_when_ended": [{"ended_at": AT}, {"status": "done"}, {"status": "failed"}],
    "registrar_price_not_negative": [{"amount": -1}],
    "registrar_price_operation_known": [{"operation": "odd"}],
}
