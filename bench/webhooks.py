"""``python -m bench.webhooks``: events brought to programs of clients by real workers, on PostgreSQL or SQLite.

Fifty endpoints of five clients; one refuses connections, one never answers, one fails, one leads elsewhere, one takes
three seconds. Measured are the delay from the commit to the first try when nothing else waits, and then many at once.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench import contestants, machine, report
from bench.daily_run import log_progress, started_stores
from tests.webhook_endpoints.real_workers import (
    CLIENTS,
    FOR_EACH,
    RealWorkers,
    own_database,
    real_workers,
)

PAGE = contestants.ROOT / "docs" / "performance.md"
WELL = CLIENTS * FOR_EACH - 5
IDLE_ROUNDS, IDLE_PAUSE = 6, 1.1
NPM = "standardwebhooks@1.0.0"
VERIFY = """
import { Webhook } from "standardwebhooks";
import { readFileSync } from "node:fs";
for (const [headers, body, secret] of JSON.parse(readFileSync(0, "utf8"))) new Webhook(secret).verify(body, headers);
"""


def delays(run: RealWorkers, made: Sequence[Any]) -> list[float]:
    """Seconds from the commit of each event to when its first try came, at each receiver that takes it."""
    first: dict[tuple[str, str], float] = {}
    for one in run.receiver.received:
        if one.path.startswith("/takes/"):
            first.setdefault((one.headers["webhook-id"], one.path), one.at)
    committed = {one[0]: one[1] for one in made if isinstance(one, list)}
    return sorted(at - committed[name] for (name, _), at in first.items() if name in committed)


def verified_by_npm(run: RealWorkers) -> int:
    """How many posts the library of npm verifies; it ends the program with one that is not ours."""
    import json

    posts = [
        [one.headers, one.body.decode(), run.secrets[one.path]]
        for one in run.receiver.received
        if one.path in run.secrets
    ]
    with tempfile.TemporaryDirectory() as folder:
        install = ["npm", "install", "--silent", "--ignore-scripts", "--no-audit", NPM]
        subprocess.run(install, cwd=folder, check=True)
        (Path(folder) / "verify.mjs").write_text(VERIFY, "utf-8")
        subprocess.run(
            ["node", "verify.mjs"], cwd=folder, input=json.dumps(posts), text=True, check=True
        )
    return len(posts)


def measure(run: RealWorkers, number: int, workers: int, postgres: int | None) -> dict[str, float]:
    """The delay while idle, then so many deliveries to those who take them."""
    started = [run.worker() for _ in range(workers)]
    run.happen(1)
    run.wait_for(WELL)
    log_progress("idle")
    idle = delays(run, _settled(run, run.happen(1, rounds=IDLE_ROUNDS, pause=IDLE_PAUSE)))
    count = -(-number // WELL)
    pids = [worker.pid for worker in started]
    log_progress(f"{count * WELL} deliveries")
    before = sum(map(machine.cpu_ms, pids))
    stored = machine.cpu_ms(postgres) if postgres else 0.0
    has, began = len(run.arrived()), time.monotonic()
    run.happen(count)
    run.wait_for(has + count * WELL, 1200)
    seconds = time.monotonic() - began
    return {
        "p50": idle[len(idle) // 2],
        "p99": idle[len(idle) * 99 // 100],
        "seconds": seconds,
        "worker_ms": (sum(map(machine.cpu_ms, pids)) - before) / (count * WELL),
        "postgres_ms": (machine.cpu_ms(postgres) - stored) / (count * WELL) if postgres else 0.0,
        "verified": run.verify_all(),
        "memory_mib": max(machine.resident_kib(pid) for pid in pids) / 1024,
    }


def _settled(run: RealWorkers, made: list[Any]) -> list[Any]:
    """Once all of them have arrived."""
    wanted = {one[0] for one in made}
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        if sum(one.event_id in wanted for one in run.arrived()) == len(wanted) * WELL // CLIENTS:
            break
        time.sleep(0.1)
    return made


def main() -> None:
    """Measure on each database that was asked for; ``--record`` puts the table into docs/performance.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.webhooks", description=__doc__)
    parser.add_argument("--databases", nargs="+", default=["postgresql", "sqlite"])
    parser.add_argument("--number", type=int, default=10_000, help="deliveries")
    parser.add_argument("--npm", action="store_true", help=f"have {NPM} verify them, too")
    parser.add_argument("--record", action="store_true", help="into docs/performance.md")
    asked = parser.parse_args()
    rows: list[Sequence[str]] = [
        ("Database", "workers", "deliveries", "all in", "Python", "PG", "p50", "p99", "memory")
    ]
    for database in asked.databases:
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            url, pid, workers = "", None, 1
            if database == "postgresql":
                stores, _ = stack.enter_context(started_stores())
                pid, workers = stores.pids["postgres"], 2
                url = stack.enter_context(own_database(stores.postgres))
            run = stack.enter_context(real_workers(Path(folder), url))
            found = measure(run, asked.number, workers, pid)
            if asked.npm:
                log_progress(f"{verified_by_npm(run)} verified by {NPM}")
        rows.append(
            (
                database,
                str(workers),
                f"{-(-asked.number // WELL) * WELL}",
                f"{found['seconds']:.0f} s",
                f"{found['worker_ms']:.1f} ms",
                f"{found['postgres_ms']:.1f} ms" if pid else "",
                f"{found['p50']:.2f} s",
                f"{found['p99']:.2f} s",
                f"{found['memory_mib']:.0f} MiB",
            )
        )
    text = (
        f"{machine.machine_sentence()}; 50 endpoints, 5 of them dead or slow.\n\n"
        f"{report.markdown(rows)}"
    )
    print(f"\n{text}")
    if asked.record:
        report.record_in_page(PAGE, text, mark="webhooks")


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)
