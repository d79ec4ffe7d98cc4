"""The staff area as a site of Django's admin, drawn by unfold: its addresses, its table of permissions, its menu."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, override

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import get_language
from unfold.sites import UnfoldAdminSite

from commerce.backoffice.base import style
from commerce.backoffice.base.pages import Access, Page, PageRule, Room
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.frame.menu import DrawnFrame, StaffMenu
from commerce.backoffice.lists.paging import COUNTED_ROWS
from commerce.portal.base.brand import theme_of
from commerce.portal.base.redirects import see_other
from commerce.portal.base.sign_in.staff import staff_of
from commerce.presentation.formats import count_text
from commerce.site_settings.current import get_setting

_OWN_PAGES = {
    "root": PageRule(Access.ANY_STAFF),
    "index": PageRule(Access.ANY_STAFF),
    "jsi18n": PageRule(Access.ANY_STAFF),
    "autocomplete": PageRule(Access.ANY_STAFF),  # it asks for the permission of what it lists
    "style": PageRule(Access.PUBLIC),
}


class StaffSite(UnfoldAdminSite):
    """The site of some rooms. Whether a request may pass is asked once, by the middleware, of ``rules``."""

    def __init__(self, rooms: Iterable[Room]) -> None:
        super().__init__("admin")
        self.rooms = tuple(rooms)
        for room in self.rooms:
            for record_admin in room.records:
                self.register(record_admin.model, record_admin)

    # --- permissions ----------------------------------------------------------------------------------------------

    @property
    def record_admins(self) -> list[RecordAdmin]:
        return [one for one in self._registry.values() if isinstance(one, RecordAdmin)]

    @cached_property
    def rules(self) -> dict[str, PageRule]:
        """The one table: each URL name (without ``admin:``), and what its page needs. What is not in it opens to
        nobody.
        """
        table = dict(_OWN_PAGES)
        for page in self._pages:
            table[page.name] = page.rule
        for record_admin in self.record_admins:
            table |= record_admin.rules()
        return table

    @cached_property
    def read_from_replica(self) -> frozenset[str]:
        """URL names of lists, their files, reports and search: what may be seconds old."""
        lists = {
            f"{one.names}_{page}" for one in self.record_admins for page in ("changelist", "export")
        }
        return frozenset(lists | {page.name for page in self._pages if page.from_replica})

    @property
    def _pages(self) -> list[Page]:
        return [page for room in self.rooms for page in room.pages]

    def has_permission(self, request: HttpRequest) -> bool:
        return staff_of(request) is not None

    @override
    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """The view itself: the middleware stands before all of them."""
        return view

    # --- addresses ------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLResolver | URLPattern]:
        own: list[URLResolver | URLPattern] = [
            path("", self.go_to_dashboard, name="index"),
            path("jsi18n", self.i18n_javascript, name="jsi18n"),
            path("autocomplete", self.autocomplete_view, name="autocomplete"),
            path("style.css", style.staff_style, name="style"),
            *(path(page.route, page.view, name=page.name) for page in self._pages),
        ]
        for record_admin in self.record_admins:
            own += record_admin.get_urls()
        return own

    def go_to_dashboard(self, request: HttpRequest) -> HttpResponseBase:
        """`/admin`: the dashboard."""
        return see_other("admin:dashboard")

    # --- what every page knows ------------------------------------------------------------------------------------

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        return []

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        theme = theme_of(request)
        return {
            **super().each_context(request),
            "user": request.user,
            "staff": staff_of(request),
            "frame": self._frame(request),
            "style_url": style.style_url(),
            "counted_rows": count_text(COUNTED_ROWS),
            "colors": {},  # from `style.css`: no style stands in a page
            "site_title": get_setting("branding.name"),
            "site_header": get_setting("branding.name"),
            "theme": "" if theme == "system" else theme,
        }

    def get_sidebar_list(self, request: HttpRequest) -> list[Any]:
        """Nothing: our pages have a ``frame`` of their own."""
        return []

    @cached_property
    def menu(self) -> StaffMenu:
        """What the frame of each page has of the table."""
        return StaffMenu(self.rooms, self.rules)

    def _frame(self, request: HttpRequest) -> DrawnFrame | None:
        staff = staff_of(request)
        if staff is None:
            return None
        place = self.menu.place(request.path)
        return self.menu.frame(staff.all_permissions, place, get_language())
