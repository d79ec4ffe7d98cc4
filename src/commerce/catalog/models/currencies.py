"""Currencies (catalog-and-orders.md 1), and the revision of what the API shows of many clients at once."""

from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.catalog.exchange_rates.rules import (
    KEPT_DECIMALS,
    CurrencyRate,
    RateSource,
    decimal_text,
    exact_worth,
)


class CurrencyQuerySet(models.QuerySet["Currency"]):
    def on_sale(self) -> Self:
        """Those in which new orders can be placed, the default one first."""
        return self.filter(is_active=True).order_by("-is_default", "code")


class Currency(models.Model):
    """A currency that the installation sells in; its exponent comes from ISO 4217.

    ``rate`` is what one of it is worth in the default currency, a decimal as text (no amount: it is for information
    and for the tax total in the accounting currency) as of ``rate_on``; empty while there is none. ``rate_quotes`` is
    the same as two published numbers, ``1.0815/0.8571``, where it was published and not typed. ``held_quotes`` of
    ``held_on`` are published too, but differ so much from the rate that staff must confirm them.
    """

    code = models.CharField(max_length=3, primary_key=True)
    exponent = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=10, blank=True)
    suffix = models.CharField(max_length=10, blank=True)
    rate = models.CharField(max_length=24, blank=True, default="", db_default="")
    rate_on = models.DateField(null=True)
    rate_source = models.CharField(
        max_length=6, default=RateSource.MANUAL, db_default=RateSource.MANUAL
    )
    rate_quotes = models.CharField(max_length=48, blank=True, default="", db_default="")
    rate_set_at = models.DateTimeField(null=True)
    held_quotes = models.CharField(max_length=48, blank=True, default="", db_default="")
    held_on = models.DateField(null=True)
    is_default = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    objects = CurrencyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="currency_one_default"
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(is_active=True), name="currency_default_is_active"
            ),
            models.CheckConstraint(
                condition=Q(exponent__gte=0) & Q(exponent__lte=4), name="currency_exponent_iso"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def rate_value(self) -> Decimal | None:
        """The rate as a number: 1 for the default currency, none if nobody has given one."""
        if self.is_default:
            return Decimal(1)
        return Decimal(self.rate) if self.rate else None

    @property
    def current_rate(self) -> CurrencyRate:
        """The rate with its day: exactly as it was published, where it was."""
        if self.is_default or not self.rate:
            return CurrencyRate(Fraction(1) if self.is_default else None)
        # The release before this one writes a rate without the quotes that it takes the place of.
        is_published = bool(self.rate_quotes) and self.rate == kept_text(self.rate_quotes)
        worth = exact_worth(self.rate_quotes) if is_published else Fraction(self.rate)
        return CurrencyRate(worth, self.rate_on)

    @property
    def held_rate(self) -> str:
        """The published rate that waits for staff to confirm it, as a decimal; empty if none does."""
        return kept_text(self.held_quotes) if self.held_quotes else ""


def kept_text(quotes: str) -> str:
    """Two published numbers as the decimal that ``rate`` holds."""
    return decimal_text(exact_worth(quotes), KEPT_DECIMALS)


class SharedRevision(models.Model):
    """One row whose number rises when shared data changes that the API shows: a product's name, a server's hostname."""

    number = models.BigIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="shared_revision_one_row"),
        ]

    def __str__(self) -> str:
        return str(self.number)
