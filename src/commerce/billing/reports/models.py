"""What each month brought, kept when it has ended (backoffice.md 6)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from commerce.billing.reports.rules import RecurringKind
from commerce.catalog.models import Currency
from commerce.db.enums import enum_choices


class RecurringMonth(models.Model):
    """The recurring revenue of services, or of domains, in one currency: at both ends of a month, and what moved.

    ``month`` is its first day; amounts are minor units a month. ``movements`` has amount and count of each
    ``MovementKind``. Worked out from the audit log, which never changes: the same whenever it is done.
    """

    month = models.DateField()
    kind = models.CharField(max_length=7, choices=enum_choices(RecurringKind))
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    start_amount = models.BigIntegerField()
    start_count = models.PositiveIntegerField()
    end_amount = models.BigIntegerField()
    end_count = models.PositiveIntegerField()
    movements = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["month", "kind", "currency"], name="recurring_month_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=list(RecurringKind)), name="recurring_month_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.month} {self.currency_id}"
