"""Transfer notices: a client says that the transfer was made; that books nothing (payments.md 6)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models import Client, User
from commerce.billing.models import Invoice, PlanChange
from commerce.db.enums import enum_choices
from commerce.payments.models.payments import Payment
from commerce.payments.rules import TransferNoticeStatus


class TransferNoticeQuerySet(models.QuerySet["TransferNotice"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def open(self) -> Self:
        return self.filter(status=TransferNoticeStatus.OPEN)


class TransferNotice(models.Model):
    """ "I have made the transfer" of ``amount`` for an invoice, or the request of a plan change.

    ``held_until`` is the day up to which it held suspension, or the request, if it did.

    ``note`` is staff's reason for a rejection, shown to the client.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="transfer_notices")
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, related_name="transfer_notices")
    plan_change = models.ForeignKey(
        PlanChange, models.PROTECT, null=True, related_name="transfer_notices"
    )
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
            models.UniqueConstraint(
                fields=["plan_change"],
                condition=Q(status=TransferNoticeStatus.OPEN),
                name="transfer_notice_one_open_of_request",
            ),
            # Only one notice of an invoice, or of a request, ever holds.
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(held_until__isnull=False),
                name="transfer_notice_holds_once",
            ),
            models.UniqueConstraint(
                fields=["plan_change"],
                condition=Q(held_until__isnull=False),
                name="transfer_notice_holds_request_once",
            ),
            models.CheckConstraint(
                condition=Q(invoice__isnull=False, plan_change__isnull=True)
                | Q(invoice__isnull=True, plan_change__isnull=False),
                name="transfer_notice_for_one",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_notice_positive"),
            models.CheckConstraint(
                condition=Q(status__in=list(TransferNoticeStatus)),
                name="transfer_notice_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"transfer for {self.invoice or self.plan_change}"

    @property
    def currency_code(self) -> str:
        """That of what it is for."""
        if self.plan_change is not None:
            return self.plan_change.service.currency_id
        assert self.invoice is not None
        return self.invoice.currency_id

    @property
    def payment_reference(self) -> str:
        """The reference that the transfer has."""
        if self.plan_change is not None:
            return self.plan_change.reference or ""
        assert self.invoice is not None
        return self.invoice.payment_reference or ""
