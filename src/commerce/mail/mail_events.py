"""Every event that becomes a mail: its group, and what its template may name (notifications.md 3).

An event whose cause comes later stands here when it comes: one without a cause would have a template that nobody sees.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

COMMON_VARIABLES = (
    "client_name client_email client_id company_name company_email brand_name client_area_url recipient_name date"
).split()
"""What each template knows."""

ITEM_VARIABLES = ("description", "amount", "domain", "old_amount", "new_amount", "from_date")
"""What each element of ``items`` and ``sums`` has, within its block."""


@dataclass(frozen=True, slots=True)
class MailEvent:
    """One event: the group whose readers get its mail, what its template may name, and what is special about it."""

    group: str
    variables: tuple[str, ...]
    has_link: bool = False
    """Its mail holds a link that signs somebody in, and is encrypted."""
    is_document: bool = False
    """A closed client gets it too."""
    cannot_be_switched_off: bool = False
    """Its group can be switched off, but it goes to everybody in it."""
    copied_to_company: bool = False
    """It is about an invoice, so that the company may keep a copy."""
    permissions: tuple[str, ...] = ()
    """Of mails to staff: who gets it, by one of these. Empty: whoever chose it."""

    @property
    def is_security(self) -> bool:
        return self.group == "security"

    def variable_names(self) -> tuple[str, ...]:
        """All variables that its template may use."""
        inner = ITEM_VARIABLES if {"items", "sums"} & {*self.variables} else ()
        return (*COMMON_VARIABLES, *self.variables, *inner)


def _kind(group: str, variables: str, **flags: bool) -> MailEvent:
    named: dict[str, Any] = dict(flags)
    return MailEvent(group, tuple(variables.split()), **named)


STAFF_VARIABLES = ("task_url", "why", "choices_url")
"""What each mail to staff has: the page where it is done, why they get it, and where they choose what they get."""


def _staff(variables: str, *permissions: str) -> MailEvent:
    return MailEvent("staff", (*variables.split(), *STAFF_VARIABLES), permissions=permissions)


_INVOICE = (
    "invoice_number invoice_total invoice_due_date invoice_url amount_due items sums autopay_date"
)
_PRICE = "items single count item_name item_url old_amount new_amount tax_note from_date"
_SERVICE = "service_name service_domain service_url"
_DOMAIN = "domain_name domain_url expiry_date"
_WORKERS = (
    "services.provision",
    "domains.manage",
    "payments.manage",
    "invoices.refund",
    "clients.erase",
)
"""Who may do or retry background work; which of them, its subject says."""

MAIL_EVENTS: Mapping[str, MailEvent] = {
    # Clients and members
    "welcome": _kind("security", "login_url reset_url"),
    "verify_email": _kind("security", "verify_url expires_minutes", has_link=True),
    "account_exists": _kind("security", "login_url reset_url", has_link=True),
    "password_reset": _kind("security", "reset_url expires_minutes", has_link=True),
    "password_changed": _kind("security", "ip when reset_url"),
    "email_change_asked": _kind("security", "new_email ip by when stop_url", has_link=True),
    "email_changed": _kind("security", "old_email new_email"),
    "confirm_billing_email": _kind("security", "by confirm_url expires_days", has_link=True),
    "billing_email_changed": _kind("security", "old_email new_email by when profile_url"),
    "two_factor_changed": _kind("security", "what ip when reset_url"),
    "new_sign_in": _kind("security", "ip country device when reset_url"),
    "sign_in_blocked": _kind("security", "ip when reset_url"),
    "api_token_created": _kind("security", "token_name scopes ip by_staff when tokens_url"),
    "api_token_new_network": _kind("security", "token_name ip when tokens_url"),
    "api_token_limit": _kind("security", "token_name by per_purchase per_30_days when tokens_url"),
    "api_token_revoked": _kind("security", "token_name by when tokens_url"),
    "api_token_rotated": _kind("security", "token_name by until ended when tokens_url"),
    "webhook_endpoint_disabled": _kind("security", "endpoint since endpoint_url"),
    "member_invited": _kind("security", "inviter role invite_url expires_days", has_link=True),
    "staff_invited": _kind("security", "inviter role invite_url expires_days", has_link=True),
    "member_changed": _kind("security", "member what role by when members_url"),
    "data_export_ready": _kind("security", "data_url expires_days"),
    "machine_account_question": _kind("security", "machine_name stops_on machine_url"),
    "list_export_ready": _kind("security", "list_name export_url expires_days"),
    "data_export_failed": _kind("security", "data_url"),
    "erasure_requested": _kind("security", "erasure_date data_url"),
    "erasure_blocked": _kind("security", "erasure_date waiting data_url"),
    "erasure_done": _kind("security", ""),
    "impersonation_started": _kind("security", "when"),
    # Billing
    "invoice_created": _kind(
        "billing", f"{_INVOICE} attached withdrawal", is_document=True, copied_to_company=True
    ),
    "invoice_reminder": _kind("billing", f"{_INVOICE} days_left in_days", copied_to_company=True),
    "invoice_overdue": _kind(
        "billing",
        f"{_INVOICE} days_late days_ago grace_period_days suspension_date",
        copied_to_company=True,
    ),
    "open_invoices": _kind("billing", "items sums count invoices_url", copied_to_company=True),
    "invoice_paid": _kind(
        "billing",
        "invoice_number invoice_total invoice_url paid_with attached receipt withdrawal",
        is_document=True,
        copied_to_company=True,
    ),
    "payment_received": _kind("billing", "amount amount_due invoice_number invoice_url receipt"),
    "payment_failed": _kind(
        "billing",
        "invoice_number amount_due payment_method reason next_try_date last_try invoice_url pay_url",
    ),
    "payment_action_required": _kind(
        "billing", "invoice_number amount_due payment_method invoice_url pay_url"
    ),
    "card_expiring": _kind("billing", "brand last4 expiry payment_methods_url"),
    "transfer_rejected": _kind("billing", "amount invoice_number invoice_url plan pay_url reason"),
    "credit_added": _kind("billing", "amount balance auto_apply reason credit_url"),
    "credit_note_created": _kind(
        "billing", "credit_note_number amount invoice_number invoice_url reason", is_document=True
    ),
    "credit_refunded": _kind("billing", "amount credit_url gateway"),
    "refund_sent": _kind("billing", "amount invoice_number invoice_url gateway"),
    "late_fee_added": _kind(
        "billing",
        f"fee late_invoice_number {_INVOICE} attached",
        is_document=True,
        copied_to_company=True,
    ),
    "price_changed": _kind("billing", _PRICE),
    "price_change_dropped": _kind("billing", _PRICE),
    "vat_number_invalid": _kind("billing", "tax_id profile_url"),
    # Orders
    "order_placed": _kind(
        "billing", "order_number items sums total order_url invoice_url not_charged withdrawal"
    ),
    "order_activated": _kind("services", "order_number items order_url"),
    "order_rejected": _kind("billing", "order_number credited order_url"),
    "order_cancelled": _kind("billing", "order_number credited order_url"),
    "quote_sent": _kind("billing", "quote_number items sums total valid_until note quote_url"),
    # Services
    "service_activated": _kind(
        "services", f"{_SERVICE} username server_hostname nameservers panel_url"
    ),
    "service_suspended": _kind(
        "services",
        f"{_SERVICE} items single count reason resume_date invoice_url termination_date",
        cannot_be_switched_off=True,
    ),
    "service_unsuspended": _kind(
        "services", f"{_SERVICE} items single count", cannot_be_switched_off=True
    ),
    "service_terminating": _kind(
        "services", f"{_SERVICE} invoice_url", cannot_be_switched_off=True
    ),
    "service_terminated": _kind("services", _SERVICE, cannot_be_switched_off=True),
    "service_cancelled": _kind("services", f"{_SERVICE} asked"),
    "cancellation_received": _kind("services", f"{_SERVICE} cancel_date kind note"),
    "cancellation_approved": _kind("services", f"{_SERVICE} cancel_date at_once at_end note"),
    "cancellation_rejected": _kind("services", f"{_SERVICE} cancel_date note"),
    "plan_change_received": _kind(
        "services", f"{_SERVICE} from to difference to_pay credited note"
    ),
    "plan_change_rejected": _kind("services", f"{_SERVICE} from to difference note"),
    "plan_change_to_pay": _kind(
        "billing", f"{_SERVICE} from to difference to_pay reference last_day pay_url note attached"
    ),
    "plan_change_applied": _kind(
        "services",
        f"{_SERVICE} from to charge unused paid paid_with credited amount_due invoice_due_date"
        " invoice_number invoice_url documents attached receipt note withdrawal",
        copied_to_company=True,
    ),
    "plan_change_lapsed": _kind(
        "services", f"{_SERVICE} from to difference reason credited invoice_number invoice_url"
    ),
    # Domains
    "domain_registered": _kind("domains", _DOMAIN),
    "domain_transferred_in": _kind("domains", _DOMAIN),
    "domain_registration_problem": _kind("domains", _DOMAIN, cannot_be_switched_off=True),
    "domain_transfer_problem": _kind("domains", f"{_DOMAIN} reason", cannot_be_switched_off=True),
    "domain_code_revealed": _kind("security", f"{_DOMAIN} who ip when"),
    "domain_expiring": _kind(
        "domains",
        f"{_DOMAIN} days_left in_days auto_renew only_if_paid not_renewed renewal_paid invoice_url",
    ),
    "domain_renewed": _kind("domains", _DOMAIN),
    "domain_expired": _kind("domains", f"{_DOMAIN} last_day fee", cannot_be_switched_off=True),
    "domain_redemption": _kind(
        "domains", f"{_DOMAIN} last_day fee on_request", cannot_be_switched_off=True
    ),
    "domain_transferred_away": _kind("domains", _DOMAIN, cannot_be_switched_off=True),
    "domain_brought_back": _kind("domains", _DOMAIN, cannot_be_switched_off=True),
    "domain_verification": _kind(
        "domains",
        f"{_DOMAIN} last_day email no_email is_suspended is_pending",
        cannot_be_switched_off=True,
    ),
    "zone_ending": _kind(
        "domains", "zone_name end_date", is_document=True, cannot_be_switched_off=True
    ),
    # Consumers
    "consumer_receipt": _kind("security", "kind when ending_kind ends_on is_signed_in is_unproven"),
    "consumer_statement_made": _kind("security", "kind contract when statement_url"),
    "consumer_statement_carried_out": _kind(
        "billing", "kind contract end_date amount statement_url", is_document=True
    ),
    "consumer_statement_answered": _kind("billing", "kind when answer", is_document=True),
    "renewal_announced": _kind(
        "billing", "contract amount renewal_date last_day cancel_url", is_document=True
    ),
    # Staff
    "consumer_statement": _staff("kind contract outcome due_by", "orders.manage"),
    "consumer_payout": _staff("contract amount", "invoices.refund"),
    "order_awaiting_approval": _staff("order_number total", "orders.manage"),
    "quote_accepted": _staff("quote_number order_number total", "orders.manage"),
    "quote_not_honored": _staff("quote_number reason", "orders.manage"),
    "cancellation_requested": _staff("service_name kind reason", "services.manage"),
    "plan_change_requested": _staff("service_name from to", "services.manage"),
    "plan_change_not_carried_out": _staff("service_name from to reason", "services.manage"),
    "task_to_do": _staff("what details items single count", *_WORKERS),
    "job_parked": _staff("what error", *_WORKERS),
    "remote_silent": _staff("remote", *_WORKERS[:2], "settings.manage"),
    "remote_refuses": _staff("remote", "servers.manage", "settings.manage"),
    "server_moved": _staff("remote problem", "services.provision"),
    "jobs_parked": _staff("count waiting", *_WORKERS),
    "transfer_declared": _staff("amount invoice_number plan", "payments.manage"),
    "late_payment": _staff("amount invoice_number plan", "payments.manage"),
    "payments_differ": _staff("gateway count waiting", "payments.manage"),
    "zones_differ": _staff("count waiting", "domains.manage"),
    "dns_server_down": _staff("server error", "domains.manage"),
    "gateway_key_refused": _staff("gateway", "settings.manage"),
    "gateway_cards_rest": _staff("gateway count", "settings.manage"),
    "dispute_opened": _staff("amount invoice_number reason due_by", "payments.manage"),
    "unallocated_payment": _staff("amount reason due_by", "payments.manage"),
    "paid_after_termination": _staff("amount reason due_by", "payments.manage"),
    "run_failed": _staff("step count", "settings.manage"),
    "run_missing": _staff("count when", "settings.manage"),
    "company_webhook_off": _staff("endpoint since", "settings.manage"),
    "company_webhook_ended": _staff("endpoint", "settings.manage"),
    "backup_missing": _staff("when", "settings.manage"),
    "rehearsal_done": _staff("file waiting", "settings.manage"),
    "rehearsal_failed": _staff("file", "settings.manage"),
    "proof_failed": _staff("step count waiting", "settings.manage"),
    "registrar_names_missing": _staff("registrar count names", "domains.manage"),
    "registrar_balance_low": _staff("registrar balance limit settings_url", "domains.manage"),
    "registry_messages": _staff("registrar count waiting", "domains.manage"),
    "service_without_server": _staff("service_name module group", "servers.manage"),
    "servers_nearly_full": _staff("count percent waiting settings_url", "servers.manage"),
    "server_accounts_differ": _staff("server count waiting", "servers.manage"),
    "renewals_waiting": _staff("count waiting", "domains.manage"),
    "tax_rule_missing": _staff("countries", "settings.manage"),
    "exchange_rate_missing": _staff("currency books_currency rate_date", "products.manage"),
    "exchange_rate_held": _staff("currency old_rate new_rate rate_date", "products.manage"),
    "vat_check_refused": _staff("tax_id code own_tax_id", "settings.manage"),
    "vat_service_down": _staff("tax_id", "settings.manage"),
    "erasure_blocked_staff": _staff("erasure_date waiting", "clients.erase"),
    "data_export_failed_staff": _staff("error", "clients.erase"),
    "daily_digest": _staff("waiting has_waiting news has_news"),
}

EVENT_WITH_PRODUCT_TEMPLATES = "service_activated"
"""The event for which a product may have words of its own: the template ``service_activated:key``."""
MAX_WELCOME_KEY = 20
"""Characters of such a key, as columns have them."""


def product_template_name(template_key: str) -> str:
    """The name of a template in place of that of ``service_activated``; ``key`` is what products name."""
    return f"{EVENT_WITH_PRODUCT_TEMPLATES}:{template_key}"


def mail_event_of_template(template: str) -> MailEvent | None:
    """The event whose words a template holds, by its name: an event, or ``service_activated:key``; none if neither."""
    event, mark, key = template.partition(":")
    of_product = event == EVENT_WITH_PRODUCT_TEMPLATES and len(key) <= MAX_WELCOME_KEY
    if mark and not (of_product and re.fullmatch("[a-z0-9][a-z0-9-]*", key)):
        return None
    return MAIL_EVENTS.get(event)
