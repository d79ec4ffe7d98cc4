"""What raises a version is what version 2 shows of the row itself and of what it holds."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Model

from commerce.accounts.models import Client
from commerce.api.read.fields import field_sources
from commerce.api.v2.resources.all_resources import RESOURCES
from commerce.billing.models import CreditNote
from commerce.dns.models import ZoneVersion
from commerce.hosting.models import Service
from commerce.orders.models import OrderUnit
from commerce.record_versions import VERSIONED
from tests.make import make_service

NOT_IN_VERSIONS = {"id", "client_id", "created_at", "changed_at", "version"}


def shown_columns(model: type[Model], struct: Any) -> set[str]:
    """Columns of the model's own row that a struct shows."""
    found = set()
    for source in field_sources(struct).values():
        for column in source.columns:
            for name in names(column):
                first = name.partition("__")[0]
                field = model._meta.pk if first == "pk" else model._meta.get_field(first)
                if getattr(field, "concrete", False):
                    found.add(field.column)  # type: ignore[union-attr]
    return found - NOT_IN_VERSIONS


def names(column: Any) -> list[str]:
    """The fields that a column is made from; a subquery is of other rows."""
    if isinstance(column, str):
        return [column]
    if isinstance(column, F):
        return [column.name]
    if hasattr(column, "query"):
        return []
    return [name for one in column.get_source_expressions() for name in names(one)]


def test_each_column_that_is_shown_counts_and_no_other() -> None:
    shown = {}
    for resource in [one for one in RESOURCES if one.is_versioned]:
        model = resource.queryset().model
        structs = {resource.row_struct, resource.list_struct or resource.row_struct}
        shown[model] = set().union(*[shown_columns(model, one) for one in structs])
    assert {model: set(columns.split()) for model, columns in VERSIONED.items()} == shown


def version(row: Model) -> int:
    return int(type(row)._default_manager.values_list("version", flat=True).get(pk=row.pk))


@pytest.mark.django_db
def test_a_version_rises_by_one_and_never_falls(alice: Client) -> None:
    service = make_service(alice)
    first = version(service)
    rows = Service.objects.filter(pk=service.pk)
    rows.update(notes="Not shown.")
    assert version(service) == first
    rows.update(label="Other", domain="other.example", version=0)
    assert version(service) == first + 1
    rows.update(label="Other", version=1)
    assert version(service) == first + 1
    service.refresh_from_db()
    rows.update(label="Third")
    service.notes = "Saved by a stale copy."
    service.save()
    assert version(service) >= first + 2


@pytest.mark.parametrize("model", [CreditNote, OrderUnit, ZoneVersion])
@pytest.mark.django_db
def test_what_is_only_added_has_its_trigger(model: type[Model]) -> None:
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass", [table])
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE tbl_name = %s", [table])
        assert f"follows_{table}_insert" in {name for (name,) in cursor.fetchall()}
