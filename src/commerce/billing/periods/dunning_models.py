"""What was said about a late invoice, once each: reminders, late fees, notices of termination (billing.md 8, U11)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from commerce.billing.invoices.models import Invoice
from commerce.billing.periods.rules import ReminderStatus
from commerce.db.enums import enum_choices
from commerce.hosting.models import Service


class Reminder(models.Model):
    """One step of the reminder ladder for one invoice; ``step`` is days after the due date, negative before it."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="reminders")
    step = models.SmallIntegerField()
    status = models.CharField(max_length=7, choices=enum_choices(ReminderStatus))
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "step"], name="reminder_step_once"),
            models.CheckConstraint(
                condition=Q(status__in=list(ReminderStatus)), name="reminder_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.step:+d}"


class LateFee(models.Model):
    """The invoice of the fee for one late invoice: at most one, and never for the fee itself."""

    late_invoice = models.OneToOneField(Invoice, models.PROTECT, related_name="late_fee")
    invoice = models.OneToOneField(Invoice, models.PROTECT, related_name="late_fee_for")

    def __str__(self) -> str:
        return f"{self.invoice} for {self.late_invoice}"


class TerminationNotice(models.Model):
    """A service was told, once for each suspension, that it will end; it ends 3 days later at the earliest."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="termination_notices")
    suspended_at = models.DateTimeField()
    notified_on = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["service", "suspended_at"], name="termination_notice_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.notified_on}"
