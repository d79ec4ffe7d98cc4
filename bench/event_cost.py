"""``python -m bench.event_cost``: what an act pays for its event, on the database of ``COMMERCE_DATABASE_URL``.

Transactions that rename a service, by turns with the trigger that writes its event and without it, in one run: the
difference of their quickest rounds, and its share. ``tools/servers.py`` starts a PostgreSQL for it.
"""

import os
import tempfile
import time

import django
from django.core.management import call_command

ROUNDS, EACH = 30, 50


def main() -> None:
    """Print the figures."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commerce.config.settings")
    os.environ.setdefault("COMMERCE_DATA_DIR", tempfile.mkdtemp())
    django.setup()
    call_command("migrate", verbosity=0)
    without, with_event = _measure()
    cost = with_event - without
    print(
        f"without {without:.3f} ms, with {with_event:.3f} ms: {cost:.3f} ms, {cost / without:.2f} of it"
    )


def _measure() -> tuple[float, float]:
    """Milliseconds of a transaction, in the quickest round: without, and with."""
    from django.db import connection, transaction

    from commerce.accounts.actions.client_locks import bump_revision
    from commerce.db.triggers import TriggerVersion
    from commerce.hosting.models import Service
    from commerce.record_versions import VERSIONED, version_triggers
    from tests.make import make_client, make_service
    from tests.make.cards import CTX

    service, table = make_service(make_client()), Service._meta.db_table
    columns = tuple(VERSIONED[Service].split())
    whole = next(
        one for one in version_triggers() if isinstance(one, TriggerVersion) and one.table == table
    )

    def switch(*, on: bool) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                word = "ENABLE" if on else "DISABLE"
                cursor.execute(f"ALTER TABLE {table} {word} TRIGGER follows_{table}_update_event")
            else:
                cursor.execute(f"DROP TRIGGER {whole.name}")
                cursor.execute((whole if on else TriggerVersion(table, columns)).sqlite())

    def turn(number: int) -> float:
        began = time.perf_counter()
        for each in range(EACH):
            with transaction.atomic():
                bump_revision(service.client_id, CTX)
                Service.objects.filter(pk=service.pk).update(label=f"{number} {each}")
        return (time.perf_counter() - began) * 1000 / EACH

    figures: dict[bool, list[float]] = {False: [], True: []}
    for number in range(2 * ROUNDS):
        on = number % 2 == 1
        switch(on=on)
        figures[on].append(turn(number))
    return min(figures[False]), min(figures[True])


if __name__ == "__main__":
    main()
