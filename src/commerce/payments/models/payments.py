"""Payments (payments.md 1)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.catalog.models import Currency
from commerce.db.enums import enum_choices
from commerce.payments.rules import PaymentMethod, PaymentStatus


class PaymentQuerySet(models.QuerySet["Payment"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def listed_on_invoices(self) -> Self:
        """Money that counts or counted: completed, disputed or refunded."""
        return self.filter(
            status__in=[PaymentStatus.COMPLETED, PaymentStatus.DISPUTED, PaymentStatus.REFUNDED]
        )

    def booked(self) -> Self:
        """All money that ever counted, also what was taken back since."""
        return self.exclude(status__in=[PaymentStatus.PENDING, PaymentStatus.FAILED])


class Payment(models.Model):
    """Money that reached us for one invoice through one gateway; ``amount`` is as received, ``fee`` a part of it.

    ``reference`` is what staff typed from a statement or cheque, ``idempotency_key`` the one-time key of their form:
    the same key is the same payment.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="payments")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="payments")
    gateway = models.CharField(max_length=40)
    transaction_id = models.CharField(max_length=255)
    amount = models.BigIntegerField()
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    status = models.CharField(
        max_length=9, choices=enum_choices(PaymentStatus), default=PaymentStatus.PENDING
    )
    received_on = models.DateField()
    booked_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)
    method = models.CharField(
        max_length=13, choices=enum_choices(PaymentMethod), blank=True, default=""
    )
    reference = models.CharField(max_length=255, blank=True, default="")
    idempotency_key = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001 - only staff's have one, and NULLs are not equal
    recorded_by = models.CharField(max_length=254, blank=True, default="")
    fee = models.BigIntegerField(default=0)
    card_brand = models.CharField(max_length=20, blank=True, default="")
    card_last4 = models.CharField(max_length=4, blank=True, default="")
    attempt = models.ForeignKey("Attempt", models.PROTECT, null=True, related_name="payments")
    created_at = models.DateTimeField()

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["gateway", "transaction_id"], name="payment_transaction_unique"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_positive"),
            models.CheckConstraint(
                condition=Q(status__in=list(PaymentStatus)),
                name="payment_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[PaymentStatus.PENDING, PaymentStatus.FAILED])
                | Q(booked_at__isnull=False),
                name="payment_booked_says_when",
            ),
            models.CheckConstraint(condition=Q(fee__gte=0), name="payment_fee_not_negative"),
            models.CheckConstraint(
                condition=Q(method__in=["", *PaymentMethod]),
                name="payment_method_known",
            ),
        ]
        indexes: ClassVar = [
            # What staff type is looked for, so that a second booking of one transfer is noticed.
            models.Index(
                fields=["reference"], condition=~Q(reference=""), name="payment_by_reference"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.transaction_id}"
