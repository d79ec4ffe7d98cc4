"""Second rows of clients, their programs and their revenue (tests/house/second_rows.py)."""

from datetime import UTC, date, datetime
from typing import Any

AT, NEXT_DAY = datetime(2026, 4, 8, 12, tzinfo=UTC), date(2026, 4, 9)
type Values = dict[str, Any]

OTHER_CLIENT: Values = {"client_id": 900_009}

SECOND_PEOPLE: dict[str, tuple[Values, ...]] = {
    "billing_booksmonth.month": ({}, {"month": NEXT_DAY}),
    "books_file_once": ({}, {"name": "tax"}, {"closed_at": AT.replace(hour=13)}),
    "erasure_done_once": (
        {"status": "done", "ended_at": AT},
        {"status": "withdrawn", "ended_at": AT},
        OTHER_CLIENT,
    ),
    "accounts_invitation.token_hash": ({}, {"token_hash": "other"}),
    "custom_field_name_unique": ({"name": "VAT id"}, {"name": "other"}),
    "custom_value_once": ({}, {"field_id": 900_009}),
    "client_tag_name_unique": ({"name": "VIP"}, {"name": "other"}),
    "client_tag_once": ({}, {"tag_id": 900_009}),
    "search_key_once": (
        {"form": "word"},
        {"form": "whole"},
        {"key": "other"},
        {"field": "other"},
        {"record_id": 9},
        {"record_kind": "other"},
    ),
    "bulk_item_once": ({}, {"record_id": 900_009}, {"bulk_action_id": 900_009}),
    "accounts_openworkmark.work": ({}, {"work": "other"}),
    "saved_view_name_once": ({}, {"name": "other"}, {"list_name": "other"}),
    "staff_role_name_once": ({"name": "Night"}, {"name": "Day"}),
    "staff_token_live_name_unique": ({"status": "live"}, {"status": "revoked"}, {"name": "x"}),
    "accounts_stafftoken.token_hash": ({}, {"token_hash": "2" * 64}),
    "token_live_name_unique": ({"status": "live"}, {"status": "revoked"}, {"name": "x"}),
    "token_form_sent_once": ({"idempotency_key": "k"}, {"idempotency_key": ""}, OTHER_CLIENT),
    "accounts_apitoken.token_hash": ({}, {"token_hash": "2" * 64}),
    "accounts_apitokensecret.token_hash": (
        {"works_until": None},
        {"token_hash": "2" * 64, "works_until": AT},
    ),
    "token_binding_once": (
        {},
        {"kind": "domain"},
        {"record_id": 900_009},
        {"token_id": 900_009},
    ),
    "token_secret_newest": (
        {"works_until": None},
        {"works_until": AT, "token_hash": "2" * 64},
        {"token_id": 900_009, "token_hash": "2" * 64},
    ),
    "token_secret_before": (
        {"works_until": AT},
        {"works_until": None, "token_hash": "2" * 64},
        {"token_id": 900_009, "token_hash": "2" * 64},
    ),
    "accounts_idempotentreply.key_hash": ({}, {"key_hash": "2" * 64}),
    "accounts_apioperation.key": ({}, {"key": "other"}),
    "api_operation_of_one_carrier": (
        {"carrier_id": 900_001},
        {"carrier_id": 900_009},
        {"carrier_kind": "other"},
    ),
    "metadata_key_once": ({}, {"key": "other"}, {"kind": "order"}, {"record_id": 900_009}),
    "token_requests_of_a_day": ({}, {"day": NEXT_DAY}, {"token_id": 900_009}),
    "spending_limit_of_a_currency": ({}, {"currency_code": "CHF"}, {"token_id": 900_009}),
    "webhook_endpoint_form_sent_once": (
        {"idempotency_key": "k"},
        {"idempotency_key": ""},
        OTHER_CLIENT,
    ),
    "webhook_secret_newest": ({"works_until": None}, {"works_until": AT}, {"endpoint_id": 900_009}),
    "webhook_secret_before": ({"works_until": AT}, {"works_until": None}, {"endpoint_id": 900_009}),
    "webhook_delivery_of_event": ({}, {"event_id": "other"}, {"endpoint_id": 900_009}),
    "recurring_movement_once": (
        {"kind": "service", "movement": "new"},
        {"month": NEXT_DAY},
        {"kind": "domain"},
        {"movement": "lost"},
        {"currency_id": "USD"},
        {"record_id": 9},
    ),
    "token_network_once": ({}, {"network": "other"}, {"token_id": 900_009}),
}
"""By name of a unique constraint, or ``table.column``."""
