"""Promo codes (catalog-and-orders.md 5); their uses belong to the orders."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from commerce.catalog.models.currencies import Currency
from commerce.catalog.models.products import Product
from commerce.catalog.rules import PromoCodeKind
from commerce.db.enums import enum_choices


class PromoCode(models.Model):
    """A discount that a buyer asks for by a code: a percentage (basis points), or an amount for each currency.

    Without products, cycles and TLDs it is for all hosting and other products; domains only if it names the TLD.
    """

    code = models.CharField(max_length=50, unique=True)
    kind = models.CharField(
        max_length=7, choices=enum_choices(PromoCodeKind), default=PromoCodeKind.PERCENT
    )
    percent = models.PositiveIntegerField(default=0)
    recurring = models.BooleanField(default=False)
    products = models.ManyToManyField(Product, related_name="promo_codes")
    cycles = models.JSONField(default=list)
    tlds = models.JSONField(default=list)
    max_uses = models.PositiveIntegerField(null=True)
    max_uses_per_client = models.PositiveIntegerField(null=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    new_clients_only = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    notes = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind=PromoCodeKind.PERCENT, percent__gte=1, percent__lte=10_000)
                | Q(kind=PromoCodeKind.FIXED, percent=0),
                name="promo_percent_range",
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(starts_on__lte=F("ends_on")),
                name="promo_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class PromoAmount(models.Model):
    """What a fixed code takes off in one currency; no row means that it does not count there."""

    promo = models.ForeignKey(PromoCode, models.CASCADE, related_name="amounts")
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    amount = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["promo", "currency"], name="promo_amount_unique"),
            models.CheckConstraint(condition=Q(amount__gte=1), name="promo_amount_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.promo_id}: {self.amount} {self.currency_id}"
