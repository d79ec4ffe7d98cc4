"""``python -m bench.jobs``: jobs of five kinds by real workers on PostgreSQL, with the processor time of each.

Three subjects in ten have more than one job, which must take effect in the order in which they were made. With
``--trouble`` some fail once, some take half a second, some end their worker, and a worker and PostgreSQL are killed
three times each; of the urgent kind, there is then a security mail twice a second.
"""

import argparse
import json
import time
from collections.abc import Sequence

from bench import contestants, machine, report
from bench.daily_run import log_progress
from bench.job_trouble import endure
from bench.jobs_run import MAKE_JOBS, prepared_run

PAGE = contestants.ROOT / "docs" / "performance.md"


def measure(engine: str, jobs: int, workers: int) -> dict[str, float]:
    """Make so many jobs, have them done, and check what came of them."""
    with prepared_run(engine) as run:
        stores = run.stores
        postgres, began = machine.cpu_ms(stores.pids["postgres"]), time.monotonic()
        run.python(MAKE_JOBS, str(jobs), "")
        made = time.monotonic() - began
        made_postgres = machine.cpu_ms(stores.pids["postgres"]) - postgres
        connections = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        with run.workers(workers) as started:
            run.until_ready()
            before = machine.cpu_ms(stores.pids["postgres"])
            used = sum(machine.cpu_ms(worker.pid) for worker in started)
            began = time.monotonic()
            log_progress(f"{engine}: {jobs} jobs, {workers} workers")
            run.wait()
            seconds = time.monotonic() - began
            python = sum(machine.cpu_ms(worker.pid) for worker in started) - used
            postgres = machine.cpu_ms(stores.pids["postgres"]) - before
            open_connections = run.one(connections) - 1
        run.check(jobs)
    return {
        "seconds": seconds,
        "made_ms": made / jobs * 1000,
        "made_postgres": made_postgres / jobs,
        "python": python / jobs,
        "postgres": postgres / jobs,
        "connections": open_connections,
    }


def main() -> None:
    """Measure each engine that was asked for, and print the table; ``--record`` puts it into docs/performance.md."""
    parser = argparse.ArgumentParser(prog="python -m bench.jobs", description=__doc__)
    parser.add_argument("--engines", nargs="+", default=["embedded"], metavar="ENGINE")
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument(
        "--trouble", action="store_true", help="poison, slow and failing jobs, and kills"
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--record", action="store_true", help="into docs/performance.md")
    asked = parser.parse_args()
    machine.require_programs(without="wrk")
    if asked.trouble:
        for engine in asked.engines:
            print(endure(engine, asked.jobs, asked.workers), flush=True)
        return
    found = {engine: measure(engine, asked.jobs, asked.workers) for engine in asked.engines}
    if asked.json:
        print(json.dumps(found))
    rows: list[Sequence[str]] = [
        ("Engine", "jobs a second", "Python", "PG", "PG to make one", "connections")
    ]
    for engine, row in found.items():
        rows.append(
            (
                engine,
                f"{asked.jobs / row['seconds']:.0f}",
                *(f"{row[name]:.1f} ms" for name in ("python", "postgres", "made_postgres")),
                *(f"{row[name]:.0f}" for name in ("connections",)),
            )
        )
    text = (
        f"{machine.machine_sentence()}; {asked.jobs} jobs of five kinds, {asked.workers} processes.\n\n"
        f"{report.markdown(rows)}"
    )
    print(f"\n{text}")
    if asked.record:
        report.record_in_page(PAGE, text, mark="jobs")


if __name__ == "__main__":
    main()
