"""``python -m bench.event_cost``: what an act pays for what its triggers write, on the database of
``COMMERCE_DATABASE_URL``: its event, and what staff search by.

Transactions that rename a service, and a client, by turns with the trigger and without it, in one run: the difference
of their quickest rounds, and its share. ``tools/servers.py`` starts a PostgreSQL for it.
"""

import os
import tempfile
import time
from collections.abc import Callable

import django
from django.core.management import call_command

ROUNDS, EACH = 150, 10


def main() -> None:
    """Print the figures."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commerce.config.settings")
    os.environ.setdefault("COMMERCE_DATA_DIR", tempfile.mkdtemp())
    django.setup()
    call_command("migrate", verbosity=0)
    from django.db import connection

    for what, (without, with_it) in (("event", _of_event()), ("search keys", _of_search_keys())):
        cost = with_it - without
        print(
            f"{what} on {connection.vendor}: without {without:.3f} ms, with {with_it:.3f} ms:"
            f" {cost:.3f} ms, {cost / without:.2f} of it"
        )


def _of_event() -> tuple[float, float]:
    """Of a service that gets another name. On SQLite one trigger raises the version and tells of it."""
    from commerce.db.triggers import TriggerVersion
    from commerce.hosting.models import Service
    from commerce.record_versions import VERSIONED, version_triggers
    from tests.make import make_client, make_service

    service, table = make_service(make_client()), Service._meta.db_table
    whole = next(
        one for one in version_triggers() if isinstance(one, TriggerVersion) and one.table == table
    )
    alone = TriggerVersion(table, tuple(VERSIONED[Service].split()))
    switch = _switch(
        table, f"follows_{table}_update_event", whole.name, whole.sqlite(), alone.sqlite()
    )
    rows = Service.objects.filter(pk=service.pk)
    return _measure(service.client_id, switch, lambda name: rows.update(label=name))


def _of_search_keys() -> tuple[float, float]:
    """Of a client who gets another name."""
    from commerce.accounts.models import Client
    from commerce.record_search_keys import search_key_triggers
    from tests.make import make_client

    client, table = make_client(), Client._meta.db_table
    made = next(
        one for one in search_key_triggers() if one.table == table and one.event == "UPDATE"
    )
    switch = _switch(table, made.name, made.name, made.sqlite())
    rows = Client.objects.filter(pk=client.pk)
    return _measure(client.pk, switch, lambda name: rows.update(last_name=name))


def _switch(
    table: str, on_postgresql: str, on_sqlite: str, whole: str, without: str = ""
) -> dict[bool, list[str]]:
    """The statements that turn a trigger on and off."""
    from django.db import connection

    if connection.vendor == "postgresql":
        words = {True: "ENABLE", False: "DISABLE"}
        return {
            on: [f"ALTER TABLE {table} {word} TRIGGER {on_postgresql}"]
            for on, word in words.items()
        }
    drop = f"DROP TRIGGER IF EXISTS {on_sqlite}"
    return {True: [drop, whole], False: [drop, *([without] if without else [])]}


def _measure(
    client_id: int, switch: dict[bool, list[str]], write: Callable[[str], object]
) -> tuple[float, float]:
    """Milliseconds of a transaction, in the quickest round: without, and with."""
    from django.db import connection, transaction

    from commerce.accounts.actions.client_locks import bump_revision
    from tests.make.cards import CTX

    figures: dict[bool, list[float]] = {False: [], True: []}
    for number in range(2 * ROUNDS):
        on = number % 2 == 1
        with connection.cursor() as cursor:
            for statement in switch[on]:
                cursor.execute(statement)
        began = time.perf_counter()
        for each in range(EACH):
            with transaction.atomic():
                bump_revision(client_id, CTX)
                write(f"Name{number} {each}")
        figures[on].append((time.perf_counter() - began) * 1000 / EACH)
    return min(figures[False]), min(figures[True])


if __name__ == "__main__":
    main()
