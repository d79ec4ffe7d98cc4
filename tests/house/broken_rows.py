"""Rows that a check of a table refuses, and rows that are next to them (tests/house/test_constraints.py)."""

from datetime import UTC, date, datetime
from typing import Any

from tests.house.broken_carts import BROKEN_CARTS
from tests.house.broken_names import BROKEN_NAMES, REGISTERED
from tests.house.broken_people import BROKEN_PEOPLE

AT, DAY, NEXT_DAY = datetime(2026, 4, 8, 12, tzinfo=UTC), date(2026, 4, 8), date(2026, 4, 9)
type Values = dict[str, Any]
ODD = {"status": "odd"}
ISSUED = {
    "status": "unpaid", "number": "INV-1", "issued_at": AT, "issue_date": DAY, "due_date": DAY,
    "subtotal": 10, "tax_amount": 2, "total": 12, "amount_due": 12,
}  # fmt: skip
BASE: dict[str, Values] = {
    "audit_auditentry": {"action": "thing.made"},
    "mail_outgoingmail": {"recipient": "a@example.org"}, "accounts_staffrole": {"name": "Night", "permissions": []},
    "accounts_user": {"email": "a@example.com"},
    "accounts_client": {"country": "DE", "currency_code": "EUR"},
    "accounts_membership": {"role": "owner"}, "accounts_searchkey": {"form": "word"},
    "accounts_recordmetadata": {"kind": "service", "record_id": 1, "key": "k"},
    "accounts_customfield": {"name": "Field", "type": "text"},
    "accounts_apitoken": {"token_hash": "0" * 64, "name": "token"}, "accounts_stafftoken": {"token_hash": "0" * 64},
    "accounts_apitokenbinding": {"kind": "zone"}, "accounts_apitokensecret": {"token_hash": "0" * 64},
    "catalog_currency": {"exponent": 2}, "catalog_sharedrevision": {"id": 1},
    "catalog_price": {"billing_cycle": "monthly"},
    "orders_salesquote": {"client_id": 900_001, "name": "", "email": "", "sent_at": None, "order_id": None},
    "catalog_groupprice": {"billing_cycle": "monthly"},
    "catalog_optionprice": {"billing_cycle": "monthly"},
    "catalog_option": {"type": "dropdown", "minimum": 0, "maximum": 0},
    "catalog_promocode": {"kind": "percent", "percent": 1000},
    "domains_domain": {"term_years": 1, "ns1": "ns1.example.net", "ns2": "ns2.example.net"},
    "domains_domainchange": {"kind": "lock"},
    "domains_registrarprice": {"operation": "renew"},
    "domains_tld": {"min_years": 1, "max_years": 10},
    "dns_zoneversion": {"cause": "edit"},
    "hosting_service": {"billing_cycle": "monthly"},
    "hosting_driftfinding": {"kind": "missing"},
    "hosting_usageday": {"kind": "disk", "used": 1},
    "consumers_consumerstatement": {"kind": "withdrawal", "ending_kind": ""}, "billing_invoice": ISSUED,
    "billing_invoiceline": {"quantity_milli": 1000, "tax_category": "S", "tax_rate_milli": 20000},
    "billing_settlemententry": {"kind": "payment", "amount": 5},
    "billing_creditnote": {"subtotal": 10, "tax_amount": 2, "total": 12},
    "billing_billedperiod": {
        "service_id": 900_001, "invoice_id": 900_001, "period_start": DAY, "period_end": NEXT_DAY,
    },
    "billing_invoicesubject": {"service_id": 900_001},
    "billing_creditentry": {"reason": "staff_add", "amount": 5, "balance": 5},
    "billing_document": {"invoice_id": 900_001},
    "billing_reminder": {"status": "sent"},
    "billing_pricechange": {"service_id": 900_001, "old_amount": 1, "amount": 2},
    "billing_taxrule": {"category": "S", "rate_milli": 20000, "country": "DE"},
    "billing_vatcheck": {"answer": "valid"},
    "payments_autopaytry": {"number": 1},
    "payments_attempt": {"amount": 1, "invoice_id": 900_001},
    "payments_paymentshare": {"amount": 1},
    "payments_payment": {"amount": 1},
    "payments_transfernotice": {"amount": 1},
    "payments_refund": {"amount": 1, "method": "credit"},
    "payments_dispute": {"amount": 1, "reference": "dp_1"},
    "payments_unallocatedpayment": {"amount": 1, "reason": "reference", "transaction_id": "t"},
    "orders_order": {"subtotal": 10, "discount": 1, "tax_amount": 2, "total": 11},
    "orders_orderitem": {"billing_cycle": "monthly", "qty": 2, "unit_amount": 50},
    "orders_orderunit": {"service_id": 900_001},
    "orders_cart": {"guest_key": "k"},
    "orders_cartitem": {"billing_cycle": "monthly", "product_id": 900_001, "qty": 1},
}  # fmt: skip
"""By table: what a row needs besides anything."""

