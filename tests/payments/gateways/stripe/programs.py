"""Programs of others that stand for Stripe, or judge what is sent to it, run by a test on this machine."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest


@contextmanager
def run_program(program: Path, *arguments: str | Path, folder: Path) -> Iterator[httpx.Client]:
    """A program that serves HTTP, until the end of the block; what it writes stays in ``folder``.

    `make check` brings it; without it the test is left out, but never where CI runs.
    """
    if not program.exists() and not os.environ.get("CI"):
        pytest.skip(f"{program.name} is not installed: make check brings it")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "--port", str(port), *arguments],
            env=os.environ | {"TMPDIR": str(folder)},
            stdout=log,
            stderr=log,
        )
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False)
    try:
        _wait_for_answer(client)
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait(60)


def _wait_for_answer(client: httpx.Client) -> None:
    until = time.monotonic() + 120
    while True:
        try:
            client.get("/")
        except httpx.TransportError:
            assert time.monotonic() < until, "the program does not start"
            time.sleep(0.05)
        else:
            return
