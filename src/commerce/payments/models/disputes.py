"""Disputes: the payer's bank asks for the money of a payment back (payments.md 8)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models import Client
from commerce.db.enums import enum_choices
from commerce.payments.models.payments import Payment
from commerce.payments.rules import DisputeStatus


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def open(self) -> Self:
        return self.filter(status=DisputeStatus.OPEN)


class Dispute(models.Model):
    """``amount`` of one payment that its payer's bank wants back; ``due_by`` is the last day to answer.

    ``reference`` is the gateway's own name for it, or ours for what staff record.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="disputes")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="disputes")
    gateway = models.CharField(max_length=40)
    reference = models.CharField(max_length=255)
    amount = models.BigIntegerField()
    status = models.CharField(
        max_length=4, choices=enum_choices(DisputeStatus), default=DisputeStatus.OPEN
    )
    reason = models.CharField(max_length=500, blank=True)
    due_by = models.DateField(null=True)
    recorded_by = models.CharField(max_length=254, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["gateway", "reference"], name="dispute_reference_unique"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="dispute_positive"),
            models.CheckConstraint(
                condition=Q(status__in=list(DisputeStatus)), name="dispute_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status=DisputeStatus.OPEN) | Q(closed_at__isnull=False),
                name="dispute_closed_says_when",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["reference"], name="dispute_by_reference"),
        ]

    def __str__(self) -> str:
        return f"dispute of {self.payment}"
