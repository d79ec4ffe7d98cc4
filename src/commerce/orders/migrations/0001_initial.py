import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("billing", "0001_initial"),
        ("catalog", "0001_initial"),
        ("domains", "0001_initial"),
        ("hosting", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("active", "Active"),
                            ("fraud", "Fraud"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="pending",
                        max_length=9,
                    ),
                ),
                ("subtotal", models.BigIntegerField()),
                ("discount", models.BigIntegerField(default=0)),
                ("tax_amount", models.BigIntegerField(default=0)),
                ("total", models.BigIntegerField()),
                ("promo_code", models.CharField(blank=True, max_length=50)),
                ("idempotency_key", models.CharField(max_length=64, unique=True)),
                ("address", models.GenericIPAddressField(null=True)),
                ("user_agent", models.CharField(blank=True, max_length=500)),
                ("notes", models.TextField(blank=True)),
                ("on_hold", models.BooleanField(db_default=False, default=False)),
                (
                    "hold_reason",
                    models.CharField(blank=True, db_default="", default="", max_length=500),
                ),
                ("activated_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="orders",
                        to="accounts.client",
                    ),
                ),
                (
                    "currency",
                    models.ForeignKey(
                        db_column="currency_code",
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.currency",
                    ),
                ),
                (
                    "invoice",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="order",
                        to="billing.invoice",
                    ),
                ),
                (
                    "placed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["client", "created_at", "id"], name="order_list"),
                    models.Index(
                        fields=["client", "status", "created_at", "id"], name="order_by_status"
                    ),
                    models.Index(fields=["client", "changed_at"], name="order_changed"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["pending", "active", "fraud", "cancelled"])
                        ),
                        name="order_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "total",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("subtotal"), "-", models.F("discount")
                                    ),
                                    "+",
                                    models.F("tax_amount"),
                                ),
                            )
                        ),
                        name="order_adds_up",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("subtotal__gte", 0),
                            ("discount__gte", 0),
                            ("discount__lte", models.F("subtotal")),
                            ("tax_amount__gte", 0),
                        ),
                        name="order_amounts_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "active"), _negated=True),
                            ("activated_at__isnull", False),
                            _connector="OR",
                        ),
                        name="order_active_says_since_when",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Cart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("guest_key", models.CharField(blank=True, max_length=64)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("ordered", "Ordered"),
                            ("expired", "Expired"),
                            ("merged", "Merged"),
                        ],
                        default="open",
                        max_length=7,
                    ),
                ),
                ("country", models.CharField(blank=True, max_length=2)),
                ("promo_code", models.CharField(blank=True, max_length=50)),
                ("confirm_currency", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="carts",
                        to="accounts.client",
                    ),
                ),
                (
                    "currency",
                    models.ForeignKey(
                        db_column="currency_code",
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.currency",
                    ),
                ),
                (
                    "order",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cart",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "open")),
                        fields=["changed_at"],
                        name="cart_open_by_change",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["open", "ordered", "expired", "merged"])
                        ),
                        name="cart_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("client__isnull", False), ("guest_key", "")),
                            models.Q(
                                ("client__isnull", True), models.Q(("guest_key", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="cart_of_client_or_guest",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "open")),
                        fields=("client",),
                        name="cart_client_one_open",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("status", "open"), models.Q(("guest_key", ""), _negated=True)
                        ),
                        fields=("guest_key",),
                        name="cart_guest_one_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("product", "Product"),
                            ("register", "Register"),
                            ("transfer", "Transfer"),
                        ],
                        default="product",
                        max_length=8,
                    ),
                ),
                ("product_name", models.CharField(max_length=200)),
                (
                    "billing_cycle",
                    models.CharField(
                        choices=[
                            ("monthly", "Monthly"),
                            ("quarterly", "Quarterly"),
                            ("semi_annually", "Semi Annually"),
                            ("annually", "Annually"),
                            ("biennially", "Biennially"),
                            ("triennially", "Triennially"),
                            ("one_time", "One Time"),
                        ],
                        max_length=13,
                    ),
                ),
                ("qty", models.PositiveIntegerField()),
                ("unit_amount", models.BigIntegerField()),
                ("list_amount", models.BigIntegerField(null=True)),
                (
                    "price_reason",
                    models.CharField(blank=True, db_default="", default="", max_length=500),
                ),
                ("setup_fee", models.BigIntegerField(default=0)),
                ("options", models.JSONField(default=list)),
                ("domain", models.CharField(blank=True, max_length=253)),
                ("group_discount", models.BigIntegerField(db_default=0, default=0)),
                ("promo_discount", models.BigIntegerField(db_default=0, default=0)),
                ("stock_taken", models.PositiveIntegerField(db_default=0, default=0)),
                ("term_years", models.PositiveSmallIntegerField(null=True)),
                ("auth_code", models.TextField(blank=True, db_default="", default="")),
                ("registrant", models.JSONField(default=dict)),
                ("extra_fields", models.JSONField(default=dict)),
                ("has_own_nameservers", models.BooleanField(db_default=True, default=True)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="orders.order",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.product",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("order", "position"), name="item_position_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("qty__gte", 1), ("unit_amount__gte", 0), ("setup_fee__gte", 0)
                        ),
                        name="item_amounts_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("group_discount__gte", 0), ("promo_discount__gte", 0)),
                        name="item_discounts_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "group_discount__lte",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("qty"), "*", models.F("unit_amount")
                                    ),
                                    "-",
                                    models.F("promo_discount"),
                                ),
                            )
                        ),
                        name="item_discounts_within_price",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("list_amount__isnull", True), ("price_reason", "")),
                            models.Q(
                                ("list_amount__gte", 0),
                                ("list_amount__isnull", False),
                                models.Q(("price_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="item_agreed_price_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("action__in", ["product", "register", "transfer"])),
                        name="item_action_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "billing_cycle__in",
                                [
                                    "monthly",
                                    "quarterly",
                                    "semi_annually",
                                    "annually",
                                    "biennially",
                                    "triennially",
                                    "one_time",
                                ],
                            )
                        ),
                        name="item_cycle_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderUnit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                (
                    "domain",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="order_unit",
                        to="domains.domain",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="units",
                        to="orders.orderitem",
                    ),
                ),
                (
                    "service",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="order_unit",
                        to="hosting.service",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("item", "number"), name="unit_number_unique"),
                    models.UniqueConstraint(
                        condition=models.Q(("domain__isnull", False)),
                        fields=("item",),
                        name="unit_domain_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("domain__isnull", True), ("service__isnull", False)),
                            models.Q(("domain__isnull", False), ("service__isnull", True)),
                            _connector="OR",
                        ),
                        name="unit_is_service_or_domain",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PromoUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.client",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promo_uses",
                        to="orders.order",
                    ),
                ),
                (
                    "promo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uses",
                        to="catalog.promocode",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("promo", "order"), name="promo_use_unique")
                ],
            },
        ),
        migrations.CreateModel(
            name="CartItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("product", "Product"),
                            ("register", "Register"),
                            ("transfer", "Transfer"),
                        ],
                        default="product",
                        max_length=8,
                    ),
                ),
                (
                    "billing_cycle",
                    models.CharField(
                        choices=[
                            ("monthly", "Monthly"),
                            ("quarterly", "Quarterly"),
                            ("semi_annually", "Semi Annually"),
                            ("annually", "Annually"),
                            ("biennially", "Biennially"),
                            ("triennially", "Triennially"),
                            ("one_time", "One Time"),
                        ],
                        max_length=13,
                    ),
                ),
                ("options", models.JSONField(default=dict)),
                ("qty", models.PositiveIntegerField(default=1)),
                ("domain", models.CharField(blank=True, max_length=253)),
                ("years", models.PositiveSmallIntegerField(default=1)),
                ("whois_privacy", models.BooleanField(default=False)),
                ("nameservers", models.JSONField(default=list)),
                ("auth_code", models.TextField(blank=True)),
                ("registrant", models.JSONField(default=dict)),
                ("extra_fields", models.JSONField(default=dict)),
                (
                    "cart",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="orders.cart",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.product",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("cart", "position"), name="cart_item_position_unique"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("action", "product"), _negated=True),
                        fields=("cart", "domain"),
                        name="cart_item_domain_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("action", "product"), ("product__isnull", False)),
                            models.Q(
                                ("action__in", ["register", "transfer"]),
                                ("product__isnull", True),
                                ("qty", 1),
                                models.Q(("domain", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="cart_item_product_or_domain",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("qty__gte", 1), ("qty__lte", 100)),
                        name="cart_item_quantity_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "billing_cycle__in",
                                [
                                    "monthly",
                                    "quarterly",
                                    "semi_annually",
                                    "annually",
                                    "biennially",
                                    "triennially",
                                    "one_time",
                                ],
                            )
                        ),
                        name="cart_item_cycle_known",
                    ),
                ],
            },
        ),
    ]
