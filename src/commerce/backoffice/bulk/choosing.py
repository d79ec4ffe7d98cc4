"""`/admin/bulk-actions/choose`: the ticked rows of a list, or all that its filter finds, for an act."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from commerce.accounts.bulk_actions.actions import choose_records, queue_bulk_action
from commerce.accounts.bulk_actions.rules import MAX_RECORDS
from commerce.backoffice.base.access import may, missing_permission, signed_in_staff, staff_context
from commerce.backoffice.base.actions import action_for_many
from commerce.backoffice.base.context import site_of
from commerce.backoffice.bulk.engine import BulkRun
from commerce.backoffice.lists.chosen import list_named, query_of_form
from commerce.backoffice.lists.filters import is_record_number
from commerce.kit.errors import BusinessError, PermissionDenied
from commerce.portal.base.redirects import see_other

CHECKED_AT_ONCE = 1000
"""More than a person waits for is checked by a job."""


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep what was chosen, see to how many of them it can be done, and show that."""
    admin = list_named(request, request.POST.get("list", ""))
    action = action_for_many(admin, request.POST.get("act", ""))
    if action is None:
        raise Http404
    if not may(request, action.permission):
        raise PermissionDenied(missing_permission(request, action.permission))
    query = query_of_form(request)
    is_all = "all" in request.POST
    back = f"{admin.list_url()}?{query.urlencode()}".rstrip("?")
    try:
        bulk = choose_records(
            staff=signed_in_staff(request),
            list_name=admin.slug,
            query=query.urlencode() if is_all else "",
            act_key=action.act_key,
            records=_found(admin, request) if is_all else _ticked(admin, request),
            ctx=staff_context(request),
        )
    except (IncorrectLookupParameters, DisallowedModelAdminLookup):
        return see_other(admin.list_url())
    except BusinessError as refused:
        messages.error(request, refused.staff_text)
        return see_other(back)
    if bulk.items.count() <= CHECKED_AT_ONCE:
        BulkRun(bulk, site_of(request)).check()
        return see_other(reverse("admin:accounts_bulkaction_start", args=[bulk.pk]))
    queue_bulk_action(bulk, "check", bulk.created_at)
    return see_other(reverse("admin:accounts_bulkaction_change", args=[bulk.pk]))


def _found(admin: Any, request: HttpRequest) -> list[tuple[int, int | None]]:
    """All that the list's filter and search find, in its order."""
    request.GET = query_of_form(request)  # type: ignore[assignment]
    rows = admin.get_changelist_instance(request).get_queryset(request)
    return _keys(admin, rows[: MAX_RECORDS + 1])


def _ticked(admin: Any, request: HttpRequest) -> list[tuple[int, int | None]]:
    """The rows that were ticked, as far as the person sees them."""
    ticked = [int(one) for one in request.POST.getlist("row") if is_record_number(one)]
    rows = admin.get_queryset(request).filter(pk__in=ticked[: MAX_RECORDS + 1])
    return _keys(admin, rows.order_by(*admin.get_ordering(request)))


def _keys(admin: Any, rows: Any) -> list[tuple[int, int | None]]:
    """Keys of records, each once, with those of the clients whose they are."""
    client = next((one for one in ("client_id", "pk") if _names_client(admin.model, one)), "")
    keys: Iterable[Any] = rows.values_list("pk", *filter(None, [client]))
    return list(dict.fromkeys((row[0], row[1] if client else None) for row in keys))


def _names_client(model: Any, column: str) -> bool:
    if column == "pk":
        return bool(model._meta.label == "accounts.Client")
    return any(getattr(one, "attname", "") == column for one in model._meta.get_fields())
