"""The frame of each page, as far as it follows from what the person may read: menu, tabs, cards, what is made anew."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import are_enough
from commerce.backoffice.base.pages import MenuGroup, MenuItem, PageRule, Room

type Held = frozenset[StaffPermission]
type PlacedItem = tuple[MenuItem, str]
"""A page of the menu, and its address."""

NEW_RECORDS = {
    "orders_order_list_new": _("Order"),
    "accounts_client_list_new": _("Client"),
    "billing_invoice_list_new": _("Invoice"),
    "payments_unallocatedpayment_list_new": _("Payment"),
}
"""What each page begins in two clicks: the forms, and what they are called."""


@dataclass(frozen=True, slots=True)
class DrawnFrame:
    """The parts of the frame, drawn."""

    menu: SafeString
    tabs: SafeString
    new: SafeString
    keys: SafeString
    """What single keys do."""


class StaffMenu:
    """The menu of some rooms, whose pages open by these rules."""

    def __init__(self, rooms: Iterable[Room], rules: Mapping[str, PageRule]) -> None:
        self.items: list[PlacedItem] = [
            (item, reverse(f"admin:{item.page}")) for item in _items(rooms)
        ]
        """All that the menu leads to, with the addresses, which are the same for every request."""
        self._rules = rules
        self.frame: Callable[[Held, str, str], DrawnFrame] = lru_cache(maxsize=512)(self._frame)
        """The frame of a path in a language, kept for all who may do the same: to draw it is a fifth of a page."""

    def readable(self, held: Held) -> dict[MenuGroup, list[PlacedItem]]:
        """What somebody may read, by entry or card, in the order of both."""
        found: dict[MenuGroup, list[PlacedItem]] = {group: [] for group in MenuGroup}
        for item, url in self.items:
            if are_enough(held, self._rules[item.page].read):
                found[item.group].append((item, url))
        return {group: items for group, items in found.items() if items}

    def entries(self, held: Held) -> list[tuple[MenuGroup, str]]:
        """The entries of the menu that somebody has, with their addresses."""
        found = self.readable(held).items()
        return [(group, pages[0][1]) for group, pages in found if not group.is_card]

    def place(self, path: str) -> str:
        """What the frame of a path depends on: the page of the menu that it lies at or below, and which of both."""
        above = [url for _item, url in self.items if path == url or path.startswith(f"{url}/")]
        nearest = max(above, key=len, default="")
        return nearest if nearest == path else f"{nearest}/"

    def _frame(self, held: Held, place: str, _language: str) -> DrawnFrame:
        groups, nearest = self.readable(held), place.removesuffix("/")
        here = next((item.group for item, url in self.items if url == nearest), None)
        entry = MenuGroup.SETTINGS if here and here.is_card else here
        of_entry = groups.get(entry, []) if entry else []
        is_at, is_settings = place == nearest, entry is MenuGroup.SETTINGS
        context = {
            "entries": self.entries(held),
            "entry": entry,
            "pages": of_entry if is_at and not is_settings and len(of_entry) > 1 else [],
            "is_in_settings": is_at and is_settings and nearest != of_entry[0][1],
            "nearest": nearest,
            "new": list(self._new(held)),
        }
        return DrawnFrame(*(_draw(part, context) for part in ("menu", "tabs", "new", "dialog")))

    def _new(self, held: Held) -> Iterator[dict[str, Any]]:
        for page, label in NEW_RECORDS.items():
            needed = self._rules[page].write
            if needed is not None and are_enough(held, needed):
                yield {"label": label, "link": reverse(f"admin:{page}")}


def _draw(part: str, context: dict[str, Any]) -> SafeString:
    return render_to_string(f"backoffice/frame/{part}.html", context)


def _items(rooms: Iterable[Room]) -> Iterator[MenuItem]:
    """In the order of the rooms, in each of which lists of records come first."""
    for room in rooms:
        for kind in room.records:
            if kind.menu is not None:
                meta = kind.model._meta
                yield MenuItem(
                    kind.menu, kind.label, f"{meta.app_label}_{meta.model_name}_changelist"
                )
        yield from room.menu
