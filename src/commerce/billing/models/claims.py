"""Which period of which service or domain an invoice bills (billing.md 3 and 8, invariants U5 and U18)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from commerce.billing.models.invoices import Invoice
from commerce.domains.models import Domain
from commerce.hosting.models import Service

ONE_OF_BOTH = Q(service__isnull=False, domain__isnull=True) | Q(
    service__isnull=True, domain__isnull=False
)


class Claim(models.Model):
    """One period, ``period_start`` to ``period_end`` (the next start, not included), claimed by one renewal line.

    ``net`` and ``tax`` are those of the renewal line with its options and discounts, as issued. A free period has no
    invoice; it is ``waived`` at once.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        PAID = "paid"
        WAIVED = "waived"
        RELEASED = "released"

    service = models.ForeignKey(Service, models.PROTECT, null=True, related_name="claims")
    domain = models.ForeignKey(Domain, models.PROTECT, null=True, related_name="claims")
    invoice = models.ForeignKey(Invoice, models.PROTECT, null=True, related_name="claims")
    period_start = models.DateField()
    period_end = models.DateField()
    net = models.BigIntegerField(default=0)
    tax = models.BigIntegerField(default=0)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=ONE_OF_BOTH, name="claim_of_service_or_domain"),
            models.CheckConstraint(
                condition=Q(status__in=["open", "paid", "waived", "released"]),
                name="claim_status_known",
            ),
            models.CheckConstraint(
                condition=Q(period_end__gt=models.F("period_start")), name="claim_period_forward"
            ),
            models.CheckConstraint(
                condition=Q(invoice__isnull=False)
                | Q(status__in=["waived", "released"], net=0, tax=0),
                name="claim_without_invoice_is_free",
            ),
            models.UniqueConstraint(
                fields=["service", "period_start"],
                condition=~Q(status="released"),
                name="claim_service_period_once",
            ),
            models.UniqueConstraint(
                fields=["domain", "period_start"],
                condition=~Q(status="released"),
                name="claim_domain_period_once",
            ),
            models.UniqueConstraint(
                fields=["service"], condition=Q(status="open"), name="claim_service_one_open"
            ),
            models.UniqueConstraint(
                fields=["domain"], condition=Q(status="open"), name="claim_domain_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service or self.domain} {self.period_start}"


class Billed(models.Model):
    """An invoice has a line of this service or domain: what its page lists, and what an overdue invoice suspends.

    ``shares`` of a service on the invoice of its order: the position of each line that bills its first period, with
    what the line holds of this one unit, before tax or with it as the prices are.
    """

    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="billed")
    service = models.ForeignKey(Service, models.PROTECT, null=True, related_name="billed")
    domain = models.ForeignKey(Domain, models.PROTECT, null=True, related_name="billed")
    shares = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=ONE_OF_BOTH, name="billed_service_or_domain"),
            models.UniqueConstraint(fields=["invoice", "service"], name="billed_service_once"),
            models.UniqueConstraint(fields=["invoice", "domain"], name="billed_domain_once"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.service or self.domain}"
