"""Configurable options: groups, options, values and their prices (catalog-and-orders.md 4)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from commerce.catalog.models.currencies import Currency
from commerce.catalog.models.products import Product
from commerce.catalog.rules import OptionType
from commerce.db.enums import enum_choices
from commerce.kit.periods import BillingCycle


class OptionGroup(models.Model):
    """Options that several products share."""

    name = models.CharField(max_length=100, unique=True)
    position = models.PositiveIntegerField(default=0)
    products = models.ManyToManyField(Product, related_name="option_groups")

    def __str__(self) -> str:
        return self.name


class Option(models.Model):
    """Something that a buyer chooses; checkbox and quantity have one value, whose price is the price of one."""

    group = models.ForeignKey(OptionGroup, models.CASCADE, related_name="options")
    name = models.CharField(max_length=100)
    type = models.CharField(
        max_length=10, choices=enum_choices(OptionType), default=OptionType.DROPDOWN
    )
    required = models.BooleanField(default=True)
    minimum = models.PositiveIntegerField(default=0)
    maximum = models.PositiveIntegerField(default=100)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["group", "name"], name="option_name_unique"),
            models.CheckConstraint(
                condition=Q(type__in=list(OptionType)),
                name="option_type_known",
            ),
            models.CheckConstraint(
                condition=Q(minimum__lte=F("maximum")), name="option_range_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OptionValue(models.Model):
    """One of the values that an option offers."""

    option = models.ForeignKey(Option, models.CASCADE, related_name="values")
    name = models.CharField(max_length=100)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["option", "name"], name="option_value_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class OptionPrice(models.Model):
    """What a value adds to the price of a unit, or takes from it; no row means free in that cycle."""

    value = models.ForeignKey(OptionValue, models.CASCADE, related_name="prices")
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    billing_cycle = models.CharField(max_length=13, choices=enum_choices(BillingCycle))
    price = models.BigIntegerField()
    setup_fee = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["value", "currency", "billing_cycle"], name="option_price_unique"
            ),
            models.CheckConstraint(condition=Q(setup_fee__gte=0), name="option_setup_not_negative"),
            models.CheckConstraint(
                condition=Q(billing_cycle__in=list(BillingCycle)), name="option_price_cycle_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value_id}: {self.price} {self.currency_id} {self.billing_cycle}"
