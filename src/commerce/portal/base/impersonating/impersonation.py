"""Staff in a client's portal: a client session that begins in the staff area: it can do less than an owner.

It names the staff session that it began in, and lasts as long as that one does, 60 minutes at most. While it lasts,
the staff session opens nothing (backoffice.md 4, portal.md 6).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from commerce.accounts.impersonation.actions import IMPERSONATING_KEY, IMPERSONATION_KEY
from commerce.accounts.models import Client, Membership, Staff
from commerce.accounts.rules import MemberRole
from commerce.accounts.session_store import SessionStore
from commerce.accounts.staff_rules import StaffPermission
from commerce.kit import clock, json_log
from commerce.kit.context import Actor
from commerce.portal.base.sign_in.areas import STAFF_SESSION_KEY
from commerce.portal.base.sign_in.session_clock import SESSION_SEEN_KEY, session_is_over
from commerce.portal.base.sign_in.staff import is_from_staff_network

_ATTRIBUTE = "_commerce_impersonation"

CHANGES_OF_STAFF = {
    "services.manage": StaffPermission.SERVICES_MANAGE,
    "domains.manage": StaffPermission.DOMAINS_MANAGE,
}
"""The rights of an owner by which staff may change something for a client, and the permission that it takes."""

CLOSED_RIGHTS = frozenset({"data.export"})
"""Rights whose pages are closed altogether."""


@dataclass(frozen=True, slots=True)
class Impersonation:
    """A staff person who acts for a client until ``ends_at``."""

    staff: Staff
    client: Client
    staff_session_key: str
    ends_at: datetime

    @property
    def membership(self) -> Membership:
        """What the pages read as an owner's; there is no such row."""
        return Membership(user=self.staff.person, client=self.client, role=MemberRole.OWNER)

    def actor(self, address: str | None) -> Actor:
        """The staff person, for the client."""
        request_id = json_log.current_request_id.get()
        name = str(self.staff)
        return Actor("staff", self.staff.pk, name, address, request_id, self.client.pk)

    def may_change(self, right: str | None) -> bool:
        """Whether a change that takes an owner's ``right`` may be made in this session."""
        permission = CHANGES_OF_STAFF.get(right or "")
        return permission is not None and self.staff.may(permission)


def impersonation_of(request: HttpRequest) -> Impersonation | None:
    """Who acts for which client in this request; the middleware has looked."""
    return cast(Impersonation | None, getattr(request, _ATTRIBUTE, None))


def set_impersonation(request: HttpRequest, found: Impersonation) -> None:
    """Let the request be one of staff for a client."""
    setattr(request, _ATTRIBUTE, found)
    request.user = found.staff.person


def live_impersonation(request: HttpRequest) -> Impersonation | None:
    """What a session in the client area may still be used for; None when its time or its staff session is over.

    The staff session has the limits that it always has; whoever is busy for the client is not idle there. Both take a
    network of the staff.
    """
    session = request.session
    kept = session.get(IMPERSONATION_KEY)
    if not kept or clock.now().timestamp() >= kept["ends"] or not is_from_staff_network(request):
        return None
    own = SessionStore(session_key=kept["staff_session"])
    if not _is_of(own, session):
        return None
    staff = Staff.objects.active().select_related("user").filter(pk=kept["staff"]).first()
    client = Client.objects.for_client(kept["client"]).first()
    if staff is None or client is None or not staff.may(StaffPermission.CLIENTS_IMPERSONATE):
        return None
    if str(own.get("_auth_user_id")) != str(staff.user_id):
        return None
    ends_at = datetime.fromtimestamp(kept["ends"], UTC)
    return Impersonation(staff, client, kept["staff_session"], ends_at)


def _is_of(own: SessionBase, session: SessionBase) -> bool:
    """Whether a staff session lives, and is the one whose person acts in ``session``."""
    return (
        bool(own.get(STAFF_SESSION_KEY))
        and (own.get(IMPERSONATING_KEY) or {}).get("session") == session.session_key
        and not session_is_over(own, seen_elsewhere=session.get(SESSION_SEEN_KEY, 0))
    )


def is_impersonating(session: SessionBase) -> bool:
    """Whether a staff session is out of use for now, since its person acts for a client."""
    kept = session.get(IMPERSONATING_KEY)
    return kept is not None and clock.now().timestamp() < int(kept["ends"])
