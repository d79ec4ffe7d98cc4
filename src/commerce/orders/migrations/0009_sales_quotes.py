"""Quotes of staff, the carts in which they are accepted, who of staff placed an order, and why they took something off."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from commerce.db.migration_operations import AddIndexConcurrently, AddUniqueConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0044_open_work_marks"),
        ("catalog", "0005_server_groups"),
        ("orders", "0008_items_with_auth_codes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SalesQuote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(blank=True, max_length=200)),
                ("email", models.CharField(blank=True, max_length=254)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("locale", models.CharField(blank=True, max_length=16)),
                ("version", models.PositiveIntegerField(default=1)),
                ("status", models.CharField(choices=[("draft", "Draft"), ("sent", "Sent"), ("accepted", "Accepted"), ("lapsed", "Lapsed"), ("withdrawn", "Withdrawn")], default="draft", max_length=9)),
                ("promo_code", models.CharField(blank=True, max_length=50)),
                ("cart_lines", models.JSONField(default=list)),
                ("frozen_prices", models.JSONField(default=list)),
                ("total", models.BigIntegerField(default=0)),
                ("note", models.TextField(blank=True)),
                ("valid_until", models.DateField()),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("accepted_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("client", models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.client")),
                ("currency", models.ForeignKey(db_column="currency_code", on_delete=django.db.models.deletion.PROTECT, to="catalog.currency")),
                ("first", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="orders.salesquote")),
                ("made_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.staff")),
                ("order", models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="sales_quote", to="orders.order")),
            ],
            options={
                "indexes": [models.Index(fields=["client", "created_at", "id"], name="sales_quote_list"), models.Index(condition=models.Q(("status", "sent")), fields=["valid_until"], name="sales_quote_by_last_day")],
                "constraints": [models.CheckConstraint(condition=models.Q(("status__in", ["draft", "sent", "accepted", "lapsed", "withdrawn"])), name="sales_quote_status_known"), models.CheckConstraint(condition=models.Q(models.Q(("client__isnull", False), ("email", ""), ("name", "")), models.Q(("client__isnull", True), models.Q(("email", ""), _negated=True), models.Q(("name", ""), _negated=True)), _connector="OR"), name="sales_quote_of_client_or_caller"), models.CheckConstraint(condition=models.Q(("order__isnull", True), ("status", "accepted"), _connector="OR"), name="sales_quote_order_is_accepted"), models.CheckConstraint(condition=models.Q(models.Q(("sent_at__isnull", True), ("status", "draft")), models.Q(models.Q(("status", "draft"), _negated=True), ("sent_at__isnull", False)), _connector="OR"), name="sales_quote_sent_says_when"), models.UniqueConstraint(fields=("first", "version"), name="sales_quote_version_unique"), models.UniqueConstraint(condition=models.Q(("status__in", ["sent", "accepted"])), fields=("first",), name="sales_quote_one_version_stands")],
            },
        ),
        migrations.AddField(
            model_name="order",
            name="placed_by_staff",
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.staff"),
        ),
        migrations.AddField(
            model_name="orderitem",
            name="discount_reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AddField(
            model_name="cart",
            name="quote",
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="carts", to="orders.salesquote"),
        ),
        AddIndexConcurrently(
            model_name="cart",
            index=models.Index(condition=models.Q(("quote__isnull", False)), fields=["quote"], name="cart_of_quote"),
        ),
        AddUniqueConcurrently(
            model_name="cart",
            constraint=models.UniqueConstraint(condition=models.Q(("quote__isnull", True), ("status", "open")), fields=("client",), name="cart_client_one_own_open"),
        ),
        AddUniqueConcurrently(
            model_name="cart",
            constraint=models.UniqueConstraint(condition=models.Q(("quote__isnull", False), ("status", "open")), fields=("client", "quote"), name="cart_quote_one_open"),
        ),
        migrations.RemoveConstraint(
            model_name="cart",
            name="cart_client_one_open",
        ),
    ]
