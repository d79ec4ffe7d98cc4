"""Why an email was sent: what brought it about, a step of the daily run or an act, and the settings that decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _lazy

from commerce.mail.models import OutgoingMail
from commerce.presentation.labels import Text
from commerce.runs.models import DailyRunStep

BY_CLIENT = _lazy("Something the client did")
BY_STAFF = _lazy("Something staff did")
BY_SOMEONE = _lazy("Something the client or staff did")
BY_PAYMENT = _lazy("A payment")
BY_PAYMENT_OR_STAFF = _lazy("A payment, or something staff did")
BY_GATEWAY = _lazy("An answer from a payment gateway")
BY_REMOTE = _lazy("An answer from a server, registrar or DNS server")
BY_WATCH = _lazy("A check that runs all day")
BY_RUN = _lazy("The daily run")
BY_REHEARSAL = _lazy("A rehearsal of a backup")

LONGEST_STEP = timedelta(days=1)
"""A step without an end was killed; what comes later is not of it."""
BEHIND = timedelta(seconds=10)
"""So far what a step writes may be dated before it began: by when its run was started, not when it got its turn."""


@dataclass(frozen=True, slots=True)
class MailCause:
    """``steps`` send it in the daily run; ``act`` is what causes it else, and ``settings`` decide whether and when."""

    act: Text
    steps: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()


def _by(act: Text, steps: str = "", settings: str = "") -> MailCause:
    return MailCause(act, tuple(steps.split()), tuple(settings.split()))


MAIL_CAUSES: Mapping[str, MailCause] = {
    # Clients and members
    "welcome": _by(BY_SOMEONE),
    "verify_email": _by(BY_SOMEONE, settings="security.require_email_verification"),
    "account_exists": _by(BY_CLIENT),
    "password_reset": _by(BY_SOMEONE),
    "password_changed": _by(BY_SOMEONE),
    "email_change_asked": _by(BY_SOMEONE),
    "email_changed": _by(BY_SOMEONE),
    "confirm_billing_email": _by(BY_SOMEONE),
    "billing_email_changed": _by(BY_SOMEONE),
    "two_factor_changed": _by(BY_SOMEONE),
    "new_sign_in": _by(BY_CLIENT),
    "sign_in_blocked": _by(BY_CLIENT),
    "api_token_created": _by(BY_SOMEONE),
    "api_token_new_network": _by(BY_CLIENT),
    "api_token_limit": _by(BY_SOMEONE),
    "api_token_revoked": _by(BY_SOMEONE),
    "api_token_rotated": _by(BY_SOMEONE),
    "webhook_endpoint_disabled": _by(BY_WATCH),
    "member_invited": _by(BY_SOMEONE),
    "staff_invited": _by(BY_STAFF),
    "member_changed": _by(BY_SOMEONE),
    "data_export_ready": _by(BY_SOMEONE),
    "machine_account_question": _by(BY_WATCH),
    "list_export_ready": _by(BY_STAFF),
    "data_export_failed": _by(BY_SOMEONE),
    "erasure_requested": _by(BY_SOMEONE),
    "erasure_blocked": _by(BY_RUN, "erase"),
    "erasure_done": _by(BY_RUN, "erase"),
    "impersonation_started": _by(BY_STAFF),
    # Billing
    "invoice_created": _by(
        BY_SOMEONE,
        "renew renew-domains",
        "billing.invoice_advance_days domains.renewal_advance_days billing.invoice_due_days",
    ),
    "invoice_reminder": _by(BY_RUN, "remind", "billing.reminder_days"),
    "invoice_overdue": _by(BY_RUN, "remind", "billing.reminder_days billing.grace_period_days"),
    "open_invoices": _by(BY_STAFF),
    "invoice_paid": _by(BY_PAYMENT, "autopay", "billing.auto_apply_credit"),
    "payment_received": _by(BY_PAYMENT, "autopay", "payments.allow_partial"),
    "payment_failed": _by(BY_GATEWAY, "autopay", "payments.autopay_retry_days"),
    "payment_action_required": _by(BY_GATEWAY, "autopay", "payments.autopay_lead_days"),
    "card_expiring": _by(BY_RUN, "cards"),
    "transfer_rejected": _by(BY_STAFF),
    "credit_added": _by(BY_PAYMENT_OR_STAFF),
    "credit_note_created": _by(BY_SOMEONE, "cancel advance-domains"),
    "credit_refunded": _by(BY_SOMEONE),
    "refund_sent": _by(BY_STAFF),
    "late_fee_added": _by(BY_RUN, "late-fees", "billing.late_fee_amount billing.late_fee_kind"),
    "price_changed": _by(BY_STAFF, settings="billing.price_change_notice_days"),
    "price_change_dropped": _by(BY_STAFF),
    "vat_number_invalid": _by(BY_SOMEONE, "vat", "tax.vies_enabled"),
    # Orders
    "order_placed": _by(BY_SOMEONE),
    "order_activated": _by(BY_PAYMENT_OR_STAFF, settings="orders.auto_approve"),
    "order_rejected": _by(BY_STAFF),
    "order_cancelled": _by(BY_SOMEONE, "expire-orders", "orders.cancel_unpaid_after_days"),
    "quote_sent": _by(BY_STAFF),
    # Services
    "service_activated": _by(BY_REMOTE),
    "service_suspended": _by(BY_STAFF, "suspend", "billing.grace_period_days"),
    "service_unsuspended": _by(BY_PAYMENT_OR_STAFF, "resume"),
    "service_terminating": _by(BY_RUN, "terminate", "billing.termination_days"),
    "service_terminated": _by(BY_STAFF, "terminate", "billing.termination_days"),
    "service_cancelled": _by(BY_SOMEONE, "cancel"),
    "cancellation_received": _by(
        BY_CLIENT, settings="cancellations.auto_approve cancellations.reply_days"
    ),
    "cancellation_approved": _by(BY_SOMEONE, settings="cancellations.auto_approve"),
    "cancellation_rejected": _by(BY_STAFF),
    "plan_change_received": _by(BY_CLIENT, settings="plan_changes.require_approval"),
    "plan_change_rejected": _by(BY_STAFF),
    "plan_change_to_pay": _by(BY_SOMEONE, settings="plan_changes.require_approval"),
    "plan_change_applied": _by(BY_PAYMENT_OR_STAFF),
    "plan_change_lapsed": _by(BY_SOMEONE, "expire-plan-changes"),
    # Domains
    "domain_registered": _by(BY_REMOTE),
    "domain_transferred_in": _by(BY_REMOTE),
    "domain_registration_problem": _by(BY_REMOTE),
    "domain_transfer_problem": _by(BY_REMOTE),
    "domain_code_revealed": _by(BY_SOMEONE),
    "domain_expiring": _by(BY_RUN, "send-expiry-notices"),
    "domain_renewed": _by(BY_REMOTE),
    "domain_expired": _by(BY_REMOTE, "advance-domains"),
    "domain_redemption": _by(BY_REMOTE, "advance-domains"),
    "domain_transferred_away": _by(BY_REMOTE),
    "domain_brought_back": _by(BY_STAFF),
    "domain_verification": _by(BY_REMOTE),
    "zone_ending": _by(BY_REMOTE, "end-zones"),
    # Consumers
    "consumer_receipt": _by(BY_SOMEONE, settings="consumer.enabled"),
    "consumer_statement_made": _by(BY_SOMEONE, settings="consumer.enabled"),
    "consumer_statement_carried_out": _by(
        BY_SOMEONE, settings="consumer.notice consumer.withdrawal_days"
    ),
    "consumer_statement_answered": _by(BY_STAFF),
    "renewal_announced": _by(BY_RUN, "announce-renewals", "consumer.renewal_notice_days"),
    # Staff
    "consumer_statement": _by(BY_CLIENT, settings="consumer.enabled"),
    "consumer_payout": _by(BY_SOMEONE),
    "order_awaiting_approval": _by(BY_PAYMENT, settings="orders.auto_approve orders.review_rules"),
    "quote_accepted": _by(BY_CLIENT),
    "quote_not_honored": _by(BY_CLIENT),
    "cancellation_requested": _by(BY_CLIENT, settings="cancellations.auto_approve"),
    "plan_change_requested": _by(BY_CLIENT, settings="plan_changes.require_approval"),
    "plan_change_not_carried_out": _by(BY_PAYMENT),
    "task_to_do": _by(BY_SOMEONE, "cancel suspend terminate"),
    "job_parked": _by(BY_REMOTE),
    "remote_silent": _by(BY_REMOTE),
    "remote_refuses": _by(BY_REMOTE),
    "server_moved": _by(BY_REMOTE),
    "jobs_parked": _by(BY_RUN, "report-parked-jobs"),
    "transfer_declared": _by(BY_CLIENT),
    "late_payment": _by(BY_PAYMENT),
    "payments_differ": _by(BY_RUN, "compare-payments"),
    "zones_differ": _by(BY_RUN, "compare-zones"),
    "dns_server_down": _by(BY_REMOTE, "compare-zones"),
    "gateway_key_refused": _by(BY_GATEWAY),
    "gateway_cards_rest": _by(BY_STAFF),
    "dispute_opened": _by(BY_GATEWAY),
    "unallocated_payment": _by(BY_PAYMENT),
    "paid_after_termination": _by(BY_PAYMENT),
    "run_failed": _by(BY_RUN, settings="billing.run_time"),
    "run_missing": _by(BY_WATCH, settings="billing.run_time"),
    "company_webhook_off": _by(BY_WATCH),
    "company_webhook_ended": _by(BY_WATCH),
    "backup_missing": _by(BY_WATCH),
    "rehearsal_done": _by(BY_REHEARSAL),
    "rehearsal_failed": _by(BY_REHEARSAL),
    "proof_failed": _by(BY_RUN, "prove"),
    "registrar_names_missing": _by(BY_REMOTE),
    "registrar_balance_low": _by(BY_RUN, "registrar-balances", "domains.low_balance"),
    "registry_messages": _by(BY_REMOTE, "registry-messages"),
    "service_without_server": _by(BY_WATCH),
    "servers_nearly_full": _by(BY_RUN, "full-servers", "servers.capacity_warning_percent"),
    "server_accounts_differ": _by(BY_REMOTE, "ask-servers"),
    "renewals_waiting": _by(BY_RUN, "prove"),
    "tax_rule_missing": _by(BY_RUN, "tax-rules", "tax.enabled"),
    "exchange_rate_missing": _by(BY_SOMEONE, "tax-rules renew renew-domains", "tax.rate_days"),
    "exchange_rate_held": _by(BY_WATCH, settings="tax.rate_source"),
    "vat_check_refused": _by(BY_SOMEONE, "vat", "tax.vies_enabled"),
    "vat_service_down": _by(BY_SOMEONE, "vat", "tax.vies_enabled"),
    "erasure_blocked_staff": _by(BY_RUN, "erase"),
    "data_export_failed_staff": _by(BY_SOMEONE),
    "daily_digest": _by(BY_WATCH, settings="staff.digest_time"),
}
"""What sends the email of each event."""


def step_of_mail(mail: OutgoingMail) -> DailyRunStep | None:
    """The step that was under way when what the email tells of happened, of those that send such emails."""
    at = mail.created_at
    steps = MAIL_CAUSES[mail.event].steps
    under_way = Q(ended_at__gte=at) | Q(ended_at=None, started_at__gt=at - LONGEST_STEP)
    rows = DailyRunStep.objects.filter(under_way, name__in=steps, started_at__lte=at + BEHIND)
    return rows.select_related("run").order_by("started_at", "pk").first()
