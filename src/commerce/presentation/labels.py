"""The words for statuses and billing cycles, as every reader sees them."""

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce.kit.periods import BillingCycle

type Text = str | Promise

STATUS_LABELS: dict[str, dict[str, tuple[Text, str]]] = {
    "activity": {
        "account": (_("Account"), "grey"),
        "members": (_("Members"), "grey"),
        "tokens": (_("API tokens"), "grey"),
        "services": (_("Services"), "grey"),
        "invoices": (_("Invoices"), "grey"),
        "orders": (_("Orders"), "grey"),
        "domains": (_("Domains"), "grey"),
    },
    "service": {
        "pending": (pgettext_lazy("service", "Pending"), "blue"),
        "active": (pgettext_lazy("service", "Active"), "green"),
        "suspended": (pgettext_lazy("service", "Suspended"), "orange"),
        "cancelled": (pgettext_lazy("service", "Canceled"), "grey"),
        "terminated": (pgettext_lazy("service", "Terminated"), "red"),
    },
    "invoice": {
        "draft": (pgettext_lazy("invoice", "Draft"), "grey"),
        "unpaid": (_("Unpaid"), "yellow"),
        "overdue": (pgettext_lazy("invoice", "Overdue"), "red"),
        "paid": (pgettext_lazy("invoice", "Paid"), "green"),
        "cancelled": (pgettext_lazy("invoice", "Canceled"), "grey"),
        "refunded": (pgettext_lazy("invoice", "Refunded"), "purple"),
    },
    "order": {
        "pending": (pgettext_lazy("order", "Pending"), "yellow"),
        "active": (pgettext_lazy("order", "Active"), "green"),
        "fraud": (_("Under review"), "orange"),
        "cancelled": (pgettext_lazy("order", "Canceled"), "grey"),
    },
    "domain": {
        "pending": (pgettext_lazy("domain", "Pending"), "yellow"),
        "pending_transfer": (_("Transfer pending"), "yellow"),
        "active": (pgettext_lazy("domain", "Active"), "green"),
        "expired": (pgettext_lazy("domain", "Expired"), "red"),
        "redemption": (_("Redemption"), "orange"),
        "transferred_away": (_("Transferred away"), "grey"),
        "cancelled": (pgettext_lazy("domain", "Canceled"), "grey"),
        "fraud": (_("Under review"), "red"),
    },
    "cancellation": {
        "pending": (pgettext_lazy("cancellation", "Pending"), "orange"),
        "approved": (pgettext_lazy("cancellation", "Approved"), "blue"),
        "rejected": (pgettext_lazy("cancellation", "Declined"), "grey"),
        "withdrawn": (pgettext_lazy("cancellation", "Withdrawn"), "grey"),
        "done": (pgettext_lazy("cancellation", "Done"), "grey"),
    },
    "plan_change": {
        "pending": (pgettext_lazy("plan change", "Pending"), "orange"),
        "awaiting_payment": (_("Awaiting payment"), "blue"),
        "applied": (pgettext_lazy("plan change", "Done"), "grey"),
        "rejected": (pgettext_lazy("plan change", "Declined"), "grey"),
        "withdrawn": (pgettext_lazy("plan change", "Withdrawn"), "grey"),
        "lapsed": (pgettext_lazy("plan change", "Expired"), "grey"),
    },
    "sales_quote": {
        "draft": (pgettext_lazy("quote", "Draft"), "grey"),
        "sent": (pgettext_lazy("quote", "Sent"), "blue"),
        "accepted": (pgettext_lazy("quote", "Accepted"), "green"),
        "lapsed": (pgettext_lazy("quote", "Expired"), "grey"),
        "withdrawn": (pgettext_lazy("quote", "Withdrawn"), "grey"),
    },
    "billed_period": {
        "open": (pgettext_lazy("billed period", "Open"), "grey"),
        "paid": (pgettext_lazy("billed period", "Paid"), "grey"),
        "waived": (pgettext_lazy("billed period", "Waived"), "grey"),
        "released": (pgettext_lazy("billed period", "To be billed again"), "grey"),
    },
    "email": {
        "queued": (pgettext_lazy("email", "Queued"), "blue"),
        "sending": (pgettext_lazy("email", "Sending"), "blue"),
        "sent": (pgettext_lazy("email", "Sent"), "green"),
        "failed": (pgettext_lazy("email", "Failed"), "red"),
        "skipped": (pgettext_lazy("email", "Not sent"), "grey"),
        "bounced": (pgettext_lazy("email", "Bounced"), "red"),
        "digest": (pgettext_lazy("email", "Waiting for the daily digest"), "grey"),
        "held": (pgettext_lazy("email", "Waiting for the bulk action"), "blue"),
    },
    "statement": {
        "received": (pgettext_lazy("statement", "Received"), "orange"),
        "carried_out": (pgettext_lazy("statement", "Carried out"), "grey"),
        "answered": (pgettext_lazy("statement", "Answered"), "grey"),
    },
    "zone": {
        "live": (pgettext_lazy("zone", "Live"), "green"),
        "ended": (pgettext_lazy("zone", "Ended"), "grey"),
    },
    "payment": {
        "pending": (pgettext_lazy("payment", "Pending"), "blue"),
        "completed": (pgettext_lazy("payment", "Completed"), "green"),
        "failed": (pgettext_lazy("payment", "Failed"), "red"),
        "refunded": (pgettext_lazy("payment", "Refunded"), "orange"),
        "disputed": (pgettext_lazy("payment", "Disputed"), "red"),
        "reversed": (pgettext_lazy("payment", "Reversed"), "orange"),
    },
    "refund": {
        "requested": (pgettext_lazy("refund", "Requested"), "blue"),
        "accepted": (pgettext_lazy("refund", "Accepted"), "blue"),
        "succeeded": (pgettext_lazy("refund", "Completed"), "green"),
        "failed": (pgettext_lazy("refund", "Failed"), "red"),
    },
    "dispute": {
        "open": (pgettext_lazy("dispute", "Open"), "orange"),
        "won": (pgettext_lazy("dispute", "Won"), "green"),
        "lost": (pgettext_lazy("dispute", "Lost"), "red"),
    },
    "gateway_event": {
        "received": (pgettext_lazy("gateway event", "Received"), "blue"),
        "waiting": (pgettext_lazy("gateway event", "Waiting for another try"), "orange"),
        "processed": (pgettext_lazy("gateway event", "Processed"), "green"),
        "ignored": (pgettext_lazy("gateway event", "Ignored"), "grey"),
        "parked": (pgettext_lazy("gateway event", "Needs attention"), "red"),
    },
    "transfer_notice": {
        "open": (pgettext_lazy("transfer", "Open"), "orange"),
        "confirmed": (pgettext_lazy("transfer", "Confirmed"), "green"),
        "rejected": (pgettext_lazy("transfer", "Rejected"), "red"),
        "lapsed": (pgettext_lazy("transfer", "Expired"), "grey"),
    },
    "unallocated_payment": {
        "open": (pgettext_lazy("unallocated payment", "Open"), "orange"),
        "assigned": (pgettext_lazy("unallocated payment", "Assigned"), "green"),
        "returned": (pgettext_lazy("unallocated payment", "Returned"), "grey"),
    },
    "books_month": {
        "open": (pgettext_lazy("month", "Open"), "orange"),
        "closed": (pgettext_lazy("month", "Closed"), "green"),
    },
    "client": {
        "active": (pgettext_lazy("client", "Active"), "green"),
        "suspended": (pgettext_lazy("client", "Suspended"), "orange"),
        "closed": (_("Closed"), "grey"),
    },
    "token": {
        "live": (pgettext_lazy("API token", "Active"), "green"),
        "revoked": (_("Revoked"), "red"),
        "expired": (pgettext_lazy("API token", "Expired"), "grey"),
    },
    "webhook_endpoint": {
        "new": (_("Waiting for a test"), "blue"),
        "active": (pgettext_lazy("webhook endpoint", "Active"), "green"),
        "off": (pgettext_lazy("webhook endpoint", "Off"), "orange"),
        "ended": (pgettext_lazy("webhook endpoint", "Removed"), "grey"),
    },
    "webhook_delivery": {
        "waiting": (pgettext_lazy("webhook delivery", "Waiting"), "blue"),
        "delivered": (pgettext_lazy("webhook delivery", "Delivered"), "green"),
        "failed": (pgettext_lazy("webhook delivery", "Failed"), "red"),
    },
    "invitation": {
        "open": (pgettext_lazy("invitation", "Pending"), "blue"),
        "accepted": (_("Accepted"), "green"),
        "declined": (_("Declined"), "grey"),
        "withdrawn": (_("Withdrawn"), "grey"),
        "expired": (pgettext_lazy("invitation", "Expired"), "grey"),
    },
}
"""Word and color name of each status, by kind of record (services 1, billing 2, domains 1)."""

