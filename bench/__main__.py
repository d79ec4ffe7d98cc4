"""``python -m bench [--quick] [--only SECTION …]``: progress on standard error, the tables on standard output."""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from bench import contestants, data, machine, plan, replies, report
from bench.goals import MemoryFigures, goals
from bench.measure import BenchmarkFigures, BenchmarkRunner, BenchmarkSample
from bench.wrk import LISTING_V2, ApiCall, SpoiledRunError

RESULTS = Path(__file__).parent / "var"
PAGE = contestants.ROOT / "docs" / "performance.md"
_BEGAN = time.monotonic()


def log_progress(text: str) -> None:
    """A line of progress, with the seconds since the start."""
    print(f"{time.monotonic() - _BEGAN:5.0f} s  {text}", file=sys.stderr, flush=True)


class BenchmarkRun:
    """One run of the benchmark: the servers it started, and what it has found so far."""

    def __init__(self, stack: ExitStack, *, quick: bool, only: set[str]) -> None:
        self.stack, self.only = stack, only
        self.pace = plan.QUICK if quick else plan.FULL
        self.size = data.QUICK if quick else data.FULL
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="commerce-")))
        self.folder.chmod(0o755)  # PostgreSQL may be another user
        self.samples: dict[str, list[BenchmarkSample]] = {}
        self.cold: dict[str, float] = {}
        self.memory: MemoryFigures | None = None

    def prepare(self) -> None:
        """Start the stores and load the data."""
        log_progress("starting PostgreSQL and Valkey")
        stores = self.stack.enter_context(machine.running_stores(self.folder))
        self.variables = contestants.environment(stores)
        self.variables["COMMERCE_DATA_DIR"] = str(self.folder / "data")
        sqlite = self.folder / "bench.sqlite3"
        self.migrate({})
        data.fill_postgres(stores.postgres, self.size, log_progress)
        if "sqlite" in self.only:
            self.migrate({"COMMERCE_DATABASE_URL": f"sqlite://{sqlite}"})
            data.fill_sqlite(sqlite, self.size, log_progress)
        self.contestants = contestants.contestants(stores, sqlite)
        reference = replies.ReferenceReplies(stores.postgres)
        self.stack.callback(reference.close)
        self.bench = BenchmarkRunner(stores, reference, self.folder, self.pace, log_progress)
        self.cases = plan.all_cases(self.size, [])

    def migrate(self, more: dict[str, str]) -> None:
        """Make the tables, as an installation does."""
        log_progress("migrating")
        command = [sys.executable, "-m", "django", "migrate", "--verbosity", "0", "--skip-checks"]
        subprocess.run(command, env=self.variables | more, cwd=contestants.ROOT, check=True)

    def start(self, stack: ExitStack, key: str) -> contestants.RunningServer:
        serving = contestants.running_server(self.contestants[key], self.variables, self.folder)
        return stack.enter_context(serving)

    def sections(self) -> None:
        """Measure what was asked for."""
        one = [key for name in plan.TOGETHER if name in self.only for key in plan.SECTIONS[name]]
        if one:
            self.rounds(list(dict.fromkeys(one)), self.pace.rounds)
        if "workers" in self.only:
            self.rounds(list(plan.SECTIONS["workers"]), self.pace.rounds)
        if "deep" in self.only:
            self.rounds(list(plan.SECTIONS["deep"]), self.pace.deep_rounds)
            self.measure_cold()
        if "memory" in self.only:
            log_progress("memory of a worker")
            with ExitStack() as stack:
                ours = self.start(stack, "ours")
                self.memory = MemoryFigures(*self.bench.memory(self.cases["memory"], ours))

    def rounds(self, keys: list[str], times: int) -> None:
        """Measure these cases side by side, with one server for each contestant among them."""
        log_progress(f"side by side: {', '.join(keys)}")
        with ExitStack() as stack:
            names = dict.fromkeys(self.cases[key].contestant for key in keys)
            running = {name: self.start(stack, name) for name in names}
            tags = self.tags(running["ours"]) if "ours_304" in keys else []
            cursors = self.cursors(running["ours"]) if "ours_v2" in keys else {}
            self.cases = plan.all_cases(self.size, tags, cursors)
            self.samples |= self.bench.rounds([self.cases[key] for key in keys], running, times)

    def tags(self, ours: contestants.RunningServer) -> list[str]:
        """The entity tag of every call in turn."""
        log_progress("collecting entity tags")
        caller = replies.ApiCaller(ours.port)
        found = [caller.ask(call).tag for call in self.cases["ours"].calls]
        if not all(found):
            raise SpoiledRunError("ours: a reply without an entity tag")
        return found

    def cursors(self, ours: contestants.RunningServer) -> dict[str, str]:
        """Where the second page of each token begins."""
        log_progress("collecting cursors")
        caller = replies.ApiCaller(ours.port)
        pages = {one: caller.ask(ApiCall(LISTING_V2, one)) for one in self.size.tokens()}
        return {one: json.loads(page.body)["meta"]["next_cursor"] for one, page in pages.items()}

    def measure_cold(self) -> None:
        """The deep pages once more, each as the first request of its client to a fresh process."""
        warm, times = plan.warming_case(self.size), dict[str, list[float]]()
        for number in range(1, self.pace.cold_starts + 1):
            log_progress(f"fresh processes, {number} of {self.pace.cold_starts}")
            for key in plan.SECTIONS["deep"]:
                with ExitStack() as stack:
                    ours = self.start(stack, "ours")
                    took = self.bench.cold(self.cases[key], warm, ours)
                times.setdefault(key, []).append(took)
        self.cold = {key: median(each) for key, each in times.items()}

    def show(self, about: dict[str, Any], *, keep: bool) -> None:
        """Print the tables and save everything; ``keep`` also puts the tables on the documentation's page."""
        figures = BenchmarkFigures(self.samples)
        verdicts = goals(figures, self.memory)
        parts = [report.heading(about, self.size)]
        if verdicts:
            parts.append(f"What to reach:\n\n{report.goal_table(verdicts)}")
        if self.samples:
            parts.append(f"Processor time in ms per request:\n\n{report.case_table(figures)}")
        if self.cold:
            parts.append(report.cold_start_table(self.cold))
        text = "\n\n".join(parts)
        print(f"\n{text}")
        if keep:
            report.record_in_page(PAGE, text)
        path = report.save_results(
            RESULTS,
            about=about,
            pace=self.pace,
            figures=figures,
            goals=verdicts,
            memory=self.memory,
            cold=self.cold,
        )
        log_progress(f"all samples: {path.relative_to(contestants.ROOT)}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="under 3 minutes: fewer clients, shorter rounds"
    )
    parser.add_argument(
        "--only", nargs="+", choices=plan.SECTIONS, metavar="SECTION", default=list(plan.SECTIONS)
    )
    parser.add_argument(
        "--record", action="store_true", help="put the tables into docs/performance.md"
    )
    parser.epilog = f"Sections: {', '.join(plan.SECTIONS)}."
    return parser.parse_args()


def main() -> int:
    asked = arguments()
    if lacking := machine.missing_programs():
        print("The benchmark needs:", *lacking, sep="\n  ", file=sys.stderr)
        return 2
    stolen = machine.stolen_ms()
    with ExitStack() as stack:
        run = BenchmarkRun(stack, quick=asked.quick, only=set(asked.only))
        run.prepare()
        try:
            run.sections()
        except SpoiledRunError as error:
            print(f"The run is spoiled. {error}", file=sys.stderr)
            return 1
    seconds = time.monotonic() - _BEGAN
    noise = (
        (machine.stolen_ms() - stolen) / 10 / seconds / int(machine.machine_description()["cores"])
    )
    about = machine.machine_description() | {
        "quick": asked.quick,
        "stolen_percent": round(noise, 2),
    }
    run.show(about, keep=asked.record)
    return 0


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    sys.exit(main())
