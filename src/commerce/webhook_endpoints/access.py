"""What an endpoint may be told: what its maker may see, through the token that made it, as both are now."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import Q

from commerce.accounts.models import SCOPES, ApiOperation, Membership, Staff
from commerce.accounts.rules import ClientStatus, TokenStatus, rights_of
from commerce.accounts.staff_rules import StaffPermission
from commerce.events.client_event_types import CLIENT_EVENT_KINDS, OPERATION
from commerce.events.client_feed import is_in_scope
from commerce.events.models import ClientEvent
from commerce.kit.context import Context
from commerce.webhook_endpoints.models import WebhookEndpoint

ENDPOINTS_RIGHT = "tokens.manage"
"""Of members: an endpoint is a way out for data, as a token is."""

COMPANY_PERMISSION = StaffPermission.SETTINGS_MANAGE
"""Of staff who manage endpoints of the company."""


def may_tell(endpoint: WebhookEndpoint, permission: str) -> bool:
    """Whether the maker of an endpoint of the company has a permission now; take it with ``maker__staff__role``."""
    staff: Staff | None = getattr(endpoint.maker, "staff", None)
    return bool(staff and staff.is_active and endpoint.maker.is_active and staff.may(permission))


def scopes_seen_by(endpoint: WebhookEndpoint, at: datetime) -> frozenset[str] | None:
    """The scopes whose events it is told of; None if whom it belongs to has no such endpoint any more.

    Take the endpoint with its ``client`` and ``token``.
    """
    if endpoint.client is None:
        return frozenset() if may_tell(endpoint, COMPANY_PERMISSION) else None
    member = Membership.objects.filter(
        client=endpoint.client_id, user=endpoint.maker_id, user__is_active=True
    ).first()
    if member is None or endpoint.client.status == ClientStatus.CLOSED:
        return None
    held = rights_of(member.role, member.rights)
    if ENDPOINTS_RIGHT not in held:
        return None
    scopes = frozenset(scope for scope, right in SCOPES.items() if right in held)
    token = endpoint.token
    if token is None:
        return scopes
    is_over = token.expires_on is not None and token.expires_on < at.astimezone(UTC).date()
    if token.status != TokenStatus.LIVE or is_over:
        return None
    return scopes.intersection(token.scopes)


def right_missing_for_secret(endpoint: WebhookEndpoint, ctx: Context) -> str:
    """A right that what it is told takes and the member who acts has not: who has its secret can tell its receiver
    whatever they like, and so must be one who sees all that (compare ``right_missing_for_token``).
    """
    if ctx.actor.member_id is None:
        return ""
    members = Membership.objects.filter(client=endpoint.client_id, user=ctx.actor.member_id)
    held = frozenset[str]().union(*(rights_of(one.role, one.rights) for one in members))
    scopes = scopes_seen_by(endpoint, ctx.at) or ()
    return next((SCOPES[one] for one in sorted(scopes) if SCOPES[one] not in held), "")


def events_told(
    endpoint: WebhookEndpoint, scopes: frozenset[str], events: Iterable[ClientEvent]
) -> list[ClientEvent]:
    """Those of these events that it is told of. Of an operation it is told if its token began it, or if the person who
    made it sees what the operation is about; one of the company, if its maker may see such.
    """
    if endpoint.client_id is None:
        return [
            one
            for one in events
            if may_tell(endpoint, CLIENT_EVENT_KINDS[one.resource_kind].permission)
        ]
    seen = [one for one in events if is_in_scope(one, scopes)]
    begun = {one.resource_id for one in seen if one.resource_kind == OPERATION}
    if not begun:
        return seen
    kinds = [kind for kind, one in CLIENT_EVENT_KINDS.items() if one.scope in scopes]
    own = Q(record_kind__in=kinds) if endpoint.token_id is None else Q(token=endpoint.token_id)
    told = set(ApiOperation.objects.filter(own, pk__in=begun).values_list("pk", flat=True))
    return [one for one in seen if one.resource_kind != OPERATION or one.resource_id in told]
