"""Acting for clients, and the audit log."""

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.audit.entries import AuditEntryAdmin
from commerce.backoffice.audit.impersonation import login_as_client, return_to_admin
from commerce.backoffice.base.pages import Access, Page, PageRule, Room

_ACT = StaffPermission.CLIENTS_IMPERSONATE

ROOM = Room(
    records=(AuditEntryAdmin,),
    pages=(
        Page("login-as-client/<int:pk>", login_as_client, "login_as_client", PageRule(_ACT, _ACT)),
        Page(
            "return",
            return_to_admin,
            "return_to_admin",
            PageRule(Access.ANY_STAFF, Access.ANY_STAFF),
        ),
    ),
)
