"""Words of webhook endpoints: what their events are, and under which heading."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_mail.labels import STAFF_EVENT_LABELS
from commerce.mail.mail_events import MAIL_EVENTS
from commerce.presentation.labels import Text
from commerce.webhook_endpoints.rules import STAFF_PREFIX

STAFF_NOTICE_TYPES: Mapping[str, Text] = {
    f"{STAFF_PREFIX}{event}": label
    for event, label in STAFF_EVENT_LABELS.items()
    if MAIL_EVENTS[event].permissions
}
"""What endpoints of the company are told, by type: each mail to staff that has a cause of its own."""

EVENT_KIND_LABELS: Mapping[str, Text] = {
    "account": _("Account"),
    "service": _("Services"),
    "domain": _("Domains"),
    "order": _("Orders"),
    "invoice": _("Invoices"),
    "credit_note": _("Credit notes"),
    "payment": _("Payments"),
    "payment_method": _("Payment methods"),
    "plan_change": _("Plan changes"),
    "zone": _("DNS zones"),
    "operation": _("Operations"),
    "staff": _("Staff"),
}
"""By kind of resource."""


def event_heading(event_type: str) -> Text:
    """What a form has the type of an event under."""
    return EVENT_KIND_LABELS[event_type.partition(".")[0]]
