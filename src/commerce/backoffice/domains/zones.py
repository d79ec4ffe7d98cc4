"""`/admin/zones`: DNS zones, the records of one, and its zone file."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_safe
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.clients import clients_panel
from commerce.backoffice.base.pages import MenuGroup, Page, PageRule, Text
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.base.records import RecordAdmin
from commerce.backoffice.domains.zone_actions import ZONE_ACTIONS
from commerce.backoffice.lists.columns import (
    Column,
    columns_of,
)
from commerce.backoffice.lists.export import note_export
from commerce.backoffice.lists.filters import choice_filter, status_filter
from commerce.backoffice.sales.related_panels import activity_panel, jobs_panel
from commerce.backoffice.sales.searching import records_found
from commerce.backoffice.system.server_calls import ZONE_CALLS
from commerce.dns.job_names import zone_job_subject
from commerce.dns.labels import DNSSEC_LABELS, delegation_texts, warning_texts
from commerce.dns.models import Zone
from commerce.dns.records.zones import ZONE_FIELDS, ZONE_VERSION_FIELDS
from commerce.dns.rules import MAX_RECORDS
from commerce.dns.zone_files import write_zone_file
from commerce.domains.models import Domain
from commerce.domains.records.domains import DOMAIN_FIELDS
from commerce.presentation.idn import readable_name, stored_name

_VIEW = StaffPermission.DOMAINS_VIEW


@require_safe
def zone_file(request: HttpRequest, pk: int) -> HttpResponse:
    """`/admin/zones/<id>/zone-file`: the records as any name server reads them."""
    zone = Zone.objects.filter(pk=pk).first()
    if zone is None:
        raise Http404
    newest = zone.newest
    records = newest.record_list()
    note_export(request, name="zone", rows=len(records), query=zone.name)
    text = write_zone_file(zone.name, records, soa=newest.soa_value())
    reply = HttpResponse(text, content_type="text/plain; charset=utf-8")
    reply["Content-Disposition"] = f'attachment; filename="{zone.name}.zone"'
    return reply


ZONE_PAGES = (Page("zones/<int:pk>/zone-file", zone_file, "zone_file", PageRule(_VIEW)),)


def _file_url(zone: Zone) -> str:
    return reverse("admin:zone_file", args=[zone.pk])


PANELS = (
    Panel(
        title=_lazy("Records"),
        permission=_VIEW,
        columns=(
            Column(_lazy("Name"), "name"),
            Column(_lazy("Type"), "type"),
            Column(_lazy("TTL"), "ttl"),
            Column(_lazy("Value"), "value"),
        ),
        rows=lambda zone: zone.newest.record_list(),
        limit=MAX_RECORDS,
        actions=((_lazy("Zone file"), _file_url, _VIEW),),
    ),
    Panel(
        title=_lazy("DS records"),
        permission=_VIEW,
        columns=(
            Column(_lazy("Key tag"), lambda ds: ds.get("key_tag")),
            Column(_lazy("Algorithm"), lambda ds: ds.get("algorithm")),
            Column(_lazy("Digest type"), lambda ds: ds.get("digest_type")),
            Column(_lazy("Digest"), lambda ds: ds.get("digest")),
        ),
        rows=lambda zone: zone.ds_records,
    ),
    Panel(
        title=_lazy("Versions"),
        permission=_VIEW,
        columns=columns_of(ZONE_VERSION_FIELDS, "version cause made_by made_at live_at"),
        rows=lambda zone: zone.versions.order_by("-number"),
        limit=20,
    ),
    Panel(
        title=_lazy("Domain"),
        permission=_VIEW,
        columns=columns_of(DOMAIN_FIELDS, "display_name status"),
        rows=lambda zone: Domain.objects.filter(pk=zone.domain_id).order_by("pk"),
    ),
    clients_panel(
        _lazy("Client"), lambda zone: Client.objects.filter(pk=zone.client_id).order_by("pk")
    ),
    jobs_panel(zone_job_subject),
    ZONE_CALLS,
    activity_panel("zone", _VIEW),
)


class ZoneAdmin(RecordAdmin):
    """DNS zones, newest first. Single records are edited by acting for the client, or by importing a zone file."""

    model = Zone
    slug = "zones"
    label = _lazy("DNS zones")
    view_permission = _VIEW
    menu = MenuGroup.DOMAINS
    ordering = ("-pk",)
    search_fields = ("name",)
    search_help_text = _lazy("Search by name of the zone or client")
    list_filter = (
        status_filter("zone"),
        choice_filter("dnssec", _lazy("DNSSEC"), lambda: DNSSEC_LABELS),
        ("client", AutocompleteSelectFilter),
    )
    described_by = ZONE_FIELDS
    list_display = columns_of(ZONE_FIELDS, "name client status dnssec ends_on changed_at")
    record_fieldsets = (
        (
            _lazy("Details"),
            (
                *columns_of(ZONE_FIELDS, "status dnssec"),
                Column(_lazy("Serial"), lambda zone: zone.newest.serial),
                *columns_of(
                    ZONE_FIELDS, "delegation_checked_at created_at changed_at ends_on ended_at"
                ),
            ),
        ),
    )
    record_actions = ZONE_ACTIONS
    panels = PANELS

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        text = search_term.strip()
        own = Q(name__startswith=stored_name(text).lower())
        return records_found(request, queryset, text, number="", own=own), False

    def record_title(self, record: Zone) -> str:
        return readable_name(record.name)

    def record_notices(self, request: HttpRequest, record: Zone) -> Iterable[Text]:
        return [*delegation_texts(record), *warning_texts(record.newest.record_list())]
