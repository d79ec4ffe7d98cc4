"""Real workers and receivers: dead and slow ones hold up nobody, kills lose nothing, each post is verified."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from tests import databases
from tests.webhook_endpoints.real_workers import CLIENTS, RealWorkers, own_database, real_workers

DATABASE = os.environ.get("COMMERCE_DATABASE_URL", "")
EVENTS, WELL = 2, 45


@pytest.mark.usefixtures("django_db_setup")
def test_nothing_is_lost_whoever_is_killed_dead_or_slow(tmp_path: Path) -> None:
    """With two workers on PostgreSQL, with one on SQLite."""
    if not DATABASE.startswith("postgres"):
        shutil.copy(databases.migrated(), tmp_path)
        with real_workers(tmp_path) as installed:
            _play(installed, workers=1)
        return
    with (
        own_database(DATABASE, databases.template()) as database,
        real_workers(tmp_path, database) as installed,
    ):
        _play(installed, workers=2)


def _play(installed: RealWorkers, *, workers: int) -> None:
    started = [installed.worker() for _ in range(workers)]
    made = installed.happen(EVENTS)
    installed.wait_for(WELL * EVENTS // 4)
    started[0].send_signal(signal.SIGKILL)
    started[0].wait()
    made += installed.happen(EVENTS)
    # What it had is free after a minute; here at once.
    installed.python("WebhookEndpoint.objects.update(claimed_until=None)")
    started[0] = installed.worker()
    installed.wait_for(WELL * EVENTS)
    started[-1].send_signal(signal.SIGTERM)
    installed.worker()
    made += installed.happen(EVENTS)
    installed.wait_for(WELL * EVENTS * 3)
    assert len(made) == len(set(made)) == EVENTS * 3 * CLIENTS
    assert {one.event_id for one in installed.arrived()} == set(made)
    assert installed.verify_all() >= len(installed.arrived())
    kept = installed.python(
        "rows = WebhookDelivery.objects.filter(endpoint__address__contains='/takes/')\n"
        "print(json.dumps([rows.count(), rows.filter(delivered_at=None).count()]))"
    )
    assert kept[0] == WELL * EVENTS * 3
    assert kept[1] <= workers, "what was sent and not noted yet"
