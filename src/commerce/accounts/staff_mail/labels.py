"""What each mail to staff is about, in words."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _lazy

from commerce.presentation.labels import Text

STAFF_EVENT_LABELS: Mapping[str, Text] = {
    "daily_digest": _lazy("Daily digest of what needs a decision"),
    "consumer_statement": _lazy("Statement of a consumer"),
    "consumer_payout": _lazy("Payout to a consumer"),
    "order_awaiting_approval": _lazy("Paid order to approve"),
    "quote_accepted": _lazy("Quote accepted"),
    "quote_not_honored": _lazy("Quote that can't be ordered as sent"),
    "cancellation_requested": _lazy("Cancellation requested"),
    "plan_change_requested": _lazy("Plan change requested"),
    "plan_change_not_carried_out": _lazy("Paid plan change that failed"),
    "task_to_do": _lazy("Task to do by hand"),
    "job_parked": _lazy("Background job that failed"),
    "jobs_parked": _lazy("Failed background jobs, once a day"),
    "remote_silent": _lazy("Server or registrar that doesn't answer"),
    "remote_refuses": _lazy("Server or registrar that refuses our credentials"),
    "server_moved": _lazy("Another server at a server's address"),
    "transfer_declared": _lazy("Bank transfer reported by a client"),
    "late_payment": _lazy("Payment for a closed invoice"),
    "payments_differ": _lazy("Payments that differ at a payment gateway"),
    "zones_differ": _lazy("DNS zones that differ on the DNS server"),
    "dns_server_down": _lazy("DNS server that doesn't answer"),
    "gateway_key_refused": _lazy("Payment gateway that refuses its key"),
    "gateway_cards_rest": _lazy("Saved payment methods of another account"),
    "dispute_opened": _lazy("Payment dispute"),
    "unallocated_payment": _lazy("Payment without an invoice"),
    "paid_after_termination": _lazy("Payment for an ended service"),
    "run_failed": _lazy("Daily run with errors"),
    "run_missing": _lazy("Daily run that didn't finish"),
    "company_webhook_off": _lazy("Webhook of the company turned off"),
    "company_webhook_ended": _lazy("Webhook of the company ended"),
    "backup_missing": _lazy("No new backup"),
    "rehearsal_done": _lazy("Backup that was restored and checked"),
    "rehearsal_failed": _lazy("Backup that couldn't be restored"),
    "proof_failed": _lazy("Nightly check that found problems"),
    "registrar_names_missing": _lazy("Domains missing at a registrar"),
    "registrar_balance_low": _lazy("Low balance at a registrar"),
    "registry_messages": _lazy("Messages from a registry"),
    "service_without_server": _lazy("Paid service without a free server"),
    "servers_nearly_full": _lazy("Servers that are nearly full"),
    "server_accounts_differ": _lazy("Accounts that differ on a server"),
    "renewals_waiting": _lazy("Paid domain renewals that aren't completed"),
    "tax_rule_missing": _lazy("Missing tax rule"),
    "exchange_rate_missing": _lazy("Missing exchange rate"),
    "exchange_rate_held": _lazy("Exchange rate to confirm"),
    "vat_check_refused": _lazy("VAT number that VIES doesn't accept"),
    "vat_service_down": _lazy("VAT validation service unavailable"),
    "erasure_blocked_staff": _lazy("Erasure of a client's data that is blocked"),
    "data_export_failed_staff": _lazy("Export of a client's data that failed"),
}
"""What each email to staff is about."""
