"""Migrating by states that draw only the models which the operations read (decision 0135).

Django keeps the models of all apps drawn while it migrates: each operation draws anew all that are related to its own,
which are nearly all. That was three quarters of the time of ``commerce migrate`` on an empty database.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, override

from django.core.management import call_command
from django.core.management.commands import migrate
from django.db.migrations import Migration, RunPython
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ModelState, ProjectState, StateApps
from django.utils.functional import cached_property

from commerce.db.resumable_migrations import make_resumable

type Key = tuple[str, str]


class LazyApps(StateApps):
    """A registry that draws a model, and those that it points to, when it is asked for; all for a list of them."""

    def __init__(self, real_apps: set[str], states: Mapping[Key, ModelState]) -> None:
        self._undrawn = dict(states)
        super().__init__(list(real_apps), {})

    @override
    def get_model(
        self, app_label: str, model_name: str | None = None, require_ready: bool = True
    ) -> Any:
        label, name = (app_label, model_name) if model_name else app_label.split(".")
        self._draw([(label, name.lower())])
        return super().get_model(label, name, require_ready)

    @override
    @cache  # noqa: B019 - Django asks for it, and clears it
    def get_models(self, include_auto_created: bool = False, include_swapped: bool = False) -> Any:
        self.draw_all()
        return super().get_models(include_auto_created, include_swapped)

    def add(self, state: ModelState) -> None:
        """A new model: nothing points to it, so the others stay as they are drawn."""
        self._undrawn[state.app_label, state.name_lower] = state

    def draw_all(self) -> None:
        """For code that may look for what points to a model."""
        self._draw(list(self._undrawn))

    def _draw(self, keys: list[Key]) -> None:
        while wanted := [self._undrawn.pop(key) for key in keys if key in self._undrawn]:
            self.render_multiple(wanted)
            keys = list(self._pending_operations)


class LazyState(ProjectState):
    """What is known of all models. Those of ``apps`` are drawn when they are read, and anew after a change."""

    _twin: ProjectState | None = None
    """A state as this one was before the operation that changes it."""

    @cached_property
    def apps(self) -> LazyApps:
        return LazyApps(self.real_apps, self.models)

    @override
    def clone(self) -> "LazyState":
        twin = lazily(self)
        self._twin, twin._twin = twin, self
        return twin

    @override
    def clear_delayed_apps_cache(self) -> None:
        """Django says so before it gives the models to code."""
        self.apps.draw_all()

    @override
    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        self._forget_drawn()

    @override
    def reload_models(self, models: Iterable[Key], delay: bool = True) -> None:
        self._forget_drawn()

    @override
    def add_model(self, model_state: ModelState) -> None:
        drawn = self._forget_drawn()
        super().add_model(model_state)
        if drawn is not None:
            drawn.add(model_state)
            self.apps = drawn

    @override
    def remove_model(self, app_label: str, model_name: str) -> None:
        self._forget_drawn()
        super().remove_model(app_label, model_name)

    @override
    def add_field(self, app_label: str, model_name: str, *field: Any) -> None:
        self._draw_former(app_label, model_name)
        super().add_field(app_label, model_name, *field)

    @override
    def alter_field(self, app_label: str, model_name: str, *field: Any) -> None:
        self._draw_former(app_label, model_name)
        super().alter_field(app_label, model_name, *field)

    def _forget_drawn(self) -> LazyApps | None:
        drawn: LazyApps | None = self.__dict__.pop("apps", None)
        return drawn

    def _draw_former(self, app_label: str, model_name: str) -> None:
        """Before the new form: SQLite's columns stand in the order in which they were drawn."""
        if self._twin is not None and (app_label, model_name.lower()) in self._twin.models:
            self._twin.apps.get_model(app_label, model_name)


def lazily(state: ProjectState) -> LazyState:
    """The same models in a lazy state of their own."""
    return _copy(state, LazyState)


def _copy[S: ProjectState](state: ProjectState, kind: type[S]) -> S:
    return kind({key: model.clone() for key, model in state.models.items()}, state.real_apps)


class LazyExecutor(MigrationExecutor):
    """Django's, with such states. For ``migrate_lazily``, and for the databases of tests."""

    def _create_project_state(self, *args: Any, **kwargs: Any) -> LazyState:
        return lazily(super()._create_project_state(*args, **kwargs))  # type: ignore[misc]

    @override
    def apply_migration(
        self, state: Any, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> Any:
        """Django notes after the transaction that a table was made with an index: a kill in between lost the note."""
        if fake or fake_initial:
            return super().apply_migration(state, migration, fake, fake_initial)
        make_resumable(migration, self.connection)
        if self.progress_callback:
            self.progress_callback("apply_start", migration, fake)
        with self.connection.schema_editor(atomic=migration.atomic) as editor:
            state = migration.apply(state, editor)
            for statement in editor.deferred_sql:
                editor.execute(statement, None)
            editor.deferred_sql.clear()
            self.record_migration(migration.app_label, migration.name)
        if self.progress_callback:
            self.progress_callback("apply_success", migration, fake)
        return state

    @override
    def unapply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False
    ) -> Any:
        """On the way back Django does not say when it gives models to code."""
        has_code = any(isinstance(operation, RunPython) for operation in migration.operations)
        before = _copy(state, ProjectState if has_code else LazyState)
        make_resumable(migration, self.connection)
        return super().unapply_migration(before, migration, fake)


def migrate_lazily(**options: Any) -> None:
    """Django's ``migrate``, which has no other place to say which executor it uses."""
    migrate.MigrationExecutor = LazyExecutor  # type: ignore[attr-defined]
    call_command("migrate", **options)
