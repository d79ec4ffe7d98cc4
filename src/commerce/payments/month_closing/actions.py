"""Closing a month of the books, and opening it again (backoffice.md 6)."""

import gzip
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.models import Staff
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.reasons import REASON
from commerce.audit.states import move
from commerce.billing.books.rules import MONTH_MOVES, MonthStatus, last_day_of, month_before
from commerce.billing.invoices.actions.numbers import no_number_before
from commerce.billing.models import (
    BooksFile,
    BooksMonth,
    CreditEntry,
    CreditNote,
    Invoice,
    SettlementEntry,
)
from commerce.db.locks import lock, lock_tables
from commerce.db.reads import one_snapshot
from commerce.db.triggers import allow_retention
from commerce.kit.acts.act import act
from commerce.kit.acts.shown import Confirmed
from commerce.kit.context import Context
from commerce.kit.errors import NeedsConfirmation, StateConflict
from commerce.kit.periods import add_months
from commerce.kit.text import write_csv
from commerce.payments.models import Dispute, Payment, Refund
from commerce.payments.month_closing.figures import end_of_month, month_figures, month_gaps
from commerce.payments.month_closing.journal import (
    DOCUMENT_HEADS,
    PAYMENT_HEADS,
    TAX_HEADS,
    FileRow,
    document_rows,
    payment_rows,
    tax_rows,
)
from commerce.presentation.formats import format_month
from commerce.runs.models import DailyRun
from commerce.site_settings import current

_BOOKED = (CreditNote, Invoice, Payment, Refund, Dispute, SettlementEntry, CreditEntry)
_FILES: dict[str, tuple[Sequence[str], Callable[[date, date], Iterator[FileRow]]]] = {
    "documents": (DOCUMENT_HEADS, document_rows),
    "payments": (PAYMENT_HEADS, payment_rows),
    "tax": (TAX_HEADS, tax_rows),
}


def add_ended_months(at: datetime) -> int:
    """List each month that has ended since the last one that is listed, the first of all once it has an invoice;
    returns how many. Safe to repeat.
    """
    ended = month_before(current.business_date(at))
    last = BooksMonth.objects.order_by("month").last()
    if last is None and not Invoice.objects.filter(issue_date__lte=last_day_of(ended)).exists():
        return 0
    month, added = add_months(last.month, 1) if last else ended, 0
    while month <= ended:
        made = BooksMonth.objects.get_or_create(
            month=month, defaults={"last_day": last_day_of(month)}
        )
        month, added = add_months(month, 1), added + made[1]
    return added


def close_blocked_reason(month: BooksMonth, ctx: Context) -> StateConflict | None:
    """Why a month cannot be closed now: it is, is not over, its runs are not done, or one before it is open."""
    if month.status == MonthStatus.CLOSED:
        return StateConflict("books_month.is_closed", is_moot=True)
    if month.last_day >= current.business_date(ctx.at):
        return StateConflict("books_month.not_over")
    runs = DailyRun.objects.filter(only_step="", date__gt=month.last_day)
    if not runs.exclude(ended_at=None).exists():
        return StateConflict("books_month.runs_not_done")
    if BooksMonth.objects.filter(status=MonthStatus.OPEN, month__lt=month.month).exists():
        return StateConflict("books_month.earlier_is_open")
    return None


def _closed_text(_result: None, month: BooksMonth) -> Any:
    text = _("%(month)s was closed. What comes later is booked in the first open month.")
    return text % {"month": format_month(month.month)}


@act(
    "books_month.close",
    BooksMonth,
    label=_("Close month"),
    intro=_(
        "Closed months no longer take documents, payments, or credit, and neither do the months before them. What comes"
        " later keeps its day and counts in the first open month. The figures and files are stored as they are now."
    ),
    done=_closed_text,
    staff=StaffPermission.REPORTS_CLOSE,
    blocked=close_blocked_reason,
    asks_password=True,
    is_atomic=False,
    example="month close 2030-01",
)
def close_month(
    *,
    month: BooksMonth,
    ctx: Context,
    confirmed: Annotated[Collection[str], Confirmed()] = (),
) -> None:
    """Let nothing be booked in a month any more, and store its figures and files.

    Whoever books meanwhile is waited for, or sees the month closed. Files that could not be made are made by the next
    daily run. Raises ``NeedsConfirmation`` with what of the month is still open, ``StateConflict`` where it cannot be
    closed now.
    """
    _check_gaps(month, confirmed)
    with transaction.atomic():
        lock_tables(*_BOOKED, after=lambda: no_number_before(add_months(month.month, 1)))
        row = lock(month)
        if reason := close_blocked_reason(row, ctx):
            raise reason
        move(
            row,
            MonthStatus.CLOSED,
            allowed=MONTH_MOVES,
            ctx=ctx,
            client_id=None,
            closed_at=ctx.at,
            closed_by=ctx.actor.name,
            ends_at=end_of_month(row),
            gaps=month_gaps(row),
        )
    store_figures_and_files(row)
    month.refresh_from_db()


