"""The pages of staff records, and of the tokens of their programs."""

from commerce.backoffice.base.pages import Room
from commerce.backoffice.staff.api_tokens import StaffTokenAdmin
from commerce.backoffice.staff.staff import StaffAdmin

ROOM = Room(records=(StaffAdmin, StaffTokenAdmin))
