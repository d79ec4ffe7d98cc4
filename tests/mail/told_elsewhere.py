"""Mails whose cause is a longer story than ``test_each_event`` tells."""

ELSEWHERE = {
    "payments_differ": "payments/test_comparison.py",
    "gateway_key_refused": "payments/gateways/stripe/test_page_calls.py",
    "refund_sent": "payments/refunds/test_through_the_gateway.py",
    "dispute_opened": "payments/disputes/test_disputes.py",
    "price_changed": "flows/test_new_prices.py",
    "price_change_dropped": "billing/changes/test_price_changes.py",
    "payment_failed": "payments/cards/test_autopay.py",
    "payment_action_required": "payments/cards/test_autopay.py",
    "card_expiring": "payments/cards/test_expiring.py",
    "vat_number_invalid": "billing/tax/test_vat.py",
    "vat_service_down": "billing/tax/test_vat.py",
    "tax_rule_missing": "billing/tax/test_stored_rules.py",
    "order_awaiting_approval": "orders/test_lifecycle.py",
    "run_failed": "runs/test_runner.py",
    "run_missing": "runs/test_history.py",
    "proof_failed": "proof/test_proving.py",
    "jobs_parked": "runs/test_upkeep.py",
    "domain_code_revealed": "domains/life/test_codes.py",
    "domain_registration_problem": "domains/life/test_registering.py",
    "domain_transfer_problem": "domains/life/test_transfers.py",
    "registrar_balance_low": "domains/life/test_balances.py",
    "renewals_waiting": "billing/periods/test_domain_renewals.py",
}
"""Events with a longer story, which these tests tell."""
