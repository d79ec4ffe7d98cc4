"""What a page of the staff area is: its address, who may read it, who may send its form, and where the menu shows it.

Each room says its pages in its own ``pages.py``; ``backoffice.permissions`` joins them to the one table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce.accounts.staff_rules import StaffPermission

type Text = str | Promise


class Access(Enum):
    """Pages that need no permission of their own."""

    PUBLIC = "public"
    """Also without a session: the sign-in pages."""
    ANY_STAFF = "any staff"
    """Whoever is signed in to the staff area."""


type Needed = StaffPermission | tuple[StaffPermission, ...] | frozenset[StaffPermission] | Access
"""One permission, all of several, any of several, or none."""


def permissions_of(needed: Needed | None) -> list[StaffPermission]:
    """Those that something needs, all of them or, of a set, any; none where whoever is staff may."""
    match needed:
        case None | Access():
            return []
        case StaffPermission():
            return [needed]
        case frozenset():
            return [one for one in StaffPermission if one in needed]
        case _:
            return list(needed)


@dataclass(frozen=True, slots=True)
class PageRule:
    """What reading a page needs, and what sending its form needs; without ``write`` it takes no form."""

    read: Needed
    write: Needed | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page with a view of its own: ``/admin/<route>``, with the URL name ``admin:<name>``."""

    route: str
    view: Callable[..., Any]
    name: str
    rule: PageRule
    from_replica: bool = False
    """Whether it is read from a replica where there is one: a report, a search."""


class MenuGroup(Enum):
    """The entries of the menu, in their order; behind them the cards of its last one, Settings.

    An entry leads to the first of its pages that the person may read; the others are tabs of it.
    """

    HOME = pgettext_lazy("menu", "Home"), "home", "h"
    CLIENTS = _("Clients"), "group", "c"
    ORDERS = _("Orders"), "shopping_cart", "o"
    SERVICES = _("Services"), "dns", "s"
    DOMAINS = _("Domains"), "language", "d"
    BILLING = _("Billing"), "receipt_long", "i"
    CATALOG = _("Catalog"), "inventory_2", "p"
    REPORTS = _("Reports"), "monitoring", "r"
    SETTINGS = _("Settings"), "settings", "t"
    STAFF = _("Staff and access"), "", ""
    CONTENT = _("Content"), "", ""
    PROGRAMS = _("API and webhooks"), "", ""
    SYSTEM = pgettext_lazy("menu", "System"), "", ""

    def __init__(self, label: Text, icon: str, go_key: str) -> None:
        self.label = label
        self.icon = icon
        """A name of Material Symbols."""
        self.go_key = go_key
        """Pressed after ``g``, it leads there."""

    @property
    def is_card(self) -> bool:
        """Whether its pages stand on a card of Settings, and not in the menu."""
        return not self.icon


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A page that the menu leads to, as a tab or on a card; shown to whoever may read it."""

    group: MenuGroup
    label: Text
    page: str
    """The URL name without ``admin:``."""


@dataclass(frozen=True, slots=True)
class Room:
    """A part of the staff area: its records (subclasses of ``RecordAdmin``), its other pages, and those of them that
    the menu leads to besides the lists of records.
    """

    records: tuple[Any, ...] = ()
    pages: tuple[Page, ...] = ()
    menu: tuple[MenuItem, ...] = ()


def page_of(record: Model) -> str:
    """The page of a record."""
    meta = record._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])


def list_of(model: type[Model]) -> str:
    """The list of a model's records."""
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