RUNNING = {"status": "active", "next_due_date": DAY}
CYCLE = [{"billing_cycle": "weekly"}]
NEITHER = [{"service_id": None}, {"domain_id": 900_001}]

POSITIVE_PAYMENTS = [
    f"{noun}_positive"
    for noun in "attempt payment payment_share transfer_notice refund dispute unallocated_payment".split()
]
BROKEN: dict[str, list[Values]] = {
    "drift_kind_known": [{"kind": "odd"}],
    "usage_day_not_negative": [{"used": -1}],
    "audit_action_has_a_dot": [{"action": "made"}],
    "job_status_known": [ODD],
    "job_running_has_lease": [
        {"status": "running", "claim": "worker"},
        {"status": "running", "lease_until": AT, "claim": ""},
    ],
    "job_waiting_has_next_try": [{"status": "waiting"}],
    "job_remote_place_known": [{"remote_place": 2}],
    "mail_status_known": [ODD],
    "mail_sent_says_when": [{"status": "sent"}, {"status": "bounced"}],
    "mail_has_recipient": [{"recipient": ""}],
    "template_says_something": [{"html": "", "text": ""}],
    "token_status_known": [ODD],
    "token_hash_sha256": [{"token_hash": "0" * 63}, {"token_hash": "G" * 64}],
    "token_named": [{"name": ""}],
    "currency_default_is_active": [{"is_default": True, "is_active": False}],
    "currency_exponent_iso": [{"exponent": 5}],
    "shared_revision_one_row": [{"id": 2}],
    "product_type_known": [{"type": "odd"}],
    "product_status_known": [ODD],
    "product_activation_known": [{"activation": "odd"}],
    "product_tax_kind_known": [{"tax_kind": "odd"}],
    "product_limit_positive": [{"max_per_client": 0}],
    "price_not_negative": [{"price": -1}, {"setup_fee": -1}],
    "price_cycle_known": CYCLE,
    "group_price_not_negative": [{"price": -1}, {"setup_fee": -1}],
    "group_price_cycle_known": CYCLE,
    "option_type_known": [{"type": "odd"}],
    "option_range_in_order": [{"minimum": 2, "maximum": 1}],
    "option_setup_not_negative": [{"setup_fee": -1}],
    "option_price_cycle_known": CYCLE,
    "promo_percent_range": [
        {"percent": 0},
        {"percent": 10001},
        {"kind": "fixed", "percent": 1},
        {"kind": "odd"},
    ],
    "promo_days_in_order": [{"starts_on": NEXT_DAY, "ends_on": DAY}],
    "promo_amount_positive": [{"amount": 0}],
    **BROKEN_CARTS,
    **BROKEN_NAMES,
    **BROKEN_PEOPLE,
    "zone_status_known": [ODD],
    "zone_dnssec_known": [{"dnssec": "odd"}],
    "zone_ended_has_instant": [{"status": "ended"}, {"ended_at": AT}],
    "zone_version_cause_known": [{"cause": "odd"}],
    "tld_years_1_to_10": [{"min_years": 0}, {"max_years": 11}, {"min_years": 3, "max_years": 2}],
    "tld_price_not_negative": [{"register": -1}, {"renew": -1}, {"transfer": -1}],
    "service_status_known": [ODD],
    "service_cycle_known": CYCLE,
    "service_amount_not_negative": [{"amount": -1}],
    "service_cancelled_is_final": [
        {"status": "cancelled"},
        {"status": "cancelled", "cancelled_at": AT, "next_due_date": DAY},
    ],
    "service_terminated_is_final": [
        {"status": "terminated"},
        {"status": "terminated", "terminated_at": AT, "next_due_date": DAY},
    ],
    "service_running_has_due_date": [
        {"status": "active"},
        {"status": "suspended", "suspended_at": AT, "suspension_reason": "staff"},
        {**RUNNING, "billing_cycle": "one_time"},
    ],
    "service_suspended_says_why": [
        {**RUNNING, "status": "suspended", "suspended_at": AT, "suspension_reason": ""},
        {**RUNNING, "status": "suspended", "suspension_reason": "staff"},
    ],
    "invoice_status_known": [{"status": "odd"}],
    "invoice_numbered_when_issued": [
        {"number": None},
        {"issued_at": None},
        {"issue_date": None},
        {"due_date": None},
        {"status": "draft", "issued_at": None},
        {"status": "draft", "number": None},
    ],
    "invoice_adds_up": [{"total": 13}, {"tax_amount": 1}],
    "invoice_due_within_total": [
        {"amount_due": 13},
        {"status": "draft", "number": None, "issued_at": None, "amount_due": -1},
        {
            "subtotal": -14,
            "total": -12,
            "amount_due": -12,
            "status": "draft",
            "number": None,
            "issued_at": None,
        },
    ],
    "invoice_paid_when_nothing_due": [
        {"amount_due": 0},
        {"status": "overdue", "amount_due": 0},
        {"status": "paid", "paid_at": AT},
        {"status": "refunded"},
        {"status": "cancelled"},
    ],
    "invoice_paid_says_when": [{"status": "paid", "amount_due": 0}],
    "line_quantity_range": [{"quantity_milli": 0}, {"quantity_milli": 100_000_001}],
    "line_rate_range": [{"tax_rate_milli": 100_001}],
    "line_category_known": [{"tax_category": "X"}],
    "tax_group_of_one_sign": [{"net": -1, "tax": 1}, {"net": 1, "tax": -1}],
    "settlement_sign_by_kind": [
        *(
            {"kind": kind, "amount": amount}
            for kind in ("payment", "credit", "credit_note", "refund_failed", "reversal_won")
            for amount in (0, -1)
        ),
        *(
            {"kind": kind, "amount": amount}
            for kind in ("refund", "to_credit", "reversal")
            for amount in (0, 1)
        ),
        {"kind": "odd"},
    ],
    "credit_note_adds_up": [{"total": 13}],
    "credit_note_positive": [{"subtotal": 0, "tax_amount": 0, "total": 0}],
    "credit_group_of_one_sign": [{"net": -1, "tax": 1}, {"net": 1, "tax": -1}],
    "cancellation_status_known": [ODD],
    "plan_change_status_known": [ODD],
    "plan_change_not_negative": [{"credit": -1}, {"charge": -1}],
    "paid_elsewhere_for_days": [{"amount": 0}, {"amount": -1}, {"period_end": DAY}],
    "line_share_days": [
        *({"period_start": DAY, "period_end": DAY}, {"period_start": DAY}, {"period_end": DAY}),
        {"period_start": DAY, "period_end": NEXT_DAY, "billing_cycle": "monthly"},
    ],
    "billed_period_of_service_or_domain": NEITHER,
    "billed_period_status_known": [ODD],
    "billed_period_period_forward": [{"period_end": DAY}],
    "billed_period_without_invoice_is_free": [
        {"invoice_id": None},
        {"invoice_id": None, "status": "waived", "net": 1},
        {"invoice_id": None, "status": "waived", "tax": 1},
        {"invoice_id": None, "status": "paid"},
        {"invoice_id": None, "status": "released", "net": 1},
    ],
    "invoice_subject_service_or_domain": NEITHER,
    "credit_balance_not_negative": [{"balance": -1}],
    "credit_sign_by_reason": [
        *(
            {"reason": reason, "amount": amount}
            for reason in (
                "overpayment",
                "late_payment",
                "refund_to_credit",
                "downgrade",
                "staff_add",
                "returned",
            )
            for amount in (0, -1)
        ),
        *(
            {"reason": reason, "amount": amount}
            for reason in ("applied", "staff_remove", "payout", "reversal")
            for amount in (0, 1)
        ),
        {"reason": "odd"},
    ],
    "credit_entry_not_below_zero": [{"balance": -1}],
    "document_of_one_record": [{"invoice_id": None}, {"credit_note_id": 900_001}],
    "reminder_status_known": [ODD],
    "price_change_service_or_domain": NEITHER,
    "price_change_status_known": [ODD],
    "price_change_to_another_amount": [{"amount": 1}, {"amount": -1}, {"old_amount": -1}],
    "recurring_month_kind_known": [{"kind": "odd"}],
    "run_step_status_known": [ODD],
    "run_step_finishes_done": [{"finishes": DAY}, {"finishes": DAY, "status": "failed"}],
    "tax_rule_rate_range": [{"rate_milli": 100_001}],
    "tax_rule_category_known": [{"category": "X", "rate_milli": 0}],
    "tax_rule_rate_by_category": [{"rate_milli": 0}, {"category": "Z"}],
    "vat_check_answer_known": [{"answer": "odd"}],
    **{name: [{"amount": 0}] for name in POSITIVE_PAYMENTS},
    "attempt_kind_known": [{"kind": "odd"}],
    "attempt_status_known": [ODD],
    "autopay_try_counts_from_one": [{"number": 0}],
    "saved_card_default_is_kept": [{"is_default": True, "removed_at": AT}],
    "saved_card_expiry_possible": [
        {"exp_month": 0, "exp_year": 2030},
        {"exp_month": 13, "exp_year": 2030},
        {"exp_month": 1},
        {"exp_year": 2030},
    ],
    "card_setup_status_known": [ODD],
    "attempt_bound_to_what_it_pays": [
        {"invoice_id": None},
        {"plan_change_id": 900_001},
        {"invoice_id": None, "plan_change_id": 900_001},
        {"invoice_id": None, "purpose": "top_up", "plan_change_id": 900_001},
        *({"purpose": purpose} for purpose in ("odd", "invoices", "plan_change", "top_up")),
    ],
    "transfer_notice_for_one": [{"invoice_id": 900_001, "plan_change_id": 900_001}],
    "payment_status_known": [{"status": "odd", "booked_at": AT}],
    "payment_booked_says_when": [
        {"status": status} for status in ("completed", "refunded", "disputed", "reversed")
    ],
    "payment_fee_not_negative": [{"fee": -1}],
    "payment_method_known": [{"method": "odd"}],
    "transfer_notice_status_known": [ODD],
    "refund_unrecovered_within": [{"unrecovered_amount": -1}, {"unrecovered_amount": 2}],
    "dispute_status_known": [{"status": "odd", "closed_at": AT}],
    "dispute_closed_says_when": [{"status": status} for status in ("won", "lost")],
    "refund_way_known": [{"method": "odd"}],
    "refund_status_known": [ODD],
    "gateway_event_status_known": [ODD],
    "gateway_event_ignored_told_nothing": [
        {"status": "ignored", "reports": 1},
        {"status": "processed", "reports": 0},
        {"reports": 1},
    ],
    "unallocated_payment_assigned_gave_its_id_away": [
        {"status": "assigned"},
        {"transaction_id": None},
    ],
    "unallocated_payment_reason_known": [{"reason": "odd"}],
    "unallocated_payment_status_known": [ODD],
    "order_status_known": [ODD],
    "order_adds_up": [{"total": 12}],
    "order_amounts_not_negative": [
        {"discount": 11, "total": 1},
        {"discount": -1, "total": 13},
        {"tax_amount": -1, "total": 8},
        {"subtotal": -1, "discount": -1, "total": 2},
    ],
    "order_active_says_since_when": [{"status": "active"}],
    "item_amounts_not_negative": [{"qty": 0}, {"unit_amount": -1}, {"setup_fee": -1}],
    "item_discounts_not_negative": [{"group_discount": -1}, {"promo_discount": -1}],
    "item_discounts_within_price": [
        {"group_discount": 101},
        {"group_discount": 51, "promo_discount": 50},
    ],
    "item_agreed_price_says_why": [
        {"list_amount": 1},
        {"price_reason": "a friend"},
        {"list_amount": -1, "price_reason": "a friend"},
    ],
    "item_action_known": [{"action": "odd"}],
    "item_cycle_known": CYCLE,
    "unit_is_service_or_domain": NEITHER,
}
"""By name of a check: rows that only this one refuses."""

