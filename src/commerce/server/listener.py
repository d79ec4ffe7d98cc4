"""One listening server, in a process of its own: `python -m commerce.server.listener PLAN`, started by the supervisor.

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

from commerce.config import env, log_config
from commerce.kit import files, json_log, process_metrics
from commerce.server.asgi_bridge import AsgiBridge, WsgiHandler
from commerce.server.connections import ConnectionLimits
from commerce.server.heartbeat import WorkerHeartbeat
from commerce.server.inline_loop import INLINE_LOOP, STOP_GRACE_SECONDS
from commerce.server.rejections import RejectionHandler

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

log = logging.getLogger(__name__)


MAX_CONNECTIONS = 4096
"""Open connections of a worker, idle ones too. How many statements run at once is decided by its threads."""
RESERVED_FILES = 256
"""What a worker opens beside them, at most."""
IDLE_SECONDS = 60
"""How long a connection may be silent."""
PROXY_IDLE_SECONDS = 130
"""How long a proxy may keep one for its next request: longer than they do, so that none is closed as it is used."""
ARRIVAL_SECONDS, MAX_CONNECTIONS_PER_ADDRESS, ANSWER_SECONDS = 20, 100, 10
"""Seconds that a request may take to arrive; connections of one address; seconds in which a worker must answer."""
START_SECONDS = 120
"""Seconds in which a new worker must have answered for the first time."""
STOP_SECONDS = 20
"""How long a request may still take when its worker is asked to stop."""
MAX_HEAD_BYTES = 65_536
"""The longest request line and headers together; beyond it the answer is 431."""
_SECRETS = ("SECRET_KEY", "KEY_RING", "DATABASE_URL", "COUNTERS", "EMAIL_URL")


class ProcessPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What one process serves, and where."""

    serves: Literal["pages", "plain", "jobs"]
    host: str = ""
    port: int = 0
    workers: int = 1
    threads: int = 1
    certificate: tuple[str, str] | None = None
    behind_proxy: bool = False
    probe_host: str = ""
    """The host by which a worker asks itself whether it answers."""
    arrival_seconds: int = ARRIVAL_SECONDS
    max_per_address: int = MAX_CONNECTIONS_PER_ADDRESS
    answer_seconds: int = ANSWER_SECONDS
    log_folder: str
    log_days: int
    metrics_folder: str = ""
    """The folder in which it counts for the metrics, if they are asked for."""
    parent_pipe: int = -1
    """A pipe that ends when the supervisor does, whatever ended it."""
    heartbeat_pipe: int = -1
    """A pipe to the supervisor that takes the lines of ``WorkerHeartbeat``."""


def load_worker(plan: ProcessPlan) -> AsgiBridge:
    """The handler, in a worker that has just started."""
    # All that is loaded stays for good: the collector need not look at it, neither now nor again and again.
    gc.disable()
    process_metrics.publish_in_folder(plan.metrics_folder, plan.serves)
    # Until the server has its own handlers, those of its parent are here, and a stop would wait for its time limit.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    INLINE_LOOP.seconds = plan.arrival_seconds
    heartbeat = WorkerHeartbeat(
        (local_address(plan.host), plan.port),
        tls=bool(plan.certificate),
        probe_host=plan.probe_host,
        workers=plan.workers,
        answer_seconds=plan.answer_seconds,
        pipe=plan.heartbeat_pipe,
    )
    if get_start_method() == "fork":  # otherwise a worker does not have the pipes
        stop_when_pipe_ends(plan.parent_pipe)
        heartbeat.send_beat(START_SECONDS)
    handler = plain_port_handler() if plan.serves == "plain" else pages_handler(plan.threads)
    trusted = env.networks("COMMERCE_TRUSTED_PROXIES") if plan.behind_proxy else ()
    access = json_log.AccessLog(Path(plan.log_folder), "access", keep_days=plan.log_days)
    bridge = AsgiBridge(handler, RejectionHandler(access, trusted))
    # What is secret has been read and goes.
    for name in _SECRETS:
        os.environ.pop(f"COMMERCE_{name}", None)
    gc.freeze()
    gc.enable()
    idle = 2 * PROXY_IDLE_SECONDS if plan.behind_proxy else IDLE_SECONDS
    connections = ConnectionLimits(
        plan.port,
        max_per_address=plan.max_per_address,
        max_connections=max_connections(),
        idle=idle,
        arrival_seconds=idle if plan.behind_proxy else plan.arrival_seconds,
        trusted=trusted,
    )
    Thread(target=expire_loop, args=(bridge, connections), daemon=True).start()
    if get_start_method() == "fork":
        Thread(target=heartbeat.run, args=(bridge.expect_own_probe,), daemon=True).start()
    return bridge


