"""Second rows that a unique constraint refuses, and what sets one apart (tests/house/test_constraints.py)."""

from datetime import UTC, date, datetime
from typing import Any

AT, DAY, NEXT_DAY = datetime(2026, 4, 8, 12, tzinfo=UTC), date(2026, 4, 8), date(2026, 4, 9)
type Values = dict[str, Any]

ASKED: tuple[Values, ...] = ({"status": "withdrawn"}, {"service_id": 900_009})
PERIOD: Values = {"period_start": DAY, "status": "paid"}
OF_DOMAIN: Values = {"domain_id": 900_001, "service_id": None}

ONCE: dict[str, tuple[Values, ...]] = {
    "job_unique": ({}, {"idempotency_key": "other"}, {"action": "other"}),
    "job_one_at_a_time": (
        {"one_at_a_time": True, "status": "running", "claim": "worker", "lease_until": AT},
        {"one_at_a_time": False},
        {"status": "queued"},
        {"subject_id": 9},
    ),
    "event_unique": (
        {},
        {"idempotency_key": "other"},
        {"subject_id": 9},
        {"kind": "other"},
    ),
    "mail_once": (
        {"event": "welcome", "idempotency_key": "1", "recipient": "A@example.org"},
        {"recipient": "b@example.org"},
        {"event": "other"},
        {"idempotency_key": "2"},
    ),
    "mail_address_once": ({"email": "A@example.org"}, {"email": "b@example.org"}),
    "template_once": ({}, {"locale": "de"}, {"event": "other"}),
    "user_email_unique": ({"email": "A@example.com"}, {"email": "b@example.com"}),
    "accounts_clientgroup.name": ({}, {"name": "other"}),
    "membership_unique": ({}, {"user_id": 900_009}, {"client_id": 900_009}),
    "mail_choice_once": ({}, {"group": "other"}),
    "invitation_open_unique": (
        {"client_id": 900_001, "email": "A@example.com", "status": "open"},
        {"status": "declined"},
        {"email": "b@example.com"},
        {"client_id": 900_009},
    ),
    "accounts_invitation.token_hash": ({}, {"token_hash": "other"}),
    "custom_field_name_unique": ({"name": "VAT id"}, {"name": "other"}),
    "custom_value_once": ({}, {"field_id": 900_009}),
    "token_live_name_unique": ({"status": "live"}, {"status": "revoked"}, {"name": "x"}),
    "token_form_sent_once": (
        {"idempotency_key": "k"},
        {"idempotency_key": ""},
        {"client_id": 900_009},
    ),
    "accounts_apitoken.token_hash": ({}, {"token_hash": "2" * 64}),
    "token_requests_of_a_day": ({}, {"day": NEXT_DAY}, {"token_id": 900_009}),
    "token_network_once": ({}, {"network": "other"}, {"token_id": 900_009}),
    "currency_one_default": ({"is_default": True}, {"is_default": False}),
    "catalog_productgroup.slug": ({}, {"slug": "other"}),
    "catalog_product.slug": ({}, {"slug": "other"}),
    "price_unique": ({}, {"billing_cycle": "annually"}, {"currency_id": "USD"}),
    "group_price_unique": ({}, {"billing_cycle": "annually"}, {"group_id": 900_009}),
    "catalog_optiongroup.name": ({}, {"name": "other"}),
    "option_name_unique": ({}, {"name": "other"}, {"group_id": 900_009}),
    "option_value_unique": ({}, {"name": "other"}, {"option_id": 900_009}),
    "option_price_unique": ({}, {"billing_cycle": "annually"}, {"value_id": 900_009}),
    "catalog_promocode.code": ({}, {"code": "other"}),
    "promo_amount_unique": ({}, {"currency_id": "USD"}),
    "domain_live_name_unique": (
        {"domain_name": "a.example", "status": "pending"},
        {"status": "cancelled"},
        {"domain_name": "b.example"},
    ),
    "domains_tld.tld": ({}, {"tld": "other"}),
    "tld_price_unique": ({}, {"currency_id": "USD"}),
    "hosting_server.name": ({}, {"name": "other"}),
    "service_username_unique": (
        {"server_id": 900_001, "username": "acme", "status": "pending"},
        {"status": "cancelled", "cancelled_at": AT},
        {"username": ""},
        {"server_id": 900_009},
    ),
    "service_remote_id_unique": (
        {"server_id": 900_001, "remote_id": "17", "status": "pending"},
        {"status": "terminated", "terminated_at": AT},
        {"remote_id": ""},
    ),
    "hosting_service.provisioning_key": ({}, {"provisioning_key": "other"}),
    "billing_invoice.number": ({}, {"number": "INV-9"}),
    "billing_invoice.payment_reference": ({}, {"payment_reference": "RF9"}),
    "line_position_unique": ({}, {"position": 9}, {"invoice_id": 900_009}),
    "line_one_renewal_per_billed_period": (
        {"billed_period_id": 900_001, "kind": "renewal"},
        {"kind": "option"},
        {"billed_period_id": 900_009},
    ),
    "tax_group_unique": ({}, {"rate_milli": 9}, {"category": "E"}),
    "settlement_source_unique": ({}, {"source": "other"}, {"kind": "credit"}),
    "billing_creditnote.number": ({}, {"number": "CN-9"}),
    "credit_line_position_unique": ({}, {"position": 9}),
    "credit_group_unique": ({}, {"rate_milli": 9}),
    "cancellation_one_open": ({"service_id": 900_001, "status": "pending"}, *ASKED),
    "plan_change_one_open": ({"service_id": 900_001, "status": "awaiting_payment"}, *ASKED),
    "billing_planchange.invoice_id": ({}, {"invoice_id": 900_009}),
    "billing_planchange.credit_note_id": ({}, {"credit_note_id": 900_009}),
    "billed_period_service_period_once": (
        PERIOD,
        {"status": "released"},
        {"period_start": date(2026, 4, 7)},
    ),
    "billed_period_domain_period_once": (
        {**PERIOD, **OF_DOMAIN},
        {"status": "released"},
        {"period_start": date(2026, 4, 7)},
    ),
    "billed_period_service_one_open": (
        {"service_id": 900_001, "status": "open"},
        {"status": "paid"},
    ),
    "billed_period_domain_one_open": ({**OF_DOMAIN, "status": "open"}, {"status": "paid"}),
    "invoice_subject_service_once": ({}, {"service_id": 900_009}),
    "invoice_subject_domain_once": (OF_DOMAIN, {"domain_id": 900_009}),
    "credit_one_account_per_currency": ({}, {"currency_id": "USD"}, {"client_id": 900_009}),
    "credit_source_once": ({}, {"source": "other"}, {"reason": "returned"}),
    "document_invoice_form_once": ({}, {"form": "ubl"}),
    "document_credit_note_form_once": (
        {"credit_note_id": 900_001, "invoice_id": None},
        {"form": "ubl"},
    ),
    "reminder_step_once": ({}, {"step": 9}, {"invoice_id": 900_009}),
    "billing_latefee.late_invoice_id": ({}, {"late_invoice_id": 900_009}),
    "billing_latefee.invoice_id": ({}, {"invoice_id": 900_009}),
    "termination_notice_once": ({}, {"suspended_at": datetime(2026, 4, 9, tzinfo=UTC)}),
    "price_change_service_once": (
        {"service_id": 900_001, "status": "planned"},
        {"status": "dropped"},
    ),
    "price_change_domain_once": ({**OF_DOMAIN, "status": "planned"}, {"status": "applied"}),
    "run_step_once": ({}, {"name": "other"}, {"run_id": 900_009}),
    "run_step_finished_once": (
        {"finishes": DAY, "status": "done"},
        {"finishes": None},
        {"finishes": NEXT_DAY},
    ),
    "tax_rule_key_once": (
        {},
        {"valid_from": NEXT_DAY},
        {"state": "BY"},
        {"product_kind": "domain"},
    ),
    "attempt_reference_unique": (
        {"reference": "pi_1"},
        {"reference": "pi_2"},
        {"reference": None},
        {"gateway": "other"},
    ),
    "attempt_one_live_per_gateway": (
        {"kind": "on_session", "status": "open"},
        {"status": "failed"},
        {"kind": "off_session"},
        {"gateway": "other"},
    ),
    "attempt_one_live_off_session": (
        {"kind": "off_session", "status": "created"},
        {"status": "failed"},
        {"kind": "on_session"},
        {"invoice_id": 900_009},
    ),
    "autopay_try_once": ({}, {"number": 9}, {"invoice_id": 900_009}),
    "gateway_customer_one_per_client": ({}, {"client_id": 900_009}, {"gateway": "other"}),
    "gateway_customer_reference_unique": ({}, {"reference": "other"}, {"gateway": "other"}),
    "saved_card_token_unique": ({}, {"token": "other"}, {"gateway": "other"}),
    "saved_card_one_default": (
        {"client_id": 900_001, "is_default": True},
        {"is_default": False},
        {"client_id": 900_009},
    ),
    "card_setup_reference_unique": (
        {"reference": "seti_1"},
        {"reference": "seti_2"},
        {"reference": None},
        {"gateway": "other"},
    ),
    "card_setup_one_live_per_gateway": (
        {"status": "open"},
        {"status": "failed"},
        {"gateway": "other"},
        {"client_id": 900_009},
    ),
    "payments_cardsetup.idempotency_key": ({}, {"idempotency_key": "other"}),
    "payments_attempt.idempotency_key": ({}, {"idempotency_key": "other"}),
    "payment_transaction_unique": ({}, {"transaction_id": "other"}, {"gateway": "other"}),
    "payments_payment.idempotency_key": (
        {},
        {"idempotency_key": "other"},
        {"idempotency_key": None},
    ),
    "gateway_event_unique": ({}, {"event_id": "other"}, {"gateway": "other"}),
    "transfer_notice_one_open": ({"invoice_id": 900_001, "status": "open"}, {"status": "lapsed"}),
    "transfer_notice_holds_once": (
        {"invoice_id": 900_001, "held_until": DAY, "status": "lapsed"},
        {"held_until": None},
        {"invoice_id": 900_009},
    ),
    "refund_reference_unique": ({"reference": "re_1"}, {"reference": "re_2"}, {"gateway": "other"}),
    "payments_refund.idempotency_key": ({}, {"idempotency_key": "other"}),
    "payments_refund.credit_note_id": ({}, {"credit_note_id": 900_009}),
    "unallocated_payment_transaction_unique": (
        {},
        {"transaction_id": "other"},
        {"gateway": "other"},
    ),
    "payments_unallocatedpayment.payment_id": ({}, {"payment_id": 900_009}),
    "orders_order.invoice_id": ({}, {"invoice_id": 900_009}),
    "orders_order.idempotency_key": ({}, {"idempotency_key": "other"}),
    "item_position_unique": ({}, {"position": 9}),
    "unit_number_unique": ({}, {"number": 9}, {"item_id": 900_009}),
    "unit_domain_once": ({**OF_DOMAIN, "item_id": 900_001}, {"item_id": 900_009}),
    "orders_orderunit.service_id": ({}, {"service_id": 900_009}),
    "orders_orderunit.domain_id": (OF_DOMAIN, {"domain_id": 900_009}),
    "promo_use_unique": ({}, {"order_id": 900_009}),
    "cart_client_one_open": (
        {"client_id": 900_001, "guest_key": "", "status": "open"},
        {"status": "ordered"},
        {"client_id": 900_009},
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
"""By name of a unique constraint, or ``table.column``: what both rows have, and what sets a second one apart."""

OTHER: dict[str, Values] = {
    "accounts_user": {"email": "other@example.com"},
    "mail_suppressedaddress": {"email": "other@example.com"},
    "accounts_apitoken": {"token_hash": "1" * 64, "name": "other"},
    "billing_invoice": {"number": "INV-2", "payment_reference": "RF2"},
    "billing_billedperiod": {"period_start": date(2026, 4, 7)},
    "orders_orderunit": {"service_id": 900_002},
    "orders_cart": {"guest_key": "k2"},
    "payments_unallocatedpayment": {"transaction_id": "t2"},
    "catalog_currency": {"code": "XAU"},
}
"""By table: values of a second row where any value would not do."""

SECOND: dict[str, Values] = {
    "unit_domain_once": {"domain_id": 900_002},
    "orders_orderunit.domain_id": {"number": 2},
}
"""By name: values of a second row that must not be those of the first."""
