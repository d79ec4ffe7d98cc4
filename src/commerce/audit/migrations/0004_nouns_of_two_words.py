"""Kinds of two words are spelled as everywhere else: ``plan_change`` was ``planchange``."""

from typing import Any

from django.db import migrations
from django.db.models import Value
from django.db.models.functions import Concat, Substr

_NOUNS = (
    "api_token billed_period cancellation_request card_setup client_group client_note client_tag consumer_statement"
    " custom_field daily_run data_export faq_entry gateway_event group_price option_group option_value outgoing_mail"
    " plan_change price_change product_group promo_code registrar_brake saved_card staff_role staff_token"
    " transfer_notice unallocated_payment withdrawal_instruction"
).split()


def spell_apart(apps: Any, schema_editor: Any) -> None:
    """In actions and kinds alike."""
    for noun in _NOUNS:
        _rename(apps, schema_editor, noun.replace("_", ""), noun)


def spell_together(apps: Any, schema_editor: Any) -> None:
    """The way back."""
    for noun in _NOUNS:
        _rename(apps, schema_editor, noun, noun.replace("_", ""))


def _rename(apps: Any, schema_editor: Any, old: str, new: str) -> None:
    entries = apps.get_model("audit", "AuditEntry").objects.using(schema_editor.connection.alias)
    action = Concat(Value(new), Substr("action", len(old) + 1))
    entries.filter(action__startswith=f"{old}.").update(action=action)
    entries.filter(record_kind=old).update(record_kind=new)


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_staff_for_client"),
        ("billing", "0006_void_waiting_plan_changes"),  # writes entries with the former nouns
    ]

    operations = [migrations.RunPython(spell_apart, spell_together)]
