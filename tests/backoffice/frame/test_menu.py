"""The frame of each page: nine entries, their tabs, and the cards of Settings lead to all that a person may read."""

import re

import pytest

from commerce.accounts.staff_rules import PRESETS, StaffPermission
from commerce.backoffice.base.access import are_enough
from commerce.backoffice.base.context import STAFF_URLS
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.settings.setting_pages import menu_cards
from commerce.backoffice.site import staff_site
from tests import make
from tests.make.staff import make_staff, staff_browser

pytestmark = pytest.mark.urls(STAFF_URLS)

ENTRIES = [one for one in MenuGroup if not one.is_card]


def _links(html: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', html)


@pytest.mark.parametrize("held", [*PRESETS.values(), frozenset[StaffPermission]()])
def test_all_that_may_be_read_is_reached_and_nothing_else(held: frozenset[StaffPermission]) -> None:
    menu = staff_site.menu
    readable = {url for one, url in menu.items if are_enough(held, staff_site.rules[one.page].read)}
    entries = _links(menu.frame(held, "", "en").menu)
    tabs = {link for one in entries for link in _links(menu.frame(held, one, "en").tabs)}
    cards = {url for _title, links in menu_cards(menu, held) for _label, url in links}
    assert {*entries, *tabs, *cards} == readable
    assert len(entries) <= len(ENTRIES) == 9


def test_each_page_lies_at_an_entry_and_a_tab() -> None:
    menu, held = staff_site.menu, PRESETS["super_admin"]
    for url, entry, tab in (
        ("/admin/payments", "/admin/invoices", "/admin/payments"),
        ("/admin/payments/7/refund", "/admin/invoices", ""),
        ("/admin/options/values/3", "/admin/products", ""),
        ("/admin/roles", "/admin/settings", ""),
        ("/admin/profile", "", ""),
    ):
        frame = menu.frame(held, menu.place(url), "en")
        current = r'href="([^"]+)" aria-current="page"|href="([^"]+)"[^>]* aria-current'
        here = ["".join(one) for one in re.findall(current, frame.menu)]
        assert here == ([entry] if entry else []), url
        assert ["".join(one) for one in re.findall(current, frame.tabs)] == ([tab] if tab else [])


@pytest.mark.django_db
def test_what_is_begun_is_what_the_person_may_begin() -> None:
    make.make_client()
    support, admin = make_staff("support"), make_staff("admin")
    assert (
        "/admin/invoices/new" not in staff_browser(support).get("/admin/clients").content.decode()
    )
    page = staff_browser(admin).get("/admin/clients?q=nobody-is-called-so").content.decode()
    for link in ("orders/new", "clients/new", "invoices/new", "unallocated-payments/new"):
        assert f'class="more-item" href="/admin/{link}"' in page
    assert "No results match" in page
    assert "Nothing here yet." in staff_browser(admin).get("/admin/orders").content.decode()
