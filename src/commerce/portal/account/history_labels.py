"""Audit entries as a client reads them: what kind of thing each is about, and its fields."""

from django.utils.translation import gettext_lazy as _

from commerce.accounts.labels import CLIENT_FIELD_LABELS
from commerce.presentation.labels import Text

KIND_BY_NOUN: dict[str, str] = {
    "client": "account",
    "data_export": "account",
    "erasure": "account",
    "membership": "members",
    "invitation": "members",
    "api_token": "tokens",
    "webhook_endpoint": "tokens",
    "service": "services",
    "cancellation_request": "services",
    "plan_change": "services",
    "consumer_statement": "services",
    "invoice": "invoices",
    "payment": "invoices",
    "saved_card": "invoices",
    "credit_note": "invoices",
    "order": "orders",
    "sales_quote": "orders",
    "domain": "domains",
    "zone": "domains",
}
"""What an action is about, by its noun."""

RIGHT_BY_KIND: dict[str, str] = {
    "account": "profile.view",
    "members": "members.manage",
    "tokens": "tokens.manage",
    "services": "services.view",
    "invoices": "invoices.view",
    "orders": "orders.view",
    "domains": "domains.view",
}
"""Which right a member needs to read of it, in the order of the filter."""

FIELD_LABELS: dict[str, Text] = {
    **CLIENT_FIELD_LABELS,
    "pending_email": _("Unconfirmed billing email"),
    "role": _("Role"),
}
"""Fields whose values a client may read in the history: only what the pages show them anyway."""
