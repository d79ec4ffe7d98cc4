import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="OptionGroup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True)),
                ("position", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Product",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("slug", models.SlugField(max_length=200, unique=True)),
                ("description", models.TextField(blank=True)),
                ("position", models.PositiveIntegerField(default=0)),
                (
                    "type",
                    models.CharField(
                        choices=[("hosting", "Hosting"), ("domain", "Domain"), ("other", "Other")],
                        default="hosting",
                        max_length=10,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("active", "Active"),
                            ("hidden", "Hidden"),
                            ("retired", "Retired"),
                        ],
                        default="active",
                        max_length=10,
                    ),
                ),
                (
                    "activation",
                    models.CharField(
                        choices=[("manual", "Manual"), ("immediate", "Immediate")],
                        db_default="manual",
                        default="manual",
                        max_length=10,
                    ),
                ),
                ("require_domain", models.BooleanField(db_default=False, default=False)),
                ("stock_control", models.BooleanField(db_default=False, default=False)),
                ("max_per_client", models.PositiveIntegerField(null=True)),
                (
                    "tax_kind",
                    models.CharField(
                        blank=True,
                        choices=[("hosting", "Hosting"), ("domain", "Domain"), ("other", "Other")],
                        db_default="",
                        default="",
                        max_length=10,
                    ),
                ),
                ("module", models.CharField(db_default="manual", default="manual", max_length=40)),
                (
                    "package",
                    models.CharField(blank=True, db_default="", default="", max_length=100),
                ),
                (
                    "server_group",
                    models.CharField(blank=True, db_default="", default="", max_length=100),
                ),
                (
                    "welcome_template",
                    models.CharField(blank=True, db_default="", default="", max_length=20),
                ),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("type__in", ["hosting", "domain", "other"])),
                        name="product_type_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["active", "hidden", "retired"])),
                        name="product_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("activation__in", ["manual", "immediate"])),
                        name="product_activation_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tax_kind__in", ["", "hosting", "domain", "other"])),
                        name="product_tax_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("max_per_client__isnull", True),
                            ("max_per_client__gte", 1),
                            _connector="OR",
                        ),
                        name="product_limit_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProductGroup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("slug", models.SlugField(max_length=100, unique=True)),
                ("description", models.TextField(blank=True)),
                ("position", models.PositiveIntegerField(default=0)),
                ("is_visible", models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name="Currency",
            fields=[
                ("code", models.CharField(max_length=3, primary_key=True, serialize=False)),
                ("exponent", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=100)),
                ("prefix", models.CharField(blank=True, max_length=10)),
                ("suffix", models.CharField(blank=True, max_length=10)),
                ("rate", models.CharField(blank=True, db_default="", default="", max_length=24)),
                ("rate_on", models.DateField(null=True)),
                ("is_default", models.BooleanField(default=False)),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("is_default",),
                        name="currency_one_default",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_default", False), ("is_active", True), _connector="OR"
                        ),
                        name="currency_default_is_active",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("exponent__gte", 0), ("exponent__lte", 4)),
                        name="currency_exponent_iso",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Option",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("dropdown", "Dropdown"),
                            ("radio", "Radio"),
                            ("checkbox", "Checkbox"),
                            ("quantity", "Quantity"),
                        ],
                        default="dropdown",
                        max_length=10,
                    ),
                ),
                ("required", models.BooleanField(default=True)),
                ("minimum", models.PositiveIntegerField(default=0)),
                ("maximum", models.PositiveIntegerField(default=100)),
                ("position", models.PositiveIntegerField(default=0)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="options",
                        to="catalog.optiongroup",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("group", "name"), name="option_name_unique"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("type__in", ["dropdown", "radio", "checkbox", "quantity"])
                        ),
                        name="option_type_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("minimum__lte", models.F("maximum"))),
                        name="option_range_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OptionValue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("position", models.PositiveIntegerField(default=0)),
                (
                    "option",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="values",
                        to="catalog.option",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("option", "name"), name="option_value_unique")
                ],
            },
        ),
        migrations.CreateModel(
            name="OptionPrice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                ("price", models.BigIntegerField()),
                ("setup_fee", models.BigIntegerField(default=0)),
                (
                    "currency",
                    models.ForeignKey(
                        db_column="currency_code",
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.currency",
                    ),
                ),
                (
                    "value",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="catalog.optionvalue",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("value", "currency", "billing_cycle"), name="option_price_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("setup_fee__gte", 0)), name="option_setup_not_negative"
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
                        name="option_price_cycle_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Stock",
            fields=[
                (
                    "product",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="stock",
                        serialize=False,
                        to="catalog.product",
                    ),
                ),
                ("left", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Price",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                ("price", models.BigIntegerField()),
                ("setup_fee", models.BigIntegerField(default=0)),
                (
                    "currency",
                    models.ForeignKey(
                        db_column="currency_code",
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.currency",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="catalog.product",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("product", "currency", "billing_cycle"), name="price_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("price__gte", 0), ("setup_fee__gte", 0)),
                        name="price_not_negative",
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
                        name="price_cycle_known",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="optiongroup",
            name="products",
            field=models.ManyToManyField(related_name="option_groups", to="catalog.product"),
        ),
        migrations.CreateModel(
            name="GroupPrice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                ("price", models.BigIntegerField()),
                ("setup_fee", models.BigIntegerField(default=0)),
                (
                    "currency",
                    models.ForeignKey(
                        db_column="currency_code",
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.currency",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="prices",
                        to="accounts.clientgroup",
                    ),
                ),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="group_prices",
                        to="catalog.product",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "product", "currency", "billing_cycle"),
                        name="group_price_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("price__gte", 0), ("setup_fee__gte", 0)),
                        name="group_price_not_negative",
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
                        name="group_price_cycle_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FormerSlug",
            fields=[
                ("slug", models.SlugField(max_length=200, primary_key=True, serialize=False)),
                (
                    "product",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="old_slugs",
                        to="catalog.product",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="product",
            name="group",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="products",
                to="catalog.productgroup",
            ),
        ),
        migrations.CreateModel(
            name="PromoCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=50, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("percent", "Percent"), ("fixed", "Fixed")],
                        default="percent",
                        max_length=7,
                    ),
                ),
                ("percent", models.PositiveIntegerField(default=0)),
                ("recurring", models.BooleanField(default=False)),
                ("cycles", models.JSONField(default=list)),
                ("tlds", models.JSONField(default=list)),
                ("max_uses", models.PositiveIntegerField(null=True)),
                ("max_uses_per_client", models.PositiveIntegerField(null=True)),
                ("starts_on", models.DateField(null=True)),
                ("ends_on", models.DateField(null=True)),
                ("new_clients_only", models.BooleanField(default=False)),
                ("is_active", models.BooleanField(default=True)),
                ("notes", models.TextField(blank=True)),
                (
                    "products",
                    models.ManyToManyField(related_name="promo_codes", to="catalog.product"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", "percent"), ("percent__gte", 1), ("percent__lte", 10000)
                            ),
                            models.Q(("kind", "fixed"), ("percent", 0)),
                            _connector="OR",
                        ),
                        name="promo_percent_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("starts_on__isnull", True),
                            ("ends_on__isnull", True),
                            ("starts_on__lte", models.F("ends_on")),
                            _connector="OR",
                        ),
                        name="promo_days_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PromoAmount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount", models.BigIntegerField()),
                (
                    "currency",
                    models.ForeignKey(
                        db_column="currency_code",
                        on_delete=django.db.models.deletion.PROTECT,
                        to="catalog.currency",
                    ),
                ),
                (
                    "promo",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="amounts",
                        to="catalog.promocode",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("promo", "currency"), name="promo_amount_unique"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 1)), name="promo_amount_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SharedRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.BigIntegerField(default=1)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="shared_revision_one_row"
                    )
                ],
            },
        ),
    ]
