"""Migrations taken back, as ``migrate`` takes them back, in a fraction of its time."""

from django.db import connection

from commerce.db import triggers
from commerce.db.migration_states import LazyExecutor


def go_back(*targets: tuple[str, str | None]) -> None:
    """To these migrations of their apps; to none of them where nothing is named. Triggers go first, as they do then."""
    triggers.remove_triggers()
    LazyExecutor(connection).migrate(list(targets))  # type: ignore[no-untyped-call]


def go_back_newest(number: int) -> None:
    """By so many migrations of each app, and by what needs them."""
    triggers.remove_triggers()
    executor = LazyExecutor(connection)  # type: ignore[no-untyped-call]
    graph = executor.loader.graph
    ours: dict[str, list[str]] = {}
    for app, name in sorted(graph.nodes):
        if graph.nodes[app, name].__module__.startswith("commerce."):
            ours.setdefault(app, []).append(name)
    gone = {
        key
        for app, names in ours.items()
        for name in names[1:][-number:]
        for key in graph.backwards_plan((app, name))
    }
    plan = executor.migration_plan(graph.leaf_nodes(), clean_start=True)
    back = [(one, True) for one, _ in reversed(plan) if (one.app_label, one.name) in gone]
    executor.migrate(None, plan=back)  # type: ignore[no-untyped-call]
