"""TLDs that are sold, and their prices (domains.md 2)."""

from collections.abc import Iterable
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from commerce.catalog.models import Currency


class TldQuerySet(models.QuerySet["Tld"]):
    def on_sale(self) -> Self:
        """Those that can be searched and ordered, in the order of the list."""
        return self.filter(is_active=True).order_by("position", "tld")

    def among(self, endings: Iterable[str]) -> set[str]:
        """Those of the endings that are in our table, sold at present or not."""
        return set(self.filter(tld__in=endings).values_list("tld", flat=True))


class Tld(models.Model):
    """An ending under which names are sold, without the dot; inactive: no new orders, existing domains go on.

    ``extra_fields`` is what the registry asks for at order, as ``registry_fields`` describes it.
    """

    tld = models.CharField(max_length=63, unique=True)
    is_active = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)
    registrar = models.CharField(max_length=40, blank=True)
    min_years = models.PositiveSmallIntegerField(default=1)
    max_years = models.PositiveSmallIntegerField(default=10)
    code_required = models.BooleanField(default=True)
    privacy_available = models.BooleanField(default=True)
    transfer_adds_year = models.BooleanField(default=True)
    grace_days = models.PositiveSmallIntegerField(default=30)
    redemption_days = models.PositiveSmallIntegerField(default=30)
    renew_advance_days = models.PositiveSmallIntegerField(null=True)
    extra_fields = models.JSONField(default=list)

    objects = TldQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(min_years__gte=1)
                & Q(min_years__lte=F("max_years"))
                & Q(max_years__lte=10),
                name="tld_years_1_to_10",
            ),
        ]

    def __str__(self) -> str:
        return self.tld


class TldPrice(models.Model):
    """Prices of a TLD in one currency, in minor units: register and renew by the year; null is not offered."""

    tld = models.ForeignKey(Tld, models.CASCADE, related_name="prices")
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    register = models.BigIntegerField(null=True)
    renew = models.BigIntegerField(null=True)
    transfer = models.BigIntegerField(null=True)
    restore = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tld", "currency"], name="tld_price_unique"),
            models.CheckConstraint(
                condition=Q(
                    *(
                        Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gte": 0})
                        for name in ("register", "renew", "transfer", "restore")
                    )
                ),
                name="tld_price_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tld_id} {self.currency_id}"
