"""Emails of an act for many records wait until it cannot be undone any more."""

from django.db import migrations, models

from commerce.db.migration_operations import AddCheckConstraint


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("mail", "0006_mails_with_links")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="outgoingmail",
                    name="status",
                    field=models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("sending", "Sending"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("skipped", "Skipped"),
                            ("bounced", "Bounced"),
                            ("digest", "Digest"),
                            ("held", "Held"),
                        ],
                        default="queued",
                        max_length=7,
                    ),
                )
            ]
        ),
        migrations.RemoveConstraint(model_name="outgoingmail", name="mail_status_known"),
        AddCheckConstraint(
            model_name="outgoingmail",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        [
                            *("queued", "sending", "sent", "failed", "skipped", "bounced"),
                            *("digest", "held"),
                        ],
                    )
                ),
                name="mail_status_known",
            ),
        ),
    ]
