"""Tax rules with dates, and checks of VAT numbers (billing.md 5)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models import Client
from commerce.billing.tax.rules import TaxClientKind, TaxProductKind, VatAnswer
from commerce.db.enums import enum_choices


class TaxRule(models.Model):
    """A rate that holds from ``valid_from`` until the next rule of the same key; ``rate_milli`` 20000 is 20 %.

    ``state`` is ``''`` for the whole country.
    """

    country = models.CharField(max_length=2)
    state = models.CharField(max_length=100, blank=True, default="")
    product_kind = models.CharField(
        max_length=7, choices=enum_choices(TaxProductKind), default=TaxProductKind.ALL
    )
    client_kind = models.CharField(
        max_length=8, choices=enum_choices(TaxClientKind), default=TaxClientKind.ALL
    )
    rate_milli = models.PositiveIntegerField()
    category = models.CharField(max_length=2)
    name = models.CharField(max_length=50, blank=True)
    note = models.CharField(max_length=200, blank=True)
    valid_from = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["country", "state", "product_kind", "client_kind", "valid_from"],
                name="tax_rule_key_once",
            ),
            models.CheckConstraint(
                condition=Q(rate_milli__lte=100_000), name="tax_rule_rate_range"
            ),
            models.CheckConstraint(
                condition=Q(category__in=["S", "Z", "E", "O", "AE", "G"]),
                name="tax_rule_category_known",
            ),
            models.CheckConstraint(
                condition=Q(category="S", rate_milli__gt=0) | ~Q(category="S") & Q(rate_milli=0),
                name="tax_rule_rate_by_category",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.rate_milli} from {self.valid_from}"


class VatCheckQuerySet(models.QuerySet["VatCheck"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))


class VatCheck(models.Model):
    """One answer about one VAT number, kept as evidence; staff's word counts as long as an answer of the service."""

    client = models.ForeignKey(Client, models.PROTECT, null=True, related_name="vat_checks")
    number = models.CharField(max_length=20)
    day = models.DateField()
    checked_at = models.DateTimeField()
    answer = models.CharField(max_length=11, choices=enum_choices(VatAnswer))
    by_staff = models.BooleanField(default=False)
    name = models.CharField(max_length=300, blank=True)
    address = models.CharField(max_length=500, blank=True)
    consultation_number = models.CharField(max_length=50, blank=True)
    evidence = models.TextField(blank=True)
    raw = models.JSONField(default=dict)

    objects = VatCheckQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(answer__in=list(VatAnswer)),
                name="vat_check_answer_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["number", "checked_at"], name="vat_check_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.answer}"
