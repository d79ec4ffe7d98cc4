"""`/admin/dashboard`: what needs a person today, and how the daily run goes (backoffice.md 3)."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may, signed_in_staff
from commerce.backoffice.base.context import staff_page
from commerce.backoffice.base.pages import Access, MenuGroup, MenuItem, Page, PageRule, Room
from commerce.backoffice.dashboard import figures
from commerce.backoffice.dashboard.marked_work import (
    SNOOZE_DAYS,
    grouped,
    mark_open_work,
    queue_lines,
)
from commerce.backoffice.dashboard.nights import nights
from commerce.backoffice.dashboard.staff_queue import setup_left
from commerce.backoffice.lists.entry_columns import person_of
from commerce.kit import clock
from commerce.presentation.audit_actions import action_label
from commerce.presentation.formats import count_text
from commerce.site_settings.current import business_date


def dashboard(request: HttpRequest) -> HttpResponse:
    """The page: what waits, in its order; the daily run; and how much there is of what."""
    today = business_date(clock.now())
    held = signed_in_staff(request).all_permissions
    lines = queue_lines(held, today, sees_money=may(request, StaffPermission.REPORTS_MONEY))
    last_night, tomorrow = nights(request, today)
    context = {
        "title": _("Today"),
        "setup_left": list(setup_left(request, today)),
        "queue": list(grouped([line for line in lines if not line.is_snoozed])),
        "snoozed": [line for line in lines if line.is_snoozed],
        "snooze_days": SNOOZE_DAYS,
        "counts": list(figures.counts(request, today)),
        "sees_runs": (sees_runs := may(request, StaffPermission.RUNS_VIEW)),
        "last_run": figures.last_run() if sees_runs else None,
        "last_night": last_night,
        "tomorrow": tomorrow,
        "entries": [
            {
                "at": one.at,
                "person": person_of(one),
                "what": action_label(one.action),
                "record": one.record_name,
            }
            for one in figures.newest_entries(request)
        ],
    }
    return staff_page(request, "backoffice/dashboard.html", context)


@require_safe
def open_work_count(request: HttpRequest) -> HttpResponse:
    """`/admin/open-work`: how many lines the dashboard has of it, for the frame's script, which asks after the page."""
    held = signed_in_staff(request).all_permissions
    lines = queue_lines(held, business_date(clock.now()), sees_money=False)
    return JsonResponse({"count": count_text(sum(not line.is_snoozed for line in lines))})


ROOM = Room(
    pages=(
        Page("dashboard", dashboard, "dashboard", PageRule(Access.ANY_STAFF)),
        Page("open-work", open_work_count, "open_work_count", PageRule(Access.ANY_STAFF)),
        Page(
            "open-work/mark",
            mark_open_work,
            "mark_open_work",
            PageRule(Access.ANY_STAFF, Access.ANY_STAFF),
        ),
    ),
    menu=(MenuItem(MenuGroup.HOME, _lazy("Today"), "dashboard"),),
)
