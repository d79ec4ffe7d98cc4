"""Credit notes: numbered documents that take back all or part of an invoice, and never change (billing.md 7)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from commerce.accounts.models import Client
from commerce.billing.invoices.models import Invoice, InvoiceLine
from commerce.catalog.models import Currency
from commerce.hosting.models import Service


class CreditNoteQuerySet(models.QuerySet["CreditNote"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))


class CreditNote(models.Model):
    """What is taken back of one invoice; amounts positive, in minor units. Issued when made, never changed.

    ``accounting_tax`` is its share of the invoice's tax in the currency of the books. ``plan_change`` is the one that
    it gives unused days back for.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="credit_notes")
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="credit_notes")
    plan_change = models.ForeignKey(
        "PlanChange", models.PROTECT, null=True, related_name="credit_notes"
    )
    number = models.CharField(max_length=40, unique=True)
    issue_date = models.DateField()
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    exponent = models.PositiveSmallIntegerField()
    subtotal = models.BigIntegerField()
    tax_amount = models.BigIntegerField()
    total = models.BigIntegerField()
    seller = models.JSONField(default=dict)
    buyer = models.JSONField(default=dict)
    accounting_tax = models.JSONField(default=dict)
    reason = models.CharField(max_length=500)
    footer = models.TextField(blank=True)
    issued_at = models.DateTimeField()

    objects = CreditNoteQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(total=F("subtotal") + F("tax_amount")), name="credit_note_adds_up"
            ),
            models.CheckConstraint(condition=Q(total__gt=0), name="credit_note_positive"),
        ]

    def __str__(self) -> str:
        return self.number


class CreditNoteLine(models.Model):
    """One line of a credit note, with its share of its group's tax.

    ``line`` is the line of the invoice that it takes back, or a part of; none on notes of before, over an amount of all
    of them. ``LineShare`` says which services have how much of it.
    """

    credit_note = models.ForeignKey(CreditNote, models.PROTECT, related_name="lines")
    line = models.ForeignKey(InvoiceLine, models.PROTECT, null=True, related_name="credited_by")
    # What the former release reads; a later one takes it away.
    service = models.ForeignKey(
        Service, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    position = models.PositiveIntegerField()
    description = models.CharField(max_length=500)
    quantity_milli = models.BigIntegerField()
    unit_amount = models.BigIntegerField()
    amount = models.BigIntegerField()
    tax_category = models.CharField(max_length=2)
    tax_rate_milli = models.PositiveIntegerField()
    tax_amount = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["credit_note", "position"], name="credit_line_position_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.description


class CreditNoteTaxGroup(models.Model):
    """The net and tax that a credit note takes back of one category and rate."""

    credit_note = models.ForeignKey(CreditNote, models.PROTECT, related_name="tax_groups")
    category = models.CharField(max_length=2)
    rate_milli = models.PositiveIntegerField()
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    name = models.CharField(max_length=50, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["credit_note", "category", "rate_milli"], name="credit_group_unique"
            ),
            models.CheckConstraint(
                condition=Q(net__gte=0, tax__gte=0) | Q(net__lte=0, tax__lte=0),
                name="credit_group_of_one_sign",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.rate_milli}"
