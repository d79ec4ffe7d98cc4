"""Currencies, product groups, products and their price table (catalog-and-orders.md 1 to 3)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Currency(models.Model):
    """A currency that the installation sells in; its exponent comes from ISO 4217."""

    code = models.CharField(max_length=3, primary_key=True)
    exponent = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=10, blank=True)
    suffix = models.CharField(max_length=10, blank=True)
    is_default = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

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


class ProductGroup(models.Model):
    """Products that are listed together, and among which a service may change its plan."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100, unique=True)
    description = models.TextField(blank=True)
    position = models.PositiveIntegerField(default=0)
    is_visible = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """Something that can be sold. ``changed_at`` moves when something changes that the API shows of it: its name."""

    class Type(models.TextChoices):
        HOSTING = "hosting"
        DOMAIN = "domain"
        OTHER = "other"

    class Status(models.TextChoices):
        ACTIVE = "active"
        HIDDEN = "hidden"
        RETIRED = "retired"

    group = models.ForeignKey(ProductGroup, models.PROTECT, related_name="products")
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=200, unique=True)
    description = models.TextField(blank=True)
    position = models.PositiveIntegerField(default=0)
    type = models.CharField(max_length=10, choices=Type, default=Type.HOSTING)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(type__in=["hosting", "domain", "other"]), name="product_type_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "hidden", "retired"]), name="product_status_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BillingCycle(models.TextChoices):
    """How often a price is charged; months are in ``kit.periods``."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    SEMI_ANNUALLY = "semi_annually"
    ANNUALLY = "annually"
    BIENNIALLY = "biennially"
    TRIENNIALLY = "triennially"
    ONE_TIME = "one_time"


class Price(models.Model):
    """What a product costs in one currency and billing cycle, in minor units; no row means not offered, 0 is free."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="prices")
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    billing_cycle = models.CharField(max_length=13, choices=BillingCycle)
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
                condition=Q(billing_cycle__in=BillingCycle.values), name="price_cycle_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.price} {self.currency_id} {self.billing_cycle}"


class SharedRevision(models.Model):
    """One row whose number rises when shared data changes that the API shows: a product's name, a server's hostname."""

    number = models.BigIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="shared_revision_one_row"),
        ]

    def __str__(self) -> str:
        return str(self.number)
