"""Invoices, their lines and tax groups, settlement entries, and number sequences (billing.md 2 to 5).

Rates are thousandths of a percent and quantities are thousandths, both whole numbers: 20000 is 20 %, 1000 is 1.
"""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from commerce.accounts.models import Client
from commerce.accounts.rules import ClientStatus
from commerce.billing.invoices.rules import (
    OPEN_INVOICE_STATUSES,
    InvoiceKind,
    InvoiceLineKind,
    InvoiceStatus,
    SettlementKind,
)
from commerce.catalog.models import Currency, Product
from commerce.db.enums import enum_choices


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def for_client(self, client: object) -> Self:
        """What the client may see: drafts do not exist for clients."""
        return self.filter(client_id=getattr(client, "pk", client), issued_at__isnull=False)

    def newest_first(self) -> Self:
        return self.order_by("-issued_at", "-id")

    def open(self) -> Self:
        return self.filter(status__in=[InvoiceStatus.UNPAID, InvoiceStatus.OVERDUE])

    def not_held_on(self, day: date) -> Self:
        """Those that are neither held by staff on ``day`` nor stopped with their order."""
        held = Q(is_stopped=True) | Q(dunning_hold_until__isnull=False, dunning_hold_until__gte=day)
        return self.filter(~held)

    def dunnable_on(self, day: date) -> Self:
        """Those that may be dunned on ``day``: neither held nor stopped, and not of a closed client or one for whom
        staff switched dunning off."""
        rows = self.not_held_on(day).filter(client__dunning=True)
        return rows.exclude(client__status=ClientStatus.CLOSED)

    def suspending_on(self, day: date) -> Self:
        """Those of ``dunnable_on`` for which services may be off on ``day``: no transfer notice holds that."""
        held = Q(suspension_hold_until__isnull=False, suspension_hold_until__gte=day)
        return self.dunnable_on(day).exclude(held)


class Invoice(models.Model):
    """A numbered claim on a client (a draft is not yet one); amounts in minor units of its currency.

    ``missing_tax_currency`` is the currency of the books, if its tax was to be stated in it and no rate was known.
    ``is_stopped``: its order is under suspicion; it can be neither paid nor dunned until that ends.
    ``dunning_hold_until`` holds all dunning through that day, ``suspension_hold_until`` only suspension and the end.
    """

    # No index of its own: those below start with the client.
    client = models.ForeignKey(Client, models.PROTECT, related_name="invoices", db_index=False)
    kind = models.CharField(max_length=14, choices=enum_choices(InvoiceKind))
    status = models.CharField(
        max_length=9, choices=enum_choices(InvoiceStatus), default=InvoiceStatus.DRAFT
    )
    number = models.CharField(max_length=40, null=True, unique=True)  # noqa: DJ001 - a draft has none, and NULLs are not equal
    issue_date = models.DateField(null=True)
    # Of a draft: what staff typed, if they did.
    due_date = models.DateField(null=True)
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    exponent = models.PositiveSmallIntegerField()
    subtotal = models.BigIntegerField(default=0)
    tax_amount = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    amount_due = models.BigIntegerField(default=0)
    credit_applied = models.BigIntegerField(default=0)
    seller = models.JSONField(default=dict)
    buyer = models.JSONField(default=dict)
    overdue_at = models.DateTimeField(null=True)
    tax_evidence = models.JSONField(default=dict)
    accounting_tax = models.JSONField(default=dict)
    missing_tax_currency = models.CharField(max_length=3, blank=True, default="", db_default="")
    notes = models.TextField(blank=True)
    terms = models.TextField(blank=True)
    footer = models.TextField(blank=True)
    payment_reference = models.CharField(max_length=25, null=True, unique=True)  # noqa: DJ001 - as number
    issued_at = models.DateTimeField(null=True)
    paid_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    dunning_hold_until = models.DateField(null=True)
    suspension_hold_until = models.DateField(null=True)
    is_stopped = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.BigIntegerField(default=1, db_default=1)
    """Counts changes of what clients read of it (``record_versions.py``)."""

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=list(InvoiceStatus)),
                name="invoice_status_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    status=InvoiceStatus.DRAFT,
                    number__isnull=True,
                    issued_at__isnull=True,
                )
                | ~Q(status=InvoiceStatus.DRAFT)
                & Q(
                    number__isnull=False,
                    issued_at__isnull=False,
                    issue_date__isnull=False,
                    due_date__isnull=False,
                ),
                name="invoice_numbered_when_issued",
            ),
            # M5
            models.CheckConstraint(
                condition=Q(total=F("subtotal") + F("tax_amount")), name="invoice_adds_up"
            ),
            models.CheckConstraint(
                condition=Q(total__gte=0) & Q(amount_due__gte=0) & Q(amount_due__lte=F("total")),
                name="invoice_due_within_total",
            ),
            # M9
            models.CheckConstraint(
                condition=Q(status=InvoiceStatus.DRAFT)
                | Q(
                    status__in=[
                        InvoiceStatus.PAID,
                        InvoiceStatus.REFUNDED,
                        InvoiceStatus.CANCELLED,
                    ],
                    amount_due=0,
                )
                | Q(status__in=OPEN_INVOICE_STATUSES, amount_due__gt=0),
                name="invoice_paid_when_nothing_due",
            ),
            models.CheckConstraint(
                condition=~Q(status=InvoiceStatus.PAID) | Q(paid_at__isnull=False),
                name="invoice_paid_says_when",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "issued_at", "id"], name="invoice_list"),
            models.Index(fields=["client", "status", "issued_at", "id"], name="invoice_by_status"),
            models.Index(fields=["client", "changed_at"], name="invoice_changed"),
            # What the daily run asks for: open invoices up to a due date.
            models.Index(
                fields=["due_date"],
                condition=Q(status__in=OPEN_INVOICE_STATUSES),
                name="invoice_open_by_due_date",
            ),
            # What staff count and sum, without a look at the rows: what is owed, by how late it is.
            models.Index(
                fields=["currency", "due_date", "amount_due"],
                condition=Q(status__in=OPEN_INVOICE_STATUSES),
                name="invoice_open_amounts",
            ),
            # The lists of staff, over all clients.
            models.Index(fields=["status", "id"], name="invoice_of_all_by_status"),
            models.Index(fields=["issue_date", "id"], name="invoice_of_all_by_day"),
            # The few that lack their tax in the currency of the books.
            models.Index(
                fields=["missing_tax_currency", "currency", "issue_date"],
                condition=~Q(missing_tax_currency=""),
                name="invoice_without_books_tax",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"draft {self.pk}"


class InvoiceLine(models.Model):
    """One line: ``amount`` is net; its share of the group's tax is ``tax_amount``.

    ``unit_amount`` is net as well; ``typed_unit_amount`` is what was typed in its place, where prices include tax and
    it is another. ``tax_kind`` is the product kind by which its tax is found, ``''`` for none. ``billed_period`` is
    what the line belongs to: a period has exactly one line of kind ``renewal``, and may have options and discounts
    beside it. ``product`` is what was sold, whatever becomes of the service; names of domains, late fees and what staff
    typed are no products.
    """

    kind = models.CharField(
        max_length=11, choices=enum_choices(InvoiceLineKind), default=InvoiceLineKind.ITEM
    )
    tax_kind = models.CharField(max_length=7, blank=True, default="")
    billed_period = models.ForeignKey(
        "BilledPeriod", models.PROTECT, null=True, related_name="lines"
    )
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, db_index=False, related_name="+"
    )
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    description = models.CharField(max_length=500)
    quantity_milli = models.BigIntegerField()
    unit_amount = models.BigIntegerField()
    typed_unit_amount = models.BigIntegerField(null=True)
    amount = models.BigIntegerField()
    tax_category = models.CharField(max_length=2)
    tax_rate_milli = models.PositiveIntegerField()
    tax_amount = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "position"], name="line_position_unique"),
            # U18
            models.UniqueConstraint(
                fields=["billed_period"],
                condition=Q(kind=InvoiceLineKind.RENEWAL),
                name="line_one_renewal_per_billed_period",
            ),
            models.CheckConstraint(
                condition=Q(quantity_milli__gte=1) & Q(quantity_milli__lte=100_000_000),
                name="line_quantity_range",
            ),
            models.CheckConstraint(
                condition=Q(tax_rate_milli__lte=100_000), name="line_rate_range"
            ),
            models.CheckConstraint(
                condition=Q(tax_category__in=["S", "Z", "E", "O", "AE", "G"]),
                name="line_category_known",
            ),
        ]

    def __str__(self) -> str:
        return self.description

    @property
    def stated_unit_amount(self) -> int:
        """The unit amount as it was typed: with tax, where prices include it."""
        return self.unit_amount if self.typed_unit_amount is None else self.typed_unit_amount


