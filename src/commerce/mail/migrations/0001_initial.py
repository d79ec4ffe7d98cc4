import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="MailTemplate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event", models.CharField(max_length=40)),
                ("locale", models.CharField(max_length=10)),
                ("subject", models.CharField(max_length=300)),
                ("html", models.TextField(blank=True)),
                ("text", models.TextField(blank=True)),
                ("active", models.BooleanField(default=True)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("event", "locale"), name="template_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("html", ""), _negated=True),
                            models.Q(("text", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="template_says_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OutgoingMail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event", models.CharField(max_length=40)),
                (
                    "product_template",
                    models.CharField(blank=True, db_default="", default="", max_length=20),
                ),
                ("idempotency_key", models.CharField(max_length=200)),
                ("recipient", models.EmailField(blank=True, max_length=254)),
                ("recipient_name", models.CharField(blank=True, max_length=201)),
                ("locale", models.CharField(default="en", max_length=10)),
                ("time_zone", models.CharField(blank=True, max_length=64)),
                ("client_id", models.BigIntegerField(null=True)),
                ("about_kind", models.CharField(blank=True, max_length=30)),
                ("about_id", models.BigIntegerField(null=True)),
                ("values", models.JSONField(default=dict)),
                ("encrypted_values", models.TextField(blank=True, db_default="", default="")),
                ("attachments", models.JSONField(default=list)),
                ("subject", models.CharField(blank=True, max_length=500)),
                ("text", models.TextField(blank=True)),
                ("html", models.TextField(blank=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("sending", "Sending"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("skipped", "Skipped"),
                            ("bounced", "Bounced"),
                        ],
                        default="queued",
                        max_length=7,
                    ),
                ),
                ("outcome", models.CharField(blank=True, max_length=500)),
                ("is_permanent_failure", models.BooleanField(default=False)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("tried_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["client_id", "created_at", "id"], name="mail_of_client"),
                    models.Index(fields=["created_at", "id"], name="mail_by_day"),
                    models.Index(fields=["sent_at"], name="mail_sent"),
                    models.Index(
                        condition=models.Q(("status", "queued")), fields=["id"], name="mail_waiting"
                    ),
                    models.Index(
                        django.db.models.functions.text.Lower("recipient"),
                        condition=models.Q(("is_permanent_failure", True)),
                        name="mail_refused",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("event"),
                        models.F("idempotency_key"),
                        django.db.models.functions.text.Lower("recipient"),
                        name="mail_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                ["queued", "sending", "sent", "failed", "skipped", "bounced"],
                            )
                        ),
                        name="mail_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["sent", "bounced"]), _negated=True),
                            ("sent_at__isnull", False),
                            _connector="OR",
                        ),
                        name="mail_sent_says_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("recipient", ""), _negated=True),
                            ("status", "skipped"),
                            _connector="OR",
                        ),
                        name="mail_has_recipient",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SuppressedAddress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("email", models.EmailField(max_length=254)),
                ("suppressed_at", models.DateTimeField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("email"), name="mail_address_once"
                    )
                ],
            },
        ),
    ]
