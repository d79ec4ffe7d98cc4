"""Second rows of carts and quotes that a unique constraint refuses (tests/house/test_constraints.py)."""

from datetime import UTC, datetime
from typing import Any

AT = datetime(2026, 4, 8, 12, tzinfo=UTC)
OTHER_CLIENT = {"client_id": 900_009}

SECOND_CARTS: dict[str, tuple[dict[str, Any], ...]] = {
    "cart_client_one_own_open": (
        {"client_id": 900_001, "guest_key": "", "status": "open", "quote_id": None},
        {"status": "ordered"},
        {"quote_id": 900_001},
        OTHER_CLIENT,
    ),
    "cart_quote_one_open": (
        {"client_id": 900_001, "guest_key": "", "status": "open", "quote_id": 900_001},
        {"status": "ordered"},
        {"quote_id": 900_002},
        OTHER_CLIENT,
    ),
    "sales_quote_version_unique": ({"first_id": 900_001}, {"version": 9}, {"first_id": 900_009}),
    "sales_quote_one_version_stands": (
        {"first_id": 900_001, "status": "sent", "sent_at": AT},
        {"status": "withdrawn"},
        {"first_id": 900_009},
    ),
    "orders_salesquote.order_id": (
        {"order_id": 900_001, "status": "accepted", "sent_at": AT},
        {"order_id": 900_009},
    ),
    "cart_guest_one_open": (
        {"guest_key": "k", "status": "open"},
        {"status": "expired"},
        {"guest_key": "other"},
    ),
    "orders_cart.order_id": ({}, {"order_id": 900_009}),
    "cart_item_position_unique": ({}, {"position": 9}),
    "cart_item_domain_once": (
        {"action": "register", "product_id": None, "domain": "a.example"},
        {"domain": "b.example"},
        {"cart_id": 900_009},
    ),
}
"""As ``second_rows.ONCE``."""