class TaxGroup(models.Model):
    """The tax of all lines of one category and rate, rounded once on their summed base.

    Below 0 only on the invoices of plan changes of before, which deducted what was taxed otherwise than their charge.
    """

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="tax_groups")
    category = models.CharField(max_length=2)
    rate_milli = models.PositiveIntegerField()
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    name = models.CharField(max_length=50, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["invoice", "category", "rate_milli"], name="tax_group_unique"
            ),
            models.CheckConstraint(
                condition=Q(net__gte=0, tax__gte=0) | Q(net__lte=0, tax__lte=0),
                name="tax_group_of_one_sign",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.rate_milli}"


class SettlementEntry(models.Model):
    """One signed, append-only row that lowers (+) or raises (−) what is left to pay of one invoice."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="settlement_entries")
    kind = models.CharField(max_length=13, choices=enum_choices(SettlementKind))
    source = models.CharField(max_length=80)
    amount = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "source"], name="settlement_source_unique"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        SettlementKind.PAYMENT,
                        SettlementKind.CREDIT,
                        SettlementKind.CREDIT_NOTE,
                        SettlementKind.REFUND_FAILED,
                        SettlementKind.REVERSAL_WON,
                    ],
                    amount__gt=0,
                )
                | Q(
                    kind__in=[
                        SettlementKind.REFUND,
                        SettlementKind.TO_CREDIT,
                        SettlementKind.REVERSAL,
                    ],
                    amount__lt=0,
                ),
                name="settlement_sign_by_kind",
            ),
        ]
        indexes: ClassVar = [
            # What was owed on a past day, counted back from today.
            models.Index(fields=["at", "invoice", "amount"], name="settlement_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"


class NumberSequence(models.Model):
    """The next number of a sequence of documents, and the date of its last one; locked while a document is issued."""

    name = models.CharField(max_length=40, primary_key=True)
    next_number = models.BigIntegerField(default=1)
    last_date = models.DateField(null=True)

    def __str__(self) -> str:
        return self.name
