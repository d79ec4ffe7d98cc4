"""What belongs to a domain, as panels of its record."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.clients import clients_panel
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.lists.columns import (
    Column,
    badge_column,
    choice_column,
    columns_of,
    instant_column,
)
from commerce.backoffice.sales.related_panels import (
    activity_panel,
    invoices_panel,
    jobs_panel,
    order_panel,
)
from commerce.backoffice.system.server_calls import DOMAIN_CALLS
from commerce.billing.models import BilledPeriod, Invoice
from commerce.billing.records import BILLED_PERIOD_FIELDS
from commerce.dns.models import Zone
from commerce.dns.records.zones import ZONE_FIELDS
from commerce.domains.errors import CHANGE_PROBLEMS
from commerce.domains.job_names import domain_job_subject
from commerce.domains.labels import CHANGE_KIND_LABELS, CHANGE_STATUS_LABELS, MESSAGE_LABELS
from commerce.domains.models import Domain, RegistryMessage
from commerce.domains.rules import ChangeStatus
from commerce.orders.models import Order

_VIEW = StaffPermission.DOMAINS_VIEW
_CHANGE_TONES = {ChangeStatus.REQUESTED: "info", ChangeStatus.FAILED: "danger"}
DRIFT_FIELDS = {
    "status": _lazy("Status"),
    "expiry": _lazy("Expiry date"),
    "auto_renewal": _lazy("Automatic renewal by the registrar"),
    "verification": _lazy("Email confirmation"),
}


def _at_registrar(domain: Domain) -> str:
    return reverse("admin:domain_at_registrar", args=[domain.pk])


DOMAIN_PANELS = (
    clients_panel(
        _lazy("Client"),
        lambda domain: Client.objects.filter(pk=domain.client_id).order_by("pk"),
    ),
    Panel(
        title=_lazy("Changes at the registrar"),
        permission=_VIEW,
        columns=(
            choice_column(pgettext_lazy("noun", "Change"), "kind", lambda: CHANGE_KIND_LABELS),
            badge_column(_lazy("Status"), "status", lambda: CHANGE_STATUS_LABELS, _CHANGE_TONES),
            choice_column(_lazy("Problem"), "problem", lambda: CHANGE_PROBLEMS),
            instant_column(_lazy("Requested"), "requested_at"),
            instant_column(_lazy("Ended"), "ended_at"),
        ),
        rows=lambda domain: domain.changes.order_by("-pk"),
    ),
    Panel(
        title=_lazy("Differences from the registrar"),
        permission=_VIEW,
        columns=(
            choice_column(_lazy("Field"), "field", lambda: DRIFT_FIELDS),
            Column(_lazy("Here"), "ours"),
            Column(_lazy("At the registrar"), "theirs"),
            instant_column(_lazy("Found"), "found_at"),
            instant_column(_lazy("Resolved"), "resolved_at"),
        ),
        rows=lambda domain: domain.drifts.order_by("-pk"),
        actions=((_lazy("Compare now"), _at_registrar, _VIEW),),
    ),
    Panel(
        title=_lazy("Messages of the registry"),
        permission=_VIEW,
        columns=(
            choice_column(_lazy("About"), "kind", lambda: MESSAGE_LABELS),
            Column(_lazy("Message"), "text"),
            instant_column(_lazy("Sent"), "queued_at"),
            instant_column(_lazy("Read"), "read_at"),
        ),
        rows=lambda domain: RegistryMessage.objects.filter(
            about=domain.domain_name, read_at__gte=domain.created_at
        ).order_by("-pk"),
    ),
    Panel(
        title=_lazy("DNS zones"),
        permission=_VIEW,
        columns=columns_of(ZONE_FIELDS, "name status dnssec ends_on"),
        rows=lambda domain: Zone.objects.filter(domain=domain).order_by("-pk"),
    ),
    order_panel(lambda domain: Order.objects.filter(items__units__domain=domain).order_by("pk")),
    invoices_panel(
        lambda domain: Invoice.objects.filter(subjects__domain=domain).distinct().order_by("-pk")
    ),
    Panel(
        title=_lazy("Billed periods"),
        permission=_VIEW,
        columns=columns_of(BILLED_PERIOD_FIELDS, "from to status"),
        rows=lambda domain: BilledPeriod.objects.filter(domain=domain).order_by("-pk"),
    ),
    jobs_panel(domain_job_subject),
    DOMAIN_CALLS,
    activity_panel("domain", _VIEW),
)
