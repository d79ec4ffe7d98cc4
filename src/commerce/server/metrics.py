"""What a monitoring system reads of the installation, in the text format of Prometheus.

Facts of the database are the same on each node; what processes counted is this node's own.
"""

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import accumulate
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, connections
from django.db.models import Count, F, Min
from django.db.models.functions import Coalesce
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from commerce import __version__
from commerce.db.database_clock import database_clock_offset
from commerce.db.reads import has_replica, seconds_behind
from commerce.jobs import schedule
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.kit import clock, counter_store, process_metrics
from commerce.mail.models import OutgoingMail
from commerce.mail.rules import MailStatus
from commerce.payments.models import GatewayEvent
from commerce.payments.rules import UNFINISHED_EVENT_STATUSES
from commerce.runs.backups import BACKUP_METRICS, backup_metrics
from commerce.runs.history import RUN_METRICS, run_metrics
from commerce.server.business_metrics import BUSINESS_METRICS, business_metrics
from commerce.timetable import PERIODIC_WORK

_DAY = timedelta(days=1)


class InstallationCollector:
    """A collector: asked anew for each scrape. ``folder`` is where the processes of this node count, if any do."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    def collect(self) -> Iterator[Metric]:
        """All metrics; without those of the database while it is away."""
        info = GaugeMetricFamily("commerce_info", "The release.", labels=["release"])
        info.add_metric([__version__], 1)
        yield info
        if self.folder:
            yield from _counted(self.folder)
        yield from _disk()
        yield from _store()
        yield from _database()


def metrics_text(folder: Path | None = None) -> bytes:
    """All metrics as they are scraped."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(InstallationCollector(folder))
    return generate_latest(registry)


def _counted(folder: Path) -> Iterator[Metric]:
    requests = CounterMetricFamily(
        "commerce_requests",
        "Requests answered; 429 is a limit that was met.",
        labels=["port", "door", "status"],
    )
    seconds = HistogramMetricFamily(
        "commerce_request_seconds", "How long requests took.", labels=["port", "door"]
    )
    lines = CounterMetricFamily(
        "commerce_log_lines", "Lines of the application's log.", labels=["level"]
    )
    failures = CounterMetricFamily(
        "commerce_counters_failures", "Calls to the store of counters that failed."
    )
    webhooks = CounterMetricFamily(
        "commerce_webhooks",
        "Messages of payment gateways, by what came of them.",
        labels=["result"],
    )
    events = dict.fromkeys(process_metrics.COUNTED_EVENTS, 0)
    for name, read in process_metrics.read_folder(folder):
        for event, times in read.events.items():
            events[event] += times
        for door, did in read.doors.items() if name != "jobs" else ():
            for status, times in did.statuses.items():
                requests.add_metric([name, door, str(status)], times)
            bounds = [*map(str, process_metrics.BUCKET_SECONDS), "+Inf"]
            buckets = list(zip(bounds, accumulate(did.buckets), strict=True))
            seconds.add_metric([name, door], buckets, did.microseconds / 1_000_000)
    for event, times in events.items():
        if event.startswith("log."):
            lines.add_metric([event.removeprefix("log.")], times)
        if event.startswith("webhook."):
            webhooks.add_metric([event.removeprefix("webhook.")], times)
    failures.add_metric([], events["counters.failed"])
    yield from (requests, seconds, lines, webhooks, failures)


def _disk() -> Iterator[Metric]:
    disk = shutil.disk_usage(settings.COMMERCE_DATA_DIR)
    yield _gauge("disk_bytes", "Size of the disk that has the data folder.", disk.total)
    yield _gauge("disk_free_bytes", "What is free of it.", disk.free)


def _store() -> Iterator[Metric]:
    began = time.monotonic()
    answered = counter_store.counter_store_for(settings.COMMERCE_COUNTERS).take(
        "metrics", 1, 1, units=0
    )
    yield _gauge("counters_up", "1 if the store of counters answers.", answered is not None)
    yield _gauge("counters_seconds", "How long it took to answer.", time.monotonic() - began)


