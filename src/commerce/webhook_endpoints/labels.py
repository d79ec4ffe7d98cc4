"""Words of webhook endpoints: the headings of their events."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from commerce.presentation.labels import Text

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
}
"""By kind of resource."""


def event_heading(event_type: str) -> Text:
    """What a form has the type of an event under."""
    return EVENT_KIND_LABELS[event_type.partition(".")[0]]
