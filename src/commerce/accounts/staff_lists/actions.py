"""How a staff person sees the lists of the staff area (backoffice.md 3)."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from commerce.accounts.models import SavedView, Staff
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict

MAX_COLUMNS = 40
MAX_VIEWS = 20
"""That a person saves of one list: each is counted."""
MAX_VIEW_NAME, MAX_VIEW_QUERY = 60, 2000
SHARING = StaffPermission.SETTINGS_MANAGE
"""What saving a view for all staff needs, and changing or deleting one."""


@transaction.atomic
def choose_columns(*, staff: Staff, list_name: str, columns: Sequence[str], ctx: Context) -> None:
    """The list shows this person these columns, in this order; without any its own. Nobody else sees a difference, so
    that it leaves no entry in the audit log.
    """
    row = Staff.objects.select_for_update(no_key=True).get(pk=staff.pk)
    kept = {name: one for name, one in row.list_columns.items() if name != list_name}
    if columns:
        kept[list_name] = list(columns)[:MAX_COLUMNS]
    row.list_columns = kept
    row.save(update_fields=["list_columns"])


@transaction.atomic
def save_view(
    *, staff: Staff, list_name: str, name: str, query: str, is_shared: bool, ctx: Context
) -> SavedView:
    """Keep a list as its address has it. Raises ``BusinessError``, and ``PermissionDenied`` if it is for all staff."""
    row = Staff.objects.select_for_update(no_key=True).get(pk=staff.pk)
    if is_shared:
        _require_sharing(staff)
    if len(query) > MAX_VIEW_QUERY:
        raise BusinessError("saved_view.too_long")
    if row.saved_views.filter(list_name=list_name).count() >= MAX_VIEWS:
        raise StateConflict("saved_view.too_many", maximum=MAX_VIEWS)
    view = SavedView(
        staff=row,
        list_name=list_name,
        query=query,
        is_shared=is_shared,
        created_at=ctx.at,
    )
    _name(view, name)
    _note(view, "created", ctx, after={"list": list_name, "for_all": is_shared})
    return view


@transaction.atomic
def rename_view(*, view: SavedView, staff: Staff, name: str, ctx: Context) -> None:
    """Another name. Raises ``BusinessError``, and ``PermissionDenied``."""
    row = _hold(view, staff)
    former = row.name
    _name(row, name)
    if row.name != former:
        _note(row, "renamed", ctx, before={"name": former}, after={"name": row.name})


@transaction.atomic
def delete_view(*, view: SavedView, staff: Staff, ctx: Context) -> None:
    """Forget it. Raises ``StateConflict`` if that was done, and ``PermissionDenied``."""
    row = _hold(view, staff)
    _note(row, "deleted", ctx, before={"list": row.list_name, "for_all": row.is_shared})
    row.delete()


def may_change_view(view: SavedView, staff: Staff) -> bool:
    """Whether it is theirs to rename and delete: their own, and with the permission those for all."""
    return staff.may(SHARING) if view.is_shared else view.staff_id == staff.pk


def _hold(view: SavedView, staff: Staff) -> SavedView:
    row = SavedView.objects.select_for_update().filter(pk=view.pk).first()
    if row is None:
        raise StateConflict("saved_view.deleted")
    if not may_change_view(row, staff):
        raise PermissionDenied(SHARING)
    return row


def _require_sharing(staff: Staff) -> None:
    if not staff.may(SHARING):
        raise PermissionDenied(SHARING)


def _name(view: SavedView, name: str) -> None:
    view.name = name.strip()
    if not 1 <= len(view.name) <= MAX_VIEW_NAME or not view.name.isprintable():
        raise BusinessError("saved_view.name_not_valid", field="name", maximum=MAX_VIEW_NAME)
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise BusinessError("saved_view.name_taken", field="name") from error


def _note(view: SavedView, verb: str, ctx: Context, **changes: Any) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"saved_view.{verb}",
        record=("saved_view", view.pk),
        name=view.name,
        staff_only=True,
        **changes,
    )
