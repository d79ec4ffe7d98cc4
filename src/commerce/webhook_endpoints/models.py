"""Endpoints of webhooks, their secrets, and what is brought to them (client-api-v2.md 7)."""

from datetime import datetime
from typing import ClassVar, Self
from urllib.parse import urlsplit

from django.db import models
from django.db.models import Exists, OuterRef, Q

from commerce.accounts.models import ApiToken, Client, User
from commerce.db.enums import enum_choices
from commerce.events.company_feed import unread_behind
from commerce.webhook_endpoints.rules import WebhookEndpointStatus


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def of_company(self) -> Self:
        """Those of staff."""
        return self.filter(client=None)

    def told(self) -> Self:
        """Those for which deliveries are made; they wait while one is paused."""
        return self.filter(status__in=(WebhookEndpointStatus.ACTIVE, WebhookEndpointStatus.OFF))

    def open(self) -> Self:
        """Those that have not ended."""
        return self.exclude(status=WebhookEndpointStatus.ENDED)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")

    def sent_to(self) -> Self:
        """Those that anything may be sent to."""
        return self.filter(status__in=WebhookEndpointStatus.sent_to())

    def due(self, at: datetime) -> Self:
        """Those that something is to be sent to now, and that no worker has; whoever waits longest is first."""
        waits = Q(next_try_at__lte=at) | Q(
            status=WebhookEndpointStatus.ACTIVE, client__event_sequence__gt=models.F("position")
        )
        notices = WebhookDelivery.objects.filter(endpoint=OuterRef("pk"), next_try_at__lte=at)
        waits |= Q(Exists(notices), client=None)
        unread = unread_behind(OuterRef("feed_transaction"), OuterRef("feed_row"))
        is_active = Q(status=WebhookEndpointStatus.ACTIVE, feed_row__isnull=False)
        waits |= is_active & Q(Exists(unread))
        free = Q(claimed_until=None) | Q(claimed_until__lte=at)
        rested = Q(resumes_at=None) | Q(resumes_at__lte=at)
        oldest = models.F("claimed_until").asc(nulls_first=True)
        return self.sent_to().filter(waits, free, rested).order_by(oldest, "pk")


class WebhookEndpoint(models.Model):
    """An address that is told what happens: of a client, or, without one, of the company (staff-api.md).

    It sees what its maker sees, through ``token`` if a program made it, and ends with them. ``types`` are those of the
    events that it wants, all if there are none. ``position`` is the place in the client's events up to which deliveries
    are made of them.
    """

    # No index of its own: the one below starts with the client.
    client = models.ForeignKey(
        Client, models.PROTECT, null=True, related_name="webhook_endpoints", db_index=False
    )
    maker = models.ForeignKey(User, models.PROTECT, related_name="+")
    token = models.ForeignKey(ApiToken, models.PROTECT, null=True, related_name="+")
    address = models.CharField(max_length=500)
    description = models.CharField(max_length=100, blank=True)
    types = models.JSONField(default=list)
    status = models.CharField(
        max_length=6,
        choices=enum_choices(WebhookEndpointStatus),
        default=WebhookEndpointStatus.NEW,
    )
    position = models.BigIntegerField(default=0)
    feed_transaction = models.BigIntegerField(null=True)
    feed_row = models.BigIntegerField(null=True)
    """Of one of the company that wants events of clients: its place in those of all, by both numbers."""
    created_at = models.DateTimeField()
    rotated_at = models.DateTimeField(null=True)
    """When it last got a new secret."""
    ended_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    """In a row; since ``failing_since``."""
    failing_since = models.DateTimeField(null=True)
    resumes_at = models.DateTimeField(null=True)
    """It is left alone until then: it asked for that, or fails again and again."""
    next_try_at = models.DateTimeField(null=True)
    """When the first of its waiting deliveries is due."""
    claimed_until = models.DateTimeField(null=True)
    """Until then a worker has it; in the past, when one had it last."""
    idempotency_key = models.CharField(max_length=64, blank=True)
    """One-time key of the form that made it: a second sending of that form finds it."""

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["client", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="webhook_endpoint_form_sent_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(WebhookEndpointStatus)),
                name="webhook_endpoint_status_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "created_at", "id"], name="webhook_endpoint_list"),
            models.Index(
                fields=["status"],
                condition=Q(status__in=list(WebhookEndpointStatus.sent_to())),
                name="webhook_endpoint_sent_to",
            ),
        ]

    def __str__(self) -> str:
        return self.description or self.host

    @property
    def host(self) -> str:
        """Its address without the path, which may hold a secret."""
        return urlsplit(self.address).netloc


class WebhookSecret(models.Model):
    """What an endpoint's deliveries are signed with, encrypted: one, and the one before for some time yet."""

    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, related_name="secrets", db_index=False
    )
    encrypted = models.TextField()
    created_at = models.DateTimeField()
    works_until = models.DateTimeField(null=True)
    """From then on nothing is signed with it; None for the newest."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint"], condition=Q(works_until=None), name="webhook_secret_newest"
            ),
            models.UniqueConstraint(
                fields=["endpoint"],
                condition=Q(works_until__isnull=False),
                name="webhook_secret_before",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id} since {self.created_at:%Y-%m-%d}"


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def for_client(self, client: object) -> Self:
        return self.filter(endpoint__client_id=getattr(client, "pk", client))

    def waiting(self) -> Self:
        """Those that will be tried."""
        return self.filter(next_try_at__isnull=False)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")


class WebhookDelivery(models.Model):
    """An event that is brought to an endpoint, and what became of the last try.

    ``event_id`` is its id for the receiver, the same over all tries. ``sequence`` is its place in the client's events;
    None for a test and for what staff are told, whose ``text`` is here. ``about_client`` is whose event it is, where
    the company is told of it.
    """

    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, related_name="deliveries", db_index=False
    )
    event_id = models.CharField(max_length=64)
    type = models.CharField(max_length=60)
    sequence = models.BigIntegerField(null=True)
    text = models.TextField(blank=True)
    # No index of its own: the one below has the few rows that have one.
    about_client = models.ForeignKey(
        Client, models.PROTECT, null=True, related_name="+", db_index=False
    )
    url = models.CharField(max_length=300, blank=True, default="", db_default="")
    """The page of what staff are told."""
    created_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    """None once it is delivered, or given up."""
    delivered_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    response_status = models.PositiveSmallIntegerField(null=True)
    """Of the last try; None without an answer."""
    milliseconds = models.PositiveIntegerField(null=True)
    answer = models.TextField(blank=True)
    """The beginning of what came back, or why nothing did."""

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "event_id"], name="webhook_delivery_of_event"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["endpoint", "created_at", "id"], name="webhook_delivery_list"),
            models.Index(
                fields=["endpoint", "next_try_at"],
                condition=Q(next_try_at__isnull=False),
                name="webhook_delivery_waiting",
            ),
            models.Index(fields=["created_at"], name="webhook_delivery_by_age"),
            models.Index(
                fields=["about_client"],
                condition=Q(about_client__isnull=False),
                name="webhook_delivery_of_client",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"

    @property
    def state(self) -> str:
        """``waiting``, ``delivered`` or ``failed``: nobody but the loop moves it."""
        if self.next_try_at is not None:
            return "waiting"
        return "failed" if self.delivered_at is None else "delivered"
