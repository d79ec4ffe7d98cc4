"""Sequences know the date of their last document, and each date and step which row finished it first."""

from typing import Any

from django.db import migrations
from django.db.models import Max, Min, OuterRef, Subquery


def tell(apps: Any, schema_editor: Any) -> None:
    sequences = apps.get_model("billing", "NumberSequence").objects
    documents = {
        "invoice": apps.get_model("billing", "Invoice").objects,
        "credit_note": apps.get_model("billing", "CreditNote").objects,
    }
    for sequence in sequences.all():
        kind, _, year = sequence.name.partition(":")
        issued = documents[kind].exclude(number=None)
        issued = issued.filter(issue_date__year=int(year)) if year else issued
        last = issued.aggregate(last=Max("issue_date"))["last"]
        sequences.filter(pk=sequence.pk).update(last_date=last)
    steps = apps.get_model("billing", "RunStep").objects
    runs = apps.get_model("billing", "Run").objects.filter(pk=OuterRef("run_id"))
    first = steps.filter(status="done").order_by().values("run__date", "name")
    first = first.annotate(first=Min("pk")).values("first")
    steps.filter(pk__in=first).update(finishes=Subquery(runs.values("date")[:1]))


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_dates_of_sequences_and_steps_finished_once")]

    operations = [migrations.RunPython(tell, migrations.RunPython.noop)]
