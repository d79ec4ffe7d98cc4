"""An action on a client's rows changes none of another client who has the very same, and makes none for him."""

from typing import Any

import pytest
from django.apps import apps

from commerce.accounts.models import Client
from tests import make
from tests.audit.cases import CASES
from tests.make.table_digests import stored_rows

pytestmark = pytest.mark.django_db

SHARED = {"billing.NumberSequence", "site_settings.SiteSetting", "catalog.SharedRevision"}
"""Rows that belong to the installation."""

MONEY = ("billing.", "payments.", "orders.")

type Rows = dict[tuple[str, Any], dict[str, Any]]


def rows() -> Rows:
    """All rows that belong to somebody, by table and key."""
    return {
        (model._meta.label, row[model._meta.pk.attname]): row
        for model in apps.get_models()
        if not model._meta.proxy and model._meta.label not in SHARED
        for row in stored_rows(model)
    }


@pytest.mark.parametrize("name", sorted(name for name in CASES if name.startswith(MONEY)))
def test_the_next_client_is_left_alone(name: str) -> None:
    other = make.make_client()
    CASES[name](other)
    theirs = rows()
    mine: Client = make.make_client()
    act = CASES[name](mine)
    act()
    after = rows()
    assert {key: after.get(key) for key in theirs} == theirs
    made = [row for key, row in after.items() if key not in theirs]
    assert not [row for row in made if row.get("client_id") == other.pk]
