"""API tokens: made, used, ended (client-api.md 3, accounts.md 7)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_network

from django.db import transaction
from django.db.models import Q

from commerce.accounts.models import SCOPES, ApiToken, Client, Membership, User
from commerce.accounts.rules import TOKEN_MOVES, rights_of
from commerce.audit.actions import record
from commerce.audit.states import move
from commerce.kit import tokens
from commerce.kit.actor import Actor
from commerce.kit.errors import NotAllowed, Refused

MOST_LIVE = 50
"""Live tokens that one client may have."""


def create_token(
    *,
    client: Client,
    maker: User,
    name: str,
    at: datetime,
    actor: Actor,
    scopes: Sequence[str] = tuple(SCOPES),
    expires_on: date | None = None,
    networks: Sequence[str] = (),
) -> tuple[ApiToken, str]:
    """A new token and its plain text, which exists nowhere else: show it once.

    An expired token of the same name is ended first. Raises ``Refused`` (a bad value, the name is in use, too many
    tokens) or ``NotAllowed`` (the maker's membership lacks ``tokens.manage``).
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= 100:
        raise Refused("Give the token a name of 1 to 100 characters.", field="name")
    if not scopes or not set(scopes) <= SCOPES.keys():
        raise Refused("Choose at least one of the scopes offered.", field="scopes")
    if expires_on is not None and expires_on < at.astimezone(UTC).date():
        raise Refused("The expiry date must not be in the past.", field="expires_on")
    allowed = [_network(text) for text in networks]
    plain = tokens.make()
    with transaction.atomic():
        Client.objects.select_for_update().get(pk=client.pk)
        member = Membership.objects.filter(client=client, user=maker, user__is_active=True).first()
        if member is None or "tokens.manage" not in rights_of(member.role, member.rights):
            raise NotAllowed("tokens.manage")
        end_expired(client=client, at=at, actor=actor)
        live = ApiToken.objects.for_client(client).live()
        if live.filter(name=name).exists():
            raise Refused("A live token has this name already.", field="name")
        if live.count() >= MOST_LIVE:
            raise Refused(f"At most {MOST_LIVE} live tokens are possible; revoke one first.")
        token = ApiToken.objects.create(
            client=client,
            maker=maker,
            name=name,
            token_hash=tokens.digest(plain),
            scopes=[scope for scope in SCOPES if scope in scopes],
            networks=allowed,
            expires_on=expires_on,
            created_at=at,
        )
        record(
            at=at,
            actor=actor,
            action="api_token.created",
            record=("apitoken", token.pk),
            name=name,
            client_id=client.pk,
            after={
                "scopes": token.scopes,
                "networks": allowed,
                "expires_on": str(expires_on or ""),
            },
        )
    return token, plain


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip()))
    except ValueError as error:
        raise Refused(
            f"{text.strip()} is not a network such as 203.0.113.0/24.", field="networks"
        ) from error


def end_expired(*, client: Client, at: datetime, actor: Actor) -> None:
    """Move live tokens whose last day has passed (UTC) to ``expired``."""
    today = at.astimezone(UTC).date()
    for token in ApiToken.objects.for_client(client).live().filter(expires_on__lt=today):
        move(
            token,
            ApiToken.Status.EXPIRED,
            allowed=TOKEN_MOVES,
            at=at,
            actor=actor,
            client_id=client.pk,
        )


def revoke_token(*, token: ApiToken, at: datetime, actor: Actor, reason: str = "") -> None:
    """End a live token: the next request with it is refused, on every node. Raises ``Moved`` if it has ended already."""
    move(
        token,
        ApiToken.Status.REVOKED,
        allowed=TOKEN_MOVES,
        at=at,
        actor=actor,
        client_id=token.client_id,
        reason=reason,
        revoked_at=at,
    )


def note_use(*, token_id: int, at: datetime, address: str | None) -> None:
    """Keep when and from where a token was last used, at most once a minute. Best effort; not audited."""
    ApiToken.objects.filter(
        Q(last_used_at__isnull=True) | Q(last_used_at__lt=at - timedelta(seconds=60)), pk=token_id
    ).update(last_used_at=at, last_used_from=address)
