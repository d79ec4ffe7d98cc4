"""The dashboard: what needs a person today."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.backoffice.base.context import staff_page
from commerce.backoffice.base.pages import Access, MenuGroup, MenuItem, Page, PageRule, Room


def dashboard(request: HttpRequest) -> HttpResponse:
    """`/admin/dashboard`."""
    return staff_page(request, "backoffice/dashboard.html", {"title": _("Dashboard")})


ROOM = Room(
    pages=(Page("dashboard", dashboard, "dashboard", PageRule(Access.ANY_STAFF)),),
    menu=(MenuItem(MenuGroup.OVERVIEW, _lazy("Dashboard"), "dashboard", "space_dashboard"),),
)
