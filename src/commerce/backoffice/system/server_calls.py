"""The log of calls to control panels: what was asked and answered, without secrets, as it is kept."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.columns import Column, instant_column
from commerce.backoffice.base.records import Panel, RecordAdmin
from commerce.hosting.models import ProvisioningCall, Server


def _call(call: ProvisioningCall) -> str:
    return f"{call.method} {call.path}"[:160]


def _status(call: ProvisioningCall) -> str:
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


class ProvisioningCallAdmin(RecordAdmin):
    """`/admin/server-calls`: nobody changes one."""

    model = ProvisioningCall
    slug = "server-calls"
    label = _lazy("Calls to servers")
    view_permission = StaffPermission.SERVICES_VIEW
    icon = "swap_horiz"
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
