"""API tokens: made, used, ended (client-api.md 3, accounts.md 7)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from ipaddress import IPv4Network, ip_network
from typing import Annotated, NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts import emails
from commerce.accounts.actions.api_writes.bindable import BoundRecord, are_records_of
from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.events import ApiTokenCreated, ApiTokenRevoked
from commerce.accounts.models import (
    BINDABLE,
    READING_SCOPES,
    SCOPES,
    ApiToken,
    ApiTokenBinding,
    ApiTokenSecret,
    Client,
    Membership,
    User,
)
from commerce.accounts.rules import TOKEN_MOVES, TokenStatus, rights_of
from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.actions import write_audit_entry
from commerce.audit.reasons import REASON
from commerce.audit.states import move
from commerce.db.locks import lock
from commerce.events.publish import publish
from commerce.kit import tokens
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Integer
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict
from commerce.kit.text import clean_line

MAX_LIVE_TOKENS = 50
"""Live tokens that one client may have."""

ROTATION_REST = timedelta(hours=1)
"""How long a token keeps its new secret at least."""

MAX_OVERLAP_MINUTES = 24 * 60
"""How long the secret before may work beside the new one."""

MAX_BINDINGS = 100
"""Records that one token may be for."""

MAX_TOKEN_NETWORKS = 50
"""Networks that one token may have: the API looks at each of them on each request."""


def create_token_blocked_reason(client: Client, ctx: Context) -> StateConflict | None:
    """Why a client can have no further token now."""
    live = ApiToken.objects.for_client(client).live()
    count = live.exclude(expires_on__lt=ctx.at.astimezone(UTC).date()).count()
    full = count >= MAX_LIVE_TOKENS
    return StateConflict("api_token.too_many", maximum=MAX_LIVE_TOKENS) if full else None


def create_token(
    *,
    client: Client,
    maker: User,
    name: str,
    ctx: Context,
    scopes: Sequence[str] = READING_SCOPES,
    expires_on: date | None = None,
    networks: Sequence[str] = (),
    bound_to: Sequence[BoundRecord] = (),
    idempotency_key: str = "",
) -> tuple[ApiToken, str]:
    """A new token and its plain text, which exists nowhere else: show it once. Owners and the maker are mailed.

    One that is ``bound_to`` records sees and changes only those. An expired token of the same name is ended first.
    Raises ``BusinessError`` (a bad value, the name is in use), ``PermissionDenied`` (the maker's membership lacks
    ``tokens.manage``), or ``StateConflict`` (too many tokens, or the form with this one-time ``idempotency_key`` has
    made its token already).
    """
    name = clean_line(name)
    _check_values(name, scopes, expires_on, ctx)
    _check_bindings(client, scopes, bound_to)
    records = sorted({*bound_to})
    allowed = token_networks(networks)
    plain = tokens.generate_token()
    token_hash = tokens.token_digest(plain)
    with transaction.atomic():
        lock_client(client.pk)
        _allow(client=client, maker=maker, name=name, idempotency_key=idempotency_key, ctx=ctx)
        token = ApiToken.objects.create(
            client=client,
            maker=maker,
            name=name,
            token_hash=token_hash,
            scopes=[scope for scope in SCOPES if scope in scopes],
            networks=allowed,
            expires_on=expires_on,
            created_at=ctx.at,
            idempotency_key=idempotency_key,
        )
        ApiTokenSecret.objects.create(token=token, token_hash=token_hash, created_at=ctx.at)
        ApiTokenBinding.objects.bulk_create(
            ApiTokenBinding(token=token, kind=kind, record_id=pk) for kind, pk in records
        )
        _note_creation(token, records, ctx)
    return token, plain


def _check_values(name: str, scopes: Sequence[str], expires_on: date | None, ctx: Context) -> None:
    if not 1 <= len(name) <= 100:
        raise BusinessError("api_token.name_not_valid", field="name")
    if not scopes or not set(scopes) <= SCOPES.keys():
        raise BusinessError("api_token.no_scope", field="scopes")
    if expires_on is not None and expires_on < ctx.at.astimezone(UTC).date():
        raise BusinessError("api_token.expiry_in_past", field="expires_on")


def _note_creation(token: ApiToken, records: Sequence[BoundRecord], ctx: Context) -> None:
    bound = {"bound_to": [f"{kind} {pk}" for kind, pk in records]} if records else {}
    write_audit_entry(
        ctx=ctx,
        action="api_token.created",
        record=("api_token", token.pk),
        name=token.name,
        client_id=token.client_id,
        after={
            "scopes": token.scopes,
            "networks": token.networks,
            "expires_on": str(token.expires_on or ""),
            **bound,
        },
    )
    publish(ApiTokenCreated(token.pk), at=ctx.at, client_id=token.client_id)
    emails.send_token_created_email(token=token, ctx=ctx)


def _check_bindings(client: Client, scopes: Sequence[str], bound_to: Sequence[BoundRecord]) -> None:
    """Refuse a token for some records whose scopes are about more, and one for records of somebody else."""
    if not bound_to:
        return
    others = [scope for scope in SCOPES if scope in scopes and not scope.startswith(BINDABLE)]
    if others:
        raise BusinessError("api_token.scope_of_all", scopes=", ".join(others), field="scopes")
    if len(bound_to) > MAX_BINDINGS:
        raise BusinessError("api_token.too_many_bindings", maximum=MAX_BINDINGS, field="bound_to")
    if not are_records_of(client, bound_to):
        raise BusinessError("api_token.record_unknown", field="bound_to")


def _allow(*, client: Client, maker: User, name: str, idempotency_key: str, ctx: Context) -> None:
    """Refuse what only the stored rows can tell; the client is locked, so that the answer stays true."""
    member = Membership.objects.filter(client=client, user=maker, user__is_active=True).first()
    if member is None or "tokens.manage" not in rights_of(member.role, member.rights):
        raise PermissionDenied("tokens.manage")
    tokens = ApiToken.objects.for_client(client)
    if idempotency_key and (earlier := tokens.filter(idempotency_key=idempotency_key).first()):
        raise StateConflict("api_token.already_made", name=earlier.name)
    if blocked := create_token_blocked_reason(client, ctx):
        raise blocked
    expire_tokens(client=client, ctx=ctx)
    if tokens.live().filter(name=name).exists():
        raise BusinessError("api_token.name_taken", field="name")


def token_networks(texts: Sequence[str]) -> list[str]:
    """The networks in their one form, each once, in the order given. Raises ``BusinessError``."""
    networks = list(dict.fromkeys(_network(text.strip()) for text in texts if text.strip()))
    if len(networks) > MAX_TOKEN_NETWORKS:
        raise BusinessError(
            "api_token.too_many_networks", maximum=MAX_TOKEN_NETWORKS, field="networks"
        )
    return networks


def _network(text: str) -> str:
    try:
        # An interface ("fe80::1%eth0") is not part of a network.
        network = ip_network(text.replace("%", "?"))
    except ValueError as error:
        raise _network_error(text) from error
    # A caller's address that is IPv4 within IPv6 counts as the IPv4 one, so the network must be too.
    inner = getattr(network.network_address, "ipv4_mapped", None)
    if inner is not None and network.prefixlen >= 96:
        return str(IPv4Network((inner, network.prefixlen - 96)))
    return str(network)


def _network_error(text: str) -> BusinessError:
    try:
        around = ip_network(text.replace("%", "?"), strict=False)
    except ValueError:
        return BusinessError("api_token.not_a_network", text=text[:60], field="networks")
    return BusinessError(
        "api_token.address_within_network", address=text, network=around, field="networks"
    )


def expire_tokens(*, client: Client, ctx: Context) -> None:
    """Move live tokens whose last day has passed (UTC) to ``expired``."""
    today = ctx.at.astimezone(UTC).date()
    for token in ApiToken.objects.for_client(client).live().filter(expires_on__lt=today):
        move(
            token,
            TokenStatus.EXPIRED,
            allowed=TOKEN_MOVES,
            ctx=ctx,
            client_id=client.pk,
        )


def right_missing_for_token(token: ApiToken, ctx: Context) -> str:
    """A right that a token takes and the member who acts has not, if it is another's token: who has its secret, or says
    how much it spends, must be one who may do all that it may.
    """
    if ctx.actor.member_id in (None, token.maker_id):
        return ""
    members = Membership.objects.filter(client=token.client_id, user=ctx.actor.member_id)
    held = frozenset[str]().union(*(rights_of(one.role, one.rights) for one in members))
    return next((SCOPES[one] for one in token.scopes if SCOPES[one] not in held), "")


class RotatedToken(NamedTuple):
    """A token and its new secret in plain text, which exists nowhere else: show it once. ``old_works_until`` is None
    where the secret before works no longer.
    """

    token: ApiToken
    plain: str
    old_works_until: datetime | None


def rotate_token_blocked_reason(token: ApiToken, ctx: Context) -> StateConflict | None:
    """Why a token cannot have a new secret now."""
    is_over = token.expires_on is not None and token.expires_on < ctx.at.astimezone(UTC).date()
    if token.status != TokenStatus.LIVE or is_over:
        return StateConflict("api_token.ended", name=token.name)
    if token.rotated_at is not None and ctx.at < token.rotated_at + ROTATION_REST:
        return StateConflict("token.rotated_recently")
    return None


@act(
    "token.rotate",
    ApiToken,
    label=_("Rotate token"),
    done=lambda rotated, _token: (
        _("The token %(name)s has a new secret.") % {"name": rotated.token.name}
    ),
    member="tokens.manage",
    while_suspended=True,
    reveals=True,
    blocked=rotate_token_blocked_reason,
)
@transaction.atomic
def rotate_token(
    *,
    token: ApiToken,
    ctx: Context,
    overlap_minutes: Annotated[
        int,
        Integer(
            _("Minutes the current secret keeps working"),
            about=_("0 to 1440. Enter 0 if the current secret may be known to others."),
            most=MAX_OVERLAP_MINUTES,
        ),
    ] = 60,
) -> RotatedToken:
    """A new secret for a token that stays what it is; owners and the maker are mailed.

    The one before works beside it for ``overlap_minutes``, and one that still worked beside that ends now. Raises
    ``StateConflict`` if the token has ended or was rotated within the hour, and ``PermissionDenied`` for a member who
    may not do all that it may.
    """
    lock_client(token.client_id)
    row = lock(token)
    if blocked := rotate_token_blocked_reason(row, ctx):
        raise blocked
    if right := right_missing_for_token(row, ctx):
        raise PermissionDenied(right)
    plain = tokens.generate_token()
    until = ctx.at + timedelta(minutes=overlap_minutes) if overlap_minutes else None
    secrets = ApiTokenSecret.objects.filter(token=row)
    secrets.exclude(works_until=None).delete()
    if until is None:
        secrets.delete()
    else:
        secrets.update(works_until=until)
    row.token_hash, row.rotated_at = tokens.token_digest(plain), ctx.at
    row.save(update_fields=["token_hash", "rotated_at"])
    ApiTokenSecret.objects.create(token=row, token_hash=row.token_hash, created_at=ctx.at)
    write_audit_entry(
        ctx=ctx,
        action="api_token.rotated",
        record=("api_token", row.pk),
        name=row.name,
        client_id=row.client_id,
        after={"overlap_minutes": overlap_minutes},
    )
    emails.send_token_rotated_email(token=row, old_works_until=until, ctx=ctx)
    return RotatedToken(row, plain, until)


def revoke_token_blocked_reason(token: ApiToken, ctx: Context) -> StateConflict | None:
    """Why there is nothing to revoke."""
    is_live = token.status == TokenStatus.LIVE
    return None if is_live else StateConflict("api_token.ended", name=token.name)


@act(
    "token.end",
    ApiToken,
    label=_("Revoke token"),
    done=_("The token %(name)s has been revoked."),
    member="tokens.manage",
    while_suspended=True,
    blocked=revoke_token_blocked_reason,
    is_danger=True,
)
@transaction.atomic
def revoke_token(*, token: ApiToken, ctx: Context, reason: str = "") -> None:
    """End a live token: the next request with it is refused, on every node; owners and the maker are mailed.

    Raises ``StateConflict`` if it has ended already.
    """
    # A trigger writes to it, and whoever holds it may want the token.
    lock_client(token.client_id)
    if blocked := revoke_token_blocked_reason(lock(token), ctx):
        raise blocked
    move(
        token,
        TokenStatus.REVOKED,
        allowed=TOKEN_MOVES,
        ctx=ctx,
        client_id=token.client_id,
        reason=reason,
        revoked_at=ctx.at,
    )
    publish(ApiTokenRevoked(token.pk), at=ctx.at, client_id=token.client_id)
    emails.send_token_revoked_email(token=token, ctx=ctx)


@act(
    "token.revoke",
    ApiToken,
    label=_("Revoke"),
    done=_("Token revoked. Requests with it are refused from now on."),
    staff=StaffPermission.CLIENTS_TOKENS,
    blocked=revoke_token_blocked_reason,
    is_danger=True,
    example='token revoke 12 --reason "Leaked"',
)
def revoke_token_for_staff(
    *, token: ApiToken, reason: Annotated[str, REASON], ctx: Context
) -> None:
    """``revoke_token`` by staff, who say why."""
    revoke_token(token=token, reason=reason, ctx=ctx)
