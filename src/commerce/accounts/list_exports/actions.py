"""Long lists of the staff area as files: asked for, made, told, and gone after 7 days (backoffice.md 3)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from commerce.accounts.models import ListExport, Staff
from commerce.accounts.recipients import user_recipient
from commerce.audit.actions import record_export
from commerce.jobs.queue import enqueue
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.mail.actions.announcing import announce

MAKE_LIST_EXPORT = "list_export.make"
LIST_EXPORT_KEPT_FOR = timedelta(days=7)


def request_list_export_blocked_reason(staff: Staff, ctx: Context) -> StateConflict | None:
    """Why a staff person cannot have another list made now."""
    waiting = staff.list_exports.filter(content=None, expires_at__gt=ctx.at)
    return StateConflict("list_export.under_way") if waiting.exists() else None


@transaction.atomic
def request_list_export(
    *, staff: Staff, list_name: str, query: str, rows: int, ctx: Context
) -> ListExport:
    """Have a list made into a file; its person gets a link by email. Raises ``StateConflict`` while theirs is made."""
    row = Staff.objects.select_for_update(no_key=True).get(pk=staff.pk)
    if blocked := request_list_export_blocked_reason(row, ctx):
        raise blocked
    export = ListExport.objects.create(
        staff=staff,
        list_name=list_name,
        query=query,
        requested_at=ctx.at,
        expires_at=ctx.at + timedelta(days=1),  # so long one that cannot be made stands in the way
    )
    record_export(name=list_name, rows=rows, query=query, ctx=ctx)
    enqueue(("listexport", export.pk), MAKE_LIST_EXPORT, "requested", ctx.at)
    return export


@transaction.atomic
def finish_list_export(*, export: ListExport, content: bytes, at: datetime) -> None:
    """Keep the file, and mail its person where it is."""
    ListExport.objects.filter(pk=export.pk).update(
        content=content, expires_at=at + LIST_EXPORT_KEPT_FOR
    )
    announce(
        event="list_export_ready",
        idempotency_key=f"{export.pk}",
        to=[user_recipient(export.staff.person)],
        values={
            "client_name": "",
            "client_email": "",
            "client_id": None,
            "list_name": export.list_name,
            "expires_days": LIST_EXPORT_KEPT_FOR.days,
            "export_url": f"{settings.COMMERCE_URL}/admin/exports/{export.pk}",
        },
        at=at,
        about=("listexport", export.pk),
    )


def expire_list_exports(*, at: datetime) -> int:
    """Delete the files whose time is over; how many."""
    return ListExport.objects.filter(expires_at__lte=at).delete()[0]
