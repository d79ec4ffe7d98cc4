"""API tokens: made, used, ended (client-api.md 3, accounts.md 7)."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from ipaddress import IPv4Network, ip_network

from django.db import transaction
from django.utils.translation import gettext as _

from commerce.accounts import emails
from commerce.accounts.actions.clients import hold
from commerce.accounts.models import SCOPES, ApiToken, Client, Membership, User
from commerce.accounts.rules import TOKEN_MOVES, rights_of
from commerce.audit.actions import record
from commerce.audit.states import move
from commerce.kit import tokens
from commerce.kit.actor import Actor
from commerce.kit.errors import Moved, NotAllowed, Refused
from commerce.kit.text import clean_line

MOST_LIVE = 50
"""Live tokens that one client may have."""

MOST_NETWORKS = 50
"""Networks that one token may have: the API looks at each of them on each request."""


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
    form_key: str = "",
) -> tuple[ApiToken, str]:
    """A new token and its plain text, which exists nowhere else: show it once. Owners and the maker are mailed.

    An expired token of the same name is ended first. Raises ``Refused`` (a bad value, the name is in use, too many
    tokens), ``NotAllowed`` (the maker's membership lacks ``tokens.manage``), or ``Moved`` when the form with this
    one-time ``form_key`` has made its token already.
    """
    name = clean_line(name)
    if not 1 <= len(name) <= 100:
        raise Refused(_("Give the token a name of 1 to 100 characters."), field="name")
    if not scopes or not set(scopes) <= SCOPES.keys():
        raise Refused(_("Choose at least one of the scopes offered."), field="scopes")
    if expires_on is not None and expires_on < at.astimezone(UTC).date():
        raise Refused(_("The expiry date must not be in the past."), field="expires_on")
    allowed = _networks(networks)
    plain = tokens.make()
    with transaction.atomic():
        hold(client.pk)
        _allow(client=client, maker=maker, name=name, form_key=form_key, at=at, actor=actor)
        token = ApiToken.objects.create(
            client=client,
            maker=maker,
            name=name,
            token_hash=tokens.digest(plain),
            scopes=[scope for scope in SCOPES if scope in scopes],
            networks=allowed,
            expires_on=expires_on,
            created_at=at,
            form_key=form_key,
        )
        record(
            at=at,
            actor=actor,
            action="apitoken.created",
            record=("apitoken", token.pk),
            name=name,
            client_id=client.pk,
            after={
                "scopes": token.scopes,
                "networks": allowed,
                "expires_on": str(expires_on or ""),
            },
        )
        emails.api_token_created(token=token, at=at, actor=actor)
    return token, plain


def _allow(
    *, client: Client, maker: User, name: str, form_key: str, at: datetime, actor: Actor
) -> None:
    """Refuse what only the stored rows can tell; the client is held, so that the answer stays true."""
    member = Membership.objects.filter(client=client, user=maker, user__is_active=True).first()
    if member is None or "tokens.manage" not in rights_of(member.role, member.rights):
        raise NotAllowed("tokens.manage")
    mine = ApiToken.objects.for_client(client)
    if form_key and (made := mine.filter(form_key=form_key).first()):
        raise Moved(_("This form has made the token %s already.") % made.name)
    end_expired(client=client, at=at, actor=actor)
    if mine.live().filter(name=name).exists():
        raise Refused(_("A live token has this name already."), field="name")
    if mine.live().count() >= MOST_LIVE:
        raise Refused(_("At most %d live tokens are possible; revoke one first.") % MOST_LIVE)


def _networks(texts: Sequence[str]) -> list[str]:
    """The networks in their one form, each once, in the order given."""
    found = list(dict.fromkeys(_network(text.strip()) for text in texts if text.strip()))
    if len(found) > MOST_NETWORKS:
        raise Refused(_("At most %d networks are possible.") % MOST_NETWORKS, field="networks")
    return found


def _network(text: str) -> str:
    try:
        # An interface ("fe80::1%eth0") is not part of a network.
        network = ip_network(text.replace("%", "?"))
    except ValueError as error:
        raise Refused(_no_network(text), field="networks") from error
    # A caller's address that is IPv4 within IPv6 counts as the IPv4 one, so the network must be too.
    inner = getattr(network.network_address, "ipv4_mapped", None)
    if inner is not None and network.prefixlen >= 96:
        return str(IPv4Network((inner, network.prefixlen - 96)))
    return str(network)


def _no_network(text: str) -> str:
    try:
        around = ip_network(text.replace("%", "?"), strict=False)
    except ValueError:
        return _("%s is not a network such as 203.0.113.0/24.") % text[:60]
    return _("%(address)s is an address within a network; did you mean %(network)s?") % {
        "address": text,
        "network": around,
    }


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


@transaction.atomic
def revoke_token(*, token: ApiToken, at: datetime, actor: Actor, reason: str = "") -> None:
    """End a live token: the next request with it is refused, on every node; owners and the maker are mailed.

    Raises ``Moved`` if it has ended already.
    """
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
    emails.api_token_revoked(token=token, at=at, actor=actor)
