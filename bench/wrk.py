"""The load: requests in turn from wrk, and what it says of the replies."""

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

CONNECTIONS = 8
QUERIES = ("?page=2&per_page=25", "?status=active")
LISTING = "/api/v1/services"
LISTING_V2 = "/api/v2/services?limit=25"
ACTIVE_V2 = "/api/v2/services?limit=15&status=active"


class ApiCall(NamedTuple):
    """One request: path with query, token and, when it is conditional, the tag it sends."""

    path: str
    token: str
    tag: str = ""


class LoadFigures(NamedTuple):
    """What wrk counted: requests, seconds, bytes read, latencies in ms, and errors by kind."""

    requests: int
    seconds: float
    bytes: int
    p50_ms: float
    p99_ms: float
    errors: dict[str, int]


class SpoiledRunError(Exception):
    """The run is worth nothing: a reply was not the expected one."""


def calls_in_turn(tokens: list[str]) -> list[ApiCall]:
    """Each token in turn with both queries in turn, so that each token sends each query."""
    count = len(tokens)
    return [
        ApiCall(LISTING + QUERIES[(n % count + n // count) % 2], tokens[n % count])
        for n in range(2 * count)
    ]


def calls_of_v2(cursors: dict[str, str]) -> list[ApiCall]:
    """The same of version 2: the second page of each token by its cursor, and its active ones, as many as version 1
    shows if it is not told otherwise.
    """
    paths = [{one: f"{LISTING_V2}&cursor={cursor}" for one, cursor in cursors.items()}]
    paths.append(dict.fromkeys(cursors, ACTIVE_V2))
    count, names = len(cursors), list(cursors)
    return [
        ApiCall(paths[(n % count + n // count) % 2][names[n % count]], names[n % count])
        for n in range(2 * count)
    ]


def write_calls(path: Path, calls: Iterable[ApiCall]) -> Path:
    """The file from which ``turns.lua`` reads."""
    path.write_text("".join(" ".join(call).rstrip() + "\n" for call in calls), encoding="utf-8")
    return path


def parse_wrk_output(said: str) -> LoadFigures:
    """The line of JSON at the end of what wrk printed."""
    lines = [line for line in said.splitlines() if line.startswith("{")]
    if not lines:
        raise SpoiledRunError(f"wrk gave no figures:\n{said}")
    found: dict[str, Any] = json.loads(lines[-1])
    return LoadFigures(**found)


def run_wrk(port: int, calls: Path, seconds: float, status: int) -> LoadFigures:
    """Send the calls of a file for so many seconds; any reply with another status spoils the run."""
    command = [shutil.which("wrk") or "wrk", "--threads", "1", "--connections", str(CONNECTIONS)]
    command += ["--duration", f"{max(round(seconds), 1)}s", "--timeout", "10s"]
    command += ["--script", str(Path(__file__).with_name("turns.lua"))]
    command += [f"http://127.0.0.1:{port}", "--", str(calls), str(status)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SpoiledRunError(f"wrk failed: {done.stderr or done.stdout}")
    outcome = parse_wrk_output(done.stdout)
    if not outcome.requests or any(outcome.errors.values()):
        raise SpoiledRunError(f"{outcome.requests} requests with errors: {outcome.errors}")
    return outcome
