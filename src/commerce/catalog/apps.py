from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class CatalogConfig(AppConfig):
    name = "commerce.catalog"

    def ready(self) -> None:
        from commerce.catalog import settings
        from commerce.catalog.reading import signs
        from commerce.preferences.amounts import signs_from
        from commerce.preferences.conditions import must_hold

        signs_from(signs)
        must_hold("tax.accounting_currency", settings.check_currency)
        for key in ("billing.late_fee_amount", "orders.review_rules"):
            must_hold(key, settings.check_currencies)
        post_migrate.connect(_lay_first_rows, sender=self, dispatch_uid="catalog-first-rows")


def _lay_first_rows(*, using: str, **_: Any) -> None:
    """After every ``migrate``: an emptied database gets back what an installation starts with."""
    from commerce.catalog.actions import lay_first_rows
    from commerce.catalog.models import SharedRevision

    if SharedRevision._meta.db_table in connections[using].introspection.table_names():
        lay_first_rows()
