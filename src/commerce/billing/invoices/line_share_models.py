"""What each service has of each line of a document, written when it is issued and never changed (billing.md 8)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from commerce.billing.invoices.credit_note_models import CreditNoteLine
from commerce.billing.invoices.models import InvoiceLine
from commerce.db.enums import enum_choices
from commerce.hosting.models import Service
from commerce.kit.periods import BillingCycle


class LineShare(models.Model):
    """What ``service`` has of ``line``, in minor units; none: a line, or the part of one, that is of no service.

    Without ``credit_line`` it is what the service has as issued, and all of a line is shared out. With it, it is what
    that line of a credit note took back of it, below 0 where the line is above: what is left is the sum.

    ``period_start`` and ``period_end``, the day after the last, are the days that are billed; of what a plan change
    gave back, the days from the change on, which are then over. The line of an order bills the first ``billing_cycle``
    from the activation on, whenever that is. A setup fee, and what staff bill by hand for no days, have neither.
    """

    line = models.ForeignKey(InvoiceLine, models.CASCADE, related_name="line_shares")
    service = models.ForeignKey(Service, models.PROTECT, null=True, related_name="line_shares")
    credit_line = models.ForeignKey(
        CreditNoteLine, models.PROTECT, null=True, related_name="line_shares"
    )
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    billing_cycle = models.CharField(
        max_length=13, choices=enum_choices(BillingCycle), blank=True, default=""
    )
    period_start = models.DateField(null=True)
    period_end = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["line", "service"],
                condition=Q(credit_line__isnull=True),
                name="line_share_once",
            ),
            models.UniqueConstraint(
                fields=["credit_line", "line", "service"],
                condition=Q(credit_line__isnull=False),
                name="line_share_credited_once",
            ),
            models.CheckConstraint(
                condition=Q(period_start__isnull=True, period_end__isnull=True)
                | Q(
                    billing_cycle="",
                    period_start__isnull=False,
                    period_end__isnull=False,
                    period_end__gt=F("period_start"),
                ),
                name="line_share_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} for {self.service or 'no service'}"
