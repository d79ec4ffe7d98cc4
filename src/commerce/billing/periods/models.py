"""Which period of which service or domain an invoice bills (billing.md 3 and 8, invariants U5 and U18)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from commerce.billing.invoices.models import Invoice
from commerce.billing.periods.rules import BilledPeriodStatus
from commerce.db.enums import enum_choices
from commerce.domains.models import Domain
from commerce.hosting.models import Service

SERVICE_OR_DOMAIN = Q(service__isnull=False, domain__isnull=True) | Q(
    service__isnull=True, domain__isnull=False
)


class BilledPeriod(models.Model):
    """One period, ``period_start`` to ``period_end`` (the next start, not included), billed by one renewal line.

    ``net`` and ``tax`` are those of the renewal line with its options and discounts, as issued. A free period has no
    invoice; it is ``waived`` at once.
    """

    service = models.ForeignKey(Service, models.PROTECT, null=True, related_name="billed_periods")
    domain = models.ForeignKey(Domain, models.PROTECT, null=True, related_name="billed_periods")
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, related_name="billed_periods")
    period_start = models.DateField()
    period_end = models.DateField()
    net = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(default=0)
    status = models.CharField(
        max_length=8, choices=enum_choices(BilledPeriodStatus), default=BilledPeriodStatus.OPEN
    )
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=SERVICE_OR_DOMAIN, name="billed_period_of_service_or_domain"
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(BilledPeriodStatus)),
                name="billed_period_status_known",
            ),
            models.CheckConstraint(
                condition=Q(period_end__gt=models.F("period_start")),
                name="billed_period_period_forward",
            ),
            models.CheckConstraint(
                condition=Q(invoice__isnull=False)
                | Q(
                    status__in=[BilledPeriodStatus.WAIVED, BilledPeriodStatus.RELEASED],
                    net=0,
                    tax=0,
                ),
                name="billed_period_without_invoice_is_free",
            ),
            models.UniqueConstraint(
                fields=["service", "period_start"],
                condition=~Q(status=BilledPeriodStatus.RELEASED),
                name="billed_period_service_period_once",
            ),
            models.UniqueConstraint(
                fields=["domain", "period_start"],
                condition=~Q(status=BilledPeriodStatus.RELEASED),
                name="billed_period_domain_period_once",
            ),
            models.UniqueConstraint(
                fields=["service"],
                condition=Q(status=BilledPeriodStatus.OPEN),
                name="billed_period_service_one_open",
            ),
            models.UniqueConstraint(
                fields=["domain"],
                condition=Q(status=BilledPeriodStatus.OPEN),
                name="billed_period_domain_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service or self.domain} {self.period_start}"


class InvoiceSubject(models.Model):
    """An invoice has a line of this service or domain: what its page lists, and what an overdue invoice suspends."""

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="subjects")
    service = models.ForeignKey(Service, models.PROTECT, null=True, related_name="invoice_subjects")
    domain = models.ForeignKey(Domain, models.PROTECT, null=True, related_name="invoice_subjects")
    # What the former release reads; a later one takes it away.
    shares = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=SERVICE_OR_DOMAIN, name="invoice_subject_service_or_domain"
            ),
            models.UniqueConstraint(
                fields=["invoice", "service"], name="invoice_subject_service_once"
            ),
            models.UniqueConstraint(
                fields=["invoice", "domain"], name="invoice_subject_domain_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.service or self.domain}"
