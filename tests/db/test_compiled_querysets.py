"""Each query whose SQL the product keeps is one that this database understands, whichever test asks it."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

import commerce
from commerce.db.fast_paths import CompiledQuerySet


def compiled_querysets() -> Iterator[tuple[str, CompiledQuerySet[Any]]]:
    """All that stand in a module, by its name and theirs."""
    for found in pkgutil.walk_packages(commerce.__path__, "commerce."):
        if ".migrations" in found.name or found.name.endswith((".wsgi", ".__main__")):
            continue
        for name, value in vars(importlib.import_module(found.name)).items():
            for one in value if isinstance(value, tuple) else (value,):
                if isinstance(one, CompiledQuerySet):
                    yield f"{found.name}.{name}", one


@pytest.mark.django_db
def test_each_compiled_queryset_is_understood() -> None:
    """Planned without its values: columns, types and constants are looked at, no row is."""
    asked = dict(compiled_querysets())
    assert len(asked) >= 15
    for name, kept in asked.items():
        statement, values = kept._statement
        assert statement, name
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {statement}", [None] * len(values))
