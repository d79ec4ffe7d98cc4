"""What each month brought, kept when it has ended (backoffice.md 6)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from commerce.billing.reports.rules import MovementKind, RecurringKind
from commerce.catalog.models import Currency
from commerce.db.enums import enum_choices


class RecurringMonth(models.Model):
    """The recurring revenue of services, or of domains, in one currency: at both ends of a month, and what moved.

    ``month`` is its first day; amounts are minor units a month. ``movements`` has amount and count of each
    ``MovementKind``. Worked out from the audit log at ``worked_out_at``: a month that ``has_ended`` by then stays as it
    is, the one that lasts is worked out again.
    """

    month = models.DateField()
    kind = models.CharField(max_length=7, choices=enum_choices(RecurringKind))
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    start_amount = models.BigIntegerField()
    start_count = models.PositiveIntegerField()
    end_amount = models.BigIntegerField()
    end_count = models.PositiveIntegerField()
    movements = models.JSONField(default=dict)
    worked_out_at = models.DateTimeField(null=True)
    """Null for one of a former release, which is worked out once more: it has no ``RecurringMovement``."""
    has_ended = models.BooleanField(default=False, db_default=False)

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


class RecurringMovement(models.Model):
    """One service or domain whose recurring revenue differs at both ends of a month: what ``RecurringMonth`` counts."""

    month = models.DateField()
    kind = models.CharField(max_length=7, choices=enum_choices(RecurringKind))
    movement = models.CharField(max_length=11, choices=enum_choices(MovementKind))
    currency = models.ForeignKey(
        Currency, models.PROTECT, db_column="currency_code", db_index=False
    )
    record_id = models.BigIntegerField()
    before_amount = models.BigIntegerField()
    after_amount = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["month", "kind", "movement", "currency", "record_id"],
                name="recurring_movement_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=list(RecurringKind)), name="recurring_movement_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(movement__in=list(MovementKind)), name="recurring_movement_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}, {self.movement} {self.month}"
