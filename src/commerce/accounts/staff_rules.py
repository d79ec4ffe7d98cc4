"""Roles and permissions of staff (backoffice.md 1 and 2)."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache

from commerce.jobs.rules import permission_to_decide
from commerce.kit.errors import PermissionDenied


class ShippedRole(StrEnum):
    """The roles that come with the installation; the first passes every check and is never changed."""

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
    SERVICES_HELP = "services.help"
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
    REPORTS_MONEY = "reports.money"
    REPORTS_CLOSE = "reports.close"
    RUNS_VIEW = "runs.view"
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
    _P.SERVICES_HELP,
    _P.DOMAINS_VIEW,
    _P.TICKETS_VIEW,
    _P.TICKETS_REPLY,
    _P.TICKETS_ASSIGN,
    _P.CONTENT_VIEW,
    _P.CONTENT_MANAGE,
    _P.REPORTS_VIEW,
    _P.RUNS_VIEW,
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
    _P.REPORTS_MONEY,
    _P.REPORTS_CLOSE,
    _P.RUNS_VIEW,
}

PRESETS: Mapping[ShippedRole, frozenset[StaffPermission]] = {
    ShippedRole.SUPER_ADMIN: frozenset(_P),
    ShippedRole.ADMIN: frozenset(_P) - _SUPER_ADMIN_ONLY,
    ShippedRole.SUPPORT: frozenset(_SUPPORT),
    ShippedRole.BILLING: frozenset(_BILLING),
}
"""What each shipped role has until somebody edits it: the table of backoffice.md 2."""

CONTAINED: Mapping[StaffPermission, frozenset[StaffPermission]] = {
    _P.SERVICES_MANAGE: frozenset({_P.SERVICES_HELP}),
    _P.SERVICES_PROVISION: frozenset({_P.SERVICES_HELP}),
}
"""What is part of another permission: who has that one has it as well."""


@lru_cache(maxsize=512)
def permissions_held(
    of_role: frozenset[StaffPermission], extra: tuple[str, ...] = (), removed: tuple[str, ...] = ()
) -> frozenset[StaffPermission]:
    """What somebody of a role may do, with what they have besides and without what was taken from them.

    Kept: a page of the staff area asks fifty times what its person may do. What a former release knew counts nothing.
    """
    held = (of_role | known_permissions(extra)) - known_permissions(removed)
    return held.union(*(CONTAINED.get(one, ()) for one in held))


def known_permissions(slugs: Iterable[str]) -> frozenset[StaffPermission]:
    """Those that exist in this release."""
    return frozenset(StaffPermission(one) for one in slugs if one in StaffPermission)


def in_order(permissions: Iterable[str]) -> list[str]:
    """Slugs as they are stored: in the order of the table, each once."""
    wanted = frozenset(permissions)
    return [str(one) for one in StaffPermission if one in wanted]


def check_grant(
    wanted: frozenset[StaffPermission],
    *,
    former: frozenset[StaffPermission],
    grantable: frozenset[StaffPermission],
) -> None:
    """Raise ``PermissionDenied`` where more is given than was there before and the giver has (invariants.md X16)."""
    for permission in StaffPermission:
        if permission in wanted - former - grantable:
            raise PermissionDenied(permission)


def permission_for_job(subject_kind: str) -> StaffPermission:
    """What deciding about a job needs, and whom it is told: the same as other work on what it is about."""
    return StaffPermission(permission_to_decide(subject_kind))
