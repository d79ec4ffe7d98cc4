"""The migration that gives names the contacts of their orders, among a million of them."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from commerce.domains.models import Domain
from tests.make.records import make_domain_item, make_order
from tests.make.registrants import REGISTRANT

migration = import_module("commerce.orders.migrations.0002_contacts_of_names")


@pytest.mark.django_db
def test_what_was_copied_stays_when_it_is_killed_and_the_next_run_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(3):
        item = make_domain_item(domain=f"name{number}.example", registrant=REGISTRANT)
        make_order(items=[item])
    Domain.objects.update(contacts={})
    monkeypatch.setattr(migration, "AT_ONCE", 2)
    copy, bites = migration._copy, list[int]()

    def killed(domains: object, units: list[object]) -> None:
        copy(domains, units)
        bites.append(len(units))
        if len(bites) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(migration, "_copy", killed)
    with pytest.raises(KeyboardInterrupt):
        migration.copy_registrants(apps, SimpleNamespace(connection=connection))
    assert (bites, Domain.objects.exclude(contacts={}).count()) == ([2, 1], 2)
    assert not migration.Migration.atomic
    migration.copy_registrants(apps, SimpleNamespace(connection=connection))
    assert {domain.contacts["admin"]["last_name"] for domain in Domain.objects.all()} == {
        REGISTRANT["last_name"]
    }
