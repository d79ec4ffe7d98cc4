"""Requests of clients to end a service (billing.md 8); at most one open for each service."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models import Client, User
from commerce.billing.changes.cancellations.rules import CancellationKind, CancellationStatus
from commerce.db.enums import enum_choices
from commerce.hosting.models import Service


class CancellationRequestQuerySet(models.QuerySet["CancellationRequest"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def open(self) -> Self:
        return self.filter(status__in=[CancellationStatus.PENDING, CancellationStatus.APPROVED])


class CancellationRequest(models.Model):
    """A client asks for the end of a service, now or with the period; ``note`` is staff's answer to it."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="cancellation_requests")
    service = models.ForeignKey(Service, models.PROTECT, related_name="cancellation_requests")
    requested_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=13, choices=enum_choices(CancellationKind))
    reason = models.TextField(max_length=2000)
    status = models.CharField(
        max_length=9, choices=enum_choices(CancellationStatus), default=CancellationStatus.PENDING
    )
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = CancellationRequestQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["service"],
                condition=Q(status__in=[CancellationStatus.PENDING, CancellationStatus.APPROVED]),
                name="cancellation_one_open",
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(CancellationStatus)),
                name="cancellation_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.kind}"
