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


class MenuGroup(Enum):
    """The parts of the menu, in its order."""

    OVERVIEW = _("Overview")
    CLIENTS = _("Clients")
    SALES = _("Sales")
    BILLING = _("Billing")
    CATALOG = _("Catalog")
    DOMAINS = _("Domains")
    CONTENT = _("Content")
    SYSTEM = pgettext_lazy("menu", "System")
    SETTINGS = _("Settings")


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of the menu; shown to whoever may read its page. ``icon`` is a name of Material Symbols."""

    group: MenuGroup
    label: Text
    page: str
    """The URL name without ``admin:``."""
    icon: str


@dataclass(frozen=True, slots=True)
class Room:
    """A part of the staff area: its records (subclasses of ``RecordAdmin``), its other pages, its menu besides those
    that its records say.
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
