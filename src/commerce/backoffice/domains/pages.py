"""The pages about domain names: domains, DNS zones, and what registrars charge."""

from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.pages import MenuGroup, MenuItem, Page, PageRule, Room
from commerce.backoffice.domains.domains import DomainAdmin
from commerce.backoffice.domains.registrar_comparison import at_registrar
from commerce.backoffice.domains.registrar_domains import registrar_domains
from commerce.backoffice.domains.registrar_prices import (
    refresh_registrar_prices,
    registrar_prices,
    registrar_prices_csv,
)
from commerce.backoffice.domains.zones import ZONE_PAGES, ZoneAdmin

_PRICES = PageRule(StaffPermission.PRODUCTS_VIEW)

ROOM = Room(
    records=(DomainAdmin, ZoneAdmin),
    pages=(
        Page(
            "domains/<int:pk>/registrar",
            at_registrar,
            "domain_at_registrar",
            PageRule(StaffPermission.DOMAINS_VIEW),
        ),
        Page(
            "registrars/<slug:slug>/domains",
            registrar_domains,
            "registrar_domains",
            PageRule(StaffPermission.DOMAINS_VIEW, StaffPermission.DOMAINS_MANAGE),
        ),
        *ZONE_PAGES,
        Page("registrar-prices", registrar_prices, "registrar_prices", _PRICES),
        Page("registrar-prices.csv", registrar_prices_csv, "registrar_prices_csv", _PRICES),
        Page(
            "registrar-prices/refresh",
            refresh_registrar_prices,
            "registrar_prices_refresh",
            PageRule(StaffPermission.PRODUCTS_VIEW, StaffPermission.PRODUCTS_MANAGE),
        ),
    ),
    menu=(MenuItem(MenuGroup.DOMAINS, _("Registrar prices"), "registrar_prices"),),
)
"""Domains, zones and registrar prices."""
