"""Servers that hosting accounts live on (services-and-provisioning.md 3)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.pages import MenuGroup, Text, list_of
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.lists.columns import (
    Column,
    badge_column,
    choice_column,
    columns_of,
    instant_column,
)
from commerce.backoffice.lists.filters import choice_filter
from commerce.backoffice.system.remotes import trouble_notices
from commerce.backoffice.system.server_calls import CALL_COLUMNS
from commerce.backoffice.system.server_connections import CONNECTION, PIN
from commerce.hosting.actions.drift import request_comparison
from commerce.hosting.actions.server_editing import add_server, edit_server
from commerce.hosting.actions.server_settings import missing_settings
from commerce.hosting.actions.server_trials import request_server_test, try_server_now
from commerce.hosting.actions.servers import (
    accept_missing_accounts,
    delete_server,
    resume_new_accounts,
    stop_new_accounts,
)
from commerce.hosting.job_names import remote_name_of_server
from commerce.hosting.labels import DRIFT_LABELS
from commerce.hosting.models import DriftFinding, ProvisioningCall, Server, Service
from commerce.hosting.modules.registry import module_class
from commerce.hosting.records.sold_services import SERVICE_FIELDS
from commerce.hosting.server_tests import retry_server_jobs
from commerce.presentation.formats import format_instant

_MANAGE = StaffPermission.SERVERS_MANAGE


def server_labels() -> Mapping[bool, Text]:
    """Whether a server takes new accounts, in words."""
    return {
        True: pgettext_lazy("server", "Active"),
        False: pgettext_lazy("server", "No new accounts"),
    }


_TONES: dict[Any, str] = {True: "success"}


def _after_adding(server: Server) -> str:
    """To its credentials, where its module needs some."""
    page = "connection" if missing_settings(server) else "change"
    return reverse(f"admin:hosting_server_{page}", args=[server.pk])


SERVICES = Panel(
    title=_lazy("Services"),
    permission=StaffPermission.SERVICES_VIEW,
    columns=columns_of(SERVICE_FIELDS, "label domain client status next_due_date"),
    rows=lambda server: (
        Service.objects.filter(server=server).select_related("client").order_by("-pk")
    ),
    all_url=lambda server: f"{list_of(Service)}?server={server.pk}",
)
DIFFERENCES = Panel(
    title=_lazy("Accounts that differ"),
    permission=StaffPermission.SERVERS_VIEW,
    columns=(
        Column(_lazy("Service"), lambda finding: f"{finding.service_id} · {finding.account}"),
        choice_column(_lazy("Difference"), "kind", lambda: DRIFT_LABELS),
        Column(_lazy("Stored here"), "local"),
        Column(_lazy("On the server"), "remote"),
        instant_column(_lazy("Found"), "found_at"),
    ),
    rows=lambda server: DriftFinding.objects.filter(server=server).order_by("pk"),
    limit=100,
)
CALLS = Panel(
    title=_lazy("Last calls"),
    permission=StaffPermission.SERVICES_VIEW,
    columns=CALL_COLUMNS,
    rows=lambda server: ProvisioningCall.objects.filter(server_id=server.pk).newest_first(),
)


def _accounts(server: Server) -> str:
    return f"{server.account_count} / {server.max_accounts or '∞'}"


def _port(server: Server) -> int:
    return server.port or module_class(server.module).default_port


def _last_test(server: Server) -> str:
    if server.tested_at is None:
        return ""
    words = _("%(time)s: works") if not server.test_problem else _("%(time)s: %(problem)s")
    return words % {"time": format_instant(server.tested_at), "problem": server.test_problem}


class ServerAdmin(RecordAdmin):
    """`/admin/servers`."""

    model = Server
    slug = "servers"
    label = _lazy("Servers")
    view_permission = StaffPermission.SERVERS_VIEW
    menu = MenuGroup.SERVICES
    ordering = ("name", "id")
    search_fields = ("name", "hostname", "group")
    found_by_search = True
    list_filter = (choice_filter("is_active", _lazy("Status"), server_labels),)
    status = badge_column(_lazy("Status"), "is_active", server_labels, _TONES)
    list_display = (
        Column(_lazy("Name"), "name"),
        Column(_lazy("Hostname"), "hostname"),
        Column(_lazy("Module"), "module"),
        Column(_lazy("Group"), "group"),
        Column(_lazy("Accounts"), _accounts),
        status,
    )
    record_fieldsets = (
        (
            _lazy("Server"),
            (
                Column(_lazy("Hostname"), "hostname"),
                Column(_lazy("Module"), "module"),
                Column(_lazy("Group"), "group"),
                status,
                Column(_lazy("Accounts"), _accounts),
                Column(_lazy("Port of the control panel"), _port),
                Column(_lazy("Pinned certificate"), "fingerprint"),
                Column(_lazy("Control panel URL"), "panel_url"),
                Column(_lazy("Last test"), _last_test),
                instant_column(_lazy("Accounts compared"), "drift_checked_at"),
                Column(_lazy("IPv4 address of websites"), "ipv4"),
                Column(_lazy("IPv6 address of websites"), "ipv6"),
                Column(_lazy("Nameservers"), lambda server: " ".join(server.nameservers)),
            ),
        ),
    )
    panels = (SERVICES, DIFFERENCES, CALLS)
    record_actions = (
        act_button(try_server_now),
        act_button(accept_missing_accounts),
        act_button(edit_server),
        *(CONNECTION, PIN, act_button(request_server_test)),
        act_button(request_comparison),
        act_button(stop_new_accounts),
        act_button(resume_new_accounts),
        act_button(retry_server_jobs),
        act_button(delete_server),
    )
    list_actions = (act_button(add_server, to=_after_adding),)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Server]":
        return Server.objects.with_account_count()

    def record_notices(self, request: HttpRequest, record: Server) -> Iterable[Text]:
        return trouble_notices(request, remote_name_of_server(record.name))
