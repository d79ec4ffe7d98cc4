"""The pages of staff records, of their roles, and of the tokens of their programs."""

from commerce.backoffice.base.pages import Room
from commerce.backoffice.staff.api_tokens import StaffTokenAdmin
from commerce.backoffice.staff.machine_accounts import MachineAccountAdmin
from commerce.backoffice.staff.roles import StaffRoleAdmin
from commerce.backoffice.staff.staff import StaffAdmin

ROOM = Room(records=(StaffAdmin, StaffRoleAdmin, MachineAccountAdmin, StaffTokenAdmin))
