"""Drafts by hand keep what was typed: the unit amount with tax, and notes without a sentence about the tax.

The rate that a price held for a buyer at rate 0 is not known any more: such a line keeps its net amount.
"""

import re
from fractions import Fraction

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from commerce.kit.money import round_half_up

_NOTICE = re.compile(r"\s*The VAT number \S+ could not be checked, so tax is charged\.$")


def _keep(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    invoices = apps.get_model("billing", "Invoice")
    setting = apps.get_model("preferences", "Setting").objects.filter(pk="tax.prices_include_tax")
    inclusive = setting.values_list("value", flat=True).first()
    for draft in invoices.objects.filter(status="draft", kind="manual").iterator(chunk_size=500):
        invoices.objects.filter(pk=draft.pk).update(notes=_NOTICE.sub("", draft.notes))
        if not inclusive:
            continue
        for line in draft.lines.filter(tax_rate_milli__gt=0):
            gross = Fraction((line.amount + line.tax_amount) * 1000, line.quantity_milli)
            line.typed_unit = round_half_up(gross)
            line.save(update_fields=["typed_unit"])


def _without_due_dates(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("billing", "Invoice").objects.filter(status="draft").update(due_date=None)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0004_typed_into_drafts"),
        ("preferences", "0001_initial"),
    ]

    operations = [migrations.RunPython(_keep, _without_due_dates)]
