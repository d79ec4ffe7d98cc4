"""Carts of clients and guests (catalog-and-orders.md 6). They hold what is asked for, never a price."""

from operator import attrgetter
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models import Client
from commerce.catalog.models import Currency, Product
from commerce.catalog.rules import OrderItemAction
from commerce.db.enums import enum_choices
from commerce.kit.periods import BillingCycle
from commerce.orders.models.orders import Order
from commerce.orders.models.sales_quotes import SalesQuote
from commerce.orders.rules import CartStatus


class CartQuerySet(models.QuerySet["Cart"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def for_guest(self, key: object) -> Self:
        """The carts of one guest's session."""
        return self.filter(client=None, guest_key=key)

    def open(self) -> Self:
        """Those that their owners fill."""
        return self.filter(status=CartStatus.OPEN, quote=None)

    def of_quote(self, quote: object) -> Self:
        """The open carts that have what a quote offers."""
        return self.filter(status=CartStatus.OPEN, quote=quote)

    def that_were_ordered(self) -> Self:
        """Those that became an order, the latest first."""
        return self.filter(status=CartStatus.ORDERED, order__isnull=False).order_by(
            "-changed_at", "-id"
        )


class Cart(models.Model):
    """What somebody asks for, in one currency.

    It belongs to a client, or to the guest who has ``guest_key`` in a cookie; ``country`` is what a guest chose for
    the estimate of tax. ``confirm_currency``: the currency became the client's when a guest cart joined, and they have
    to see that before they order. That of a ``quote`` stands beside it: it has what is offered, at the prices of the
    quote, and cannot be changed.
    """

    client = models.ForeignKey(Client, models.PROTECT, null=True, related_name="carts")
    guest_key = models.CharField(max_length=64, blank=True)
    status = models.CharField(
        max_length=7, choices=enum_choices(CartStatus), default=CartStatus.OPEN
    )
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    country = models.CharField(max_length=2, blank=True)
    promo_code = models.CharField(max_length=50, blank=True)
    confirm_currency = models.BooleanField(default=False)
    quote = models.ForeignKey(
        SalesQuote, models.PROTECT, null=True, related_name="carts", db_index=False
    )
    order = models.OneToOneField(Order, models.PROTECT, null=True, related_name="cart")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = CartQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=list(CartStatus)),
                name="cart_status_known",
            ),
            models.CheckConstraint(
                condition=Q(client__isnull=False, guest_key="")
                | Q(client__isnull=True) & ~Q(guest_key=""),
                name="cart_of_client_or_guest",
            ),
            models.UniqueConstraint(
                fields=["client"],
                condition=Q(status=CartStatus.OPEN, quote__isnull=True),
                name="cart_client_one_own_open",
            ),
            models.UniqueConstraint(
                fields=["client", "quote"],
                condition=Q(status=CartStatus.OPEN, quote__isnull=False),
                name="cart_quote_one_open",
            ),
            models.UniqueConstraint(
                fields=["guest_key"],
                condition=Q(status=CartStatus.OPEN) & ~Q(guest_key=""),
                name="cart_guest_one_open",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["changed_at"],
                condition=Q(status=CartStatus.OPEN),
                name="cart_open_by_change",
            ),
            models.Index(fields=["quote"], condition=Q(quote__isnull=False), name="cart_of_quote"),
        ]

    def __str__(self) -> str:
        return f"cart {self.pk}"

    def items_in_order(self) -> list["CartItem"]:
        """Its items, read once until the cart changes."""
        models.prefetch_related_objects([self], "items")
        return sorted(self.items.all(), key=attrgetter("position"))


class CartItem(models.Model):
    """One line: a product in a cycle with options, or a name to register or transfer.

    ``options`` are (option id as text: value id, or 1 and 0 of a checkbox, or a number). ``auth_code`` is sealed.
    """

    cart = models.ForeignKey(Cart, models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    action = models.CharField(
        max_length=8, choices=enum_choices(OrderItemAction), default=OrderItemAction.PRODUCT
    )
    product = models.ForeignKey(Product, models.PROTECT, null=True, related_name="+")
    billing_cycle = models.CharField(max_length=13, choices=enum_choices(BillingCycle))
    options = models.JSONField(default=dict)
    qty = models.PositiveIntegerField(default=1)
    domain = models.CharField(max_length=253, blank=True)
    years = models.PositiveSmallIntegerField(default=1)
    whois_privacy = models.BooleanField(default=False)
    nameservers = models.JSONField(default=list)
    auth_code = models.TextField(blank=True)
    registrant = models.JSONField(default=dict)
    extra_fields = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cart", "position"], name="cart_item_position_unique"),
            models.UniqueConstraint(
                fields=["cart", "domain"],
                condition=~Q(action=OrderItemAction.PRODUCT),
                name="cart_item_domain_once",
            ),
            models.CheckConstraint(
                condition=Q(action=OrderItemAction.PRODUCT, product__isnull=False)
                | Q(
                    action__in=[OrderItemAction.REGISTER, OrderItemAction.TRANSFER],
                    product__isnull=True,
                    qty=1,
                )
                & ~Q(domain=""),
                name="cart_item_product_or_domain",
            ),
            models.CheckConstraint(
                condition=Q(qty__gte=1) & Q(qty__lte=100), name="cart_item_quantity_range"
            ),
            models.CheckConstraint(
                condition=Q(billing_cycle__in=list(BillingCycle)), name="cart_item_cycle_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product or self.domain}"
