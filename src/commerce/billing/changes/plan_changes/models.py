"""Changes of a service to another plan (billing.md 8); at most one open for each service."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from commerce.accounts.models import Client, User
from commerce.billing.changes.plan_changes.rules import (
    OPEN_PLAN_CHANGE_STATUSES,
    PlanChangeStatus,
)
from commerce.billing.invoices.credit_note_models import CreditNote
from commerce.billing.invoices.models import Invoice
from commerce.catalog.models import Product
from commerce.db.enums import enum_choices
from commerce.hosting.models import Service
from commerce.kit.periods import BillingCycle
from commerce.presentation.labels import Text, plan_in_cycle


class PlanChangeQuerySet(models.QuerySet["PlanChange"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def open(self) -> Self:
        return self.filter(status__in=OPEN_PLAN_CHANGE_STATUSES)


class PlanChange(models.Model):
    """A service moves to another product or cycle; until it is carried out there is no document of it.

    ``amount``, ``price_parts`` and ``options`` are the service's from the change on, as its own columns hold them. With
    tax, in minor units: ``credit`` is what is given back for unused days, ``charge`` what the new plan costs, ``total``
    the difference, which is to be paid where it is above 0 and becomes credit below it. They are those that were
    confirmed, then those of staff's decision, and at last those that were carried out. ``taxed_as`` is how the charge
    was taxed when it was confirmed: ``case``, ``category`` and ``rate_milli``, with what was known then of the VAT
    number that decided, which counts until it ends: ``vat``. With ``keeps_price`` a quote holds its price, whatever the
    plan costs by now.

    As a request it is paid by ``reference`` until ``last_day``: with credit where ``uses_credit``, and with
    ``paid_to_credit``, money that came for it and did not suffice. ``payment_expected_until`` holds the renewal back.
    Its documents are ``invoice``, with the charge, and ``credit_notes``. ``given_days`` are those up to the next due
    date that no document billed before: first day, day after the last, and the amount of the period before the change;
    they stay given for the next change of the same cycle. ``netted_until`` is of a change of before there were two
    kinds of documents: the day up to which one that nets both bills.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="plan_changes")
    service = models.ForeignKey(Service, models.PROTECT, related_name="plan_changes")
    requested_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    billing_cycle = models.CharField(max_length=13, choices=enum_choices(BillingCycle))
    amount = models.BigIntegerField()
    price_parts = models.JSONField(default=dict, db_column="parts")
    options = models.JSONField(default=list)
    credit = models.BigIntegerField()
    charge = models.BigIntegerField()
    total = models.BigIntegerField(null=True)
    taxed_as = models.JSONField(
        default=dict, db_default=models.Value({}, output_field=models.JSONField())
    )
    keeps_price = models.BooleanField(default=False, db_default=False)
    uses_credit = models.BooleanField(default=False, db_default=False)
    paid_to_credit = models.PositiveBigIntegerField(default=0, db_default=0)
    reference = models.CharField(max_length=25, null=True, unique=True)  # noqa: DJ001 - those of before have none, and NULLs are not equal
    last_day = models.DateField(null=True)
    payment_expected_until = models.DateTimeField(null=True)
    invoice = models.OneToOneField(Invoice, models.PROTECT, null=True, related_name="plan_change")
    netted_until = models.DateField(null=True)
    given_days = models.JSONField(
        default=list, db_default=models.Value([], output_field=models.JSONField())
    )
    status = models.CharField(
        max_length=16, choices=enum_choices(PlanChangeStatus), default=PlanChangeStatus.PENDING
    )
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    # What the former release reads; a later one takes them away.
    coverage = models.JSONField(
        default=dict, db_default=models.Value({}, output_field=models.JSONField())
    )
    credit_note = models.OneToOneField(CreditNote, models.PROTECT, null=True, related_name="+")

    objects = PlanChangeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["service"],
                condition=Q(status__in=OPEN_PLAN_CHANGE_STATUSES),
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

    @property
    def old_plan(self) -> Text:
        """What people read of the plan that it leaves while it is open; with its cycle where only that changes."""
        keeps_product = self.service.product_id == self.product_id
        return plan_in_cycle(
            self.service.product.name, self.service.billing_cycle if keeps_product else ""
        )

    @property
    def new_plan(self) -> Text:
        """What people read of the plan that it leads to."""
        return new_plan_name(self.service, self.product, self.billing_cycle)


def new_plan_name(service: Service, product: Product, billing_cycle: str) -> Text:
    """What people read of a plan that a service changes to: with its cycle unless the service has another product."""
    keeps_product = service.product_id == product.pk
    return plan_in_cycle(product.name, billing_cycle if keeps_product else "")


class PaidElsewhereQuerySet(models.QuerySet["PaidElsewhere"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))


class PaidElsewhere(models.Model):
    """What a client had paid for days of a service before it came to us, as staff state it: a change gives it back as
    credit.

    ``amount`` is with tax, for the days from ``period_start`` up to ``period_end``. ``given_back_from`` is the day of
    the change that gave back what was left of it.
    """

    service = models.ForeignKey(Service, models.PROTECT, related_name="paid_elsewhere")
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    amount = models.BigIntegerField()
    period_start = models.DateField()
    period_end = models.DateField()
    reason = models.CharField(max_length=500)
    given_back_from = models.DateField(null=True)
    created_at = models.DateTimeField()

    objects = PaidElsewhereQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, period_end__gt=F("period_start")),
                name="paid_elsewhere_for_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.period_start}"
