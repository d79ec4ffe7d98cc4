"""Saved views: tabs above a list, with how many rows each has now; saved, renamed and deleted by forms of the list.

A view is an address of its list and nothing more: whoever opens it sees what they may see there.
"""

import time
from collections.abc import Iterator
from copy import copy
from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from commerce.accounts.models import SavedView
from commerce.accounts.staff_lists.actions import (
    SHARING,
    delete_view,
    may_change_view,
    rename_view,
    save_view,
)
from commerce.backoffice.base.access import may, signed_in_staff, staff_context
from commerce.backoffice.lists.chosen import COLUMNS_VAR, list_named, query_of_form
from commerce.backoffice.lists.paging import COUNTED_ROWS, PER_PAGE_VAR
from commerce.kit.errors import BusinessError, PermissionDenied
from commerce.portal.base.redirects import see_other
from commerce.presentation.formats import count_text

SHOWN_VIEWS = 40
COUNTING_SECONDS = 1
"""After so long no further view is counted."""
_NOT_KEPT = ("q", "p", "e", PER_PAGE_VAR, "_changelist_filters")
"""Of an address: words that were searched for, which may name somebody, and where one was in the list."""


class ViewTab(NamedTuple):
    """A saved view above its list."""

    view: SavedView
    url: str
    is_here: bool
    may_change: bool


def plain_query(query: QueryDict) -> str:
    """What a view keeps of an address, always in the same order."""
    kept = sorted((name, values) for name, values in query.lists() if name not in _NOT_KEPT)
    plain = QueryDict(mutable=True)
    for name, values in kept:
        plain.setlist(name, values)
    return plain.urlencode(safe=",")


def view_tabs(request: HttpRequest, admin: Any) -> Iterator[ViewTab]:
    """The views of a list that the person has, by name."""
    staff, here = signed_in_staff(request), plain_query(request.GET)
    for view in _views_of(request, admin):
        url = f"{admin.list_url()}?{view.query}"
        yield ViewTab(view, url, view.query == here, may_change_view(view, staff))


def _views_of(request: HttpRequest, admin: Any) -> Any:
    views = SavedView.objects.seen_by(signed_in_staff(request)).filter(list_name=admin.slug)
    return views.order_by("name", "pk")[:SHOWN_VIEWS]


def may_share(request: HttpRequest) -> bool:
    """Whether the person saves views for all staff."""
    return may(request, SHARING)


@require_POST
def saved_views(request: HttpRequest) -> HttpResponse:
    """`/admin/saved-views`: save the list as it is seen, with its columns."""
    admin = list_named(request, request.POST.get("list", ""))
    query = query_of_form(request)
    if columns := request.POST.get(COLUMNS_VAR):
        query[COLUMNS_VAR] = columns
    plain = plain_query(query)
    try:
        save_view(
            staff=signed_in_staff(request),
            list_name=admin.slug,
            name=request.POST.get("name", ""),
            query=plain,
            is_shared="shared" in request.POST,
            ctx=staff_context(request),
        )
    except PermissionDenied:
        raise
    except BusinessError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("View saved."))
    return see_other(f"{admin.list_url()}?{plain}")


@require_POST
def saved_view(request: HttpRequest, pk: int) -> HttpResponse:
    """`/admin/saved-views/ID`: another name, or away with it."""
    staff, ctx = signed_in_staff(request), staff_context(request)
    view = get_object_or_404(SavedView.objects.seen_by(staff), pk=pk)
    admin = list_named(request, view.list_name)
    try:
        if "delete" in request.POST:
            delete_view(view=view, staff=staff, ctx=ctx)
            messages.success(request, _("View deleted."))
            return see_other(admin.list_url())
        rename_view(view=view, staff=staff, name=request.POST.get("name", ""), ctx=ctx)
    except PermissionDenied:
        raise
    except BusinessError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("View renamed."))
    return see_other(f"{admin.list_url()}?{view.query}")


@require_safe
def view_counts(request: HttpRequest) -> HttpResponse:
    """`/admin/saved-views/counts?list=invoices`: how many rows each view has for this person, for the list's script.
    Of one that means nothing any more, or that there was no time for, there is none.
    """
    admin = list_named(request, request.GET.get("list", ""))
    began, found = time.monotonic(), {}
    for view in _views_of(request, admin):
        if time.monotonic() - began > COUNTING_SECONDS:
            break
        if (text := _count_text(request, admin, view)) is not None:
            found[str(view.pk)] = text
    return JsonResponse(found)


def _count_text(request: HttpRequest, admin: Any, view: SavedView) -> str | None:
    asked = copy(request)
    asked.GET = QueryDict(view.query)
    try:
        rows = admin.get_changelist_instance(asked)
    except (IncorrectLookupParameters, DisallowedModelAdminLookup):
        return None
    if rows.paginator.is_capped:
        return f"{count_text(COUNTED_ROWS)}+"
    return count_text(rows.result_count)
