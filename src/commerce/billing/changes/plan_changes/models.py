"""Changes of a service to another plan (billing.md 8); at most one open for each service."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models import Client, User
from commerce.billing.changes.plan_changes.rules import PlanChangeStatus
from commerce.billing.invoices.credit_note_models import CreditNote
from commerce.billing.invoices.models import Invoice
from commerce.catalog.models import Product
from commerce.db.enums import enum_choices
from commerce.hosting.models import Service
from commerce.kit.periods import BillingCycle


class PlanChangeQuerySet(models.QuerySet["PlanChange"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def open(self) -> Self:
        return self.filter(status__in=[PlanChangeStatus.PENDING, PlanChangeStatus.AWAITING_PAYMENT])


class PlanChange(models.Model):
    """A service moves to another product or cycle. ``credit`` and ``charge`` are the figures that were confirmed.

    ``amount``, ``parts`` and ``options`` are the service's from the change on, as its own columns hold them. ``total``
    is what was shown as to be paid with tax, below 0 what becomes credit; ``coverage`` is what the charge pays for
    (``change_prices.PlanChangePrice``). ``invoice`` has the charge; ``credit_note`` gave back what was left over, with
    older ones where it was paid on several invoices.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="plan_changes")
    service = models.ForeignKey(Service, models.PROTECT, related_name="plan_changes")
    requested_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    billing_cycle = models.CharField(max_length=13, choices=enum_choices(BillingCycle))
    amount = models.BigIntegerField()
    parts = models.JSONField(default=dict)
    options = models.JSONField(default=list)
    credit = models.BigIntegerField()
    charge = models.BigIntegerField()
    total = models.BigIntegerField(null=True)
    coverage = models.JSONField(
        default=dict, db_default=models.Value({}, output_field=models.JSONField())
    )
    invoice = models.OneToOneField(Invoice, models.PROTECT, null=True, related_name="plan_change")
    credit_note = models.OneToOneField(
        CreditNote, models.PROTECT, null=True, related_name="plan_change"
    )
    status = models.CharField(
        max_length=16, choices=enum_choices(PlanChangeStatus), default=PlanChangeStatus.PENDING
    )
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = PlanChangeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["service"],
                condition=Q(
                    status__in=[PlanChangeStatus.PENDING, PlanChangeStatus.AWAITING_PAYMENT]
                ),
                name="plan_change_one_open",
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(PlanChangeStatus)),
                name="plan_change_status_known",
            ),
            models.CheckConstraint(
                condition=Q(credit__gte=0) & Q(charge__gte=0), name="plan_change_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} to {self.product} {self.billing_cycle}"
