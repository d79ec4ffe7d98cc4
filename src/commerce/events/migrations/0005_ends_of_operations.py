"""What programs asked for before the end of an operation was an event has ended already, or goes on."""

from typing import Any

from django.db import migrations
from django.db.models import Q


def note_ends(apps: Any, schema_editor: Any) -> None:
    """Those that have ended are told of no more: their status says how it was, as far as it shows here."""
    using = schema_editor.connection.alias

    def rows(app: str, model: str) -> Any:
        return apps.get_model(app, model).objects.using(using)

    operations = rows("accounts", "ApiOperation").filter(outcome="open")
    operations.filter(carrier_id=None).update(outcome="succeeded")
    ended = ~Q(status__in=["created", "open"])
    for kind, carriers, succeeded in (
        ("domain_change", rows("domains", "DomainChange").exclude(status="requested"), "done"),
        ("card_setup", rows("payments", "CardSetup").filter(ended), "succeeded"),
        ("attempt", rows("payments", "Attempt").filter(ended), "succeeded"),
        ("job", rows("jobs", "Job").filter(status__in=["succeeded", "dropped"]), "succeeded"),
    ):
        own = operations.filter(carrier_kind=kind)
        well = carriers.filter(status=succeeded)
        own.filter(carrier_id__in=well.values("pk")).update(outcome="succeeded")
        own.filter(carrier_id__in=carriers.values("pk")).update(outcome="failed")


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0004_order_of_all_events"),
        ("accounts", "0038_end_of_operations"),
        ("domains", "0009_versions"),
        ("jobs", "0010_requests_of_jobs"),
        ("payments", "0020_the_card_of_a_setup"),
    ]

    operations = [migrations.RunPython(note_ends, migrations.RunPython.noop)]
