"""`/admin/dashboard`: what needs a person today, and how the business stands (backoffice.md 3)."""

from collections.abc import Iterator
from datetime import date

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may, signed_in_staff
from commerce.backoffice.base.context import staff_page
from commerce.backoffice.base.pages import Access, MenuGroup, MenuItem, Page, PageRule, Room
from commerce.backoffice.dashboard import figures
from commerce.backoffice.dashboard.exchange_rates import exchange_rate_work
from commerce.backoffice.dashboard.installation_trouble import installation_trouble
from commerce.backoffice.dashboard.staff_queue import Held, WaitingWork, setup_left, waiting_work
from commerce.backoffice.lists.entry_columns import person_of
from commerce.billing.reports.receivables import ageing
from commerce.catalog.models import Currency
from commerce.kit import clock
from commerce.presentation.audit_actions import action_label
from commerce.presentation.formats import count_text
from commerce.site_settings.current import business_date


def dashboard(request: HttpRequest) -> HttpResponse:
    """The page; ``?currency=`` chooses that of its charts."""
    today = business_date(clock.now())
    held = signed_in_staff(request).all_permissions
    sees_money = may(request, StaffPermission.REPORTS_MONEY)
    codes = list(Currency.objects.on_sale().values_list("code", flat=True)) if sees_money else []
    asked = request.GET.get("currency")
    code = asked if asked in codes else next(iter(codes), "")
    owed = ageing(today)
    context = {
        "title": _("Dashboard"),
        "setup_left": list(setup_left(request, today)),
        "waiting": list(_open_work(held, today)),
        "counts": list(figures.counts(request, owed)),
        "sees_runs": (sees_runs := may(request, StaffPermission.RUNS_VIEW)),
        "last_run": figures.last_run() if sees_runs else None,
        "entries": [
            {
                "at": one.at,
                "person": person_of(one),
                "what": action_label(one.action),
                "record": one.record_name,
            }
            for one in figures.newest_entries(request)
        ],
        "charts": [one for one in figures.charts(today, code, owed) if not one.is_empty]
        if code
        else [],
        "currencies": codes,
        "currency": code,
    }
    return staff_page(request, "backoffice/dashboard.html", context)


def _open_work(held: Held, today: date) -> Iterator[WaitingWork]:
    """What waits for a person with these permissions, a line each."""
    yield from installation_trouble(held)
    yield from waiting_work(held)
    yield from exchange_rate_work(held, today)


@require_safe
def open_work_count(request: HttpRequest) -> HttpResponse:
    """`/admin/open-work`: how many lines the dashboard has of it, for the frame's script, which asks after the page."""
    today = business_date(clock.now())
    held = signed_in_staff(request).all_permissions
    return JsonResponse({"count": count_text(sum(1 for _work in _open_work(held, today)))})


ROOM = Room(
    pages=(
        Page("dashboard", dashboard, "dashboard", PageRule(Access.ANY_STAFF)),
        Page("open-work", open_work_count, "open_work_count", PageRule(Access.ANY_STAFF)),
    ),
    menu=(MenuItem(MenuGroup.HOME, _lazy("Dashboard"), "dashboard"),),
)
