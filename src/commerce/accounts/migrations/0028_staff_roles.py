"""Roles of staff become records. What each person has until now stays for the former release, under other names here."""

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0027_place_in_events")]

    operations = [
        migrations.CreateModel(
            name="StaffRole",
            fields=[
                ("key", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("name", models.CharField(blank=True, default="", max_length=60)),
                ("permissions", models.JSONField(null=True)),
                ("reviewed_permissions", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        condition=models.Q(("name", ""), _negated=True),
                        name="staff_role_name_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("key__in", ["super_admin", "admin", "support", "billing"]),
                            models.Q(
                                models.Q(("name", ""), _negated=True),
                                ("permissions__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="staff_role_own_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("key", "super_admin"), _negated=True),
                            models.Q(("name", ""), ("permissions__isnull", True)),
                            _connector="OR",
                        ),
                        name="staff_role_super_admin_fixed",
                    ),
                ],
            },
        ),
        migrations.RemoveConstraint(model_name="staff", name="staff_role_known"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("staff", "role", "former_role"),
                migrations.AlterField(
                    "staff",
                    "former_role",
                    models.CharField(db_column="role", default="support", max_length=11),
                ),
                migrations.RenameField("staff", "permissions", "former_permissions"),
                migrations.AlterField(
                    "staff",
                    "former_permissions",
                    models.JSONField(db_column="permissions", default=list),
                ),
            ]
        ),
    ]
