"""Product groups and products (catalog-and-orders.md 2)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, NullIf

from commerce.catalog.rules import (
    ProductActivation,
    ProductFeature,
    ProductStatus,
    ProductType,
    parse_features,
)
from commerce.db.enums import enum_choices


class ProductGroup(models.Model):
    """Products that are listed together, and among which a service may change its plan."""

    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100, unique=True)
    description = models.TextField(blank=True)
    position = models.PositiveIntegerField(default=0)
    is_visible = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class ServerGroup(models.Model):
    """A name that products and servers share (``Product.server_group``, ``Server.group``): new accounts of a product
    come to the servers of its group. It stands here, below the servers, as products do.
    """

    name = models.CharField(max_length=100, unique=True)

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(models.QuerySet["Product"]):
    def listed(self) -> Self:
        """What the store lists, in its order: active products of visible groups that have a price."""
        return self.filter(
            status=ProductStatus.ACTIVE, group__is_visible=True, pk__in=self._priced()
        ).in_order()

    def in_order(self) -> Self:
        return self.select_related("group").order_by(
            "group__position", "group_id", "position", "id"
        )

    def at(self, slug: str) -> "Product | None":
        """The product at an address of the store, an old one as well; none if there is none or it is retired.

        Its own ``slug`` differs from an old address: the page then sends the visitor on.
        """
        shown = self.exclude(status=ProductStatus.RETIRED).select_related("group")
        return (
            shown.filter(slug=slug).first()
            or shown.filter(
                pk__in=FormerSlug.objects.filter(slug=slug).values("product_id")
            ).first()
        )

    def _priced(self) -> "models.QuerySet[models.Model, object]":
        return Product.objects.filter(prices__isnull=False).values("pk")


class Product(models.Model):
    """Something that can be sold. ``changed_at`` moves when something changes that the API shows of it: its name."""

    group = models.ForeignKey(ProductGroup, models.PROTECT, related_name="products")
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=200, unique=True)
    description = models.TextField(blank=True)
    # One on each line, such as "Storage: 10 GB" or "Daily backups".
    features = models.TextField(blank=True, default="", db_default="")
    is_featured = models.BooleanField(default=False, db_default=False)
    # The name of a ``ProductPicture``; empty: there is none.
    picture = models.CharField(max_length=80, blank=True, default="", db_default="")
    position = models.PositiveIntegerField(default=0)
    type = models.CharField(
        max_length=10, choices=enum_choices(ProductType), default=ProductType.HOSTING
    )
    status = models.CharField(
        max_length=10, choices=enum_choices(ProductStatus), default=ProductStatus.ACTIVE
    )
    activation = models.CharField(
        max_length=10,
        choices=enum_choices(ProductActivation),
        default=ProductActivation.MANUAL,
        db_default=ProductActivation.MANUAL,
    )
    require_domain = models.BooleanField(default=False, db_default=False)
    stock_control = models.BooleanField(default=False, db_default=False)
    max_per_client = models.PositiveIntegerField(null=True)
    # Empty: as its type is.
    tax_kind = models.CharField(
        max_length=10, choices=enum_choices(ProductType), blank=True, default="", db_default=""
    )
    # How a service of it is provided; the names belong to the floor above.
    module = models.CharField(max_length=40, default="manual", db_default="manual")
    package = models.CharField(max_length=100, blank=True, default="", db_default="")
    server_group = models.CharField(max_length=100, blank=True, default="", db_default="")
    # The key of a mail template that replaces ``service_activated``; empty: there is none.
    welcome_template = models.CharField(max_length=20, blank=True, default="", db_default="")
    changed_at = models.DateTimeField()

    objects = ProductQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(type__in=list(ProductType)), name="product_type_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(ProductStatus)), name="product_status_known"
            ),
            models.CheckConstraint(
                condition=Q(activation__in=list(ProductActivation)),
                name="product_activation_known",
            ),
            models.CheckConstraint(
                condition=Q(tax_kind__in=["", *ProductType]),
                name="product_tax_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(max_per_client__isnull=True) | Q(max_per_client__gte=1),
                name="product_limit_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def effective_tax_kind(self) -> str:
        """The kind by which tax rules find it: its own, otherwise its type."""
        return self.tax_kind or self.type

    @property
    def feature_list(self) -> list[ProductFeature]:
        """What it offers, in the order of staff."""
        return parse_features(self.features)


def tax_kind_expression(product: str) -> Coalesce:
    """``Product.tax_kind_expression`` as an expression, for rows that have a ``product``."""
    return Coalesce(NullIf(F(f"{product}__tax_kind"), Value("")), F(f"{product}__type"))


class Stock(models.Model):
    """How many units of a product under stock control are left.

    A row of its own: a write to the product would cost every caller of the API their cached reply with each order.
    """

    product = models.OneToOneField(Product, models.CASCADE, primary_key=True, related_name="stock")
    left = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.left} of {self.product_id}"


class ProductPicture(models.Model):
    """A picture that a product names: a PNG drawn by us, apart from the products since each list reads those."""

    name = models.CharField(max_length=80, primary_key=True)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.name


class FormerSlug(models.Model):
    """An address that a product had before; the store sends its visitors on."""

    slug = models.SlugField(max_length=200, primary_key=True)
    product = models.ForeignKey(Product, models.CASCADE, related_name="old_slugs")

    def __str__(self) -> str:
        return self.slug
