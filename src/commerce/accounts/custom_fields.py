"""What a client's custom fields say, in words: for invoices, and for their own pages (accounts.md 9)."""

from typing import Any

from django.db.models import BigIntegerField, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from commerce.accounts.locale import effective_language
from commerce.accounts.models import Client, CustomValue
from commerce.accounts.rules import CustomFieldType
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet


def _shown_on_invoices() -> QuerySet[Any, Any]:
    rows = CustomValue.objects.filter(
        client_id=QueryParam("client", BigIntegerField()), field__show_on_invoice=True
    )
    found: QuerySet[Any, Any] = rows.order_by("field__position", "field_id").values_list(
        "field__name", "field__type", "value"
    )
    return found


_SHOWN_ON_INVOICES = CompiledQuerySet(_shown_on_invoices)


def custom_fields_for_invoice(client: Client) -> list[dict[str, str]]:
    """Label and value of each field that an invoice shows of this client today, in their language."""
    rows = _SHOWN_ON_INVOICES.tuples(client=client.pk)
    if not rows:
        return []
    with override(effective_language(client.locale)):
        return [
            {"label": name, "value": custom_value_text(kind, value)} for name, kind, value in rows
        ]


def custom_value_text(kind: str, value: str) -> str:
    """A value as people read it: a ticked box says yes."""
    return _("Yes") if kind == CustomFieldType.CHECKBOX else value
