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


class Call(NamedTuple):
    """One request: path with query, token and, when it is conditional, the tag it sends."""

    path: str
    token: str
    tag: str = ""


class Outcome(NamedTuple):
    """What wrk counted: requests, seconds, bytes read, latencies in ms, and errors by kind."""

    requests: int
    seconds: float
    bytes: int
    p50_ms: float
    p99_ms: float
    errors: dict[str, int]


class Spoiled(Exception):
    """The run is worth nothing: a reply was not the expected one."""


def turns(tokens: list[str]) -> list[Call]:
    """Each token in turn with both queries in turn, so that each token sends each query."""
    count = len(tokens)
    return [
        Call(LISTING + QUERIES[(n % count + n // count) % 2], tokens[n % count])
        for n in range(2 * count)
    ]


def write(path: Path, calls: Iterable[Call]) -> Path:
    """The file from which ``turns.lua`` reads."""
    path.write_text("".join(" ".join(call).rstrip() + "\n" for call in calls), encoding="utf-8")
    return path


def parse(said: str) -> Outcome:
    """The line of JSON at the end of what wrk printed."""
    lines = [line for line in said.splitlines() if line.startswith("{")]
    if not lines:
        raise Spoiled(f"wrk gave no figures:\n{said}")
    found: dict[str, Any] = json.loads(lines[-1])
    return Outcome(**found)


def run(port: int, calls: Path, seconds: float, status: int) -> Outcome:
    """Send the calls of a file for so many seconds; any reply with another status spoils the run."""
    command = [shutil.which("wrk") or "wrk", "--threads", "1", "--connections", str(CONNECTIONS)]
    command += ["--duration", f"{max(round(seconds), 1)}s", "--timeout", "10s"]
    command += ["--script", str(Path(__file__).with_name("turns.lua"))]
    command += [f"http://127.0.0.1:{port}", "--", str(calls), str(status)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Spoiled(f"wrk failed: {done.stderr or done.stdout}")
    outcome = parse(done.stdout)
    if not outcome.requests or any(outcome.errors.values()):
        raise Spoiled(f"{outcome.requests} requests with errors: {outcome.errors}")
    return outcome
