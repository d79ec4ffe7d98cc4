"""What programs of a client say of its records over the API."""

from typing import Any

from django import template

from commerce.accounts.models import RecordMetadata
from commerce.accounts.models.metadata import REFERENCE

register = template.Library()


@register.filter
def reference(record: Any) -> str:
    """``{{ service|reference }}``: the reference that a program gave a record; empty without one."""
    rows = RecordMetadata.objects.for_client(record.client_id)
    found = rows.of(record._meta.model_name, record.pk).filter(key=REFERENCE)
    return found.values_list("value", flat=True).first() or ""
