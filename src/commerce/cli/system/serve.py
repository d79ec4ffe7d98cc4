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
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; :: is every one."
)
@click.option("--port", type=WholeNumber(1, 65535), help="[default: 8443; behind a proxy 8000]")
@click.option(
    "--http-port",
    type=WholeNumber(0, 65535),
    help="Plain port beside HTTPS: pages are sent to HTTPS, the API is refused. 0 is off. [default: 8080]",
)
@click.option(
    "--certificate",
    type=EXISTING_FILE,
    help="PEM file with the chain. [default: one made for this machine]",
)
@click.option("--key", type=EXISTING_FILE, help="PEM file with its key, without a passphrase.")
@click.option(
    "--behind-proxy",
    is_flag=True,
    help="Plain HTTP alone, for a proxy of COMMERCE_TRUSTED_PROXIES.",
)
@click.option(
    "--workers",
    type=WholeNumber(1, 256),
    default=1,
    show_default=True,
    envvar="COMMERCE_WORKERS",
    show_envvar=True,
    help="Processes; their limits count together.",
)
@click.option(
    "--blocking-threads",
    type=WholeNumber(1, 8),
    default=BLOCKING_THREADS,
    show_default=True,
    help="Requests that a worker answers at once; each keeps one database connection.",
)
@click.option(
    "--patience",
    type=WholeNumber(1, 600),
    default=ARRIVAL_SECONDS,
    show_default=True,
    help="Seconds that a request may take to arrive, its head and its body each.",
)
@click.option(
    "--connections",
    type=WholeNumber(1, MAX_CONNECTIONS),
    default=MAX_CONNECTIONS_PER_ADDRESS,
    show_default=True,
    help="Connections that one address may have to a worker; trusted proxies have no limit.",
)
@click.option(
    "--answer-within",
    type=WholeNumber(1, 600),
    default=ANSWER_SECONDS,
    show_default=True,
    help="Seconds in which a worker must answer /up; one that fails three times is replaced.",
)
@click.option(
    "--metrics-port",
    type=WholeNumber(1, 65535),
    help="Answer GET /metrics for Prometheus on a port of its own, without a password. [default: off]",
)
@click.option(
    "--metrics-host",
    default="127.0.0.1",
    show_default=True,
    help="Address of the metrics; keep it inside.",
)
@click.option("--no-worker", is_flag=True, help="Leave background work to `commerce worker`.")
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
    """Serve the installation.

    HTTPS with the given certificate, or with one made for this machine, and a plain port beside it. A signal INT or
    TERM stops it after the requests that are on their way; HUP renews the workers, and with them the certificate.
    """
    if behind_proxy and (certificate or key or http_port):
        raise click.UsageError("Behind a proxy there is neither a certificate nor a plain port.")
    if bool(certificate) != bool(key):
        raise click.UsageError("--certificate and --key go together.")
    port = port or (PROXIED_PORT if behind_proxy else PORT)
    plain = 0 if behind_proxy else PLAIN_PORT if http_port is None else http_port
    if plain == port:
        raise click.UsageError("--port and --http-port must differ.")
    require_free_ports(host, port, plain)
    require_free_ports(metrics_host, metrics_port or 0)
    os.environ["COMMERCE_WORKERS"] = str(workers)
    console.load_django()
    from commerce.cli.system.database import require_ready_database

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
