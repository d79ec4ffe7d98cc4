"""The rooms of the staff area: the only list of them. Each is a ``ROOM`` of the room's own ``pages.py``."""

from commerce.backoffice import dashboard, search
from commerce.backoffice.people.pages import ROOM as PEOPLE
from commerce.backoffice.sales.pages import ROOM as SALES
from commerce.backoffice.sign_in.pages import ROOM as SIGN_IN
from commerce.backoffice.staff.pages import ROOM as STAFF

ROOMS = (
    dashboard.ROOM,
    search.ROOM,
    SIGN_IN,
    PEOPLE,
    SALES,
    STAFF,
)
