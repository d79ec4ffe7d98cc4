"""`/admin/search`: one field over all records that the person may see (backoffice.md 3)."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import pgettext

from commerce.backoffice.base.access import may
from commerce.backoffice.base.context import site_of, staff_page
from commerce.backoffice.base.pages import Access, Page, PageRule, Room
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.found_acts import SIGN, find_acts
from commerce.backoffice.found_keys import FoundGroup, exact_number, find_by_keys, titled_exactly
from commerce.kit.text import storable_text

SHOWN_OF_A_KIND = 10
MAX_SEARCH_LENGTH = 100
LEAST_WHILE_TYPING = 2


def search(request: HttpRequest) -> HttpResponse:
    """What is found by search keys, by client, and of each kind of record; ``part=list`` is what shows while typing. An
    exact number opens. Behind ``>`` stands what is to be done.
    """
    text = storable_text(request.GET.get("q", "")).strip()[:MAX_SEARCH_LENGTH]
    if request.GET.get("part") == "list":
        groups = _groups(request, text) if len(text) >= LEAST_WHILE_TYPING or text == SIGN else []
        shown = {"groups": groups, "searched": text, "exact": titled_exactly(groups, text)}
        return render(request, "backoffice/search_list.html", shown)
    if text and (url := exact_number(request, text)):
        return HttpResponseRedirect(url)
    is_act = SIGN in text
    kinds = [one for one in site_of(request).record_admins if one.found_by_search and not is_act]
    found = [
        _found(request, one, text) for one in kinds if text and may(request, one.view_permission)
    ]
    context = {
        "title": pgettext("page", "Search"),
        "searched": text,
        "groups": _groups(request, text) if text else [],
        "found": [one for one in found if one["rows"]],
    }
    return staff_page(request, "backoffice/search.html", context)


def _groups(request: HttpRequest, text: str) -> list[FoundGroup]:
    if SIGN in text:
        return find_acts(request, text, request.GET.get("client", ""))
    return find_by_keys(request, text)


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


ROOM = Room(
    pages=(Page("search", search, "search", PageRule(Access.ANY_STAFF), from_replica=True),)
)
