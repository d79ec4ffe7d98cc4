"""One listening server, in a process of its own: `python -m commerce.cli.listener PLAN`, started by the supervisor.

The process itself stays small and loads nothing of Django; its workers do.
"""

import gc
import logging
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from multiprocessing import get_start_method, set_start_method
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec

from commerce.cli.intake import Handler, Intake
from commerce.cli.threads import LAST_SECONDS, THREADS
from commerce.cli.watch import Connections, Pulse
from commerce.config import env, logs
from commerce.config.refusals import Refusals
from commerce.kit import counts, files, journal

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

log = logging.getLogger(__name__)


CONNECTIONS = 4096
"""Open connections of a worker, idle ones too. How many statements run at once is decided by its threads."""
OTHER_FILES = 256
"""What a worker opens beside them, at most."""
IDLE_SECONDS = 60
"""How long a connection may be silent."""
PROXY_IDLE_SECONDS = 130
"""How long a proxy may keep one for its next request: longer than they do, so that none is closed as it is used."""
PATIENCE, EACH, WITHIN = 20, 100, 10
"""Seconds that a request may take to arrive; connections of one address; seconds in which a worker must answer."""
STARTS_WITHIN = 120
"""Seconds in which a new worker must have answered for the first time."""
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
    behind_proxy: bool = False
    asked_as: str = ""
    """The host by which a worker asks itself whether it answers."""
    patience: int = PATIENCE
    each: int = EACH
    within: int = WITHIN
    log_folder: str
    log_days: int
    counts: str = ""
    """The folder in which it counts for the metrics, if they are asked for."""
    alive: int = -1
    """A pipe that ends when the supervisor does, whatever ended it."""
    pulse: int = -1
    """A pipe to the supervisor that takes the lines of ``Pulse``."""


def load(plan: Plan) -> Intake:
    """The handler, in a worker that has just started."""
    counts.keep(plan.counts, plan.serves)
    # Until the server has its own handlers, those of its parent are here, and a stop would wait for its time limit.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    THREADS.seconds = plan.patience
    pulse = Pulse(
        (local(plan.host), plan.port),
        tls=bool(plan.certificate),
        asked_as=plan.asked_as,
        workers=plan.workers,
        within=plan.within,
        told=plan.pulse,
    )
    if get_start_method() == "fork":  # otherwise a worker does not have the pipes
        stop_with(plan.alive)
        pulse.tell(STARTS_WITHIN)
    handler = plain() if plan.serves == "plain" else pages(plan.threads)
    trusted = env.networks("COMMERCE_TRUSTED_PROXIES") if plan.behind_proxy else ()
    access = journal.Access(Path(plan.log_folder), "access", keep_days=plan.log_days)
    intake = Intake(handler, Refusals(access, trusted))
    # What is secret has been read and goes.
    for name in _SECRETS:
        os.environ.pop(f"COMMERCE_{name}", None)
    # What is loaded now stays for good: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    idle = 2 * PROXY_IDLE_SECONDS if plan.behind_proxy else IDLE_SECONDS
    connections = Connections(
        plan.port,
        each=plan.each,
        most=connections_there_can_be(),
        idle=idle,
        patience=idle if plan.behind_proxy else plan.patience,
        trusted=trusted,
    )
    Thread(target=look_after, args=(intake, connections), daemon=True).start()
    if get_start_method() == "fork":
        Thread(target=pulse.run, args=(partial(setattr, intake, "asking"),), daemon=True).start()
    return intake


def look_after(intake: Intake, connections: Connections) -> None:
    """Once a second, and more often while there is something to end: what has waited for too long."""
    while True:
        ended = 0
        try:
            THREADS.expire()
            intake.tidy()
            if THREADS.has_done():
                connections.idle = connections.patience = LAST_SECONDS
            ended = connections.tidy() if sys.platform == "linux" else 0
        except Exception:
            log.exception("A worker could not look after its connections.")
        time.sleep(0.1 if ended else 1)


def local(host: str) -> str:
    """The address by which this machine reaches what listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is called, not bound


def plain() -> Handler:
    """The handler of the plain port."""
    from commerce.config.plain import application

    return application()


def pages(threads: int) -> Handler:
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
    counts.keep(plan.counts, plan.serves)
    stop_with(plan.alive)
    run(plan.threads)


def serve(plan: Plan, load: Callable[[Plan], Any] = load) -> None:
    """Serve until told to stop; ``load`` gives a worker its ASGI application."""
    from granian import Granian, loops
    from granian.constants import HTTPModes, Interfaces, SSLProtocols
    from granian.http import HTTP1Settings, HTTP2Settings
    from granian.log import LogLevels

    loops.register("auto")(lambda: cast("AbstractEventLoop", THREADS))
    chain, key = (Path(name) for name in plan.certificate) if plan.certificate else (None, None)
    head_seconds = PROXY_IDLE_SECONDS if plan.behind_proxy else plan.patience
    server = Granian(
        f"commerce:{plan.serves}",
        address=plan.host,
        port=plan.port,
        # For its number of threads; what is spoken is ASGI, see below.
        interface=Interfaces.WSGI,
        workers=plan.workers,
        blocking_threads=plan.threads,
        # A thread that ends takes its database connection along; the server would end idle ones after 30 seconds.
        blocking_threads_idle_timeout=600,
        backpressure=connections_there_can_be(),
        http=HTTPModes.auto if plan.certificate else HTTPModes.http1,
        http1_settings=HTTP1Settings(
            max_buffer_size=HEAD_BYTES, header_read_timeout=head_seconds * 1000
        ),
        http2_settings=HTTP2Settings(max_headers_size=HEAD_BYTES, max_concurrent_streams=64),
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=logging_of(plan),
        ssl_cert=chain,
        ssl_key=key,
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )
    server.on_startup(lambda: stop_with(plan.alive))
    server.serve(
        # Not the server's own choice for ASGI, which has one thread only (decision 0040).
        spawn_target=Granian._spawn_asgi_worker,
        target_loader=partial(load, plan),
        wrap_loader=False,
    )


def allow_files() -> None:
    """Take as many open files as the connections need, so far as the machine lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def connections_there_can_be() -> int:
    """Fewer than ``CONNECTIONS`` where a process may open fewer files: without one left it could not even answer."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft == resource.RLIM_INFINITY:
        return CONNECTIONS
    return max(1, min(CONNECTIONS, soft - OTHER_FILES))


def logging_of(plan: Plan) -> dict[str, Any]:
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
    allow_files()
    serve(plan)


if __name__ == "__main__":
    main()
