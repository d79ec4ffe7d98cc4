"""Who asks: the bearer token, its client, and what its maker may still see (client-api.md 3)."""

from datetime import date, datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

import msgspec
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, TextField
from django.db.models.functions import Cast

from commerce.accounts.models import SCOPES, ApiToken, ApiTokenBinding, Client
from commerce.accounts.rules import TokenStatus, rights_of
from commerce.api.read.statement import CLIENT_ID, TOKEN_HASH
from commerce.catalog.models import SharedRevision


class ApiClient(msgspec.Struct, frozen=True, array_like=True):
    """The client of a token, and the revision of what all clients share, as one row tells it.

    As long as ``access_revision`` stays the same, each of its live tokens may do what it could before.
    """

    client_id: int
    access_revision: int
    status: str
    revision: int
    api_rate: int | None
    api_write_rate: int | None
    shared_revision: int
    event_sequence: int
    """The place of its newest event."""


class ApiCaller(ApiClient, frozen=True):
    """A live token and its client, as one row tells it."""

    token_id: int
    scopes: str
    networks: str
    expires_on: date | None
    last_used_at: datetime | None
    secret_works_until: datetime | None
    role: str
    rights: str
    is_bound: bool
    """Whether the token is for some records only; that never changes."""
    token_name: str
    """It changes only once the token has ended, by erasure."""

    def has_scope(self, scope: str) -> bool:
        """Whether the token has a scope that its maker's membership still covers."""
        return scope in granted_scopes(self.scopes, self.role, self.rights)

    def is_from_allowed_network(self, address: Any) -> bool:
        """Whether the caller's address lies in the token's networks; without networks it always does."""
        if self.networks == "[]":
            return True
        return address is not None and any(
            address.version == network.version and address in network
            for network in parse_networks(self.networks)
        )


def token_query() -> QuerySet[Any, Any]:
    """The one row of a live token whose maker is active and still a member; in the order of ``ApiCaller``."""
    return (
        ApiToken.objects.by_hash(TOKEN_HASH)
        .filter(
            status=TokenStatus.LIVE,
            maker__is_active=True,
            maker__memberships__client_id=F("client_id"),
        )
        .annotate(
            scopes_text=Cast("scopes", TextField()),
            networks_text=Cast("networks", TextField()),
            rights_text=Cast("maker__memberships__rights", TextField()),
            shared_revision=_SHARED_REVISION,
            is_bound=Exists(ApiTokenBinding.objects.filter(token=OuterRef("pk"))),
        )
        .values_list(
            "client_id",
            "client__access_revision",
            "client__status",
            "client__revision",
            "client__api_rate",
            "client__api_write_rate",
            "shared_revision",
            "client__event_sequence",
            "pk",
            "scopes_text",
            "networks_text",
            "expires_on",
            "last_used_at",
            "secrets__works_until",
            "maker__memberships__role",
            "rights_text",
            "is_bound",
            "name",
        )
    )


def client_query() -> QuerySet[Any, Any]:
    """The one row of a client; in the order of ``ApiClient``."""
    return (
        Client.objects.for_client(CLIENT_ID)
        .annotate(client_id=F("pk"), shared_revision=_SHARED_REVISION)
        .values_list(
            *("client_id", "access_revision", "status", "revision"),
            *("api_rate", "api_write_rate", "shared_revision", "event_sequence"),
        )
    )


_SHARED_REVISION = Subquery(SharedRevision.objects.values("number")[:1])


@lru_cache(maxsize=1024)
def granted_scopes(scopes: str, role: str, rights: str) -> frozenset[str]:
    """The token's scopes that the maker's membership covers; the arguments are as stored, lists as JSON."""
    held = rights_of(role, msgspec.json.decode(rights))
    return frozenset(s for s in msgspec.json.decode(scopes) if SCOPES.get(s) in held)


@lru_cache(maxsize=1024)
def parse_networks(networks: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """The networks of a token, from their JSON list."""
    return tuple(ip_network(text) for text in msgspec.json.decode(networks))


def bearer_token(header: str | None) -> str | None:
    """The token of an ``Authorization`` header; None when it holds none. The scheme is case-insensitive."""
    scheme, _, token = (header or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
