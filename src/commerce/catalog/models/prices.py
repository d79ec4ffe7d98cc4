"""Price tables: for everybody, and for a client group (catalog-and-orders.md 3 and 5)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from commerce.accounts.models import ClientGroup
from commerce.catalog.models.currencies import Currency
from commerce.catalog.models.products import Product
from commerce.db.enums import enum_choices
from commerce.kit.periods import BillingCycle


class Price(models.Model):
    """What a product costs in one currency and billing cycle, in minor units; no row means not offered, 0 is free."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="prices")
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    billing_cycle = models.CharField(max_length=13, choices=enum_choices(BillingCycle))
    price = models.BigIntegerField()
    setup_fee = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["product", "currency", "billing_cycle"], name="price_unique"
            ),
            models.CheckConstraint(
                condition=Q(price__gte=0) & Q(setup_fee__gte=0), name="price_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(billing_cycle__in=list(BillingCycle)), name="price_cycle_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.price} {self.currency_id} {self.billing_cycle}"


class GroupPrice(models.Model):
    """What clients of a group pay in place of the price table; the group's percentage does not come on top.

    It changes the price of a cycle that the product is sold in, and offers none that it is not.
    """

    group = models.ForeignKey(ClientGroup, models.CASCADE, related_name="prices")
    product = models.ForeignKey(Product, models.CASCADE, related_name="group_prices")
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    billing_cycle = models.CharField(max_length=13, choices=enum_choices(BillingCycle))
    price = models.BigIntegerField()
    setup_fee = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["group", "product", "currency", "billing_cycle"], name="group_price_unique"
            ),
            models.CheckConstraint(
                condition=Q(price__gte=0) & Q(setup_fee__gte=0), name="group_price_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(billing_cycle__in=list(BillingCycle)), name="group_price_cycle_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_id}: {self.product_id} {self.price} {self.currency_id}"
