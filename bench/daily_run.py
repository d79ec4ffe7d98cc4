"""``python -m bench.daily_run``: the daily run on PostgreSQL, with 10,000, 100,000 and 400,000 services.

A tenth of the services are due, and belong to clients by lot, five to each on average: most that are due get an invoice
of their own. Measured are the run that bills them, a second one on the same day with nothing due, and the proof apart.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import psycopg

from bench import contestants, data, machine, report
from bench.data import TableRow
from commerce.kit.periods import add_months

SIZES = (10_000, 100_000, 400_000)
DUE, SHARE, DAYS = 10, 5, 31
"""Each tenth service is due, five services to a client, on average; the others are due within the next month."""

PAGE = contestants.ROOT / "docs" / "performance.md"
_BEGAN = time.monotonic()


def log_progress(text: str) -> None:
    """A line of progress, with the seconds since the start."""
    print(f"{time.monotonic() - _BEGAN:5.0f} s  {text}", file=sys.stderr, flush=True)


def services(count: int, today: date) -> Iterator[TableRow]:
    """Active monthly services of clients by lot: most of those that have one due have just that one."""
    clients = count // SHARE
    lot = random.Random(data.SEED)  # noqa: S311 - the same data in every run is the point
    for n in range(1, count + 1):
        client = lot.randint(1, clients)
        days = 5 if n % DUE == 0 else 8 + n % (DAYS - 8)
        due = today + timedelta(days=days)
        anchor = due.replace(year=due.year - 1) if (due.month, due.day) != (2, 29) else due
        yield (
            *(str(n), str(client), str(1 + n * 7 % data.PRODUCTS), f"Service {n}", "active"),
            *(f"daily-{n}", f"site{n}.example.com" if n % 5 else "", f"u{n}"),
            *(str(1 + n % data.SERVERS), "monthly", str(500 + n % 97 * 50)),
            *("EUR" if client % 3 == 0 else "USD", "[]", "{}", anchor.isoformat()),
            *(due.isoformat(), anchor.isoformat(), "", "", data.NOW, data.NOW),
        )


def last_periods(count: int, today: date) -> Iterator[TableRow]:
    """The billed period before the one that is due, of each service: what the proof counts the due date from."""
    due = SERVICE_COLUMNS.index("next_due_date")
    for row in services(count, today):
        end = date.fromisoformat(row[due] or "")
        start = add_months(end, -1)
        yield row[0], start.isoformat(), end.isoformat(), "0", "0", "waived", data.NOW, data.NOW


BILLED_PERIOD_COLUMNS = (
    *("service_id", "period_start", "period_end", "net", "tax", "status", "created_at"),
    "ended_at",
)
SERVICE_COLUMNS = (
    *("id", "client_id", "product_id", "label", "status", "provisioning_key", "domain"),
    *("username", "server_id", "billing_cycle", "amount", "currency_code", "options", "parts"),
    *("anchor_date", "next_due_date", "registration_date", "suspension_reason", "notes"),
    *("created_at", "changed_at"),
)


def fill_daily(url: str, count: int, today: date) -> None:
    """Load clients with owners, products and services by COPY into a migrated database, and gather its statistics."""
    clients = count // SHARE
    size = data.DataSize(clients=clients, callers=clients + 1 - data.FIRST_CALLER, services=0)
    left_out = ("accounts_apitoken", "hosting_service")
    tables = [table for table in data.tables(size) if table[0] not in left_out]
    tables.append(("hosting_service", SERVICE_COLUMNS, services(count, today)))
    tables.append(("billing_billedperiod", BILLED_PERIOD_COLUMNS, last_periods(count, today)))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for table in tables:
            data.copy_table(connection, table)
        # Of these alone: a statement that is planned for a table known to be empty scans it when it has grown.
        connection.execute("VACUUM ANALYZE " + ", ".join(name for name, *_ in tables))


SEARCH_KEYS_PROGRAM = """
import django
django.setup()
from commerce.record_search_keys import fill_search_keys
fill_search_keys()
"""
"""What staff search by: rows that are loaded past the triggers have none yet, which the proof would tell."""
RUN_PROGRAM = """
import json, resource, sys, time, django
django.setup()
from commerce.kit import clock
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from commerce.site_settings import current
from commerce.daily_steps import DAILY_STEPS
now = clock.now()
steps = [step for step in DAILY_STEPS if (step.name == "prove") is (sys.argv[1] == "prove")]
day = RunDay(current.business_date(now), now)
began, used = time.monotonic(), time.process_time()
report = run_daily(steps, day=day, started_by="bench")
if report.failed:
    sys.exit(report.as_text())
