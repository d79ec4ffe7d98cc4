"""What is in the database, table by table: to see that nothing was written, or that everything is there."""

import hashlib
from collections.abc import Container

from django.apps import apps


def table_digests(*, without: Container[str] = ()) -> dict[str, str]:
    """A digest of all rows of each table, by the model's label."""
    found = {}
    for model in apps.get_models():
        if model._meta.label in without:
            continue
        columns = [field.attname for field in model._meta.concrete_fields]
        rows = model._default_manager.order_by("pk").values_list(*columns)
        plain = [[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in rows]
        found[model._meta.label] = hashlib.sha256(repr(plain).encode()).hexdigest()
    return found
