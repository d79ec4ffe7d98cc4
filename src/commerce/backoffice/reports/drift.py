"""Where registrars and servers disagree with what is known here (services-and-provisioning.md 8, backoffice.md 6)."""

from collections.abc import Iterator

from django.db.models import Count, Exists, Min, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from commerce.backoffice.domains.domain_panels import DRIFT_FIELDS
from commerce.backoffice.reports.report_request import ReportRequest
from commerce.backoffice.reports.sales import MAX_ROWS
from commerce.backoffice.reports.tables import (
    ReportContent,
    ReportTable,
    TableCell,
    cells,
    record_url,
)
from commerce.domains.actions.drifts import drift_report
from commerce.domains.balances import registrars_in_use
from commerce.domains.models import Domain, DomainDrift
from commerce.domains.registrars.brakes import registered_names
from commerce.domains.registrars.contract import RegistrarState
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.hosting.labels import DRIFT_LABELS
from commerce.hosting.models import DriftFinding, Server, Service
from commerce.hosting.modules.registry import module_class
from commerce.hosting.rules import RUNNING_SERVICE_STATUSES, DriftKind
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context


def drift(asked: ReportRequest) -> ReportContent:
    """How many agree, differ, or are on one side only, at each registrar and server; and each difference."""
    return ReportContent([_counts(), _registrars(asked), _servers(asked)])


def _counts() -> ReportTable:
    heads = [
        *(_("At"), _("Equal"), _("Different"), _("Only here"), _("Ended here, still there")),
        *(_("Not compared"), _("Compared since")),
    ]
    note = _("Accounts and domains that only a server or registrar has aren't counted.")
    rows = [*_registrar_counts(), *_server_counts()]
    return ReportTable("counts", _("Overview"), heads, rows, note)


def _registrar_counts() -> Iterator[list[TableCell]]:
    for slug in registrars_in_use():
        adapter = REGISTRAR_CLASSES[slug]
        if not adapter.capabilities.is_connected:
            continue
        open_ones = DomainDrift.objects.filter(domain=OuterRef("pk"), resolved_at=None)
        gone = open_ones.filter(field="status", theirs=RegistrarState.GONE)
        found = registered_names(slug).aggregate(
            names=Count("pk"),
            unknown=Count("pk", filter=Q(synced_at=None)),
            missing=Count("pk", filter=Q(Exists(gone))),
            differ=Count("pk", filter=Q(Exists(open_ones)) & ~Q(Exists(gone))),
            equal=Count("pk", filter=Q(synced_at__isnull=False) & ~Q(Exists(open_ones))),
            since=Min("synced_at"),
        )
        where = TableCell(adapter.name, reverse("admin:registrar_domains", args=[slug]))
        counts = [found[name] for name in ("equal", "differ", "missing")]
        yield cells(where, *counts, None, found["unknown"], found["since"])


def _server_counts() -> Iterator[list[TableCell]]:
    running = Service.objects.filter(status__in=RUNNING_SERVICE_STATUSES).exclude(server=None)
    made = Count("pk", filter=~Q(remote_id=""))
    counted = running.order_by().values_list("server").annotate(number=Count("pk"), made=made)
    here = {server: counts for server, *counts in counted}
    for server in Server.objects.order_by("name", "pk"):
        if module_class(server.module).is_manual:
            continue
        kinds = DriftFinding.objects.filter(server=server).values_list("kind")
        found = dict(kinds.annotate(Count("pk")).order_by())
        missing, alive = found.pop(DriftKind.MISSING, 0), found.pop(DriftKind.ALIVE, 0)
        services, made_there = here.get(server.pk, (0, 0))
        compared = made_there if server.drift_checked_at else 0
        differ = sum(found.values())
        yield cells(
            TableCell(server.name, record_url(Server, server.pk)),
            max(compared - missing - differ, 0),
            differ,
            missing,
            alive,
            services - compared,
            server.drift_checked_at,
        )


def _registrars(asked: ReportRequest) -> ReportTable:
    found = drift_report(Context(clock.now(), SYSTEM))[: asked.most(MAX_ROWS)]
    rows = [
        cells(
            TableCell(str(one.domain), record_url(Domain, one.domain_id)),
            one.domain.registrar,
            DRIFT_FIELDS[one.field],
            one.ours,
            one.theirs,
            one.found_at,
            one.resolved_at,
        )
        for one in found
    ]
    heads = [
        *(_("Domain"), _("Registrar"), _("Field"), _("Here"), _("At the registrar")),
        *(_("Found"), _("Settled")),
    ]
    cut = _(
        "The latest 1,000 of the differences that are open, or that were settled in the last 30 days. The CSV file has "
        "all of them."
    )
    whole = _("Differences that are open, or that were settled in the last 30 days.")
    note = asked.note_of(rows, MAX_ROWS, cut) or whole
    return ReportTable("drift", _("Registrars"), heads, rows, note)


def _servers(asked: ReportRequest) -> ReportTable:
    findings = DriftFinding.objects.select_related("server", "service")
    labels = DRIFT_LABELS
    rows = [
        cells(
            TableCell(one.account or str(one.service), record_url(Service, one.service_id)),
            TableCell(one.server.name, record_url(Server, one.server_id)),
            labels[one.kind],
            one.local,
            one.remote,
            one.found_at,
        )
        for one in findings.order_by("-found_at", "-pk")[: asked.most(MAX_ROWS)]
    ]
    heads = [
        *(_("Service"), _("Server"), _("Difference"), _("Stored here"), _("On the server")),
        _("Found"),
    ]
    cut = _("The latest 1,000 differences. The CSV file has all of them.")
    return ReportTable("servers", _("Servers"), heads, rows, asked.note_of(rows, MAX_ROWS, cut))
