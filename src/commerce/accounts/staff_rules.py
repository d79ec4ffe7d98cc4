"""Roles and permissions of staff (backoffice.md 1 and 2)."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache

from commerce.jobs.rules import permission_to_decide
from commerce.kit.errors import BusinessError, PermissionDenied


class StaffRole(StrEnum):
    """What a staff person is; it decides which permissions they start with."""

    SUPER_ADMIN = "super_admin"
    ADMIN = "admin"
    SUPPORT = "support"
    BILLING = "billing"


class MailDelivery(StrEnum):
    """How a staff person hears of an event: by an email of its own, in the daily digest, or not."""

    MAIL = "mail"
    DIGEST = "digest"
    OFF = "off"


class StaffPermission(StrEnum):
    """What a staff person may be allowed to do."""

    CLIENTS_VIEW = "clients.view"
    CLIENTS_CREATE = "clients.create"
    CLIENTS_EDIT = "clients.edit"
    CLIENTS_SUSPEND = "clients.suspend"
    CLIENTS_NOTES = "clients.notes"
    CLIENTS_IMPERSONATE = "clients.impersonate"
    CLIENTS_TOKENS = "clients.tokens"
    CLIENTS_ERASE = "clients.erase"
    INVOICES_VIEW = "invoices.view"
    INVOICES_CREATE = "invoices.create"
    INVOICES_EDIT = "invoices.edit"
    INVOICES_VOID = "invoices.void"
    INVOICES_REFUND = "invoices.refund"
    INVOICES_RECORD_PAYMENT = "invoices.record_payment"
    INVOICES_APPLY_CREDIT = "invoices.apply_credit"
    PAYMENTS_VIEW = "payments.view"
    PAYMENTS_MANAGE = "payments.manage"
    ORDERS_VIEW = "orders.view"
    ORDERS_MANAGE = "orders.manage"
    SERVICES_VIEW = "services.view"
    SERVICES_MANAGE = "services.manage"
    SERVICES_PROVISION = "services.provision"
    SERVICES_TERMINATE = "services.terminate"
    SERVICES_OVERRIDE = "services.override"
    DOMAINS_VIEW = "domains.view"
    DOMAINS_MANAGE = "domains.manage"
    TICKETS_VIEW = "tickets.view"
    TICKETS_REPLY = "tickets.reply"
    TICKETS_ASSIGN = "tickets.assign"
    TICKETS_DELETE = "tickets.delete"
    PRODUCTS_VIEW = "products.view"
    PRODUCTS_MANAGE = "products.manage"
    SERVERS_VIEW = "servers.view"
    SERVERS_MANAGE = "servers.manage"
    CONTENT_VIEW = "content.view"
    CONTENT_MANAGE = "content.manage"
    REPORTS_VIEW = "reports.view"
    AUDIT_VIEW = "audit.view"
    SETTINGS_VIEW = "settings.view"
    SETTINGS_MANAGE = "settings.manage"
    STAFF_VIEW = "staff.view"
    STAFF_MANAGE = "staff.manage"


_P = StaffPermission
_SUPER_ADMIN_ONLY = {
    _P.CLIENTS_ERASE,
    _P.SERVICES_OVERRIDE,
    _P.SETTINGS_MANAGE,
    _P.STAFF_MANAGE,
}
_SUPPORT = {
    _P.CLIENTS_VIEW,
    _P.CLIENTS_NOTES,
    _P.INVOICES_VIEW,
    _P.ORDERS_VIEW,
    _P.SERVICES_VIEW,
    _P.DOMAINS_VIEW,
    _P.TICKETS_VIEW,
    _P.TICKETS_REPLY,
    _P.TICKETS_ASSIGN,
    _P.CONTENT_VIEW,
    _P.CONTENT_MANAGE,
    _P.REPORTS_VIEW,
}
_BILLING = {
    _P.CLIENTS_VIEW,
    _P.CLIENTS_EDIT,
    _P.CLIENTS_NOTES,
    _P.INVOICES_VIEW,
    _P.INVOICES_CREATE,
    _P.INVOICES_EDIT,
    _P.INVOICES_VOID,
    _P.INVOICES_REFUND,
    _P.INVOICES_RECORD_PAYMENT,
    _P.INVOICES_APPLY_CREDIT,
    _P.PAYMENTS_VIEW,
    _P.PAYMENTS_MANAGE,
    _P.ORDERS_VIEW,
    _P.ORDERS_MANAGE,
    _P.SERVICES_VIEW,
    _P.DOMAINS_VIEW,
    _P.TICKETS_VIEW,
    _P.PRODUCTS_VIEW,
    _P.REPORTS_VIEW,
}

PRESETS: Mapping[StaffRole, frozenset[StaffPermission]] = {
    StaffRole.SUPER_ADMIN: frozenset(_P),
    StaffRole.ADMIN: frozenset(_P) - _SUPER_ADMIN_ONLY,
    StaffRole.SUPPORT: frozenset(_SUPPORT),
    StaffRole.BILLING: frozenset(_BILLING),
}
"""What each role starts with: the table of backoffice.md 2. A super admin passes every check, without a list."""


def permissions_of(role: str, permissions: Iterable[str]) -> frozenset[StaffPermission]:
    """What a staff person may do: everything as super admin, otherwise what is ticked and still exists."""
    if role == StaffRole.SUPER_ADMIN:
        return PRESETS[StaffRole.SUPER_ADMIN]
    return _known(tuple(permissions))


@lru_cache(maxsize=256)
def _known(permissions: tuple[str, ...]) -> frozenset[StaffPermission]:
    """Kept: a page of the staff area asks fifty times what its person may do."""
    return frozenset(StaffPermission(one) for one in permissions if one in StaffPermission)


def permissions_to_grant(
    role: str,
    permissions: Iterable[str],
    *,
    former: frozenset[StaffPermission],
    grantable: frozenset[StaffPermission],
) -> list[str]:
    """The permissions to keep for a role and ticks, in the order of the table; none for a super admin.

    Raises ``BusinessError`` for an unknown role or permission, ``PermissionDenied`` when one is added that the giver
    does not have (invariants.md X16).
    """
    if role not in StaffRole:
        raise BusinessError("staff.role_unknown", field="role")
    wanted = frozenset(permissions)
    if not wanted <= frozenset(StaffPermission):
        raise BusinessError("staff.permission_unknown", field="permissions")
    granted = permissions_of(role, wanted)
    for permission in StaffPermission:
        if permission in granted - former - grantable:
            raise PermissionDenied(permission)
    return [] if role == StaffRole.SUPER_ADMIN else [str(p) for p in StaffPermission if p in wanted]


def permission_for_job(subject_kind: str) -> StaffPermission:
    """What deciding about a job needs, and whom it is told: the same as other work on what it is about."""
    return StaffPermission(permission_to_decide(subject_kind))
