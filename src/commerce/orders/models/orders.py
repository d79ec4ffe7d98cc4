"""Orders, their items, and what became of each unit (catalog-and-orders.md 8)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from commerce.accounts.models import Client, Staff, User
from commerce.billing.models import Invoice
from commerce.catalog.models import Currency, Product, PromoCode
from commerce.catalog.rules import OrderItemAction
from commerce.db.enums import enum_choices
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit import ids
from commerce.kit.periods import BillingCycle
from commerce.orders.rules import OrderStatus


class OrderQuerySet(models.QuerySet["Order"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")

    def of_new_clients(self) -> Self:
        """Orders of clients who had none that had become active before."""
        earlier = Order.objects.filter(
            client_id=OuterRef("client_id"), activated_at__lt=OuterRef("created_at")
        )
        return self.filter(~Exists(earlier))


class Order(models.Model):
    """What a client placed at one moment; never edited afterwards. ``discount`` is positive and already in ``total``.

    ``activated_at`` is when it first became active: only such an order can return to ``active`` from ``fraud``.
    On hold, it waits for staff even when it is paid; ``hold_reason`` is theirs alone.
    """

    # No index of its own: those below start with the client.
    client = models.ForeignKey(Client, models.PROTECT, related_name="orders", db_index=False)
    placed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    placed_by_staff = models.ForeignKey(
        Staff, models.PROTECT, null=True, related_name="+", db_index=False
    )
    """Who placed it for the client, who had called."""
    status = models.CharField(
        max_length=9, choices=enum_choices(OrderStatus), default=OrderStatus.PENDING
    )
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    subtotal = models.BigIntegerField()
    discount = models.BigIntegerField(default=0)
    tax_amount = models.BigIntegerField(default=0)
    total = models.BigIntegerField()
    promo_code = models.CharField(max_length=50, blank=True)
    invoice = models.OneToOneField(Invoice, models.PROTECT, null=True, related_name="order")
    idempotency_key = models.CharField(max_length=64, db_default="")
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=500, blank=True)
    notes = models.TextField(blank=True)
    on_hold = models.BooleanField(default=False, db_default=False)
    hold_reason = models.CharField(max_length=500, blank=True, default="", db_default="")
    activated_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.BigIntegerField(default=1, db_default=1)
    """Counts changes of what clients read of it (``record_versions.py``)."""

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["client", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="order_form_sent_once",
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(OrderStatus)),
                name="order_status_known",
            ),
            models.CheckConstraint(
                condition=Q(total=F("subtotal") - F("discount") + F("tax_amount")),
                name="order_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(subtotal__gte=0)
                & Q(discount__gte=0)
                & Q(discount__lte=F("subtotal"))
                & Q(tax_amount__gte=0),
                name="order_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=~Q(status=OrderStatus.ACTIVE) | Q(activated_at__isnull=False),
                name="order_active_says_since_when",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "created_at", "id"], name="order_list"),
            models.Index(fields=["client", "status", "created_at", "id"], name="order_by_status"),
            models.Index(fields=["client", "changed_at"], name="order_changed"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """``ORD-`` and the id, padded to four digits."""
        return ids.order_number(self.pk)


class OrderItem(models.Model):
    """One position of an order. ``unit_amount`` is the price of one unit before discounts and without setup.

    The discounts are positive, of all units together. ``stock_taken`` goes back when the order ends without having
    been active. Where staff agreed on another price, ``list_amount`` is the catalog's and ``price_reason`` says why,
    to staff alone, as ``discount_reason`` does of what they took off. For names: ``term_years`` and what the registrar
    is told; ``auth_code`` is sealed, empty once used; unless the client ``has_own_nameservers``, a server of the order
    may have some for it.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="items")
    position = models.PositiveIntegerField()
    action = models.CharField(
        max_length=8, choices=enum_choices(OrderItemAction), default=OrderItemAction.PRODUCT
    )
    product = models.ForeignKey(Product, models.PROTECT, null=True, related_name="+")
    product_name = models.CharField(max_length=200)
    billing_cycle = models.CharField(max_length=13, choices=enum_choices(BillingCycle))
    qty = models.PositiveIntegerField()
    unit_amount = models.BigIntegerField()
    list_amount = models.BigIntegerField(null=True)
    price_reason = models.CharField(max_length=500, blank=True, default="", db_default="")
    discount_reason = models.CharField(max_length=500, blank=True, default="", db_default="")
    setup_fee = models.BigIntegerField(default=0)
    options = models.JSONField(default=list)
    domain = models.CharField(max_length=253, blank=True)
    group_discount = models.BigIntegerField(default=0, db_default=0)
    promo_discount = models.BigIntegerField(default=0, db_default=0)
    stock_taken = models.PositiveIntegerField(default=0, db_default=0)
    term_years = models.PositiveSmallIntegerField(null=True)
    auth_code = models.TextField(blank=True, default="", db_default="")
    registrant = models.JSONField(default=dict)
    extra_fields = models.JSONField(default=dict)
    has_own_nameservers = models.BooleanField(default=True, db_default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "position"], name="item_position_unique"),
            models.CheckConstraint(
                condition=Q(qty__gte=1) & Q(unit_amount__gte=0) & Q(setup_fee__gte=0),
                name="item_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(group_discount__gte=0) & Q(promo_discount__gte=0),
                name="item_discounts_not_negative",
            ),
            # M16: ``qty`` of a registration is its years.
            models.CheckConstraint(
                condition=Q(group_discount__lte=F("qty") * F("unit_amount") - F("promo_discount")),
                name="item_discounts_within_price",
            ),
            models.CheckConstraint(
                condition=Q(list_amount__isnull=True, price_reason="")
                | Q(list_amount__isnull=False, list_amount__gte=0) & ~Q(price_reason=""),
                name="item_agreed_price_says_why",
            ),
            models.CheckConstraint(
                condition=Q(action__in=list(OrderItemAction)),
                name="item_action_known",
            ),
            models.CheckConstraint(
                condition=Q(billing_cycle__in=list(BillingCycle)), name="item_cycle_known"
            ),
        ]
        # Asked at each start: does the key ring open what is sealed?
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=~Q(auth_code=""), name="item_with_auth_code")
        ]

    def __str__(self) -> str:
        return self.product_name

    @property
    def amount(self) -> int:
        """Of all units with their setup, before discounts; with prices that include tax it does."""
        return self.qty * (self.unit_amount + self.setup_fee)


