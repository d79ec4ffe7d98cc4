from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("actor_kind", models.CharField(max_length=20)),
                ("actor_id", models.BigIntegerField(null=True)),
                ("actor_name", models.CharField(blank=True, max_length=254)),
                ("address", models.GenericIPAddressField(null=True)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("action", models.CharField(max_length=80)),
                ("record_kind", models.CharField(max_length=40)),
                ("record_id", models.BigIntegerField(null=True)),
                ("record_name", models.CharField(blank=True, max_length=254)),
                ("client_id", models.BigIntegerField(null=True)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                ("reason", models.TextField(blank=True)),
                ("staff_only", models.BooleanField(default=False)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["client_id", "at", "id"], name="audit_client"),
                    models.Index(fields=["record_kind", "record_id"], name="audit_record"),
                    models.Index(fields=["at", "id"], name="audit_by_time"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("action__contains", ".")), name="audit_action_has_a_dot"
                    )
                ],
            },
        ),
    ]
