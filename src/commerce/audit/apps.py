from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core import checks
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


class AuditConfig(AppConfig):
    name = "commerce.audit"

    def ready(self) -> None:
        pre_migrate.connect(_make_way, sender=self, dispatch_uid="audit-guards")
        post_migrate.connect(_install, sender=self, dispatch_uid="audit-guards")
        checks.register(_guards_stand, checks.Tags.database)


def _make_way(*, using: str, plan: Sequence[object], **_: Any) -> None:
    """SQLite cannot rebuild a table that a trigger of another table names."""
    from commerce.db import triggers

    if plan and connections[using].vendor == "sqlite":
        triggers.remove_triggers(connections[using])


def _install(*, using: str, **_: Any) -> None:
    from commerce.db import triggers

    triggers.install_triggers(connections[using])


def _guards_stand(
    app_configs: object, databases: Sequence[str] | None, **_: Any
) -> list[checks.CheckMessage]:
    """A warning, not an error: ``migrate`` runs the checks too, and is what repairs this."""
    from commerce.db import triggers

    found = {alias: triggers.trigger_differences(connections[alias]) for alias in databases or ()}
    return [
        checks.Warning(
            f"Triggers of the database, which protect issued documents, are missing or differ: {', '.join(names)}.",
            hint="Run `commerce migrate`, which makes the triggers anew.",
            id="commerce.W201",
        )
        for names in found.values()
        if names
    ]
