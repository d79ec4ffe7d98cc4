"""`commerce serve`: HTTPS with a plain port beside it, or plain HTTP behind a proxy."""

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from commerce.cli import ready
from commerce.cli.installation import must_be_ready
from commerce.cli.listener import CONNECTIONS, EACH, PATIENCE, WITHIN, Plan
from commerce.cli.numbers import WholeNumber
from commerce.cli.supervisor import Probe, Supervisor, taken
from commerce.cli.worker import THREADS as BACKGROUND_THREADS
from commerce.config.env import Misconfigured
from commerce.kit.errors import Refused

if TYPE_CHECKING:
    from commerce.config.certificates import Certificate

PORT, PROXIED_PORT, PLAIN_PORT = 8443, 8000, 8080
THREADS = 2
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


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
    "--certificate", type=FILE, help="PEM file with the chain. [default: one made for this machine]"
)
@click.option("--key", type=FILE, help="PEM file with its key, without a passphrase.")
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
    default=THREADS,
    show_default=True,
    help="Requests that a worker answers at once; each keeps one database connection.",
)
@click.option(
    "--patience",
    type=WholeNumber(1, 600),
    default=PATIENCE,
    show_default=True,
    help="Seconds that a request may take to arrive, its head and its body each.",
)
@click.option(
    "--connections",
    type=WholeNumber(1, CONNECTIONS),
    default=EACH,
    show_default=True,
    help="Connections that one address may have to a worker; trusted proxies have no limit.",
)
@click.option(
    "--answer-within",
    type=WholeNumber(1, 600),
    default=WITHIN,
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
    claim(host, port, plain)
    claim(metrics_host, metrics_port or 0)
    os.environ["COMMERCE_WORKERS"] = str(workers)
    ready.django()
    ready.run_on()
    examine(behind_proxy=behind_proxy)
    must_be_ready()
    pair = None if behind_proxy else chosen(certificate, key, port)
    plans = planned(
        host,
        port,
        plain,
        pair,
        workers=workers,
        threads=blocking_threads,
        patience=patience,
        each=connections,
        within=answer_within,
    )
    plans += [] if no_worker else [beside(plans[0])]
    scheme = "http" if behind_proxy else "https"
    text = f"Ready on {scheme}://{at(host, port)} ({workers} × {blocking_threads}), process {os.getpid()}."
    renew = None if sys.stdin.isatty() else partial(renewed, pair, certificate, key, port)
    with metered(plans, metrics_host, metrics_port) as counting:
        code = run(counting, pair, lambda: ready.say(text), renew=renew)
    sys.exit(code)


@contextmanager
def metered(plans: list[Plan], host: str, port: int | None) -> Iterator[list[Plan]]:
    """Answer with metrics in this block; the plans of processes that count for them."""
    if port is None:
        yield plans
        return
    from django.conf import settings

    from commerce.cli.metrics import Exporter, new_folder

    folder = new_folder(settings.COMMERCE_DATA_DIR)
    exporter = Exporter(host, port, folder)
    exporter.start()
    try:
        yield [replace(plan, counts=str(folder)) for plan in plans]
    finally:
        exporter.end()


def claim(host: str, *ports: int) -> None:
    """Refuse to go on when a port is not free; 0 is none."""
    for port in filter(None, ports):
        if why := taken(host, port):
            raise Refused(why)


def examine(*, behind_proxy: bool) -> None:
    """Look for mistakes in the configuration; errors stop the start, warnings are told."""
    from django.core.checks import CheckMessage, run_checks

    from commerce.config import checks

    found: list[CheckMessage] = [*run_checks(), *(checks.behind_proxy() if behind_proxy else ())]
    told = [message for message in found if not message.is_silenced()]
    for message in told:
        ready.say(str(message), level=message.level)
    if any(message.is_serious() for message in told):
        raise Refused("The configuration must be changed first.")


def chosen(certificate: Path | None, key: Path | None, port: int) -> "Certificate":
    """The certificate that was given, as a copy for this port, or our own for this machine."""
    from urllib.parse import urlsplit

    from django.conf import settings

    from commerce.config import certificates
    from commerce.config.checks import is_local
    from commerce.kit import clock

    host, now = urlsplit(settings.COMMERCE_URL).hostname or "localhost", clock.now()
    folder = settings.COMMERCE_DATA_DIR / "tls"
    if certificate and key:
        found = certificates.given(certificate, key, host=host, at=now)
        found = certificates.copied(found, folder, f"served-{port}", host=host, at=now)
    else:
        found = certificates.local(folder, host=host, at=now)
        if not is_local(host):
            ready.say(
                f"Browsers will not trust the certificate made here; callers need {found.authority}.",
                level=logging.WARNING,
            )
    for warning in found.warnings:
        ready.say(warning, level=logging.WARNING)
    return found


def renewed(
    former: "Certificate | None", certificate: Path | None, key: Path | None, port: int
) -> str:
    """Why the workers cannot be renewed; empty when the certificate that they will read can be served."""
    try:
        if former:
            chosen(certificate, key, port)
    except Misconfigured as error:
        return str(error)
    return ""


def planned(
    host: str,
    port: int,
    plain: int,
    pair: "Certificate | None",
    *,
    workers: int = 1,
    threads: int = THREADS,
    patience: int = PATIENCE,
    each: int = EACH,
    within: int = WITHIN,
) -> list[Plan]:
    """The processes to run; without a certificate they serve to a proxy."""
    from urllib.parse import urlsplit

    from django.conf import settings

    pages = Plan(
        serves="pages",
        host=host,
        port=port,
        workers=workers,
        threads=threads,
        certificate=(str(pair.chain.resolve()), str(pair.key.resolve())) if pair else None,
        behind_proxy=pair is None,
        asked_as=urlsplit(settings.COMMERCE_URL).netloc,
        patience=patience,
        each=each,
        within=within,
        log_folder=str(settings.COMMERCE_DATA_DIR / "log"),
        log_days=settings.COMMERCE_LOG_DAYS,
    )
    beside = replace(pages, serves="plain", port=plain, workers=1, threads=1, certificate=None)
    return [pages, beside] if plain else [pages]


def beside(pages: Plan) -> Plan:
    """The process that runs background work beside the pages."""
    return Plan(
        serves="jobs",
        threads=BACKGROUND_THREADS,
        log_folder=pages.log_folder,
        log_days=pages.log_days,
    )


def run(
    plans: list[Plan],
    pair: "Certificate | None",
    when_ready: Callable[[], None],
    *,
    renew: Callable[[], str] | None = None,
) -> int:
    """Run the processes until they are told to stop; the exit code."""
    from django.db import connections

    connections.close_all()
    main = plans[0]
    probe = Probe(
        main.host,
        main.port,
        pair is not None,
        main.asked_as,
        pair.authority if pair else None,
    )
    return Supervisor(plans, probe, when_ready, renew=renew).run()


def at(host: str, port: int) -> str:
    """Host and port as they stand in an address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
