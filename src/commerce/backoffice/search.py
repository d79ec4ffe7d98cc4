"""`/admin/search`: one field over all records that the person may see (backoffice.md 3)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from commerce.backoffice.base.access import may
from commerce.backoffice.base.context import site_of, staff_page
from commerce.backoffice.base.pages import Access, Page, PageRule, Room
from commerce.backoffice.base.records import RecordAdmin

SHOWN_OF_A_KIND = 10
MAX_SEARCH_LENGTH = 100


def search(request: HttpRequest) -> HttpResponse:
    """What is found of each kind of record, by number, name or email."""
    text = request.GET.get("q", "").strip()[:MAX_SEARCH_LENGTH]
    kinds = [one for one in site_of(request).record_admins if one.found_by_search]
    found = [
        _found(request, one, text) for one in kinds if text and may(request, one.view_permission)
    ]
    context = {
        "title": _("Search"),
        "searched": text,
        "found": [one for one in found if one["rows"]],
    }
    return staff_page(request, "backoffice/search.html", context)


def _found(request: HttpRequest, kind: RecordAdmin, text: str) -> dict[str, Any]:
    rows = list(kind.global_search(request, text)[: SHOWN_OF_A_KIND + 1])
    columns = kind.get_list_display(request)[:4]
    return {
        "title": kind.label,
        "heads": [one.short_description for one in columns],
        "rows": [
            {"url": kind.record_url(row), "values": [one(row) for one in columns]}
            for row in rows[:SHOWN_OF_A_KIND]
        ],
        "has_more": len(rows) > SHOWN_OF_A_KIND,
        "all_url": f"{kind.list_url()}?q={text}",
    }


ROOM = Room(pages=(Page("search", search, "search", PageRule(Access.ANY_STAFF)),))
