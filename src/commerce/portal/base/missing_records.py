"""Single records: one 404 for what is missing, hidden or another client's, and an offer to switch (portal.md 1)."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render

from commerce.accounts.models import Client, Membership, User
from commerce.accounts.rules import ClientStatus, rights_of
from commerce.audit.models import AuditEntry
from commerce.portal.base.access import ClientRequest


def other_client_404(
    request: ClientRequest, scope: Callable[[Client], QuerySet[Any]], pk: int, right: str
) -> HttpResponse:
    """The page for a record that the acting client does not have.

    When it belongs to another client of this user in which they have ``right``, the page offers to switch to that one.
    Otherwise raises ``Http404``, whatever the reason.
    """
    for one in Membership.objects.for_user(request.user):
        if (
            one.client_id != request.acting.client.pk
            and one.client.status != ClientStatus.CLOSED
            and right in rights_of(one.role, one.rights)
            and scope(one.client).filter(pk=pk).exists()
        ):
            context = {"client": one.client, "next": request.get_full_path()}
            return render(request, "portal/base/other_client.html", context, status=404)
    raise Http404


def was_already_done(user: User, action: str, **what: int) -> bool:
    """Whether a user's own record is missing because it was ended: then the same form was only sent twice."""
    entries = AuditEntry.objects.filter(record_kind="user", record_id=user.pk, action=action)
    return entries.filter(**{f"before__{key}": value for key, value in what.items()}).exists()
