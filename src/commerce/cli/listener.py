"""One listening server, in a process of its own: `python -m commerce.cli.listener PLAN`, started by the supervisor.

The process itself stays small and loads nothing of Django; its workers do.
"""

import gc
import os
import resource
import signal
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from multiprocessing import get_start_method, set_start_method
from pathlib import Path
from threading import Thread
from typing import Any, Literal

import msgspec

from commerce.config import logs
from commerce.kit import files

CONNECTIONS = 1024
"""Open connections of a worker, idle ones too. How many statements run at once is decided by its threads."""
STOP_SECONDS = 20
"""How long a request may still take when its worker is asked to stop."""
HEAD_BYTES = 65_536
"""The longest request line and headers together; beyond it the answer is 431."""
_SECRETS = ("SECRET_KEY", "KEY_RING", "DATABASE_URL", "COUNTERS", "EMAIL_URL")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What one process serves, and where."""

    serves: Literal["pages", "plain", "jobs"]
    host: str = ""
    port: int = 0
    workers: int = 1
    threads: int = 1
    certificate: tuple[str, str] | None = None
    log_folder: str
    log_days: int
    alive: int = -1
    """A pipe that ends when the supervisor does, whatever ended it."""


def load(serves: str, threads: int, alive: int) -> Callable[..., Any]:
    """The WSGI handler, in a worker that has just started."""
    # Until the server has its own handlers, those of its parent are here, and a stop would wait for its time limit.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    if get_start_method() == "fork":  # otherwise a worker does not have the pipe
        stop_with(alive)
    handler = plain() if serves == "plain" else pages(threads)
    # The server copies the environment into that of every request: what is secret has been read and goes.
    for name in _SECRETS:
        os.environ.pop(f"COMMERCE_{name}", None)
    # What is loaded now stays for good: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    return handler


def plain() -> Callable[..., Any]:
    """The handler of the plain port."""
    from commerce.config.plain import application

    return application()


def pages(threads: int) -> Callable[..., Any]:
    """The handler of the installation, with all that its first request would otherwise wait for."""
    from commerce.config.wsgi import application

    import_module("commerce.config.urls")  # all pages

    from django.conf import settings

    from commerce.kit import counters

    counters.store(settings.COMMERCE_COUNTERS).prepare(threads)
    return application


def stop_with(alive: int) -> None:
    """Stop this process when the other end of the pipe is gone: a killed supervisor leaves nobody behind."""

    def wait() -> None:
        try:
            os.read(alive, 1)
        except OSError:
            return
        os.kill(os.getpid(), signal.SIGTERM)

    if alive >= 0:
        Thread(target=wait, daemon=True).start()


def work(plan: Plan) -> None:
    """Run background work until told to stop; listens nowhere."""
    from commerce.cli import ready
    from commerce.cli.worker import run

    ready.django()
    stop_with(plan.alive)
    run(plan.threads)


def serve(plan: Plan) -> None:
    """Serve until told to stop."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces, SSLProtocols
    from granian.http import HTTP1Settings, HTTP2Settings
    from granian.log import LogLevels

    chain, key = (Path(name) for name in plan.certificate) if plan.certificate else (None, None)
    server = Granian(
        f"commerce:{plan.serves}",
        address=plan.host,
        port=plan.port,
        interface=Interfaces.WSGI,
        workers=plan.workers,
        blocking_threads=plan.threads,
        # A thread that ends takes its database connection along; the server would end idle ones after 30 seconds.
        blocking_threads_idle_timeout=600,
        backpressure=CONNECTIONS,
        http=HTTPModes.auto if plan.certificate else HTTPModes.http1,
        http1_settings=HTTP1Settings(max_buffer_size=HEAD_BYTES),
        http2_settings=HTTP2Settings(max_headers_size=HEAD_BYTES, max_concurrent_streams=64),
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=logging(plan),
        ssl_cert=chain,
        ssl_key=key,
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )
    server.on_startup(lambda: stop_with(plan.alive))
    server.serve(
        target_loader=partial(load, plan.serves, plan.threads, plan.alive), wrap_loader=False
    )


def logging(plan: Plan) -> dict[str, Any]:
    """The server's own messages go where the application's go. Its access log stays off: ours has more in it."""
    lines = {
        "()": "commerce.config.logs.lines",
        "folder": plan.log_folder,
        "keep_days": plan.log_days,
    }
    return {"handlers": {"console": lines, "access": lines}}


def main() -> None:
    files.close_new_files()
    if sys.platform == "linux":
        set_start_method(
            "fork"
        )  # nothing is loaded yet and nothing runs beside it: a fork is safe, and shares memory
    plan = msgspec.json.decode(sys.argv[1], type=Plan)
    logs.configure(Path(plan.log_folder), keep_days=plan.log_days)
    logs.catch_crashes()
    if plan.serves == "jobs":
        work(plan)
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + 256 if hard == resource.RLIM_INFINITY else min(CONNECTIONS + 256, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    serve(plan)


if __name__ == "__main__":
    main()
