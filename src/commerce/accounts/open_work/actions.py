"""Taking a line of the dashboard, putting it off, and giving it back (backoffice.md 3)."""

from datetime import datetime, timedelta

from django.db import transaction

from commerce.accounts.models import OpenWorkMark, Staff
from commerce.audit.actions import write_audit_entry
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict

TAKEN_FOR = timedelta(days=1)
"""So long a line is somebody's: who is ill or has forgotten it keeps nobody else from it."""
MAX_SNOOZE = timedelta(days=31)


@transaction.atomic
def take_work(*, work: str, count: int, staff: Staff, ctx: Context) -> None:
    """Others see that this person has it. Raises ``StateConflict`` if somebody else does."""
    mark = _hold(work, count, staff, ctx)
    is_anothers = not mark.is_snoozed and mark.staff_id != staff.pk
    if is_anothers and mark.ends_at > ctx.at:
        raise StateConflict("open_work.taken", name=mark.staff.full_name)
    _mark(mark, count, staff, ctx.at + TAKEN_FOR, ctx, is_snoozed=False)


@transaction.atomic
def snooze_work(*, work: str, count: int, until: datetime, staff: Staff, ctx: Context) -> None:
    """Nobody sees it among what is open until then, unless there is more of it. Raises ``BusinessError``."""
    if not ctx.at < until <= ctx.at + MAX_SNOOZE:
        raise BusinessError("open_work.snooze_not_valid", days=MAX_SNOOZE.days)
    mark = _hold(work, count, staff, ctx)
    _mark(mark, count, staff, until, ctx, is_snoozed=True)


@transaction.atomic
def release_work(*, work: str, ctx: Context) -> None:
    """It is nobody's, and open now; done twice it is as it is done once."""
    deleted, _rows = OpenWorkMark.objects.filter(work=work).delete()
    if deleted:
        _note(work, "released", ctx)


def delete_old_marks(*, at: datetime) -> None:
    """Those that have run out."""
    OpenWorkMark.objects.filter(ends_at__lte=at).delete()


def _hold(work: str, count: int, staff: Staff, ctx: Context) -> OpenWorkMark:
    """Its mark, locked; a new one is over. Of two people at once one finds that of the other."""
    OpenWorkMark.objects.bulk_create(
        [
            OpenWorkMark(
                work=work,
                staff=staff,
                count=count,
                marked_at=ctx.at,
                ends_at=ctx.at,
                is_snoozed=True,
            )
        ],
        ignore_conflicts=True,
    )
    return OpenWorkMark.objects.select_for_update().get(work=work)


def _mark(
    mark: OpenWorkMark,
    count: int,
    staff: Staff,
    ends_at: datetime,
    ctx: Context,
    *,
    is_snoozed: bool,
) -> None:
    mark.staff, mark.is_snoozed, mark.count = staff, is_snoozed, count
    mark.marked_at, mark.ends_at = ctx.at, ends_at
    mark.save()
    _note(mark.work, "snoozed" if is_snoozed else "taken", ctx)


def _note(work: str, verb: str, ctx: Context) -> None:
    write_audit_entry(
        ctx=ctx,
        action=f"open_work.{verb}",
        record=("open_work", None),
        name=work,
        staff_only=True,
    )
