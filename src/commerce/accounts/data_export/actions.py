"""Asking for an export of a client's data, making it, and its end (accounts.md 10)."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.data_export.rules import (
    EXPORT_KEPT_FOR,
    EXPORT_MOVES,
    EXPORTS_WITHIN,
    MAX_EXPORTS,
    ExportStatus,
)
from commerce.accounts.models import Client, DataExport
from commerce.accounts.recipients import send_client_email, send_staff_email
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.states import move
from commerce.jobs.queue import enqueue
from commerce.kit.acts.act import act
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict, TwoTexts

MAKE_DATA_EXPORT = "data_export.make"
"""The job that puts an export together."""


def request_data_export_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why no export of a client's data can be asked for now."""
    exports = DataExport.objects.for_client(client)
    if exports.filter(status=ExportStatus.REQUESTED).exists():
        return StateConflict("data_export.under_way")
    counted = exports.exclude(status=ExportStatus.FAILED)
    if counted.filter(requested_at__gt=ctx.at - EXPORTS_WITHIN).count() >= MAX_EXPORTS:
        return StateConflict("data_export.too_many", maximum=MAX_EXPORTS)
    return None


@act(
    "client.export_data",
    Client,
    label=_("Request export"),
    done=TwoTexts(
        member=_("We're preparing your data. We'll email all owners."),
        staff=_("Data export requested"),
    ),
    staff=StaffPermission.CLIENTS_ERASE,
    member="data.export",
    while_suspended=True,
    blocked=request_data_export_blocked_reason,
    asks_password=True,
)
@transaction.atomic
def request_data_export(*, client: Client, ctx: Context) -> DataExport:
    """Have a client's data put together; the owners hear when it is ready.

    Raises ``StateConflict`` while another one is made, and after three within 30 days.
    """
    if blocked := request_data_export_blocked_reason(lock_client(client.pk), ctx):
        raise blocked
    export = DataExport.objects.create(
        client=client,
        requested_by_id=ctx.actor.member_id,
        requested_at=ctx.at,
    )
    _record("data_export.requested", export, ctx)
    enqueue(("dataexport", export.pk), MAKE_DATA_EXPORT, "requested", ctx.at)
    return export


@transaction.atomic
def finish_data_export(*, export: DataExport, content: bytes, at: datetime) -> None:
    """Keep the file, and tell the owners; one that has ended stays so."""
    if DataExport.objects.select_for_update().get(pk=export.pk).status != ExportStatus.REQUESTED:
        return
    move(
        export,
        ExportStatus.READY,
        allowed=EXPORT_MOVES,
        ctx=Context(at, SYSTEM),
        client_id=export.client_id,
        content=content,
        ready_at=at,
        expires_at=at + EXPORT_KEPT_FOR,
    )
    send_client_email(
        client=export.client,
        event="data_export_ready",
        idempotency_key=f"{export.pk}",
        values={
            "data_url": f"{settings.COMMERCE_URL}/client/data",
            "expires_days": EXPORT_KEPT_FOR.days,
        },
        at=at,
        about=("dataexport", export.pk),
    )


@transaction.atomic
def fail_data_export(*, export: DataExport, error: str, at: datetime) -> None:
    """It could not be made: the owners may ask again, and staff are told why. One that has ended stays so."""
    if DataExport.objects.select_for_update().get(pk=export.pk).status != ExportStatus.REQUESTED:
        return
    _end(export, ExportStatus.FAILED, at)
    send_client_email(
        client=export.client,
        event="data_export_failed",
        idempotency_key=f"{export.pk}",
        values={"data_url": f"{settings.COMMERCE_URL}/client/data"},
        at=at,
        about=("dataexport", export.pk),
    )
    send_staff_email(
        event="data_export_failed_staff",
        idempotency_key=f"{export.pk}",
        page=f"clients/{export.client_id}",
        values={"error": error},
        client=export.client,
        at=at,
        about=("dataexport", export.pk),
    )


@transaction.atomic
def record_data_export_download(*, export: DataExport, ctx: Context) -> None:
    """Somebody takes the file."""
    _record("data_export.downloaded", export, ctx)


def expire_data_exports(*, at: datetime) -> int:
    """Delete the files whose time is over; how many."""
    over = DataExport.objects.defer("content").filter(status=ExportStatus.READY, expires_at__lte=at)
    for export in (exports := list(over)):
        _end(export, ExportStatus.EXPIRED, at)
    return len(exports)


def expire_exports_of(client_id: int, *, at: datetime) -> None:
    """Delete the files of a client, and give up what is still to be made."""
    exports = DataExport.objects.for_client(client_id)
    for export in exports.filter(status=ExportStatus.READY):
        _end(export, ExportStatus.EXPIRED, at)
    for export in exports.filter(status=ExportStatus.REQUESTED):
        _end(export, ExportStatus.FAILED, at)


def _end(export: DataExport, to: ExportStatus, at: datetime) -> None:
    move(
        export,
        to,
        allowed=EXPORT_MOVES,
        ctx=Context(at, SYSTEM),
        client_id=export.client_id,
        content=None,
    )


def _record(action: str, export: DataExport, ctx: Context) -> None:
    write_audit_entry(
        ctx=ctx,
        action=action,
        record=("data_export", export.pk),
        name=str(export),
        client_id=export.client_id,
    )
