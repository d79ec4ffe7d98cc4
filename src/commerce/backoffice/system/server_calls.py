"""The logs of calls to control panels, registrars and name servers: what was asked and answered, without secrets."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.pages import MenuGroup
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import Column, instant_column
from commerce.backoffice.lists.filters import choice_filter
from commerce.dns.models import Zone
from commerce.dns.servers.registry import SERVER_CLASSES
from commerce.domains.models import Domain
from commerce.domains.registrars.registry import REGISTRAR_CLASSES, remote_name_of
from commerce.hosting.models import ProvisioningCall, Server
from commerce.jobs.models import RemoteCall
from commerce.presentation.labels import Text


def _call(call: ProvisioningCall | RemoteCall) -> str:
    return f"{call.method} {call.path}"[:160]


def _status(call: ProvisioningCall | RemoteCall) -> str:
    return str(call.status) if call.status else _("No answer")


def _server(call: ProvisioningCall) -> str:
    named = Server.objects.filter(pk=call.server_id).values_list("name", flat=True).first()
    return named or f"{call.server_id}"


CALL_COLUMNS = (
    Column(_lazy("Call"), _call),
    Column(_lazy("Status"), _status),
    Column(_lazy("Milliseconds"), "milliseconds"),
    instant_column(_lazy("Time"), "at"),
)

JOB_CALLS = Panel(
    title=_lazy("Calls to the control panel"),
    permission=StaffPermission.SERVICES_VIEW,
    columns=CALL_COLUMNS,
    rows=lambda job: ProvisioningCall.objects.filter(job_id=job.pk).newest_first(),
    limit=50,
)
SERVICE_CALLS = Panel(
    title=_lazy("Calls to the control panel"),
    permission=StaffPermission.SERVICES_VIEW,
    columns=CALL_COLUMNS,
    rows=lambda service: ProvisioningCall.objects.filter(service_id=service.pk).newest_first(),
)


JOB_REMOTE_CALLS = Panel(
    title=_lazy("Calls to registrar and DNS server"),
    permission=StaffPermission.DOMAINS_VIEW,
    columns=CALL_COLUMNS,
    rows=lambda job: RemoteCall.objects.filter(job_id=job.pk).newest_first(),
    limit=50,
)


def _since_it_began(record: Domain | Zone, name: str) -> Any:
    """Those about its name; of an earlier record with the same name they are not."""
    rows = RemoteCall.objects.filter(about=name, at__gte=record.created_at)
    return rows.newest_first()


DOMAIN_CALLS = Panel(
    title=_lazy("Calls to registrar and DNS server"),
    permission=StaffPermission.DOMAINS_VIEW,
    columns=CALL_COLUMNS,
    rows=lambda domain: _since_it_began(domain, domain.domain_name),
)
ZONE_CALLS = Panel(
    title=_lazy("Calls to registrar and DNS server"),
    permission=StaffPermission.DOMAINS_VIEW,
    columns=CALL_COLUMNS,
    rows=lambda zone: _since_it_began(zone, zone.name),
)


def remote_labels() -> Mapping[str, Text]:
    """What registrars and name servers are called, by the name that jobs have for them."""
    registrars = {remote_name_of(slug): one.name for slug, one in REGISTRAR_CLASSES.items()}
    return registrars | {f"dns {slug}": one.name for slug, one in SERVER_CLASSES.items()}


class RemoteCallAdmin(RecordAdmin):
    """`/admin/registrar-calls`: nobody changes one."""

    model = RemoteCall
    slug = "registrar-calls"
    label = _lazy("Calls to registrars and DNS servers")
    view_permission = StaffPermission.DOMAINS_VIEW
    menu = MenuGroup.DOMAINS
    ordering = ("-id",)
    exports = False
    search_fields = ("about",)
    search_help_text = _lazy("Search by domain name")
    list_filter = (choice_filter("remote", _lazy("Registrar or DNS server"), remote_labels),)
    list_display = (Column(_lazy("Domain"), "about"), *CALL_COLUMNS)
    record_fieldsets = (
        (
            _lazy("Call"),
            (
                Column(_lazy("Call"), lambda call: f"{call.method} {call.path}"),
                Column(
                    _lazy("Registrar or DNS server"),
                    lambda call: remote_labels().get(call.remote, call.remote),
                ),
                Column(_lazy("Domain"), "about"),
                Column(_lazy("Job"), "job_id"),
                instant_column(_lazy("Time"), "at"),
                Column(_lazy("Milliseconds"), "milliseconds"),
                Column(_lazy("Request"), "request"),
                Column(_lazy("Status"), _status),
                Column(_lazy("Answer"), "answer"),
            ),
        ),
    )

    def record_title(self, record: RemoteCall) -> str:
        return _("Call %(id)s") % {"id": record.pk}


class ProvisioningCallAdmin(RecordAdmin):
    """`/admin/server-calls`: nobody changes one."""

    model = ProvisioningCall
    slug = "server-calls"
    label = _lazy("Calls to servers")
    view_permission = StaffPermission.SERVICES_VIEW
    menu = MenuGroup.SERVICES
    ordering = ("-id",)
    list_display = CALL_COLUMNS
    record_fieldsets = (
        (
            _lazy("Call"),
            (
                Column(_lazy("Call"), lambda call: f"{call.method} {call.path}"),
                Column(_lazy("Server"), _server),
                Column(_lazy("Service"), "service_id"),
                Column(_lazy("Job"), "job_id"),
                instant_column(_lazy("Time"), "at"),
                Column(_lazy("Milliseconds"), "milliseconds"),
                Column(_lazy("Request"), "request"),
                Column(_lazy("Status"), _status),
                Column(_lazy("Answer"), "answer"),
            ),
        ),
    )

    def record_title(self, record: ProvisioningCall) -> str:
        return _("Call %(id)s") % {"id": record.pk}
