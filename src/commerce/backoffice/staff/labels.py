"""Roles, permissions and states of staff in words."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission, StaffRole

_P = StaffPermission


def role_labels() -> dict[str, Any]:
    """Each role, the mightiest first."""
    return {
        StaffRole.SUPER_ADMIN: _("Super admin"),
        StaffRole.ADMIN: _("Admin"),
        StaffRole.SUPPORT: _("Support"),
        StaffRole.BILLING: _("Billing"),
    }


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
    ("tickets.", _("Tickets")),
    ("products.", _("Catalog")),
    ("servers.", _("Servers")),
    ("content.", _("Content")),
    ("reports.", _("Reports")),
    ("audit.", _("Audit log")),
    ("settings.", _("Settings")),
    ("staff.", _("Staff")),
)
"""What the permissions are sorted by: the beginning of their slugs, and its words."""

_LABELS = {
    _P.CLIENTS_VIEW: _("See clients"),
    _P.CLIENTS_CREATE: _("Create clients"),
    _P.CLIENTS_EDIT: _("Edit clients and their members"),
    _P.CLIENTS_SUSPEND: _("Suspend and close clients"),
    _P.CLIENTS_NOTES: _("Write notes and tags"),
    _P.CLIENTS_IMPERSONATE: _("Sign in as a client"),
    _P.CLIENTS_TOKENS: _("Revoke API tokens and set their rate"),
    _P.CLIENTS_ERASE: _("Export and erase a client's data"),
    _P.INVOICES_VIEW: _("See invoices and credit"),
    _P.INVOICES_CREATE: _("Create and issue invoices"),
    _P.INVOICES_EDIT: _("Edit draft invoices"),
    _P.INVOICES_VOID: _("Void invoices and issue credit notes"),
    _P.INVOICES_REFUND: _("Refund payments"),
    _P.INVOICES_RECORD_PAYMENT: _("Record payments"),
    _P.INVOICES_APPLY_CREDIT: _("Apply credit"),
    _P.PAYMENTS_VIEW: _("See payments and gateway events"),
    _P.PAYMENTS_MANAGE: _("Assign payments and rerun gateway events"),
    _P.ORDERS_VIEW: _("See orders"),
    _P.ORDERS_MANAGE: _("Place, approve, and cancel orders"),
    _P.SERVICES_VIEW: _("See services and their logs"),
    _P.SERVICES_MANAGE: _("Suspend and edit services, decide on changes"),
    _P.SERVICES_PROVISION: _("Set up services and retry jobs"),
    _P.SERVICES_TERMINATE: _("Terminate and cancel services"),
    _P.SERVICES_OVERRIDE: _("Set a service's status by hand"),
    _P.DOMAINS_VIEW: _("See domains"),
    _P.DOMAINS_MANAGE: _("Manage domains"),
    _P.TICKETS_VIEW: _("See tickets"),
    _P.TICKETS_REPLY: _("Reply to tickets"),
    _P.TICKETS_ASSIGN: _("Assign, move, and merge tickets"),
    _P.TICKETS_DELETE: _("Remove text and files from tickets"),
    _P.PRODUCTS_VIEW: _("See the catalog"),
    _P.PRODUCTS_MANAGE: _("Edit the catalog"),
    _P.SERVERS_VIEW: _("See servers and registrars"),
    _P.SERVERS_MANAGE: _("Edit and test servers and registrars"),
    _P.CONTENT_VIEW: _("See content"),
    _P.CONTENT_MANAGE: _("Edit content"),
    _P.REPORTS_VIEW: _("See and export reports"),
    _P.AUDIT_VIEW: _("See the audit log"),
    _P.SETTINGS_VIEW: _("See settings"),
    _P.SETTINGS_MANAGE: _("Change settings"),
    _P.STAFF_VIEW: _("See staff"),
    _P.STAFF_MANAGE: _("Manage staff"),
}


def permission_labels() -> dict[StaffPermission, Any]:
    """What each permission allows."""
    return _LABELS
