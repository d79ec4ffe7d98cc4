"""What a client's custom fields say, in words: for invoices, and for their own pages (accounts.md 9)."""

from functools import cache
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import override

from commerce.accounts.locale import effective_language
from commerce.accounts.models import Client, CustomValue
from commerce.accounts.rules import CustomFieldType

_CLIENT = -1
"""Where the client's id belongs in the statement."""


@cache
def _statement() -> tuple[str, tuple[Any, ...]]:
    """Put together once: that takes Django longer than all else about it, and each invoice of a daily run asks."""
    rows = CustomValue.objects.filter(client_id=_CLIENT, field__show_on_invoice=True)
    rows = rows.order_by("field__position", "field_id")
    return rows.values_list("field__name", "field__type", "value").query.sql_with_params()


def custom_fields_for_invoice(client: Client) -> list[dict[str, str]]:
    """Label and value of each field that an invoice shows of this client today, in their language."""
    sql, values = _statement()
    with connection.cursor() as cursor:
        cursor.execute(sql, [client.pk if value == _CLIENT else value for value in values])
        rows = cursor.fetchall()
    if not rows:
        return []
    with override(effective_language(client.locale)):
        return [
            {"label": name, "value": custom_value_text(kind, value)} for name, kind, value in rows
        ]


def custom_value_text(kind: str, value: str) -> str:
    """A value as people read it: a ticked box says yes."""
    return _("Yes") if kind == CustomFieldType.CHECKBOX else value