ALSO = {
    "invoice_status_known": ["invoice_paid_when_nothing_due"],
    "transfer_notice_positive": ["transfer_notice_for_one"],
    "transfer_notice_status_known": ["transfer_notice_for_one"],
}
"""Checks that refuse the same row, so that the database may name either."""

NEXT: dict[str, list[Values]] = {
    "accounts_clientgroup": [{"discount": 10000}],
    "accounts_client": [{"api_rate": 1, "api_write_rate": 1}],
    "accounts_customfield": [{"admin_only": True}, {"show_on_invoice": True}],
    "jobs_job": [
        {"status": "running", "claim": "worker", "lease_until": AT},
        {"status": "waiting", "next_try_at": AT},
    ],
    "mail_outgoingmail": [{"recipient": "", "status": "skipped"}, {"status": "sent", "sent_at": AT}],
    "catalog_currency": [{"exponent": 0}, {"exponent": 4}, {"is_active": False}],
    "catalog_promocode": [{"percent": 1}, {"percent": 10000}, {"kind": "fixed", "percent": 0}],
    "catalog_product": [{"max_per_client": 1}],
    "domains_domain": [
        REGISTERED,
        {"term_years": 10},
        {"status": "pending_transfer", "transfer_hold": "code_wrong"},
    ],
    "domains_domainchange": [{"status": "done", "ended_at": AT}],
    "domains_tld": [{"min_years": 10}],
    "dns_zone": [{"status": "ended", "ended_at": AT}],
    "hosting_usageday": [{"used": 0}],
    "hosting_service": [
        RUNNING,
        {"status": "active", "billing_cycle": "one_time"},
        {**RUNNING, "status": "suspended", "suspended_at": AT, "suspension_reason": "staff"},
        {"status": "cancelled", "cancelled_at": AT},
        {"status": "terminated", "terminated_at": AT},
        {"amount": 0},
    ],
    "billing_invoice": [
        {"status": "draft", "number": None, "issued_at": None},
        {"status": "paid", "amount_due": 0, "paid_at": AT},
        {"status": "overdue", "amount_due": 1},
        {"status": "cancelled", "amount_due": 0},
    ],
    "billing_invoiceline": [
        {"quantity_milli": 1}, {"quantity_milli": 100_000_000}, {"tax_rate_milli": 100_000},
    ],
    "billing_settlemententry": [{"kind": "refund", "amount": -1}],
    "billing_taxgroup": [{"net": -1, "tax": -1}, {"net": 0, "tax": 0}],
    "billing_creditnotetaxgroup": [{"net": -1, "tax": -1}, {"net": 0, "tax": 0}],
    "billing_creditentry": [{"reason": "payout", "amount": -1, "balance": 0}],
    "billing_billedperiod": [
        {"invoice_id": None, "status": "waived"},
        {"service_id": None, "domain_id": 900_001},
    ],
    "runs_dailyrunstep": [{"finishes": DAY, "status": "done"}],
    "billing_taxrule": [{"rate_milli": 100_000}, {"category": "O", "rate_milli": 0}],
    "payments_attempt": [{"purpose": name, "invoice_id": None} for name in ("invoices", "top_up")],
    "payments_payment": [{"status": "completed", "booked_at": AT}, {"fee": 0}],
    "payments_unallocatedpayment": [{"status": "assigned", "transaction_id": None}],
    "payments_dispute": [{"status": "lost", "closed_at": AT}],
    "orders_order": [{"discount": 10, "total": 2}, {"status": "active", "activated_at": AT}],
    "orders_orderitem": [
        {"group_discount": 50, "promo_discount": 50}, {"list_amount": 0, "price_reason": "a friend"},
    ],
    "orders_cart": [{"guest_key": "", "client_id": 900_001}],
    "orders_cartitem": [
        {"qty": 100}, {"action": "register", "product_id": None, "domain": "a.example"},
    ],
}  # fmt: skip
"""By table: rows beside what is refused."""