def _database() -> Iterator[Metric]:
    began = time.monotonic()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        took, offset = time.monotonic() - began, database_clock_offset()
        found = [*_jobs(), *_gateway_events(), *_mails(), *_figures(), *_replica()]
    except DatabaseError:
        yield _gauge("database_up", "1 if the database answers.", 0)
        return
    finally:
        connections.close_all()
    yield _gauge("database_up", "1 if the database answers.", 1)
    yield _gauge("database_seconds", "How long it took to answer.", took)
    yield _gauge(
        "clock_offset_seconds", "How far this node's clock is ahead of the database's.", offset
    )
    yield from found


def _replica() -> Iterator[Metric]:
    if not has_replica():
        return
    behind = seconds_behind()
    yield _gauge("replica_up", "1 if the replica answers as a standby.", int(behind is not None))
    if behind is not None:
        yield _gauge("replica_behind_seconds", "How far it is behind the database.", behind)


def _jobs() -> Iterator[Metric]:
    jobs = GaugeMetricFamily(
        "commerce_jobs", "Background work that has not ended, by its state.", labels=["status"]
    )
    open_ones = (JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.WAITING, JobStatus.PARKED)
    rows = Job.objects.filter(status__in=open_ones).values_list("status").annotate(Count("pk"))
    found = dict(rows.order_by())
    for status in open_ones:
        jobs.add_metric([status], found.get(status, 0))
    yield jobs
    now = clock.now()
    oldest = (
        Job.objects.due(now).order_by().aggregate(at=Min(Coalesce("next_try_at", "created_at")))
    )
    waited = now - oldest["at"] if oldest["at"] else timedelta()
    yield _gauge(
        "jobs_due_seconds",
        "How long the oldest job that is due has waited.",
        waited.total_seconds(),
    )


def _gateway_events() -> Iterator[Metric]:
    events = GaugeMetricFamily(
        "commerce_gateway_events",
        "Messages of payment gateways that have not ended, by their state.",
        labels=["status"],
    )
    rows = GatewayEvent.objects.filter(status__in=UNFINISHED_EVENT_STATUSES).values_list("status")
    found = dict(rows.annotate(Count("pk")).order_by())
    for status in UNFINISHED_EVENT_STATUSES:
        events.add_metric([status], found.get(status, 0))
    yield events


def _mails() -> Iterator[Metric]:
    now = clock.now()
    waiting = OutgoingMail.objects.filter(status=MailStatus.QUEUED).aggregate(
        count=Count("pk"), oldest=Min(F("created_at"))
    )
    waited = now - waiting["oldest"] if waiting["oldest"] else timedelta()
    yield _gauge("mails_queued", "Emails that wait to be sent.", waiting["count"])
    yield _gauge("mails_queued_seconds", "How long the oldest has waited.", waited.total_seconds())
    mails = GaugeMetricFamily(
        "commerce_mails_last_day", "Emails of the last 24 hours, by their state.", labels=["status"]
    )
    rows = OutgoingMail.objects.filter(created_at__gte=now - _DAY).values_list("status")
    found = dict(rows.annotate(Count("pk")).order_by())
    for status in MailStatus:
        mails.add_metric([status], found.get(status, 0))
    yield mails


def _figures() -> Iterator[Metric]:
    """The daily run, backups, the timetable and the business, which tell theirs themselves."""
    says = {**RUN_METRICS, **BACKUP_METRICS, **schedule.SCHEDULE_METRICS, **BUSINESS_METRICS}
    families: dict[str, GaugeMetricFamily] = {}
    for name, labels, value in (
        *run_metrics(),
        *backup_metrics(),
        *schedule.schedule_metrics(PERIODIC_WORK, at=clock.now()),
        *business_metrics(at=clock.now()),
    ):
        family = families.setdefault(
            name, GaugeMetricFamily(f"commerce_{name}", says[name], labels=list(labels))
        )
        family.add_metric(list(labels.values()), value)
    yield from families.values()


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"commerce_{name}", says, value=float(value))
