"""What a start of the server takes: free ports, a sound configuration, a certificate, and which processes run."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from commerce.config import console
from commerce.config.env import ConfigurationError
from commerce.kit.errors import BusinessError
from commerce.server.listener import (
    ANSWER_SECONDS,
    ARRIVAL_SECONDS,
    MAX_CONNECTIONS_PER_ADDRESS,
    ProcessPlan,
)
from commerce.server.supervisor import ReadinessProbe, Supervisor, require_free_port
from commerce.server.worker_process import JOB_THREADS

if TYPE_CHECKING:
    from commerce.server.certificates import ServerCertificate

PORT, PROXIED_PORT, PLAIN_PORT = 8443, 8000, 8080
BLOCKING_THREADS = 2


@contextmanager
def with_metrics_port(
    plans: list[ProcessPlan], host: str, port: int | None
) -> Iterator[list[ProcessPlan]]:
    """Answer with metrics in this block; the plans of processes that count for them."""
    if port is None:
        yield plans
        return
    from django.conf import settings

    from commerce.server.metrics_port import MetricsPort, new_metrics_folder

    folder = new_metrics_folder(settings.COMMERCE_DATA_DIR)
    exporter = MetricsPort(host, port, folder)
    exporter.start()
    try:
        yield [replace(plan, metrics_folder=str(folder)) for plan in plans]
    finally:
        exporter.end()


def require_free_ports(host: str, *ports: int) -> None:
    """Refuse to go on when a port is not free; 0 is none."""
    for port in filter(None, ports):
        require_free_port(host, port)


def run_checks_at_start(*, behind_proxy: bool) -> None:
    """Look for mistakes in the configuration; errors stop the start, warnings are printed.

    Django's checks of code are left to the release's tests: no installation changes what they look at, and for them
    this process would load all pages, which it never serves.
    """
    from django.core.checks import CheckMessage, Tags
    from django.core.checks.registry import registry

    from commerce.config import checks

    of_code = {Tags.admin, Tags.commands, Tags.models, Tags.templates, Tags.urls}
    found: list[CheckMessage] = [
        message
        for look in registry.get_checks()
        if of_code.isdisjoint(look.tags)
        for message in look(app_configs=None, databases=None)
    ]
    if behind_proxy:
        found += checks.check_behind_proxy()
    shown = [message for message in found if not message.is_silenced()]
    for message in shown:
        console.print_message(str(message), level=message.level)
    if any(message.is_serious() for message in shown):
        raise BusinessError("installation.misconfigured")


def choose_certificate(
    certificate: Path | None, key: Path | None, port: int
) -> "ServerCertificate":
    """The certificate that was given, as a copy for this port, or our own for this machine."""
    from urllib.parse import urlsplit

    from django.conf import settings

    from commerce.config.checks import is_local
    from commerce.kit import clock
    from commerce.server import certificates

    host, now = urlsplit(settings.COMMERCE_URL).hostname or "localhost", clock.now()
    folder = settings.COMMERCE_DATA_DIR / "tls"
    if certificate and key:
        found = certificates.load_certificate(certificate, key, host=host, at=now)
        found = certificates.copy_certificate(found, folder, f"served-{port}", host=host, at=now)
    else:
        found = certificates.local_certificate(folder, host=host, at=now)
        if not is_local(host):
            console.print_message(
                f"Browsers will not trust the certificate made here; callers need {found.authority}.",
                level=logging.WARNING,
            )
    for warning in found.warnings:
        console.print_message(warning, level=logging.WARNING)
    return found


def renewal_problem(
    current: "ServerCertificate | None", certificate: Path | None, key: Path | None, port: int
) -> str:
    """Why the workers cannot be renewed; empty when the certificate that they will read can be served."""
    try:
        if current:
            choose_certificate(certificate, key, port)
    except ConfigurationError as error:
        return str(error)
    return ""


def plan_processes(
    host: str,
    port: int,
    plain_port: int,
    pair: "ServerCertificate | None",
    *,
    workers: int = 1,
    threads: int = BLOCKING_THREADS,
    arrival_seconds: int = ARRIVAL_SECONDS,
    max_per_address: int = MAX_CONNECTIONS_PER_ADDRESS,
    answer_seconds: int = ANSWER_SECONDS,
) -> list[ProcessPlan]:
    """The processes to run; without a certificate they serve to a proxy."""
    from urllib.parse import urlsplit

    from django.conf import settings

    pages = ProcessPlan(
        serves="pages",
        host=host,
        port=port,
        workers=workers,
        threads=threads,
        certificate=(str(pair.chain.resolve()), str(pair.key.resolve())) if pair else None,
        behind_proxy=pair is None,
        probe_host=urlsplit(settings.COMMERCE_URL).netloc,
        arrival_seconds=arrival_seconds,
        max_per_address=max_per_address,
        answer_seconds=answer_seconds,
        log_folder=str(settings.COMMERCE_DATA_DIR / "log"),
        log_days=settings.COMMERCE_LOG_DAYS,
    )
    beside = replace(pages, serves="plain", port=plain_port, workers=1, threads=1, certificate=None)
    return [pages, beside] if plain_port else [pages]


def plan_jobs_process(pages: ProcessPlan) -> ProcessPlan:
    """The process that runs background work beside the pages."""
    return ProcessPlan(
        serves="jobs",
        threads=JOB_THREADS,
        log_folder=pages.log_folder,
        log_days=pages.log_days,
    )


def run_processes(
    plans: list[ProcessPlan],
    pair: "ServerCertificate | None",
    when_ready: Callable[[], None],
    *,
    renew: Callable[[], str] | None = None,
) -> int:
    """Run the processes until they are told to stop; the exit code."""
    from django.db import connections

    connections.close_all()
    main = plans[0]
    probe = ReadinessProbe(
        main.host,
        main.port,
        pair is not None,
        main.probe_host,
        pair.authority if pair else None,
    )
    return Supervisor(plans, probe, when_ready, renew=renew).run()


def host_and_port(host: str, port: int) -> str:
    """Host and port as they stand in an address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
