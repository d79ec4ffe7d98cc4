"""The queue of the dashboard: open work in its order, who has taken what, and what is put off (backoffice.md 3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from commerce.accounts.models import OpenWorkMark
from commerce.accounts.open_work.actions import release_work, snooze_work, take_work
from commerce.backoffice.base.access import signed_in_staff, staff_context
from commerce.backoffice.dashboard.exchange_rates import exchange_rate_work
from commerce.backoffice.dashboard.installation_trouble import installation_trouble
from commerce.backoffice.dashboard.open_work import Held, WaitingWork, WorkGroup
from commerce.backoffice.dashboard.staff_queue import waiting_work
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.portal.base.redirects import see_other
from commerce.presentation.labels import Text
from commerce.site_settings.current import business_date, business_zone, get_setting

SNOOZE_DAYS = (1, 3, 7)


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A line of the queue, and its mark if it has one that counts."""

    work: WaitingWork
    mark: OpenWorkMark | None
    notes: list[str]

    @property
    def is_snoozed(self) -> bool:
        """Put off, and there is no more of it than there was then."""
        return bool(self.mark and self.mark.is_snoozed)

    @property
    def taken_by(self) -> str:
        """Whose it is by now."""
        if self.mark is None or self.mark.is_snoozed:
            return ""
        return self.mark.staff.full_name or str(self.mark.staff)


def open_work(held: Held, today: date) -> list[WaitingWork]:
    """What waits for a person with these permissions, in the order of money and time."""
    works = (
        *installation_trouble(held),
        *waiting_work(held),
        *exchange_rate_work(held, today),
    )
    return sorted(works, key=lambda work: work.group)


def queue_lines(held: Held, today: date, *, sees_money: bool) -> list[QueueLine]:
    """Open work with its marks."""
    in_force = OpenWorkMark.objects.in_force(clock.now()).select_related("staff__user")
    marks = {mark.work: mark for mark in in_force}
    lines = []
    for work in open_work(held, today):
        mark = marks.get(work.key)
        if mark is not None and mark.is_snoozed and work.count > mark.count:
            mark = None
        lines.append(QueueLine(work, mark, work.notes(sees_money=sees_money)))
    return lines


def grouped(lines: list[QueueLine]) -> Iterator[tuple[Text, list[QueueLine]]]:
    """By what they are about, each with its heading."""
    for group, found in groupby(lines, key=lambda line: line.work.group):
        yield WorkGroup(group).label, list(found)


@require_POST
def mark_open_work(request: HttpRequest) -> HttpResponse:
    """`/admin/open-work/mark`: take a line that the person sees, put it off, or give it back."""
    staff, ctx = signed_in_staff(request), staff_context(request)
    today = business_date(ctx.at)
    key = request.POST.get("work", "")
    works = {work.key: work for work in open_work(staff.all_permissions, today)}
    if key not in works:
        messages.info(request, _("This is done by now."))
        return see_other("admin:dashboard")
    count = works[key].count
    try:
        match request.POST.get("act"):
            case "take":
                take_work(work=key, count=count, staff=staff, ctx=ctx)
            case "release":
                release_work(work=key, ctx=ctx)
            case "snooze":
                until = _snooze_end(request.POST.get("days", ""), today)
                snooze_work(work=key, count=count, until=until, staff=staff, ctx=ctx)
            case _:
                raise Http404
    except BusinessError as refused:
        messages.error(request, str(refused))
    return see_other("admin:dashboard")


def _snooze_end(days: str, today: date) -> datetime:
    """When the digest of that day is written, so that it has the line again."""
    if not days.isascii() or not days.isdigit() or int(days) not in SNOOZE_DAYS:
        raise Http404
    at = time.fromisoformat(get_setting("staff.digest_time"))
    return datetime.combine(today + timedelta(days=int(days)), at, business_zone())
