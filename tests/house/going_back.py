"""Migrations taken back, as ``migrate`` takes them back, in a fraction of its time."""

from typing import Any, override

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState

from commerce.db import triggers
from commerce.db.migration_states import LazyMigration

type Step = tuple[Migration, bool]


class _DrawsOnce(MigrationExecutor):
    """Django draws all models anew after each operation of each migration, on its way to the states to go back to.
    What is asked of a state are the models before a migration: they are drawn when it is taken back, if not by itself.
    """

    @override
    def _migrate_all_backwards(self, plan: list[Step], full_plan: list[Step], fake: bool) -> Any:
        wanted = {migration for migration, _ in plan}
        applied = {self.loader.graph.nodes[key] for key in self.loader.applied_migrations}
        states: dict[Migration, ProjectState] = {}
        state = self._create_project_state()  # type: ignore[no-untyped-call]
        for migration, _ in full_plan:
            if migration in wanted:
                states[migration] = state.clone()
            if migration in applied:
                migration.mutate_state(state, preserve=False)
        for migration, _ in plan:
            before = states.pop(migration)
            if not isinstance(migration, LazyMigration):
                _ = before.apps
            self.unapply_migration(before, migration, fake=fake)  # type: ignore[no-untyped-call]
        return state


def go_back(*targets: tuple[str, str | None]) -> None:
    """To these migrations of their apps; to none of them where nothing is named. Triggers go first, as they do then."""
    triggers.remove_triggers()
    _DrawsOnce(connection).migrate(list(targets))
