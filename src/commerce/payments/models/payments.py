"""Payments (payments.md 1)."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from commerce.accounts.models import Client
from commerce.billing.models import Invoice, PlanChange
from commerce.catalog.models import Currency
from commerce.db.enums import enum_choices
from commerce.kit.errors import BusinessError
from commerce.payments.rules import PaymentMethod, PaymentStatus


class PaymentQuerySet(models.QuerySet["Payment"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def listed_on_invoices(self) -> Self:
        """Money that counts or counted: completed, disputed or refunded."""
        return self.filter(
            status__in=[PaymentStatus.COMPLETED, PaymentStatus.DISPUTED, PaymentStatus.REFUNDED]
        )

    def on_invoice(self, invoice: Invoice) -> Self:
        """Those for an invoice, alone or among several; ``amount_on_invoice`` is its share, or all of it."""
        shares = PaymentShare.objects.filter(invoice=invoice)
        share = Subquery(shares.filter(payment=OuterRef("pk")).values("amount"))
        return self.filter(Q(invoice=invoice) | Q(pk__in=shares.values("payment"))).annotate(
            amount_on_invoice=Coalesce(share, F("amount"))
        )

    def in_books(self, first: date, after: date) -> Self:
        """Booked money that counts on a day from ``first`` to before ``after``."""
        as_received = Q(booked_on=None, received_on__gte=first, received_on__lt=after)
        later = Q(booked_on__gte=first, booked_on__lt=after)
        return self.booked().filter(as_received | later)

    def booked(self) -> Self:
        """All money that ever counted, also what was taken back since."""
        return self.exclude(status__in=[PaymentStatus.PENDING, PaymentStatus.FAILED])


class Payment(models.Model):
    """Money that reached us through one gateway; ``amount`` is as received, ``fee`` a part of it.

    It came for one invoice, for several (``shares`` says what each has of it), for the request of a plan change, whose
    invoice has its share, or to be credit (payments.md 9).
    ``reference`` is what staff typed from a statement or check, ``idempotency_key`` the one-time key of their form:
    the same key is the same payment.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="payments")
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, related_name="payments")
    plan_change = models.ForeignKey(PlanChange, models.PROTECT, null=True, related_name="payments")
    gateway = models.CharField(max_length=40)
    transaction_id = models.CharField(max_length=255)
    amount = models.BigIntegerField()
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    status = models.CharField(
        max_length=9, choices=enum_choices(PaymentStatus), default=PaymentStatus.PENDING
    )
    received_on = models.DateField()
    booked_on = models.DateField(null=True)
    """The day on which it counts in the books, where it came once the month of ``received_on`` was closed."""
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
    card_country = models.CharField(max_length=2, blank=True, default="", db_default="")
    """Where the card was issued, or the account is, that paid: evidence beside that of its invoices, which are frozen
    (billing.md 5.2)."""
    attempt = models.ForeignKey("Attempt", models.PROTECT, null=True, related_name="payments")
    created_at = models.DateTimeField()

    amount_on_invoice: int
    """What one invoice has of it, where ``on_invoice`` found it."""

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
            models.CheckConstraint(
                condition=Q(booked_on=None) | Q(booked_on__gt=F("received_on")),
                name="payment_booked_after_received",
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
            # What staff search for begins so; and what they sum by month, without a look at the rows.
            models.Index(
                fields=["transaction_id"],
                opclasses=["varchar_pattern_ops"],
                name="payment_by_transaction",
            ),
            models.Index(
                fields=["currency", "received_on", "amount"],
                condition=Q(booked_on=None)
                & ~Q(status__in=[PaymentStatus.PENDING, PaymentStatus.FAILED]),
                name="payment_booked_as_received",
            ),
            # The few that came after their month was closed.
            models.Index(
                fields=["booked_on"],
                condition=Q(booked_on__isnull=False),
                name="payment_booked_later",
            ),
            models.Index(
                fields=["status", "id"],
                condition=~Q(status=PaymentStatus.COMPLETED),
                name="payment_not_completed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.transaction_id}"

    @property
    def day_in_books(self) -> date:
        """The day on which it counts in the books."""
        return self.booked_on or self.received_on

    def only_invoice(self) -> Invoice:
        """The one that it is for. Raises ``BusinessError`` where it is for several, or none."""
        if self.invoice is None:
            raise BusinessError("payment.not_of_one_invoice")
        return self.invoice

    def invoices(self) -> list[Invoice]:
        """What it came for, oldest due date first; none where funds were added, or nothing was carried out."""
        if self.invoice is not None:
            return [self.invoice]
        if self.plan_change is not None:
            return [self.plan_change.invoice] if self.plan_change.invoice else []
        if self.attempt is not None:
            return self.attempt.invoices()
        return [share.invoice for share in self.shares.select_related("invoice").order_by("pk")]


class PaymentShare(models.Model):
    """What one of several invoices has of a payment: what was due of it when the money came, as far as that went.

    Its settlement entry names it (``source``). What is in no share became credit.
    """

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="shares")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="payment_shares")
    amount = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payment", "invoice"], name="payment_share_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_share_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.payment} for {self.invoice}"

    @property
    def source(self) -> str:
        """What its settlement entry, and a reversal of it, says that it comes from."""
        return f"payment_share:{self.pk}"
