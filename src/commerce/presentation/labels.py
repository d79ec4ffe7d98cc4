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
