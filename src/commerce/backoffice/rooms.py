"""The rooms of the staff area: the only list of them. Each is a ``ROOM`` of the room's own ``pages.py``."""

from commerce.backoffice import search
from commerce.backoffice.api.pages import ROOM as API
from commerce.backoffice.audit.pages import ROOM as AUDIT
from commerce.backoffice.bulk.pages import ROOM as BULK
from commerce.backoffice.catalog.pages import ROOM as CATALOG
from commerce.backoffice.content.pages import ROOM as CONTENT
from commerce.backoffice.dashboard.pages import ROOM as DASHBOARD
from commerce.backoffice.domains.pages import ROOM as DOMAINS
from commerce.backoffice.frame.shortcuts import ROOM as SHORTCUTS
from commerce.backoffice.lists.pages import ROOM as LISTS
from commerce.backoffice.money.pages import ROOM as MONEY
from commerce.backoffice.people.pages import ROOM as PEOPLE
from commerce.backoffice.reports.pages import ROOM as REPORTS
from commerce.backoffice.sales.pages import ROOM as SALES
from commerce.backoffice.settings.pages import ROOM as SETTINGS
from commerce.backoffice.sign_in.pages import ROOM as SIGN_IN
from commerce.backoffice.staff.pages import ROOM as STAFF
from commerce.backoffice.system.pages import ROOM as SYSTEM

ROOMS = (
    DASHBOARD,
    search.ROOM,
    REPORTS,
    SIGN_IN,
    SHORTCUTS,
    SETTINGS,
    PEOPLE,
    SALES,
    MONEY,
    DOMAINS,
    CATALOG,
    CONTENT,
    SYSTEM,
    STAFF,
    API,
    AUDIT,
    LISTS,
    BULK,
)
"""In the order in which the menu has their pages: the first of an entry is where it leads."""
