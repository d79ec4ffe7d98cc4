"""Everything that changes services and servers. One file per verb family; import the verbs from here."""

from commerce.hosting.actions.by_staff import edit_service, override_status, set_account
from commerce.hosting.actions.records import (
    advance_due_date,
    create_service,
    keep_suspended,
    rename_service,
    schedule_cancellation,
    set_server,
)
from commerce.hosting.actions.servers import change_server, choose_server, create_server
from commerce.hosting.actions.states import (
    activate_service,
    cancel_service,
    move_service,
    resume_service,
    suspend_service,
    terminate_service,
)

__all__ = [
    "activate_service",
    "advance_due_date",
    "cancel_service",
    "change_server",
    "choose_server",
    "create_server",
    "create_service",
    "edit_service",
    "keep_suspended",
    "move_service",
    "override_status",
    "rename_service",
    "resume_service",
    "schedule_cancellation",
    "set_account",
    "set_server",
    "suspend_service",
    "terminate_service",
]
