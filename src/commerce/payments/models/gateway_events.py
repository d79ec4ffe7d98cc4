"""Messages of gateways (webhooks): those that are truly theirs, and those that were refused (payments.md 4)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.db.enums import enum_choices
from commerce.payments.rules import GatewayEventStatus


class GatewayEventQuerySet(models.QuerySet["GatewayEvent"]):
    def parked(self) -> Self:
        """Those that wait for staff."""
        return self.filter(status=GatewayEventStatus.PARKED)

    def newest_first(self) -> Self:
        return self.order_by("-id")


class GatewayEvent(models.Model):
    """One verified message, as it came: ``body`` is its bytes, ``headers`` those that its verification needs.

    ``event_id`` is the gateway's, the same each time that it sends the message. ``error`` says why the last try failed,
    ``reports`` how much of what it told is about us, once it has ended: nothing, if it was ignored.
    """

    gateway = models.CharField(max_length=40)
    event_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=80, blank=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    status = models.CharField(
        max_length=9, choices=enum_choices(GatewayEventStatus), default=GatewayEventStatus.RECEIVED
    )
    reports = models.PositiveSmallIntegerField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    received_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = GatewayEventQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # U2
            models.UniqueConstraint(fields=["gateway", "event_id"], name="gateway_event_unique"),
            models.CheckConstraint(
                condition=Q(status__in=list(GatewayEventStatus)), name="gateway_event_status_known"
            ),
            models.CheckConstraint(
                condition=Q(reports__isnull=True)
                | Q(status=GatewayEventStatus.IGNORED, reports=0)
                | Q(status=GatewayEventStatus.PROCESSED, reports__gt=0),
                name="gateway_event_ignored_told_nothing",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["received_at"], name="gateway_event_received"),
            # Not a partial one: SQLite finds none by a value that is bound.
            models.Index(fields=["status", "id"], name="gateway_event_by_status"),
            # What staff search for.
            models.Index(fields=["event_id"], name="gateway_event_by_event_id"),
            models.Index(fields=["kind", "id"], name="gateway_event_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.event_id}"


class RefusedMessage(models.Model):
    """A message that could not be verified: its beginning, kept for some days so that staff find out why.

    Anybody may have sent it: nothing in it is believed. It takes no id from a true event, which may still come.
    """

    gateway = models.CharField(max_length=40)
    address = models.CharField(max_length=45, blank=True)
    reason = models.CharField(max_length=255)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["received_at"], name="refused_message_received"),
        ]

    def __str__(self) -> str:
        return f"refused message {self.pk} to {self.gateway}"
