"""The job that makes a long list into a file. It loads the staff area only when it runs."""

from functools import partial

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.urls import get_urlconf, set_urlconf
from django.utils import translation

from commerce.accounts.list_exports.actions import MAKE_LIST_EXPORT, finish_list_export
from commerce.accounts.locale import effective_language
from commerce.accounts.models import ListExport
from commerce.jobs.handlers import JobEffect, JobRun, Obsolete, job_handler
from commerce.jobs.rules import JobPriority

STAFF_URLS = "commerce.config.staff_urls"


@job_handler(MAKE_LIST_EXPORT, priority=JobPriority.BULK)
def make_list_export(run: JobRun) -> JobEffect:
    """Make the file as its person would see the list now; of one who may not see it any more there is none."""
    found = ListExport.objects.select_related("staff__user", "staff__role").defer("content")
    export = found.filter(pk=run.subject_id).first()
    if export is None or not (export.staff.is_active and export.staff.person.is_active):
        raise Obsolete("Nobody waits for it.")
    return partial(finish_list_export, export=export, content=_content(export), at=run.at)


def _content(export: ListExport) -> bytes:
    from commerce.backoffice.base.access import are_enough
    from commerce.backoffice.base.records import RecordAdmin
    from commerce.backoffice.lists.export import list_file
    from commerce.backoffice.site import staff_site

    admins = (one for one in staff_site._registry.values() if isinstance(one, RecordAdmin))
    admin = next((one for one in admins if one.slug == export.list_name), None)
    if admin is None or not are_enough(export.staff.all_permissions, admin.view_permission):
        raise Obsolete("The list is not theirs to see.")
    request = HttpRequest()
    request.method, request.path = "GET", f"/admin/{admin.slug}.csv"
    request.META["HTTP_HOST"] = settings.COMMERCE_URL.partition("//")[2]
    request.GET, request.user = QueryDict(export.query), export.staff.person
    former = get_urlconf()
    set_urlconf(STAFF_URLS)
    try:
        with translation.override(effective_language(export.staff.person.locale)):
            return list_file(admin, request)
    finally:
        set_urlconf(former)
