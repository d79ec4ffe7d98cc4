"""Attempts: our record of one try to pay, made before the client is sent anywhere (payments.md 1, 3 and 9)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models import Client, User
from commerce.billing.models import Invoice, PlanChange
from commerce.catalog.models import Currency
from commerce.db.enums import enum_choices
from commerce.payments.rules import AttemptKind, AttemptPurpose, AttemptStatus

LIVE_ATTEMPT_STATUSES = (AttemptStatus.CREATED, AttemptStatus.OPEN)


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def live(self) -> Self:
        """Those that may still bring money by the client's own doing."""
        return self.filter(status__in=LIVE_ATTEMPT_STATUSES)

    def for_request(self, change: PlanChange) -> Self:
        """Those for the request of a plan change."""
        return self.filter(plan_change=change)

    def of_several_with(self, invoice: Invoice) -> Self:
        """Those for several invoices of which this is one."""
        return self.filter(attempt_invoices__invoice=invoice)


class Attempt(models.Model):
    """One try to pay ``amount`` through one gateway; ``reference`` is the gateway's own name for it.

    It is bound to one invoice, to several (``attempt_invoices``), to the request of a plan change, or to the client
    alone, who adds funds: ``purpose``.

    ``account`` is the one at the gateway that was used for it: another one is not asked about it.
    ``expires_at`` is empty for a bank transfer, which takes the time that it takes. ``failure`` is the reason in plain
    words, as the client may read it; ``needs_holder``: it failed since the bank wants its client, who pays anew.
    ``saved_card`` is the one that is charged, or that was kept while paying: then ``consent_text`` is what the client
    agreed to.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="payment_attempts")
    purpose = models.CharField(
        max_length=11,
        choices=enum_choices(AttemptPurpose),
        default=AttemptPurpose.INVOICE,
        db_default=AttemptPurpose.INVOICE,
    )
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, related_name="payment_attempts")
    plan_change = models.ForeignKey(
        PlanChange, models.PROTECT, null=True, related_name="payment_attempts"
    )
    gateway = models.CharField(max_length=40)
    account = models.CharField(max_length=100, blank=True, default="", db_default="")
    kind = models.CharField(
        max_length=11, choices=enum_choices(AttemptKind), default=AttemptKind.ON_SESSION
    )
    amount = models.BigIntegerField()
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    reference = models.CharField(max_length=255, null=True)  # noqa: DJ001 - none yet, and NULLs are not equal
    idempotency_key = models.CharField(max_length=64, unique=True)
    status = models.CharField(
        max_length=9, choices=enum_choices(AttemptStatus), default=AttemptStatus.CREATED
    )
    failure = models.CharField(max_length=255, blank=True)
    needs_holder = models.BooleanField(default=False, db_default=False)
    saved_card = models.ForeignKey("SavedCard", models.PROTECT, null=True, related_name="attempts")
    consent_text = models.TextField(blank=True, default="", db_default="")
    consented_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            # U3
            models.UniqueConstraint(
                fields=["gateway", "reference"], name="attempt_reference_unique"
            ),
            models.UniqueConstraint(
                fields=["invoice", "gateway"],
                condition=Q(kind=AttemptKind.ON_SESSION, status__in=LIVE_ATTEMPT_STATUSES),
                name="attempt_one_live_per_gateway",
            ),
            models.UniqueConstraint(
                fields=["invoice"],
                condition=Q(kind=AttemptKind.OFF_SESSION, status__in=LIVE_ATTEMPT_STATUSES),
                name="attempt_one_live_off_session",
            ),
            models.UniqueConstraint(
                fields=["client", "gateway", "purpose"],
                condition=Q(
                    purpose__in=[AttemptPurpose.INVOICES, AttemptPurpose.TOP_UP],
                    kind=AttemptKind.ON_SESSION,
                    status__in=LIVE_ATTEMPT_STATUSES,
                ),
                name="attempt_one_live_of_client",
            ),
            models.UniqueConstraint(
                fields=["plan_change", "gateway"],
                condition=Q(kind=AttemptKind.ON_SESSION, status__in=LIVE_ATTEMPT_STATUSES),
                name="attempt_one_live_of_request",
            ),
            models.UniqueConstraint(
                fields=["plan_change"],
                condition=Q(kind=AttemptKind.OFF_SESSION, status__in=LIVE_ATTEMPT_STATUSES),
                name="attempt_one_live_charge_of_request",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="attempt_positive"),
            models.CheckConstraint(
                condition=Q(
                    purpose=AttemptPurpose.INVOICE, invoice__isnull=False, plan_change__isnull=True
                )
                | Q(
                    purpose=AttemptPurpose.PLAN_CHANGE,
                    invoice__isnull=True,
                    plan_change__isnull=False,
                )
                | Q(
                    purpose__in=[AttemptPurpose.INVOICES, AttemptPurpose.TOP_UP],
                    invoice__isnull=True,
                    plan_change__isnull=True,
                ),
                name="attempt_bound_to_what_it_pays",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=list(AttemptKind)), name="attempt_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(AttemptStatus)),
                name="attempt_status_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["expires_at"],
                condition=Q(status__in=LIVE_ATTEMPT_STATUSES),
                name="attempt_live_by_expiry",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.reference or self.idempotency_key}"

    @property
    def is_live(self) -> bool:
        """Whether it may still bring money by the client's own doing."""
        return self.status in LIVE_ATTEMPT_STATUSES

    def invoices(self) -> list[Invoice]:
        """What it pays, oldest due date first; none where funds are added, and of a request once that is carried
        out.
        """
        if self.invoice is not None:
            return [self.invoice]
        if self.plan_change is not None:
            return [self.plan_change.invoice] if self.plan_change.invoice else []
        rows = Invoice.objects.filter(attempt_invoices__attempt=self)
        return list(rows.order_by("due_date", "pk"))


class AttemptInvoice(models.Model):
    """One of several invoices that an attempt pays together."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="attempt_invoices")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="attempt_invoices")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["attempt", "invoice"], name="attempt_invoice_once")
        ]

    def __str__(self) -> str:
        return f"{self.attempt} for {self.invoice}"


class AutopayTry(models.Model):
    """That an invoice was to be paid by a saved card for the ``number``th time, by which attempt (payments.md 7)."""

    invoice = models.ForeignKey(
        Invoice, models.PROTECT, related_name="autopay_tries", db_index=False
    )
    number = models.PositiveSmallIntegerField()
    day = models.DateField()
    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="autopay_tries")

    class Meta:
        constraints: ClassVar = [
            # U3
            models.UniqueConstraint(fields=["invoice", "number"], name="autopay_try_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="autopay_try_counts_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.number}"
