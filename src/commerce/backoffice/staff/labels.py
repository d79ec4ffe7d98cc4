"""Groups of permissions, and states of staff, in words."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce.accounts.labels import PERMISSION_LABELS
from commerce.accounts.staff_rules import StaffPermission


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
    ("runs.", _("Daily runs")),
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


def permission_words(permissions: Collection[str]) -> str:
    """Those of them that allow something today, in words."""
    return ", ".join(
        str(PERMISSION_LABELS[one])
        for one in StaffPermission
        if one in permissions and is_offered(one)
    )


def permission_choices(permissions: Collection[str]) -> list[tuple[Any, list[tuple[str, Any]]]]:
    """Those of them that allow something today as choices of a form, by group."""
    return [
        (title, choices)
        for prefix, title in PERMISSION_GROUPS
        if (
            choices := [
                (str(one), PERMISSION_LABELS[one])
                for one in StaffPermission
                if one in permissions and one.startswith(prefix)
            ]
        )
    ]
