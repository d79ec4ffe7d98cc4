"""Plant small faults, one at a time, and tell those that no test finds: ``python tools/mutate.py PATH… [-- TEST…]``.

``--sample N`` judges N faults of each file at most, drawn by ``--seed``; ``--seconds S`` runs the quickest S seconds of
tests for a fault, 20 otherwise; ``--inside`` leaves out what stands outside of functions, where each fault costs most.

All happens in one process and its forks. The tests (those that mirror the paths, unless named) run once in a fork,
which tells the lines that each runs. Then a fork for each fault gives the functions that it changes another code, and
runs the tests of its line, the quickest first. A fault outside of functions needs modules that are imported anew: a
fork from before Django.

What is forked has run a single test, for the database of the session: a fork of a process whose tests left threads
behind waits for ever on what one of them held.

Constraints and triggers are not judged: the tests' database is a copy of one without the fault.
"""

import argparse
import ast
import functools
import gc
import json
import os
import random
import resource
import signal
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import pytest
from faults import faults

SECONDS = 20
"""Of tests for one fault, as measured without it; the quickest come first."""
OPTIONS = ["-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "-m", "not browser"]
type Key = tuple[str, str, int]


class Mutant(NamedTuple):
    """The n-th fault of a file."""

    path: str
    number: int
    line: int
    what: str

    def code(self) -> CodeType:
        tree = ast.parse(Path(self.path).read_bytes())
        for at, fault in enumerate(faults(tree)):
            if at == self.number:
                fault.plant()
                break
        return compile(ast.fix_missing_locations(tree), self.path, "exec")


NOTHING = Mutant("", -1, 0, "no fault")


def mutants(path: str, sample: int | None = None, seed: int = 0) -> list[Mutant]:
    found = faults(ast.parse(Path(path).read_bytes()))
    every = [Mutant(path, at, fault.line, fault.what) for at, fault in enumerate(found)]
    if sample is None or len(every) <= sample:
        return every
    return sorted(random.Random(seed).sample(every, sample))  # noqa: S311 - no secret


def codes(code: CodeType) -> Iterable[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from codes(inner)


def key(code: CodeType) -> Key:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def verdict_of(run: Callable[[], bool], seconds: int) -> str:
    """``survived`` if ``run``, in a fork, says that all tests passed, ``endless`` after so much processor time."""
    pid = os.fork()
    if not pid:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(nothing, stream)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_DATA, (4 << 30, 4 << 30))
        signal.alarm(20 * seconds)  # what waits for ever uses no processor
        code = 1
        try:
            code = 0 if run() else 1
        finally:
            os._exit(code)
    status = os.waitpid(pid, 0)[1]
    if status == 0:
        return "survived"
    return "endless" if os.WIFSIGNALED(status) else "found"


def live(files: set[str]) -> dict[Key, list[FunctionType]]:
    """The functions of these files that exist now."""
    found: dict[Key, list[FunctionType]] = defaultdict(list)
    for one in gc.get_objects():
        if type(one) is FunctionType and one.__code__.co_filename in files:
            found[key(one.__code__)].append(one)
    return found


class Planter:
    """Pytest's plugin: instead of running the tests once, run them for each fault."""

    def __init__(self, wanted: list[Mutant], out: Path, limit: int) -> None:
        self.wanted, self.out, self.failed, self.now = wanted, out, False, 0
        self.limit = limit
        self.lines: dict[tuple[str, int], set[int]] = defaultdict(set)
        self.spent: dict[int, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed

    def runs(self, session: pytest.Session, items: list[pytest.Item]) -> Iterator[bool]:
        """Whether each test passes. The session's fixtures stay, and with them the database."""
        for item, following in zip(items, [*items[1:], session], strict=True):
            self.failed = False
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            yield not self.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        files = {mutant.path for mutant in self.wanted}
        watched = [code for each in live(files).values() for code in codes(each[0].__code__)]
        with tempfile.TemporaryFile("w+") as learned:
            if not (pid := os.fork()):
                try:
                    self.learn(session, watched)
                    lines = [(*at, sorted(numbers)) for at, numbers in self.lines.items()]
                    json.dump([lines, list(self.spent.items())], learned)
                    learned.flush()
                finally:
                    os._exit(0)
            os.waitpid(pid, 0)
            learned.seek(0)
            lines, spent = json.load(learned)
        self.lines |= {(path, line): set(numbers) for path, line, numbers in lines}
        self.spent = dict(spent)
        self.warm_up(session)
        functions = live(files)  # anew: the first request loads the addresses, and decorates pages
        caches = [one for one in gc.get_objects() if type(one) is functools._lru_cache_wrapper]
        with self.out.open("w") as out:
            for mutant in self.wanted:
                json.dump([mutant, *self.judge(session, mutant, functions, caches)], out)
                out.write("\n")
                out.flush()
            json.dump([NOTHING, self.without_fault(session), []], out)
        return True

    def without_fault(self, session: pytest.Session) -> str:
        """Whether the quickest tests still pass in a fork as it is now; otherwise no fault was found by a test."""
        quick = sorted(self.spent, key=self.spent.__getitem__)[:20]
        items = [session.items[number] for number in quick]
        return verdict_of(lambda: all(self.runs(session, items)), 5 + 3 * SECONDS)

    def learn(self, session: pytest.Session, watched: list[CodeType]) -> None:
        seen = sys.monitoring
        seen.use_tool_id(seen.COVERAGE_ID, "mutate")

        def hit(code: CodeType, line: int) -> Any:
            self.lines[code.co_filename, line].add(self.now)
            return seen.DISABLE

        seen.register_callback(seen.COVERAGE_ID, seen.events.LINE, hit)
        for code in watched:
            seen.set_local_events(seen.COVERAGE_ID, code, seen.events.LINE)
        runs = self.runs(session, session.items)
        for self.now in range(len(session.items)):
            seen.restart_events()
            began = time.process_time()
            if next(runs):
                self.spent[self.now] = time.process_time() - began
        seen.free_tool_id(seen.COVERAGE_ID)

    def warm_up(self, session: pytest.Session) -> None:
        """Make the database that the forks have in common, by the quickest test that needs one."""
        quick = sorted(self.spent, key=self.spent.__getitem__)
        items = [session.items[number] for number in quick]
        if needing := [each for each in items if each.get_closest_marker("django_db")]:
            list(self.runs(session, needing[:1]))
        if threading.active_count() > 1:
            pytest.exit(f"A fork loses threads: {threading.enumerate()}")

    def judge(
        self, session: pytest.Session, mutant: Mutant, made: dict[Key, list[Any]], caches: list[Any]
    ) -> tuple[str, list[str]]:
        """What :func:`verdict_of` says, ``unreached``, or ``outside`` of functions with the tests to run for it."""
        try:
            changed = {key(code): code for code in codes(mutant.code())}
        except (SyntaxError, ValueError):
            return "invalid", []
        swaps = [
            (function, changed[at])
            for at, functions in made.items()
            for function in functions
            if at in changed and changed[at] != function.__code__ and at[0] == mutant.path
        ]
        if swaps:
            tests = self.lines[mutant.path, mutant.line]
        else:  # a test may read a constant and run no line, so none is left out
            tests = set(self.spent)
        chosen, seconds = [], 0.0
        for number in sorted(tests & self.spent.keys(), key=self.spent.__getitem__):
            if seconds < self.limit:
                chosen.append(session.items[number])
                seconds += self.spent[number]
        if not swaps:
            return "outside", [item.nodeid for item in chosen]
        if not chosen:
            return "unreached", []

        def run() -> bool:
            for function, code in swaps:
                function.__code__ = code
            for cache in caches:
                cache.cache_clear()
            return all(self.runs(session, chosen))

        return verdict_of(run, 5 + 3 * int(seconds)), []


def judge_outside(mutant: Mutant, tests: list[str]) -> str:
    """The same with all modules imported anew, of which one has the fault."""
    if not tests:
        return "unreached"

    def run() -> bool:
        code, get = mutant.code(), SourceFileLoader.get_code

        def get_code(self: SourceFileLoader, name: str) -> CodeType | None:
            return code if self.path == mutant.path else get(self, name)

        SourceFileLoader.get_code = get_code  # type: ignore[assignment, method-assign]
        return pytest.main(["-x", *OPTIONS, *tests]) == 0

    return verdict_of(run, 30 + 3 * SECONDS)


def main(words: list[str]) -> int:
    asked, tests = _arguments(words)
    paths = asked.paths
    files = [str(f) for p in paths for f in (sorted(p.rglob("*.py")) if p.is_dir() else [p])]
    files = [file for file in files if "/migrations/" not in file]
    tests = tests or sorted({f"tests/{Path(f).parts[_app(f)]}" for f in files})
    wanted = [mutant for file in files for mutant in mutants(file, asked.sample, asked.seed)]
    print(f"{len(wanted)} faults in {len(files)} files; tests: {' '.join(tests)}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "judged"
        said = Path(folder) / "said"
        if not (pid := os.fork()):
            with said.open("w") as text:
                os.dup2(text.fileno(), 1)
                os.dup2(text.fileno(), 2)
            pytest.main([*OPTIONS, *tests], plugins=[Planter(wanted, out, asked.seconds)])
            os._exit(0)
        os.waitpid(pid, 0)
        if not out.exists():
            print(said.read_text())
            return 1
        judged = [json.loads(line) for line in out.read_text().splitlines()]
    score: dict[str, Counter[str]] = defaultdict(Counter)
    for fields, outcome, chosen in judged:
        mutant = Mutant(*fields)
        if mutant == NOTHING:
            if outcome != "survived":
                print("The tests fail without a fault, too: none of this counts.")
            continue
        if asked.inside and outcome == "outside":
            continue
        verdict = judge_outside(mutant, chosen) if outcome == "outside" else outcome
        name = os.path.relpath(mutant.path)
        score[name][verdict] += 1
        if verdict in ("survived", "unreached", "endless"):
            print(f"{name}:{mutant.line}: {verdict}: {mutant.what}", flush=True)
    for name, counts in sorted(score.items()):
        judged_here = counts.total() - counts["invalid"]
        print(f"{counts['found']:5} of {judged_here:5} found  {name}")
    return 0


def _arguments(words: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """What stands before and after ``--``."""
    split = words.index("--") if "--" in words else len(words)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", type=lambda word: Path(word).resolve())
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--inside", action="store_true")
    return parser.parse_args(words[:split]), words[split + 1 :]


def _app(file: str) -> int:
    return Path(file).parts.index("commerce") + 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