def _check_gaps(month: BooksMonth, confirmed: Collection[str]) -> None:
    if gaps := month_gaps(month):
        seen = "_".join(f"{name}-{count}" for name, count in gaps.items())
        question = NeedsConfirmation("books_month.has_gaps", seen=seen, number=sum(gaps.values()))
        if question.answer not in confirmed:
            raise question


def store_figures_and_files(month: BooksMonth) -> None:
    """Store what a closed month is made of, once for each time that it is closed."""
    with one_snapshot():
        figures = month_figures(month)
        made = [_file(month, name) for name in _FILES]
    with transaction.atomic():
        row = lock(month)
        if row.closed_at != month.closed_at or row.has_files:
            return
        BooksMonth.objects.filter(pk=row.pk).update(figures=figures)
        BooksFile.objects.bulk_create(made)


def _file(month: BooksMonth, name: str) -> BooksFile:
    heads, rows_of = _FILES[name]
    raw, lines = io.BytesIO(), 0

    def counted() -> Iterator[FileRow]:
        nonlocal lines
        for row in rows_of(month.month, month.last_day):
            lines += 1
            yield row

    with (
        gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed,
        io.TextIOWrapper(packed, "utf-8", newline="") as text,
    ):
        write_csv(text, heads, counted())
    assert month.closed_at is not None
    return BooksFile(
        month=month, name=name, closed_at=month.closed_at, lines=lines, content=raw.getvalue()
    )


def months_without_files() -> list[BooksMonth]:
    """Closed months whose files were not made: their process was stopped."""
    closed = BooksMonth.objects.filter(status=MonthStatus.CLOSED, figures={}).order_by("month")
    return [one for one in closed if not one.has_files]


def delete_old_files(at: datetime) -> int:
    """Delete the files of months that are older than documents are kept: they name clients. Returns how many."""
    years = current.get_setting("retention.invoice_years")
    kept_from = add_months(current.business_date(at), -12 * years)
    with allow_retention():
        return BooksFile.objects.filter(month__last_day__lt=kept_from).delete()[0]


def reopen_blocked_reason(month: BooksMonth, ctx: Context) -> StateConflict | None:
    """Why a month cannot be opened again: it is open, a later one is closed, or who asks is no super admin."""
    if month.status == MonthStatus.OPEN:
        return StateConflict("books_month.is_open", is_moot=True)
    if BooksMonth.objects.filter(status=MonthStatus.CLOSED, month__gt=month.month).exists():
        return StateConflict("books_month.later_is_closed")
    return None if _is_super_admin(ctx) else StateConflict("books_month.super_admin_only")


def _is_super_admin(ctx: Context) -> bool:
    """Whoever runs commands on the server may everything."""
    if ctx.actor.kind == "system":
        return True
    is_staff = ctx.actor.kind == "staff"
    active = Staff.objects.active().super_admins()
    return is_staff and active.filter(pk=ctx.actor.id or 0).exists()


def _opened_text(_result: None, month: BooksMonth) -> Any:
    return _("%(month)s is open again.") % {"month": format_month(month.month)}


@act(
    "books_month.reopen",
    BooksMonth,
    label=_("Reopen month"),
    intro=_(
        "Payments with a day in this month are booked in it again until it's closed. The files made when it was closed"
        " are kept."
    ),
    done=_opened_text,
    staff=StaffPermission.REPORTS_CLOSE,
    blocked=reopen_blocked_reason,
    asks_password=True,
    is_danger=True,
    example='month reopen 2030-01 --reason "An invoice was missing"',
)
@transaction.atomic
def reopen_month(*, month: BooksMonth, reason: Annotated[str, REASON], ctx: Context) -> None:
    """Let the last closed month take bookings again; its files are kept.

    Raises ``StateConflict`` for another month, and for whoever is no super admin.
    """
    row = lock(month)
    if blocked := reopen_blocked_reason(row, ctx):
        raise blocked
    move(
        row,
        MonthStatus.OPEN,
        allowed=MONTH_MOVES,
        ctx=ctx,
        client_id=None,
        reason=reason,
        closed_at=None,
        closed_by="",
        ends_at=None,
        figures={},
        gaps={},
    )
    month.refresh_from_db()