CYCLE_LABELS: dict[str, Text] = {
    BillingCycle.MONTHLY: _("Monthly"),
    BillingCycle.QUARTERLY: _("Quarterly"),
    BillingCycle.SEMI_ANNUALLY: _("Every 6 months"),
    BillingCycle.ANNUALLY: _("Yearly"),
    BillingCycle.BIENNIALLY: _("Every 2 years"),
    BillingCycle.TRIENNIALLY: _("Every 3 years"),
    BillingCycle.ONE_TIME: _("One-time"),
}
"""The words for each billing cycle."""

_PLANS_IN_CYCLES = {
    BillingCycle.MONTHLY: _("{plan}, monthly"),
    BillingCycle.QUARTERLY: _("{plan}, quarterly"),
    BillingCycle.SEMI_ANNUALLY: _("{plan}, every 6 months"),
    BillingCycle.ANNUALLY: _("{plan}, yearly"),
    BillingCycle.BIENNIALLY: _("{plan}, every 2 years"),
    BillingCycle.TRIENNIALLY: _("{plan}, every 3 years"),
    BillingCycle.ONE_TIME: _("{plan}, one-time"),
}


def plan_in_cycle(plan: str, billing_cycle: str) -> Text:
    """A plan as sentences name it with its billing cycle; alone where the cycle is ``''``."""
    if not billing_cycle:
        return plan
    return format_lazy(_PLANS_IN_CYCLES[BillingCycle(billing_cycle)], plan=plan)


def status_labels(kind: str) -> dict[str, Text]:
    """Each status of a kind of record with its word."""
    return {status: words for status, (words, _tone) in STATUS_LABELS[kind].items()}
