"""`commerce serve`: HTTPS with a plain port beside it, or plain HTTP behind a proxy."""

import os
import sys
from functools import partial
from pathlib import Path

import click

from commerce.cli.param_types import WholeNumber
from commerce.config import console
from commerce.server.listener import (
    ANSWER_SECONDS,
    ARRIVAL_SECONDS,
    MAX_CONNECTIONS,
    MAX_CONNECTIONS_PER_ADDRESS,
)
from commerce.server.start import (
    BLOCKING_THREADS,
    PLAIN_PORT,
    PORT,
    PROXIED_PORT,
    choose_certificate,
    host_and_port,
    plan_jobs_process,
    plan_processes,
    renewal_problem,
    require_free_ports,
    run_checks_at_start,
    run_processes,
    with_metrics_port,
)

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; use :: for all."
)
@click.option("--port", type=WholeNumber(1, 65535), help="[default: 8443; behind a proxy 8000]")
@click.option(
    "--http-port",
    type=WholeNumber(0, 65535),
    help="HTTP port that redirects pages to HTTPS and refuses API requests. Use 0 to turn it off. [default: 8080]",
)
@click.option(
    "--certificate",
    type=EXISTING_FILE,
    help="PEM file with the certificate chain. [default: self-signed]",
)
@click.option(
    "--key", type=EXISTING_FILE, help="PEM file with the private key, without a passphrase."
)
@click.option(
    "--behind-proxy",
    is_flag=True,
    help="Serve plain HTTP only, for a proxy listed in COMMERCE_TRUSTED_PROXIES.",
)
@click.option(
    "--workers",
    type=WholeNumber(1, 256),
    default=1,
    show_default=True,
    envvar="COMMERCE_WORKERS",
    show_envvar=True,
    help="Number of worker processes.",
)
@click.option(
    "--blocking-threads",
    type=WholeNumber(1, 8),
    default=BLOCKING_THREADS,
    show_default=True,
    help="Concurrent requests per worker process; each uses one database connection.",
)
@click.option(
    "--patience",
    type=WholeNumber(1, 600),
    default=ARRIVAL_SECONDS,
    show_default=True,
    help="Seconds to wait for request headers, and for the body.",
)
@click.option(
    "--connections",
    type=WholeNumber(1, MAX_CONNECTIONS),
    default=MAX_CONNECTIONS_PER_ADDRESS,
    show_default=True,
    help="Maximum connections per client address and worker process; unlimited for trusted proxies.",
)
@click.option(
    "--answer-within",
    type=WholeNumber(1, 600),
    default=ANSWER_SECONDS,
    show_default=True,
    help="Seconds within which a worker process must answer /up; it's replaced after three failures.",
)
@click.option(
    "--metrics-port",
    type=WholeNumber(1, 65535),
    help="Serve Prometheus metrics at /metrics on this port, without authentication. [default: off]",
)
@click.option(
    "--metrics-host",
    default="127.0.0.1",
    show_default=True,
    help="Address for the metrics port; keep it private.",
)
@click.option(
    "--no-worker", is_flag=True, help="Don't start a worker. Run `commerce worker` separately."
)
def serve(
    *,
    host: str,
    port: int | None,
    http_port: int | None,
    certificate: Path | None,
    key: Path | None,
    behind_proxy: bool,
    workers: int,
    blocking_threads: int,
    patience: int,
    connections: int,
    answer_within: int,
    metrics_port: int | None,
    metrics_host: str,
    no_worker: bool,
) -> None:
    """Start the server.

    Serves HTTPS with the given certificate, or a self-signed one, plus an HTTP port for redirects. SIGINT or SIGTERM
    stops it after requests in progress; SIGHUP reloads the worker processes and the certificate.
    """
    if behind_proxy and (certificate or key or http_port):
        raise click.UsageError(
            "--behind-proxy can't be combined with --certificate, --key, or --http-port."
        )
    if bool(certificate) != bool(key):
        raise click.UsageError("--certificate and --key must be used together.")
    port = port or (PROXIED_PORT if behind_proxy else PORT)
    plain = 0 if behind_proxy else PLAIN_PORT if http_port is None else http_port
    if plain == port:
        raise click.UsageError("--port and --http-port must differ.")
    require_free_ports(host, port, plain)
    require_free_ports(metrics_host, metrics_port or 0)
    os.environ["COMMERCE_WORKERS"] = str(workers)
    console.load_django()
    from commerce.cli.databases.migrations import require_ready_database

    console.log_from_now_on()
    run_checks_at_start(behind_proxy=behind_proxy)
    require_ready_database()
    pair = None if behind_proxy else choose_certificate(certificate, key, port)
    plans = plan_processes(
        host,
        port,
        plain,
        pair,
        workers=workers,
        threads=blocking_threads,
        arrival_seconds=patience,
        max_per_address=connections,
        answer_seconds=answer_within,
    )
    plans += [] if no_worker else [plan_jobs_process(plans[0])]
    scheme = "http" if behind_proxy else "https"
    text = f"Ready on {scheme}://{host_and_port(host, port)} ({workers} × {blocking_threads}), process {os.getpid()}."
    renew = None if sys.stdin.isatty() else partial(renewal_problem, pair, certificate, key, port)
    with with_metrics_port(plans, metrics_host, metrics_port) as counting:
        code = run_processes(counting, pair, lambda: console.print_message(text), renew=renew)
    sys.exit(code)