def expire_loop(bridge: AsgiBridge, connections: ConnectionLimits) -> None:
    """Once a second, and more often while there is something to end: what has waited for too long."""
    while True:
        ended = 0
        try:
            INLINE_LOOP.expire()
            bridge.close_expired()
            if INLINE_LOOP.is_drained():
                connections.idle = connections.arrival_seconds = STOP_GRACE_SECONDS
            ended = connections.close_expired() if sys.platform == "linux" else 0
        except Exception:
            log.exception("A worker could not look after its connections.")
        time.sleep(0.1 if ended else 1)


def local_address(host: str) -> str:
    """The address by which this machine reaches what listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is called, not bound


def plain_port_handler() -> WsgiHandler:
    """The handler of the plain port."""
    from commerce.server.plain_port import plain_port_application

    return plain_port_application()


def pages_handler(threads: int) -> WsgiHandler:
    """The handler of the installation, with all that its first request would otherwise wait for."""
    from commerce.config.wsgi import application

    import_module("commerce.config.urls")  # all pages

    from django.conf import settings

    from commerce.kit import counter_store
    from commerce.kit.remote.page_limits import keep_threads_free
    from commerce.portal.base.limits import running_requests

    keep_threads_free(threads)
    running_requests.this_process.threads = threads
    counter_store.counter_store_for(settings.COMMERCE_COUNTERS).prepare(threads)
    return application


def stop_when_pipe_ends(pipe: int) -> None:
    """Stop this process when the other end of the pipe is gone: a killed supervisor leaves nobody behind."""

    def wait() -> None:
        try:
            os.read(pipe, 1)
        except OSError:
            return
        os.kill(os.getpid(), signal.SIGTERM)

    if pipe >= 0:
        Thread(target=wait, daemon=True).start()


def run_jobs_process(plan: ProcessPlan) -> None:
    """Run background work until told to stop; listens nowhere."""
    from commerce.config import console
    from commerce.server.worker_process import run_worker

    console.load_django()
    process_metrics.publish_in_folder(plan.metrics_folder, plan.serves)
    stop_when_pipe_ends(plan.parent_pipe)
    run_worker(plan.threads)


def run_server(plan: ProcessPlan, load: Callable[[ProcessPlan], Any] = load_worker) -> None:
    """Serve until told to stop; ``load`` gives a worker its ASGI application."""
    from granian import Granian, loops
    from granian.constants import HTTPModes, Interfaces, SSLProtocols
    from granian.http import HTTP1Settings, HTTP2Settings
    from granian.log import LogLevels

    loops.register("auto")(lambda: cast("AbstractEventLoop", INLINE_LOOP))
    chain, key = (Path(name) for name in plan.certificate) if plan.certificate else (None, None)
    head_seconds = PROXY_IDLE_SECONDS if plan.behind_proxy else plan.arrival_seconds
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
        backpressure=max_connections(),
        http=HTTPModes.auto if plan.certificate else HTTPModes.http1,
        http1_settings=HTTP1Settings(
            max_buffer_size=MAX_HEAD_BYTES, header_read_timeout=head_seconds * 1000
        ),
        http2_settings=HTTP2Settings(max_headers_size=MAX_HEAD_BYTES, max_concurrent_streams=64),
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=server_logging(plan),
        ssl_cert=chain,
        ssl_key=key,
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )
    server.on_startup(lambda: stop_when_pipe_ends(plan.parent_pipe))
    server.serve(
        # Not the server's own choice for ASGI, which has one thread only (decision 0040).
        spawn_target=Granian._spawn_asgi_worker,
        target_loader=partial(load, plan),
        wrap_loader=False,
    )


def raise_open_files_limit() -> None:
    """Take as many open files as the connections need, so far as the machine lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + RESERVED_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def max_connections() -> int:
    """Fewer than ``CONNECTIONS`` where a process may open fewer files: without one left it could not even answer."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if soft == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(1, min(MAX_CONNECTIONS, soft - RESERVED_FILES))


def server_logging(plan: ProcessPlan) -> dict[str, Any]:
    """The server's own messages go where the application's go. Its access log stays off: ours has more in it."""
    lines = {
        "()": "commerce.config.log_config.server_log_handler",
        "folder": plan.log_folder,
        "keep_days": plan.log_days,
    }
    return {"handlers": {"console": lines, "access": lines}}


def main() -> None:
    files.set_private_umask()
    if sys.platform == "linux":
        set_start_method(
            "fork"
        )  # nothing is loaded yet and nothing runs beside it: a fork is safe, and shares memory
    plan = msgspec.json.decode(sys.argv[1], type=ProcessPlan)
    log_config.configure_logging(Path(plan.log_folder), keep_days=plan.log_days)
    log_config.log_crashes()
    if plan.serves == "jobs":
        run_jobs_process(plan)
        return
    raise_open_files_limit()
    run_server(plan)


if __name__ == "__main__":
    main()
