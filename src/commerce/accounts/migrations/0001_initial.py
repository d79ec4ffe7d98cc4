import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Client",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_name", models.CharField(max_length=100)),
                ("last_name", models.CharField(max_length=100)),
                ("company", models.CharField(blank=True, max_length=200)),
                ("email", models.EmailField(max_length=254)),
                (
                    "pending_email",
                    models.EmailField(blank=True, db_default="", default="", max_length=254),
                ),
                ("phone", models.CharField(blank=True, max_length=50)),
                ("address1", models.CharField(blank=True, max_length=200)),
                ("address2", models.CharField(blank=True, max_length=200)),
                ("city", models.CharField(blank=True, max_length=100)),
                ("state", models.CharField(blank=True, max_length=100)),
                ("postcode", models.CharField(blank=True, max_length=20)),
                ("country", models.CharField(max_length=2)),
                ("currency_code", models.CharField(max_length=3)),
                ("tax_id", models.CharField(blank=True, max_length=50)),
                ("tax_exempt", models.BooleanField(db_default=False, default=False)),
                (
                    "tax_exempt_reason",
                    models.CharField(blank=True, db_default="", default="", max_length=200),
                ),
                ("tax_exempt_until", models.DateField(null=True)),
                ("dunning", models.BooleanField(db_default=True, default=True)),
                ("locale", models.CharField(default="en", max_length=10)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("active", "Active"),
                            ("suspended", "Suspended"),
                            ("closed", "Closed"),
                        ],
                        default="active",
                        max_length=10,
                    ),
                ),
                ("api_rate", models.PositiveIntegerField(null=True)),
                ("revision", models.BigIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["active", "suspended", "closed"])),
                        name="client_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("country__regex", "^[A-Z]{2}$")),
                        name="client_country_alpha2",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency_code__regex", "^[A-Z]{3}$")),
                        name="client_currency_iso",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("api_rate__isnull", True), ("api_rate__gte", 1), _connector="OR"
                        ),
                        name="client_api_rate_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("email", models.EmailField(max_length=254)),
                ("email_verified_at", models.DateTimeField(null=True)),
                ("first_name", models.CharField(max_length=100)),
                ("last_name", models.CharField(max_length=100)),
                ("locale", models.CharField(default="en", max_length=10)),
                ("time_zone", models.CharField(blank=True, default="", max_length=64)),
                ("last_login_at", models.DateTimeField(null=True)),
                ("last_login_ip", models.GenericIPAddressField(null=True)),
                ("is_active", models.BooleanField(default=True)),
                ("terms_version", models.CharField(blank=True, max_length=100)),
                ("terms_accepted_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("email"), name="user_email_unique"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("scopes", models.JSONField(default=list)),
                ("networks", models.JSONField(default=list)),
                ("expires_on", models.DateField(null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("live", "Live"), ("revoked", "Revoked"), ("expired", "Expired")],
                        default="live",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("last_used_from", models.GenericIPAddressField(null=True)),
                (
                    "idempotency_key",
                    models.CharField(blank=True, db_default="", default="", max_length=64),
                ),
                (
                    "maker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="api_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="api_tokens",
                        to="accounts.client",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["client", "created_at", "id"], name="token_client")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "live")),
                        fields=("client", "name"),
                        name="token_live_name_unique",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("idempotency_key", ""), _negated=True),
                        fields=("client", "idempotency_key"),
                        name="token_form_sent_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["live", "revoked", "expired"])),
                        name="token_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("token_hash__regex", "^[0-9a-f]{64}$")),
                        name="token_hash_sha256",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="token_named"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClientGroup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True)),
                ("colour", models.CharField(blank=True, max_length=7)),
                ("description", models.TextField(blank=True)),
                ("discount", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("discount__lte", 10000)),
                        name="client_group_discount_range",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="client",
            name="group",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="clients",
                to="accounts.clientgroup",
            ),
        ),
        migrations.CreateModel(
            name="CustomField",
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
                            ("text", "Text"),
                            ("textarea", "Textarea"),
                            ("dropdown", "Dropdown"),
                            ("checkbox", "Checkbox"),
                            ("date", "Date"),
                        ],
                        max_length=8,
                    ),
                ),
                ("options", models.JSONField(default=list)),
                ("required", models.BooleanField(default=False)),
                ("show_on_registration", models.BooleanField(default=False)),
                ("show_on_order", models.BooleanField(default=False)),
                ("show_on_invoice", models.BooleanField(default=False)),
                ("admin_only", models.BooleanField(default=False)),
                ("position", models.PositiveIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        name="custom_field_name_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="custom_field_named"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("type__in", ["text", "textarea", "dropdown", "checkbox", "date"])
                        ),
                        name="custom_field_type_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("admin_only", False),
                            models.Q(
                                ("show_on_invoice", False),
                                ("show_on_order", False),
                                ("show_on_registration", False),
                            ),
                            _connector="OR",
                        ),
                        name="custom_field_admin_only_is_not_shown",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomValue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("value", models.TextField()),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="custom_values",
                        to="accounts.client",
                    ),
                ),
                (
                    "field",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="values",
                        to="accounts.customfield",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("client", "field"), name="custom_value_once"),
                    models.CheckConstraint(
                        condition=models.Q(("value", ""), _negated=True),
                        name="custom_value_not_empty",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("email", models.EmailField(max_length=254)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("billing", "Billing"),
                            ("technical", "Technical"),
                        ],
                        max_length=10,
                    ),
                ),
                ("rights", models.JSONField(default=list)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("accepted", "Accepted"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="accounts.client",
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("client"),
                        django.db.models.functions.text.Lower("email"),
                        condition=models.Q(("status", "open")),
                        name="invitation_open_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["open", "accepted", "declined", "withdrawn", "expired"])
                        ),
                        name="invitation_status_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("billing", "Billing"),
                            ("technical", "Technical"),
                        ],
                        max_length=10,
                    ),
                ),
                ("rights", models.JSONField(default=list)),
                ("created_at", models.DateTimeField()),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="accounts.client",
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "client"), name="membership_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["owner", "billing", "technical"])),
                        name="membership_role_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MailPreference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("group", models.CharField(max_length=10)),
                ("wanted", models.BooleanField()),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mail_choices",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("membership", "group"), name="mail_choice_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="TokenDailyRequests",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("number", models.BigIntegerField()),
                (
                    "token",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.apitoken",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["day"], name="token_requests_by_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("token", "day"), name="token_requests_of_a_day")
                ],
            },
        ),
        migrations.CreateModel(
            name="TokenNetwork",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("network", models.CharField(max_length=43)),
                ("last_used_on", models.DateField()),
                (
                    "token",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.apitoken",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("token", "network"), name="token_network_once")
                ],
            },
        ),
    ]
