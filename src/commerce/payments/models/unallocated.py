"""Unallocated payments: money that reached us and that belongs to no invoice as it came (payments.md 2.3)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.billing.models import Invoice, PlanChange
from commerce.db.enums import enum_choices
from commerce.payments.models.payments import Payment
from commerce.payments.rules import UnallocatedPaymentReason, UnallocatedPaymentStatus


class UnallocatedPaymentQuerySet(models.QuerySet["UnallocatedPayment"]):
    def for_client(self, client: object) -> Self:
        """Staff's business: no client sees one before it became a payment."""
        return self.none()

    def open(self) -> Self:
        return self.filter(status=UnallocatedPaymentStatus.OPEN)


class UnallocatedPayment(models.Model):
    """Money kept until staff assign it to an invoice, or a request, of its currency, or return it.

    ``invoice`` or ``plan_change`` is what it was meant for, if that is known; ``currency_code`` may be one that this
    installation does not bill in. Assigned, the transaction is its payment's and no longer in this row, so that it is
    never in both (U1).
    """

    gateway = models.CharField(max_length=40)
    transaction_id = models.CharField(max_length=255, null=True)  # noqa: DJ001 - NULL when its payment has it
    amount = models.BigIntegerField()
    currency_code = models.CharField(max_length=3)
    received_on = models.DateField()
    reason = models.CharField(max_length=9, choices=enum_choices(UnallocatedPaymentReason))
    reference = models.CharField(max_length=255, blank=True)
    raw = models.JSONField(default=dict)
    note = models.CharField(max_length=500, blank=True)
    status = models.CharField(
        max_length=8,
        choices=enum_choices(UnallocatedPaymentStatus),
        default=UnallocatedPaymentStatus.OPEN,
    )
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, related_name="+")
    plan_change = models.ForeignKey(PlanChange, models.PROTECT, null=True, related_name="+")
    payment = models.OneToOneField(
        Payment, models.PROTECT, null=True, related_name="unallocated_payment"
    )
    recorded_by = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = UnallocatedPaymentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # U1
            models.UniqueConstraint(
                fields=["gateway", "transaction_id"], name="unallocated_payment_transaction_unique"
            ),
            models.CheckConstraint(
                condition=Q(status=UnallocatedPaymentStatus.ASSIGNED, transaction_id__isnull=True)
                | ~Q(status=UnallocatedPaymentStatus.ASSIGNED) & Q(transaction_id__isnull=False),
                name="unallocated_payment_assigned_gave_its_id_away",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="unallocated_payment_positive"),
            models.CheckConstraint(
                condition=Q(reason__in=list(UnallocatedPaymentReason)),
                name="unallocated_payment_reason_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(UnallocatedPaymentStatus)),
                name="unallocated_payment_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.transaction_id or self.payment}"
