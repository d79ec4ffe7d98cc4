"""The pages of reports."""

from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.pages import MenuGroup, MenuItem, Page, PageRule, Room
from commerce.backoffice.reports.months import MONTH_PAGES, BooksMonthAdmin
from commerce.backoffice.reports.views import report, report_csv, reports

_RULE = PageRule(StaffPermission.REPORTS_VIEW)

ROOM = Room(
    records=(BooksMonthAdmin,),
    pages=(
        Page("reports", reports, "reports", _RULE),
        Page("reports/<slug:name>.csv", report_csv, "report_csv", _RULE, from_replica=True),
        Page("reports/<slug:name>", report, "report", _RULE, from_replica=True),
        *MONTH_PAGES,
    ),
    menu=(MenuItem(MenuGroup.REPORTS, _("Reports"), "reports"),),
)
