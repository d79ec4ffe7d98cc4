"""`/client/activity`: the audit log of a client in plain words: who did what, when and from where (accounts.md 8)."""

import io
from collections.abc import Sequence
from dataclasses import replace
from itertools import batched, chain

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe

from commerce.kit import clock
from commerce.kit.text import write_csv
from commerce.portal.account import history
from commerce.portal.base.access import ClientRequest, client_page
from commerce.portal.base.limits.work_limits import makes_a_file
from commerce.portal.base.listing import ListDefinition
from commerce.presentation.formats import machine_instant
from commerce.site_settings.current import business_date

AT_ONCE = 1000
"""Entries that are described together."""

CSV_HEADER = ("date", "activity", "name", "changes", "done_by", "ip_address")


def _found(query: str) -> Q:
    """What it was done to, or which member did it: the names of our people are nobody's to find."""
    by_member = Q(actor_kind="member", actor_name__icontains=query)
    return Q(record_name__icontains=query) | by_member


ACTIVITY_LIST = ListDefinition(
    kind="activity",
    statuses=(),
    column="kind",
    search_words=_lazy("Search name or member"),
    search_filter=_found,
)


@require_safe
@client_page("profile.view")
def activity(request: ClientRequest) -> HttpResponse:
    """What the member has the right to read of, newest first, by what it is about."""
    acting = request.acting
    listed = replace(ACTIVITY_LIST, statuses=history.kinds_shown(acting))
    listing = listed.page_for(request, history.history_of(acting))
    context = {"listing": listing, "history": history.describe_entries(acting, listing.items)}
    return render(request, "portal/account/activity.html", context, status=listing.http_status)


@require_safe
@client_page("profile.view")
@makes_a_file
def activity_csv(request: ClientRequest) -> HttpResponse:
    """`/client/activity.csv`: all that the member has the right to read of, for spreadsheets."""
    acting = request.acting
    text = io.StringIO(newline="")
    rows = history.history_of(acting).iterator(chunk_size=AT_ONCE)
    described = (history.describe_entries(acting, some) for some in batched(rows, AT_ONCE))
    write_csv(text, CSV_HEADER, map(_cells, chain.from_iterable(described)))
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    name = f"activity-{business_date(clock.now())}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _cells(entry: history.HistoryEntry) -> Sequence[str]:
    changes = "; ".join(f"{one.field}: {one.before} → {one.after}" for one in entry.changes)
    at = machine_instant(entry.at)
    return at, str(entry.what), entry.name, changes, entry.who, entry.address
