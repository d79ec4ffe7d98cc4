"""Staff filter and search payments, refunds, disputes and events of gateways by an index."""

from django.db import migrations, models

from commerce.db.migration_operations import AddIndexConcurrently, RemoveIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("payments", "0009_payments_of_all_clients")]

    operations = [
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("status", "completed"), _negated=True),
                fields=["status", "id"],
                name="payment_not_completed",
            ),
        ),
        AddIndexConcurrently(
            model_name="refund",
            index=models.Index(fields=["reference"], name="refund_by_reference"),
        ),
        AddIndexConcurrently(
            model_name="dispute",
            index=models.Index(fields=["reference"], name="dispute_by_reference"),
        ),
        AddIndexConcurrently(
            model_name="gatewayevent",
            index=models.Index(fields=["status", "id"], name="gateway_event_by_status"),
        ),
        AddIndexConcurrently(
            model_name="gatewayevent",
            index=models.Index(fields=["event_id"], name="gateway_event_by_event_id"),
        ),
        AddIndexConcurrently(
            model_name="gatewayevent",
            index=models.Index(fields=["kind", "id"], name="gateway_event_by_kind"),
        ),
        RemoveIndexConcurrently(model_name="gatewayevent", name="gateway_event_unfinished"),
    ]
