"""``python -m bench.line_shares``: what the daily run pays for writing which service has what of each line.

Each round bills the same services twice, in two fresh databases: as ever, and without those rows. The proof would find
what the second one lacks, and is left out.
"""

import argparse
from collections.abc import Mapping, Sequence
from statistics import median

import psycopg

from bench import daily_run, machine, report

WITHOUT_SHARES = daily_run.RUN_PROGRAM.replace(
    "django.setup()\n",
    "django.setup()\n"
    "from commerce.billing.invoices.actions import drafts\n"
    "drafts._shares = lambda *_row: ()\n",
    1,
)
PROGRAMS = {"with": daily_run.RUN_PROGRAM, "without": WITHOUT_SHARES}
TABLE_SIZE = "SELECT pg_total_relation_size('billing_lineshare')"


def measure(count: int) -> dict[str, dict[str, float]]:
    """What a run that bills so many services takes, with and without the rows."""
    found = {}
    for name, program in PROGRAMS.items():
        with daily_run.filled_stores(count) as (stores, variables):
            daily_run.log_progress(f"{count} services: {name} the shares of lines")
            pid = stores.pids["postgres"]
            found[name] = daily_run.run_once(variables, "bill", pid, program=program)
            with psycopg.connect(stores.postgres) as connection:
                row = connection.execute(TABLE_SIZE).fetchone()
                found[name]["bytes"] = row[0] if row else 0
    return found


def table(rounds: Sequence[Mapping[str, Mapping[str, float]]]) -> str:
    """As Markdown: the median of the rounds, for each invoice."""
    lines: list[Sequence[str]] = [("Shares of lines", "billed in", "Python", "PG", "table")]
    for name in PROGRAMS:
        runs = [one[name] for one in rounds]
        each = {
            what: median(run[what] / (run["invoices"] or 1) for run in runs)
            for what in ("cpu", "postgres", "bytes")
        }
        lines.append(
            (
                *(name, f"{median(run['seconds'] for run in runs):.1f} s"),
                *(f"{each[what] * 1000:.2f} ms" for what in ("cpu", "postgres")),
                f"{each['bytes']:,.0f} bytes",
            )
        )
    return report.markdown(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.line_shares", description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, metavar="SERVICES")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    machine.require_programs(without="wrk")
    rounds = [measure(asked.size) for _round in range(asked.rounds)]
    print(f"\n{daily_run.heading()}\n\n{table(rounds)}")


if __name__ == "__main__":
    main()