class OrderUnit(models.Model):
    """Ties one unit of an order item to the service or the domain that was made from it."""

    item = models.ForeignKey(OrderItem, models.PROTECT, related_name="units")
    number = models.PositiveIntegerField()
    service = models.OneToOneField(Service, models.PROTECT, null=True, related_name="order_unit")
    domain = models.OneToOneField(Domain, models.PROTECT, null=True, related_name="order_unit")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["item", "number"], name="unit_number_unique"),
            # U8: the quantity of a name is its years
            models.UniqueConstraint(
                fields=["item"], condition=Q(domain__isnull=False), name="unit_domain_once"
            ),
            models.CheckConstraint(
                condition=Q(service__isnull=False, domain__isnull=True)
                | Q(service__isnull=True, domain__isnull=False),
                name="unit_is_service_or_domain",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.number}"


class PromoUseQuerySet(models.QuerySet["PromoUse"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))


class PromoUse(models.Model):
    """An order that used a promo code; gone when the order is cancelled (U15)."""

    promo = models.ForeignKey(PromoCode, models.PROTECT, related_name="uses")
    order = models.ForeignKey(Order, models.PROTECT, related_name="promo_uses")
    client = models.ForeignKey(Client, models.PROTECT, related_name="+")

    objects = PromoUseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["promo", "order"], name="promo_use_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.promo} {self.order}"
