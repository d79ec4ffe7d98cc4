"""The staff area of this installation."""

from commerce.backoffice.base.site import StaffSite
from commerce.backoffice.rooms import ROOMS

staff_site = StaffSite(ROOMS)
