from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class CatalogConfig(AppConfig):
    name = "commerce.catalog"

    def ready(self) -> None:
        post_migrate.connect(_lay_first_rows, sender=self, dispatch_uid="catalog-first-rows")


def _lay_first_rows(*, using: str, **_: Any) -> None:
    """After every ``migrate``: an emptied database gets back what an installation starts with."""
    from commerce.catalog.actions.editing import create_initial_rows
    from commerce.catalog.models import SharedRevision

    if SharedRevision._meta.db_table in connections[using].introspection.table_names():
        create_initial_rows()
