"""Transfer notices: a client says that the transfer was made; that books nothing (payments.md 6)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models import Client, User
from commerce.billing.models import Invoice
from commerce.db.enums import enum_choices
from commerce.payments.models.payments import Payment
from commerce.payments.rules import TransferNoticeStatus


class TransferNoticeQuerySet(models.QuerySet["TransferNotice"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def open(self) -> Self:
        return self.filter(status=TransferNoticeStatus.OPEN)


class TransferNotice(models.Model):
    """ "I have made the transfer" of ``amount``; ``held_until`` is the day up to which it held suspension, if it did.

    ``note`` is staff's reason for a rejection, shown to the client.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="transfer_notices")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="transfer_notices")
    amount = models.BigIntegerField()
    status = models.CharField(
        max_length=9, choices=enum_choices(TransferNoticeStatus), default=TransferNoticeStatus.OPEN
    )
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField()
    held_until = models.DateField(null=True)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    decided_at = models.DateTimeField(null=True)

    objects = TransferNoticeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # U12
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(status=TransferNoticeStatus.OPEN),
                name="transfer_notice_one_open",
            ),
            # Only one notice of an invoice ever holds.
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(held_until__isnull=False),
                name="transfer_notice_holds_once",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_notice_positive"),
            models.CheckConstraint(
                condition=Q(status__in=list(TransferNoticeStatus)),
                name="transfer_notice_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"transfer for {self.invoice}"
