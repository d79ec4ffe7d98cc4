"""The pages of staff records."""

from commerce.backoffice.base.pages import Room
from commerce.backoffice.staff.staff import StaffAdmin

ROOM = Room(records=(StaffAdmin,))
