"""API tokens (accounts.md 7)."""

from datetime import UTC, date, datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Case, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from commerce.accounts.models.clients_and_users import Client, User
from commerce.accounts.rules import TOKEN_LISTED_AFTER_END, TOKEN_REQUEST_DAYS, TokenStatus
from commerce.db.enums import enum_choices

SCOPES = {
    "profile:read": "profile.view",
    "services:read": "services.view",
    "invoices:read": "invoices.view",
    "orders:read": "orders.view",
    "domains:read": "domains.view",
    "payments:read": "invoices.view",
    "payment-methods:read": "invoices.pay",
    "catalog:read": "profile.view",
    "events:read": "profile.view",
    "profile:write": "profile.manage",
    "invoices:write": "invoices.view",
    "services:write": "services.manage",
    "services:access": "services.manage",
    "services:destroy": "services.manage",
    "orders:write": "orders.place",
    "payments:write": "invoices.pay",
    "domains:write": "domains.manage",
    "domains:transfer": "domains.manage",
    "dns:read": "domains.manage",
    "dns:write": "domains.manage",
    "dns:destroy": "domains.manage",
    "webhooks:write": "tokens.manage",
}
"""Each API scope and the right that its maker's membership must still cover (accounts.md 7)."""

BINDABLE = ("services:", "domains:", "dns:", "events:")
"""How the scopes begin that a token may have which is for some records only."""

READING_SCOPES = tuple(scope for scope in SCOPES if scope.endswith(":read"))
"""What a new token has unless its maker chooses otherwise (client-api-v2.md 2)."""


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def by_hash(self, token_hash: object) -> Self:
        """The one that a secret belongs to, whether it still works or not."""
        return self.filter(secrets__token_hash=token_hash)

    def live(self) -> Self:
        return self.filter(status=TokenStatus.LIVE)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")

    def shown_in_list_at(self, at: datetime) -> Self:
        """Live ones, and those that were revoked or expired not long ago."""
        since = at.astimezone(UTC) - TOKEN_LISTED_AFTER_END
        return self.exclude(revoked_at__lt=since).exclude(expires_on__lt=since.date())

    def with_state(self, day: date) -> Self:
        """``state``: the status, but ``expired`` from the end (UTC) of the last day on, before its row says so."""
        over = When(status=TokenStatus.LIVE, expires_on__lt=day, then=Value("expired"))
        return self.annotate(state=Case(over, default=F("status")))

    def with_requests(self, day: date) -> Self:
        """``requests``: how many each made in the ``TOKEN_REQUEST_DAYS`` days (UTC) that end with this one."""
        since = day - timedelta(days=TOKEN_REQUEST_DAYS)
        rows = TokenDailyRequests.objects.filter(token=OuterRef("pk"), day__gt=since).order_by()
        total = rows.values("token").annotate(total=Sum("number")).values("total")
        return self.annotate(requests=Coalesce(Subquery(total), 0))


class ApiToken(models.Model):
    """A key to the client API: what it may do. Its secrets are rows below it (client-api-v2.md 2)."""

    # No index of its own: those below start with the client.
    client = models.ForeignKey(Client, models.PROTECT, related_name="api_tokens", db_index=False)
    maker = models.ForeignKey(User, models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=100)
    token_hash = models.CharField(max_length=64, unique=True)
    """That of its newest secret, by which processes of the former release find it; nothing here reads it."""
    scopes = models.JSONField(default=list)
    networks = models.JSONField(default=list)
    expires_on = models.DateField(null=True)
    status = models.CharField(
        max_length=10, choices=enum_choices(TokenStatus), default=TokenStatus.LIVE
    )
    created_at = models.DateTimeField()
    rotated_at = models.DateTimeField(null=True)
    """When it last got a new secret."""
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.GenericIPAddressField(null=True)
    idempotency_key = models.CharField(max_length=64, blank=True, default="", db_default="")
    """One-time key of the form that made it: a second sending of that form finds it."""

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["client", "name"],
                condition=Q(status=TokenStatus.LIVE),
                name="token_live_name_unique",
            ),
            models.UniqueConstraint(
                fields=["client", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="token_form_sent_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(TokenStatus)), name="token_status_known"
            ),
            models.CheckConstraint(
                condition=Q(token_hash__regex=r"^[0-9a-f]{64}$"), name="token_hash_sha256"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="token_named"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "created_at", "id"], name="token_client"),
        ]

    def __str__(self) -> str:
        return self.name


class ApiTokenSecret(models.Model):
    """What a program sends for a token. Only the SHA-256 of its plain text is kept (client-api.md 3).

    One works until it is changed for another, and perhaps the one before for some time yet: two at most.
    """

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="secrets", db_index=False)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    works_until = models.DateTimeField(null=True)
    """From then on it is refused; None for the newest."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["token"], condition=Q(works_until=None), name="token_secret_newest"
            ),
            models.UniqueConstraint(
                fields=["token"],
                condition=Q(works_until__isnull=False),
                name="token_secret_before",
            ),
            models.CheckConstraint(
                condition=Q(token_hash__regex=r"^[0-9a-f]{64}$"), name="token_secret_sha256"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.token_id} since {self.created_at:%Y-%m-%d}"


class TokenDailyRequests(models.Model):
    """How many requests a token made on one day (UTC). The use of a token changes nothing that the API shows."""

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    number = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token", "day"], name="token_requests_of_a_day"),
        ]
        indexes: ClassVar = [models.Index(fields=["day"], name="token_requests_by_day")]

    def __str__(self) -> str:
        return f"{self.token_id} on {self.day}: {self.number}"


class TokenNetwork(models.Model):
    """A network that a token was used from, and of which its owner knows."""

    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="+", db_index=False)
    network = models.CharField(max_length=43)
    last_used_on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["token", "network"], name="token_network_once"),
        ]

    def __str__(self) -> str:
        return f"{self.token_id} from {self.network}"
