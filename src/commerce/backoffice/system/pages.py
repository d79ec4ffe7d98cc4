"""The pages of the system: runs, checks, jobs, servers, emails and what they say."""

from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.pages import MenuGroup, MenuItem, Page, PageRule, Room
from commerce.backoffice.system import checks, job_activity, mail_templates, runs
from commerce.backoffice.system.jobs import JobAdmin
from commerce.backoffice.system.mails import MailAdmin
from commerce.backoffice.system.server_calls import ProvisioningCallAdmin, RemoteCallAdmin
from commerce.backoffice.system.server_groups import ServerGroupAdmin
from commerce.backoffice.system.servers import ServerAdmin

_VIEW, _MANAGE = StaffPermission.SETTINGS_VIEW, StaffPermission.SETTINGS_MANAGE
_RUNS = StaffPermission.RUNS_VIEW

ROOM = Room(
    records=(
        runs.RunAdmin,
        ServerAdmin,
        ServerGroupAdmin,
        JobAdmin,
        ProvisioningCallAdmin,
        RemoteCallAdmin,
        MailAdmin,
    ),
    pages=(
        Page("runs/dry-run", runs.dry_run_page, "dry_run", PageRule(_RUNS, _RUNS)),
        Page(
            "jobs/activity",
            job_activity.job_activity,
            "job_activity",
            PageRule(StaffPermission.SERVICES_VIEW),
        ),
        Page("checks", checks.check_list, "checks", PageRule(_VIEW, _MANAGE)),
        Page("mail-templates", mail_templates.template_list, "mail_templates", PageRule(_VIEW)),
        Page(
            "mail-templates/<str:event>/<slug:locale>",
            mail_templates.template_page,
            "mail_template",
            PageRule(_VIEW, _MANAGE),
        ),
        Page(
            "mail-templates/<str:event>/<slug:locale>/preview",
            mail_templates.template_preview,
            "mail_template_preview",
            PageRule(_VIEW, _VIEW),
        ),
    ),
    menu=(
        MenuItem(MenuGroup.SYSTEM, _("Checks"), "checks"),
        MenuItem(MenuGroup.CONTENT, _("Email templates"), "mail_templates"),
    ),
)
