"""Tables: floors, migrations that are named and go both ways. `make missing-migrations` says that none is missing."""

import re
import tomllib
from functools import cache

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader

from tests.house.going_back import go_back
from tests.house.source import ROOT

OURS = sorted(c.label for c in apps.get_app_configs() if c.name.startswith("commerce."))


def floors() -> dict[str, int]:
    """Each app's height: 0 is the lowest floor of the import contract."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers = [re.findall(r"\w+", layer) for layer in contracts["contracts"][0]["layers"]]
    return {app: height for height, apps_ in enumerate(reversed(layers)) for app in apps_}


@cache
def own_migrations() -> list[migrations.Migration]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return [m for (label, _), m in sorted(loader.disk_migrations.items()) if label in OURS]


def test_foreign_keys_point_downwards() -> None:
    """A key written as a string is an import too, which the import contract cannot see."""
    height = floors()
    upwards = [
        f"{model.__name__}.{field.name} -> {field.related_model.__name__}"
        for model in apps.get_models()
        if (own := model._meta.app_label) in OURS
        for field in model._meta.fields
        if field.is_relation
        and isinstance(field.related_model, type)
        and (other := field.related_model._meta.app_label) in OURS
        and other != own
        and height[other] >= height[own]
    ]
    assert upwards == []


def test_money_is_whole_minor_units() -> None:
    """An amount is a ``BigIntegerField``: SQLite would compare a decimal column as a float."""
    amounts = re.compile(r"(^|_)(amount|total|subtotal|price|fee|net|tax|due|credit)(_|$)")
    wrong = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        if model._meta.app_label in OURS
        for field in model._meta.fields
        if amounts.search(field.name)
        and isinstance(field, models.IntegerField | models.FloatField | models.DecimalField)
        and not field.name.endswith("_milli")
        and not isinstance(field, models.BigIntegerField)
    ]
    assert wrong == []


def test_migrations_have_names_that_say_something() -> None:
    made_up = re.compile(r"_auto_\d|_and_more$|^\d{4}_alter_.*_\w+_\w+_")
    assert [m for m in own_migrations() if made_up.search(m.name)] == []


def test_migrations_can_be_taken_back() -> None:
    one_way = [
        f"{migration}: {operation.describe()}"
        for migration in own_migrations()
        for operation in migration.operations
        if not operation.reversible
    ]
    assert one_way == []


@pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="`test_filled_migrations` goes on to nothing there, and what is made from nothing is what tests begin with",
)
@pytest.mark.django_db(transaction=True)
def test_migrations_go_back_to_nothing_and_forth_again() -> None:
    """Slow, and worth it: a migration that cannot be taken back is found before an installation needs it."""
    before = set(connection.introspection.table_names())
    go_back_to_nothing()
    call_command("migrate", verbosity=0)
    assert set(connection.introspection.table_names()) == before


def go_back_to_nothing() -> None:
    """No table of ours is left."""
    go_back(*((label, None) for label in {migration.app_label for migration in own_migrations()}))
    left = {t for t in connection.introspection.table_names() if t.split("_")[0] in OURS}
    assert left == set()
