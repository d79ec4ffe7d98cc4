"""The staff area as a site of Django's admin, drawn by unfold: its addresses, its table of permissions, its menu."""

from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from typing import Any, override

from django.http import HttpRequest, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import get_language
from unfold.sites import UnfoldAdminSite

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base import style
from commerce.backoffice.base.access import are_enough
from commerce.backoffice.base.pages import Access, MenuGroup, MenuItem, Page, PageRule, Room
from commerce.backoffice.base.paging import COUNTED_ROWS
from commerce.backoffice.base.records import RecordAdmin
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
            "menu": self._menu(request),
            "style_url": style.style_url(),
            "counted_rows": count_text(COUNTED_ROWS),
            "colors": {},  # from `style.css`: no style stands in a page
            "site_title": get_setting("branding.name"),
            "site_header": get_setting("branding.name"),
            "theme": "" if theme == "system" else theme,
        }

    def get_sidebar_list(self, request: HttpRequest) -> list[Any]:
        """Nothing: our pages have a ``menu`` of their own."""
        return []

    def _menu(self, request: HttpRequest) -> str:
        """The menu: what the person may read, by group; drawn once for all who may read the same."""
        staff = staff_of(request)
        if staff is None:
            return ""
        here = self._here(request, [url for _item, url in self.menu_entries])
        return self._drawn_menu(staff.all_permissions, here, get_language())

    @cached_property
    def _drawn_menu(self) -> Callable[[frozenset[StaffPermission], str, str], str]:
        """Kept for all who may do the same: to draw it is a fifth of drawing a page."""
        return lru_cache(maxsize=512)(self._draw_menu)

    def _draw_menu(self, permissions: frozenset[StaffPermission], here: str, _language: str) -> str:
        groups: dict[MenuGroup, list[dict[str, Any]]] = {group: [] for group in MenuGroup}
        for item, url in self.menu_entries:
            if are_enough(permissions, self.rules[item.page].read):
                groups[item.group].append(
                    {"title": item.label, "icon": item.icon, "link": url, "active": url == here}
                )
        found = [{"title": group.value, "items": items} for group, items in groups.items() if items]
        return render_to_string("backoffice/base/partials/menu.html", {"groups": found})

    @cached_property
    def menu_entries(self) -> list[tuple[MenuItem, str]]:
        """All that the menu has, with the addresses, which are the same for every request."""
        found: list[MenuItem] = []
        for room in self.rooms:
            found += room.menu
            for kind in room.records:
                if kind.menu is not None:
                    meta = kind.model._meta
                    name = f"{meta.app_label}_{meta.model_name}_changelist"
                    found.append(MenuItem(kind.menu, kind.label, name, kind.icon))
        return [(item, reverse(f"admin:{item.page}")) for item in found]

    @staticmethod
    def _here(request: HttpRequest, urls: list[str]) -> str:
        """The entry of the menu that the page belongs to: the longest address that it lies at or below."""
        above = [url for url in urls if request.path == url or request.path.startswith(f"{url}/")]
        return max(above, key=len, default="")
