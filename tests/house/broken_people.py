"""Rows about people that a check of their tables refuses (tests/house/broken_rows.py)."""

from datetime import UTC, datetime
from typing import Any

AT = datetime(2026, 4, 8, 12, tzinfo=UTC)
ODD = {"status": "odd"}
SUPER_ADMIN = {"key": "super_admin", "name": "Chief", "permissions": []}

BROKEN_PEOPLE: dict[str, list[dict[str, Any]]] = {
    "payment_booked_after_received": [{"booked_on": AT.date(), "received_on": AT.date()}],
    "books_month_status_known": [{**ODD, "closed_at": AT, "ends_at": AT}],
    "books_month_closed_says_when": [
        {"status": "closed", "ends_at": AT},
        {"status": "closed", "closed_at": AT},
    ],
    "client_group_discount_range": [{"discount": 10001}],
    "client_status_known": [ODD],
    "client_country_alpha2": [{"country": "de"}, {"country": ""}],
    "client_currency_iso": [{"currency_code": "eur"}, {"currency_code": ""}],
    "token_binding_kind_known": [{"kind": "odd"}],
    "staff_token_status_known": [ODD],
    "staff_token_hash_sha256": [{"token_hash": "0" * 63}, {"token_hash": "G" * 64}],
    "token_secret_sha256": [{"token_hash": "0" * 63}, {"token_hash": "G" * 64}],
    "client_api_rate_positive": [{"api_rate": 0}],
    "client_api_write_rate_positive": [{"api_write_rate": 0}],
    "staff_person_or_machine": [
        {"machine_name": "Sync"},
        {"user_id": None},
        {"user_id": None, "machine_name": "Sync"},
    ],
    "staff_mail_delivery_known": [{"delivery": "odd"}],
    "staff_role_own_is_whole": [{"permissions": None}, {"name": ""}],
    "staff_role_super_admin_fixed": [
        {**SUPER_ADMIN, "permissions": None},
        {**SUPER_ADMIN, "name": ""},
    ],
    "search_key_form_known": [{"form": "odd"}],
    "membership_role_known": [{"role": "admin"}],
    "invitation_status_known": [ODD],
    "custom_field_named": [{"name": ""}],
    "custom_field_type_known": [{"type": "odd"}],
    "custom_field_admin_only_is_not_shown": [
        {"admin_only": True, shown: True}
        for shown in ("show_on_invoice", "show_on_order", "show_on_registration")
    ],
    "client_tag_named": [{"name": ""}],
    "bulk_status_known": [ODD],
    "bulk_outcome_known": [{"outcome": "odd"}],
    "saved_view_named": [{"name": ""}],
    "open_work_mark_named": [{"work": ""}],
    "webhook_endpoint_status_known": [ODD],
    "metadata_kind_known": [{"kind": "odd"}],
    "commitment_of_one_sign": [{name: -1} for name in ("amount", "covers", "pays")],
    "spending_limit_not_negative": [{"per_act": -1}, {"per_period": -1}],
    "client_note_not_empty": [{"body": ""}],
    "custom_value_not_empty": [{"value": ""}],
    "data_export_status_known": [ODD],
    "data_export_ready_has_file": [
        {"status": "ready", **has} for has in ({"expires_at": AT}, {"content": b"PK"})
    ],
    "erasure_status_known": [{"status": "odd", "ended_at": AT}],
    "erasure_says_when_ended": [
        {"ended_at": AT},
        {"status": "blocked", "ended_at": AT},
        {"status": "done"},
        {"status": "withdrawn"},
    ],
    "statement_status_known": [ODD],
    "statement_kind_known": [
        {"kind": "ending"},
        {"ending_kind": "ordinary"},
        {"wished_on": AT.date()},
        {"kind": "odd"},
    ],
    "statement_of_one_contract": [{"service_id": 900_001, "domain_id": 900_001}],
    "statement_carried_out_of_what": [
        {"status": "carried_out", "ends_on": AT.date()},
        {"status": "carried_out", "service_id": 900_001},
    ],
    "recurring_movement_kind_known": [{"kind": "odd", "movement": "new"}],
    "recurring_movement_known": [{"kind": "service", "movement": "odd"}],
}
