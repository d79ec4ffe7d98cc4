"""``python -m bench.recurring [--sqlite] [--services N]``: MRR and churn where each service changed in a year.

Each page is asked before months were kept, which is as soon as an import or an update is over, and when they were; the
processor time is that of Python and of PostgreSQL.
"""

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from bench import contestants, data, machine
from bench.pages import PageCaller, log_progress
from bench.staff_pages import sign_in

ROUNDS = 3


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.recurring", description=__doc__)
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--services", type=int, default=150_500)
    asked = parser.parse_args()
    machine.require_programs(without="wrk")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="commerce-")))
        folder.chmod(0o755)
        stores = stack.enter_context(machine.running_stores(folder))
        size = data.DataSize(clients=4_002, callers=400, services=asked.services)
        _prepare(stores, folder, size, on_sqlite=asked.sqlite)
        _measure(stores.pids["postgres"])


def _prepare(
    stores: machine.StoreServers, folder: Path, size: data.DataSize, *, on_sqlite: bool
) -> None:
    os.environ |= contestants.environment(stores)
    os.environ |= {"COMMERCE_DATA_DIR": str(folder / "data"), "COMMERCE_URL": "https://localhost"}
    if on_sqlite:
        del os.environ["COMMERCE_DATABASE_URL"]
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", verbosity=0, skip_checks=True)
    if on_sqlite:
        data.fill_sqlite(Path(settings.DATABASES["default"]["NAME"]), size, log_progress)
    else:
        data.fill_postgres(stores.postgres, size, log_progress)
    _change_each()


def _change_each() -> None:
    """Each service changed on one of the last 360 days."""
    from django.db import connection

    from commerce.audit.models import AuditEntry
    from commerce.hosting.models import Service
    from commerce.kit import clock

    log_progress("audit log")
    now = clock.now()
    rows = Service.objects.exclude(status="pending").values_list("pk", "label", "status")
    entries = (
        AuditEntry(
            at=now - timedelta(days=pk % 360),
            actor_kind="system",
            action=f"service.{status}",
            record_kind="service",
            record_id=pk,
            record_name=label,
            before={"status": "pending" if status == "active" else "active"},
            after={"status": status},
        )
        for pk, label, status in rows.iterator()
    )
    AuditEntry.objects.bulk_create(entries, batch_size=1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _measure(postgres: int) -> None:
    from commerce.billing.models import RecurringMovement
    from commerce.billing.reports.actions import keep_recurring_months
    from commerce.config.wsgi import application
    from commerce.kit import clock

    caller = PageCaller(application, sign_in())
    names = ("mrr", "churn")

    def ask(path: str) -> None:
        caller.get(path)

    ask("/admin/reports/ageing")
    for name in names:
        _tell(f"{name}, nothing kept", postgres, lambda name=name: ask(f"/admin/reports/{name}"))
    _tell("months are kept", postgres, lambda: keep_recurring_months(clock.now()), rounds=1)
    _tell("months are kept again", postgres, lambda: keep_recurring_months(clock.now()))
    for name in names:
        _tell(f"{name}, kept", postgres, lambda name=name: ask(f"/admin/reports/{name}"))
    first = RecurringMovement.objects.order_by("month")[0]
    query = (
        f"month={first.month}&sold=service&movement={first.movement}&currency={first.currency_id}"
    )
    for kind in ("", ".csv"):
        path = f"/admin/reports/mrr{kind}?{query}"
        _tell(f"one movement{kind}", postgres, lambda path=path: ask(path))
    print(f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")


def _tell(name: str, postgres: int, do: Callable[[], object], rounds: int = ROUNDS) -> None:
    before, began = machine.cpu_ms(postgres), time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(rounds):
        do()
    python = (time.process_time() - began) * 1000 / rounds
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) // 1024
    database = (machine.cpu_ms(postgres) - before) / rounds
    print(f"{name}: Python {python:.0f} ms, PostgreSQL {database:.0f} ms, +{grown} MiB", flush=True)


if __name__ == "__main__":
    main()
