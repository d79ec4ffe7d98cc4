"""Groups of permissions, and states of staff, in words."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


def state_labels() -> dict[Any, Any]:
    """Whether somebody can sign in."""
    return {True: _("Active"), False: _("Deactivated")}


PERMISSION_GROUPS = (
    ("clients.", _("Clients")),
    ("invoices.", _("Invoices")),
    ("payments.", _("Payments")),
    ("orders.", _("Orders")),
    ("services.", _("Services")),
    ("domains.", _("Domains")),
    ("products.", _("Catalog")),
    ("servers.", _("Servers")),
    ("content.", _("Content")),
    ("reports.", _("Reports")),
    ("audit.", _("Audit log")),
    ("settings.", _("Settings")),
    ("staff.", pgettext_lazy("people", "Staff")),
)
"""What the permissions are sorted by: the beginning of their slugs, and its words. Without those of tickets, of which
there are none yet: they come with the role.
"""


def is_offered(permission: str) -> bool:
    """Whether it allows something today."""
    return any(permission.startswith(prefix) for prefix, _words in PERMISSION_GROUPS)
