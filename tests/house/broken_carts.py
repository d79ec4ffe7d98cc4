"""Rows of carts and quotes that a check refuses (tests/house/test_constraints.py)."""

from datetime import UTC, datetime
from typing import Any

AT = datetime(2026, 4, 8, 12, tzinfo=UTC)
ODD = {"status": "odd"}

BROKEN_CARTS: dict[str, list[dict[str, Any]]] = {
    "cart_status_known": [ODD],
    "sales_quote_status_known": [ODD | {"sent_at": AT}],
    "sales_quote_of_client_or_caller": [
        {"client_id": None},
        {"client_id": None, "name": "Nora"},
        {"client_id": None, "email": "n@example.com"},
        {"name": "Nora", "email": "n@example.com"},
    ],
    "sales_quote_order_is_accepted": [{"order_id": 900_001}],
    "sales_quote_sent_says_when": [{"sent_at": AT}, {"status": "sent"}],
    "cart_of_client_or_guest": [{"guest_key": ""}, {"client_id": 900_001}],
    "cart_item_product_or_domain": [
        {"product_id": None},
        {"action": "register", "domain": "a.example"},
        {"action": "register", "product_id": None, "domain": ""},
        {"action": "register", "product_id": None, "domain": "a.example", "qty": 2},
        {"action": "odd", "product_id": None, "domain": "a.example"},
    ],
    "cart_item_quantity_range": [{"qty": 0}, {"qty": 101}],
    "cart_item_cycle_known": [{"billing_cycle": "weekly"}],
}
"""By name of a check: rows that only this one refuses."""
