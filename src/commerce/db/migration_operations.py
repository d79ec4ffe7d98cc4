"""Indexes and checks made while the application goes on writing, as PostgreSQL can; SQLite has one writer only."""

from typing import Any

from django.db import migrations, models


class AddIndexConcurrently(migrations.AddIndex):
    """Adds an index without a lock that stops writers. Its migration says ``atomic = False``.

    What a try that was stopped has left, an index that is not valid, is taken away first.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            name = schema_editor.quote_name(self.index.name)
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            schema_editor.add_index(model, self.index, concurrently=True)


class RemoveIndexConcurrently(migrations.RemoveIndex):
    """Takes an index away without a lock that stops writers, and makes it anew so. Its migration says
    ``atomic = False``.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            name = schema_editor.quote_name(self.name)
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        index = to_state.models[app_label, self.model_name_lower].get_index_by_name(self.name)
        added = AddIndexConcurrently(self.model_name, index)
        added.database_forwards(app_label, schema_editor, from_state, to_state)


class AddCheckConstraint(migrations.AddConstraint):
    """Adds a check in two steps: from now on no new row breaks it, then the old ones are looked at while writers go on.

    Its migration says ``atomic = False``. A row that breaks it ends the second step; the check is there, and
    ``migrate`` tries that step again.
    """

    def __init__(self, model_name: str, constraint: models.CheckConstraint) -> None:
        super().__init__(model_name, constraint)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        table = schema_editor.quote_name(model._meta.db_table)
        name = schema_editor.quote_name(self.constraint.name)
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
        added = self.constraint.create_sql(model, schema_editor)
        schema_editor.execute(f"{added} NOT VALID", params=None)
        schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


class AddUniqueConcurrently(migrations.AddConstraint):
    """Adds a unique constraint with a condition, which is an index, without a lock that stops writers.

    Its migration says ``atomic = False``. What a try that was stopped has left is taken away first.
    """

    def __init__(self, model_name: str, constraint: models.UniqueConstraint) -> None:
        if constraint.condition is None:
            raise ValueError("without a condition it is no index, and cannot be added like one")
        super().__init__(model_name, constraint)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            name = schema_editor.quote_name(self.constraint.name)
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            added = str(self.constraint.create_sql(model, schema_editor))
            concurrently = added.replace(" UNIQUE INDEX ", " UNIQUE INDEX CONCURRENTLY ", 1)
            schema_editor.execute(concurrently, params=None)
