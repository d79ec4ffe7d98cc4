"""Measuring: cases in interleaved rounds, and the figures that come of them."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench import machine, replies, wrk
from bench.contestants import RunningServer

SIZE_TOLERANCE = 0.05
"""How far the mean size of the replies may lie from that of those that were compared."""


@dataclass(frozen=True)
class BenchmarkCase:
    """One kind of request to one contestant, and the status that every reply must have."""

    key: str
    contestant: str
    calls: Sequence[wrk.ApiCall]
    status: int = 200


@dataclass(frozen=True)
class BenchmarkPace:
    """How long everything takes: rounds (of deep pages apart), seconds of each, and sizes of what is no round."""

    rounds: int
    deep_rounds: int
    warm: int
    seconds: int
    cold_starts: int
    memory_requests: int


class BenchmarkSample(NamedTuple):
    """One case in one round: requests per second, latencies, processor time per request (all times in ms)."""

    rps: float
    p50: float
    p99: float
    server: float
    postgres: float
    valkey: float

    @property
    def sum(self) -> float:
        """Server and PostgreSQL together, as ``performance.md`` counts."""
        return self.server + self.postgres

    @property
    def total(self) -> float:
        """All that the request costs, the store of counters too."""
        return self.sum + self.valkey


class FigureSpread(NamedTuple):
    """A figure over the rounds: the middle, the least and the most."""

    middle: float
    least: float
    most: float


class BenchmarkFigures:
    """All samples by case. Ratios and differences are taken within each round, then the middle one counts."""

    def __init__(self, samples: Mapping[str, Sequence[BenchmarkSample]]) -> None:
        self.samples = samples

    def has(self, *keys: str) -> bool:
        return all(key in self.samples for key in keys)

    def middle(self, key: str, what: str) -> float:
        return float(median(getattr(sample, what) for sample in self.samples[key]))

    def ratio(self, key: str, to: str, what: str) -> FigureSpread:
        """``what`` of one case divided by that of another."""
        return _spread([a / b for a, b in self._pairs(key, to, what)])

    def difference(self, key: str, to: str, what: str) -> FigureSpread:
        """``what`` of one case less that of another."""
        return _spread([a - b for a, b in self._pairs(key, to, what)])

    def _pairs(self, key: str, to: str, what: str) -> list[tuple[float, float]]:
        rounds = zip(self.samples[key], self.samples[to], strict=True)
        return [(getattr(a, what), getattr(b, what)) for a, b in rounds]


def _spread(values: list[float]) -> FigureSpread:
    return FigureSpread(median(values), min(values), max(values))


class BenchmarkRunner:
    """Measures cases against running contestants."""

    def __init__(
        self,
        stores: machine.StoreServers,
        reference: replies.ReferenceReplies,
        folder: Path,
        pace: BenchmarkPace,
        say: Callable[[str], None],
    ) -> None:
        self.stores, self.reference, self.pace = stores, reference, pace
        self._folder, self._say = folder, say

    def rounds(
        self, cases: Sequence[BenchmarkCase], running: Mapping[str, RunningServer], times: int
    ) -> dict[str, list[BenchmarkSample]]:
        """Check the replies of each case, then measure all cases in turn, so many rounds."""
        prepared = []
        for case in cases:
            server = running[case.contestant]
            size = self.guarded(case, server, partial(self._spot, case, server))
            prepared.append((case, server, self.file(case), size))
        samples: dict[str, list[BenchmarkSample]] = {case.key: [] for case in cases}
        for number in range(1, times + 1):
            for case, server, calls, size in prepared:
                sample = self.guarded(
                    case,
                    server,
                    partial(self._measure, case, server, calls, size),
                )
                samples[case.key].append(sample)
                self._say(
                    f"round {number} of {times}: {case.key:<14}"
                    f" {sample.sum:.3f} ms, {sample.rps:.0f} requests/s, p99 {sample.p99:.1f} ms"
                )
        return samples

    def file(self, case: BenchmarkCase) -> Path:
        """The calls of a case as wrk's script reads them."""
        return wrk.write_calls(self._folder / f"{case.key}.calls", case.calls)

    def guarded[T](self, case: BenchmarkCase, server: RunningServer, work: Callable[[], T]) -> T:
        """Do the work; if a reply was wrong, say of which case, and what its server last wrote."""
        try:
            return work()
        except wrk.SpoiledRunError as error:
            last = server.log.read_text(errors="replace").splitlines()[-20:]
            raise wrk.SpoiledRunError("\n".join([f"{case.key}: {error}", *last])) from error

    def _spot(self, case: BenchmarkCase, server: RunningServer) -> float:
        # Neighbours have different queries: pairs keep their share.
        step = max(len(case.calls) // 20, 2) // 2 * 2
        some = [call for at in range(0, len(case.calls), step) for call in case.calls[at : at + 2]]
        return replies.check_sample(server.port, some, case.status, self.reference)

    def _measure(
        self, case: BenchmarkCase, server: RunningServer, calls: Path, size: float
    ) -> BenchmarkSample:
        wrk.run_wrk(server.port, calls, self.pace.warm, case.status)
        roots = {"server": server.pid, **self.stores.pids}
        before = {name: machine.cpu_ms(pid) for name, pid in roots.items()}
        outcome = wrk.run_wrk(server.port, calls, self.pace.seconds, case.status)
        used = {name: machine.cpu_ms(pid) - before[name] for name, pid in roots.items()}
        mean = outcome.bytes / outcome.requests
        if abs(mean / size - 1) > SIZE_TOLERANCE:
            raise wrk.SpoiledRunError(f"replies of {mean:.0f} bytes instead of {size:.0f}")
        per = {name: ms / outcome.requests for name, ms in used.items()}
        return BenchmarkSample(
            rps=outcome.requests / outcome.seconds,
            p50=outcome.p50_ms,
            p99=outcome.p99_ms,
            **per,
        )

    def cold(self, case: BenchmarkCase, warm: BenchmarkCase, server: RunningServer) -> float:
        """Milliseconds of the first request of a client whom a fresh process has not met; others have warmed it up."""
        wrk.run_wrk(server.port, self.file(warm), 1, warm.status)
        caller = replies.ApiCaller(server.port)
        # The connection's own first request is not what is measured.
        self.guarded(warm, server, partial(caller.ask, warm.calls[0]))
        began = time.perf_counter()
        answer = caller.ask(case.calls[0])
        took = (time.perf_counter() - began) * 1000
        if answer.status != case.status:
            raise wrk.SpoiledRunError(f"{case.key}: {answer.status} from a fresh process")
        return took

    def memory(self, case: BenchmarkCase, server: RunningServer) -> tuple[int, float, float]:
        """Requests sent, MiB of the worker after half of them, and MiB after all."""
        calls, sent, trail = self.file(case), 0, [(0, self._worker_mib(server))]
        chunk = 2 if self.pace.memory_requests < 50_000 else 5
        while sent < self.pace.memory_requests:
            outcome = self.guarded(
                case, server, partial(wrk.run_wrk, server.port, calls, chunk, case.status)
            )
            sent += outcome.requests
            trail.append((sent, self._worker_mib(server)))
            self._say(f"memory: {trail[-1][1]:.1f} MiB after {sent} requests")
        half = min(trail, key=lambda point: abs(point[0] - sent / 2))
        return sent, half[1], trail[-1][1]

    def _worker_mib(self, server: RunningServer) -> float:
        return max(machine.resident_kib(pid) for pid in machine.process_tree(server.pid)) / 1024
