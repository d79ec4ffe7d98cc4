"""What an endpoint may be told: what its maker may see, through the token that made it, as both are now."""

from datetime import UTC, datetime

from commerce.accounts.models import SCOPES, Membership, Staff
from commerce.accounts.rules import ClientStatus, TokenStatus, rights_of
from commerce.accounts.staff_rules import StaffPermission
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
