"""Which columns a list shows: those of its address, else those that the person chose, else its own."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from commerce.accounts.staff_lists.actions import MAX_COLUMNS, choose_columns
from commerce.backoffice.base.access import may, signed_in_staff, staff_context
from commerce.backoffice.base.context import site_of
from commerce.backoffice.lists.columns import Column, columns_of, is_shown
from commerce.backoffice.lists.order import is_column_of
from commerce.portal.base.redirects import see_other
from commerce.portal.base.sign_in.staff import staff_of

COLUMNS_VAR = "columns"
"""``?columns=number,client,total``."""


def all_columns(admin: Any) -> tuple[Column, ...]:
    """Those of a list, and each other field of its records that costs no query of its own."""
    listed: Sequence[Column] = admin.list_display
    if admin.described_by is None:
        return tuple(listed)
    taken = {one.name for one in listed} | {str(one.short_description) for one in listed}
    others = [
        one.name
        for one in admin.described_by.fields
        if one.label
        and taken.isdisjoint({one.name, str(one.label)})
        and is_column_of(admin.model, one.source or one.name)
    ]
    return (*listed, *columns_of(admin.described_by, " ".join(others)))


def shown_columns(admin: Any, request: HttpRequest) -> list[Column]:
    """The columns of a list as this request has it, in the order that was chosen."""
    asked = request.GET.get(COLUMNS_VAR, "").split(",")
    staff = staff_of(request)
    chosen = staff.list_columns.get(admin.slug, []) if staff else []
    return (
        _named(admin, request, asked)
        or _named(admin, request, chosen)
        or [one for one in admin.list_display if is_shown(request, one)]
    )


def _named(admin: Any, request: HttpRequest, names: Iterable[str]) -> list[Column]:
    """Those of these names that the person may see; none of names that nothing has."""
    wanted = list(dict.fromkeys(filter(None, names)))[:MAX_COLUMNS]
    if not wanted:
        return []
    known = {one.name: one for one in admin.known_columns if is_shown(request, one)}
    return [known[name] for name in wanted if name in known]


def list_named(request: HttpRequest, name: str) -> Any:
    """The list of this name, if the person may see it; 404 otherwise."""
    found = next((one for one in site_of(request).record_admins if one.slug == name), None)
    if found is None or not may(request, found.view_permission):
        raise Http404
    return found


def query_of_form(request: HttpRequest) -> QueryDict:
    """What narrows and sorts the list that a form was sent from; the form may be as long as an address."""
    return QueryDict(request.POST.get("query", ""), mutable=True)


@require_POST
def list_columns(request: HttpRequest) -> HttpResponse:
    """`/admin/list-columns`: keep which columns a list shows this person."""
    admin = list_named(request, request.POST.get("list", ""))
    known = {one.name for one in admin.known_columns if is_shown(request, one)}
    names = [name for name in request.POST.getlist("column") if name in known]
    choose_columns(
        staff=signed_in_staff(request),
        list_name=admin.slug,
        columns=[] if "usual" in request.POST else names,
        ctx=staff_context(request),
    )
    messages.success(request, _("Columns saved."))
    query = query_of_form(request)
    query.pop(COLUMNS_VAR, None)
    return see_other(f"{admin.list_url()}?{query.urlencode()}".rstrip("?"))