print(json.dumps({
    "seconds": time.monotonic() - began,
    "cpu": time.process_time() - used,
    "invoices": sum(step.counts.get("invoices", 0) for step in report.steps),
    "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def run_once(
    variables: dict[str, str], what: str, postgres: int, *, program: str = RUN_PROGRAM
) -> dict[str, float]:
    """One run in a process of its own; ends the benchmark when a step had errors. ``postgres``: its first process."""
    before = machine.cpu_ms(postgres)
    done = subprocess.run(
        [sys.executable, "-c", program, what],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"The run failed.\n{done.stderr[-4000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found | {"postgres": (machine.cpu_ms(postgres) - before) / 1000}


@contextmanager
def started_stores(
    settings: Mapping[str, str] | None = None,
) -> Iterator[tuple[machine.StoreServers, dict[str, str]]]:
    """A fresh PostgreSQL without tables, and the environment of a process that runs on it."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="commerce-")))
        folder.chmod(0o755)
        stores = stack.enter_context(machine.running_stores(folder, settings))
        variables = contestants.environment(stores) | {"COMMERCE_DATA_DIR": str(folder / "data")}
        variables |= {"COMMERCE_COUNTERS": stores.valkey, "HOME": os.environ.get("HOME", "/")}
        yield stores, variables


@contextmanager
def filled_stores(
    count: int, settings: Mapping[str, str] | None = None
) -> Iterator[tuple[machine.StoreServers, dict[str, str]]]:
    """The same, migrated and with so many services."""
    with started_stores(settings) as (stores, variables):
        command = [sys.executable, "-m", "django", "migrate", "--verbosity", "0", "--skip-checks"]
        subprocess.run(command, env=variables, cwd=contestants.ROOT, check=True)
        log_progress(f"{count} services: loading")
        fill_daily(stores.postgres, count, date.today())  # noqa: DTZ011 - the business zone is UTC here
        subprocess.run([sys.executable, "-c", SEARCH_KEYS_PROGRAM], env=variables, check=True)
        yield stores, variables


def measure(count: int) -> dict[str, float]:
    """A fresh PostgreSQL with so many services: bill them, run again, prove."""
    with filled_stores(count) as (stores, variables):
        found: dict[str, float] = {"services": count, "due": count // DUE}
        for what in ("bill", "idle", "prove"):
            log_progress(f"{count} services: {what}")
            run = run_once(variables, what, stores.pids["postgres"])
            found |= {f"{what}_{name}": value for name, value in run.items()}
        return found


FLUSHED = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
"""As it is where the data matters: each commit waits for the disk."""

WORKER_PROGRAM = """
import sys, time, django
django.setup()
from datetime import timedelta
from commerce.jobs.rules import JobPriority
from commerce.jobs.runner import JobFeed
from commerce.kit import clock
feed = JobFeed()
for other in (JobPriority.BULK, JobPriority.MAIL):
    feed.paused[other] = clock.now() + timedelta(days=1)
print("ready", flush=True)
while True:
    feed.run_next(clock.now()) or time.sleep(0.1)
"""
"""A thread of a worker, for a benchmark that is not about documents and mails."""


@contextmanager
def helping_workers(variables: dict[str, str], number: int) -> Iterator[None]:
    """So many processes that take jobs."""
    command = [sys.executable, "-c", WORKER_PROGRAM]
    workers = [
        subprocess.Popen(command, env=variables, stdout=subprocess.PIPE) for _ in range(number)
    ]
    try:
        for worker in workers:
            assert worker.stdout is not None
            worker.stdout.readline()
        yield
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()


def compare_workers(count: int, most: int, rounds: int) -> str:
    """The same services billed by one process and by up to ``most``, in turn, each time from a copy of one database."""
    seconds: dict[int, list[float]] = {number: [] for number in range(1, most + 1)}
    with filled_stores(count, FLUSHED) as (stores, variables):
        for _ in range(rounds):
            for number, found in seconds.items():
                with psycopg.connect(stores.postgres, autocommit=True) as connection:
                    connection.execute("DROP DATABASE IF EXISTS billed WITH (FORCE)")
                with psycopg.connect(
                    stores.postgres.replace("/postgres?", "/template1?"), autocommit=True
                ) as connection:
                    connection.execute("CREATE DATABASE billed TEMPLATE postgres")
                copy = stores.postgres.replace("/postgres?", "/billed?")
                own = variables | {"COMMERCE_DATABASE_URL": copy}
                log_progress(f"{count} services: {number} processes")
                with helping_workers(own, number - 1):
                    found.append(run_once(own, "bill", stores.pids["postgres"])["seconds"])
    lines: list[Sequence[str]] = [("Processes", "billed in", "of the time of one")]
    for number, found in seconds.items():
        ratio = median(each / alone for each, alone in zip(found, seconds[1], strict=True))
        lines.append((str(number), ", ".join(f"{each:.1f} s" for each in found), f"{ratio:.2f}"))
    return report.markdown(lines)


def table(rows: Sequence[Mapping[str, float]]) -> str:
    """As Markdown."""
    head = ("Services", "due", "invoices", "billed in", "Python", "PG", "memory")
    lines: list[Sequence[str]] = [(*head, "nothing due", "proof")]
    for row in rows:
        each = 1000 / (row["bill_invoices"] or 1)
        lines.append(
            (
                *(f"{row[name]:,.0f}" for name in ("services", "due", "bill_invoices")),
                f"{row['bill_seconds']:.1f} s",
                *(f"{row[name] * each:.1f} ms" for name in ("bill_cpu", "bill_postgres")),
                f"{row['bill_mib']:.0f} MiB",
                f"{row['idle_seconds']:.2f} s",
                f"{row['prove_seconds']:.1f} s",
            )
        )
    return report.markdown(lines)


def heading() -> str:
    """Where it was measured, in a sentence."""
    return f"{machine.machine_sentence()}; Python and PG are processor time for each invoice."


def main() -> None:
    """Measure, print, and with ``--record`` put the table into docs/performance.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.daily_run", description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES), metavar="SERVICES")
    parser.add_argument("--record", action="store_true", help="into docs/performance.md")
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="compare one process with up to so many, with commits that are flushed",
    )
    parser.add_argument("--rounds", type=int, default=3, help="of --workers")
    asked = parser.parse_args()
    machine.require_programs(without="wrk")
    if asked.workers:
        for count in asked.sizes:
            print(f"\n{compare_workers(count, asked.workers, asked.rounds)}")
        return
    text = f"{heading()}\n\n{table([measure(count) for count in asked.sizes])}"
    print(f"\n{text}")
    if asked.record:
        report.record_in_page(PAGE, text, mark="daily")


if __name__ == "__main__":
    main()
