"""Refunds: money of one payment that goes back, through the gateway or into credit (payments.md 8)."""

from collections import Counter
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q

from commerce.accounts.models import Client
from commerce.billing.models import CreditNote, Invoice
from commerce.db.enums import enum_choices
from commerce.payments.models.payments import Payment
from commerce.payments.rules import RefundMethod, RefundStatus


class RefundQuerySet(models.QuerySet["Refund"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def not_failed(self) -> Self:
        """Those whose money left us, or is about to: all that have not failed."""
        return self.exclude(status=RefundStatus.FAILED)

    def using_up(self) -> Self:
        """Those that use up their payment; one that failed after it was accepted became credit, and does so too, unless
        it was credit before.
        """
        became_credit = Q(accepted_at__isnull=False, is_paid_back=False)
        return self.filter(~Q(status=RefundStatus.FAILED) | became_credit)

    def amount_used(self) -> int:
        """How much of their payments these use up (M11). What was refunded to credit and then went back from there
        counts once.
        """
        noted, in_credit, paid_back = Counter[Any](), Counter[Any](), Counter[Any]()
        for refund in self.using_up():
            part = refund.payment_id, refund.invoice_id
            if refund.method == RefundMethod.CREDIT or refund.status == RefundStatus.FAILED:
                in_credit[part] += refund.amount
            else:
                (paid_back if refund.is_paid_back else noted)[part] += refund.amount
        return noted.total() + (in_credit | paid_back).total()


class Refund(models.Model):
    """``amount`` of one payment on its way back; its credit note takes back as much of the invoice.

    ``invoice`` is which of several a payment was for; empty where it is the payment's, or funds were added.
    ``is_paid_back``: of credit, which a credit note had set free before; without a note, it comes out of the balance.
    ``is_outside``: made at the gateway's own site, so that it may be more than the invoice holds. The rest is taken
    from credit; ``unrecovered_amount`` was in neither, and is staff's to collect. ``failure`` is what the gateway said.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="refunds")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, related_name="+")
    gateway = models.CharField(max_length=40)
    amount = models.BigIntegerField()
    method = models.CharField(db_column="way", max_length=7, choices=enum_choices(RefundMethod))
    reference = models.CharField(max_length=255, null=True)  # noqa: DJ001 - none yet, and NULLs are not equal
    idempotency_key = models.CharField(max_length=64, unique=True)
    status = models.CharField(
        max_length=9, choices=enum_choices(RefundStatus), default=RefundStatus.REQUESTED
    )
    reason = models.CharField(max_length=500)
    credit_note = models.OneToOneField(
        CreditNote, models.PROTECT, null=True, related_name="payment_refund"
    )
    is_paid_back = models.BooleanField(default=False, db_default=False)
    is_outside = models.BooleanField(default=False, db_default=False)
    unrecovered_amount = models.BigIntegerField(default=0, db_default=0)
    failure = models.CharField(max_length=255, blank=True, default="", db_default="")
    recorded_by = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # U4
            models.UniqueConstraint(
                fields=["gateway", "reference"], name="refund_reference_unique"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_positive"),
            models.CheckConstraint(
                condition=Q(unrecovered_amount__gte=0, unrecovered_amount__lte=F("amount")),
                name="refund_unrecovered_within",
            ),
            models.CheckConstraint(
                condition=Q(method__in=list(RefundMethod)), name="refund_way_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(RefundStatus)),
                name="refund_status_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["reference"], name="refund_by_reference"),
        ]

    def __str__(self) -> str:
        return f"refund of {self.payment}"
