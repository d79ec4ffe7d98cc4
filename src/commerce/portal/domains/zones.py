"""`/client/zones`: the DNS zones of a client, the records of one, and what can be done with it (dns.md 3)."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from commerce.dns.actions.records import change_records
from commerce.dns.actions.signing import is_used_elsewhere, takes_ds
from commerce.dns.actions.zones import open_zone
from commerce.dns.job_names import PUBLISH_ZONE, zone_job_subject
from commerce.dns.labels import CAUSE_LABELS, delegation_texts, warning_texts
from commerce.dns.models import Zone
from commerce.dns.rules import RecordError
from commerce.dns.servers.registry import our_nameservers, required_dns_server
from commerce.hosting.models import Service
from commerce.hosting.rules import ServiceStatus
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.kit.errors import BusinessError, StateConflict
from commerce.portal.base import restored_forms
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.limits.work_limits import makes_a_file
from commerce.portal.base.redirects import see_other
from commerce.portal.domains.domain_access import (
    MANAGE_RIGHT,
)
from commerce.portal.domains.zone_access import for_zone, where_zones_are_on, zone_page
from commerce.portal.domains.zone_forms import NewZoneForm, RecordsForm

MAX_ZONES = 500


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(MANAGE_RIGHT)
@restored_forms.restores(NewZoneForm)
@where_zones_are_on
def zones(request: ClientRequest) -> HttpResponse:
    """All zones by name, and a form for a domain that is registered elsewhere."""
    form = NewZoneForm(request.POST if request.method == "POST" else None)
    if not form.is_bound:
        restored_forms.restore_form(form, request)
    elif form.is_valid():
        try:
            made = open_zone(
                client=request.acting.client,
                name=form.cleaned_data["name"],
                ctx=member_context(request),
            )
        except BusinessError as error:
            add_business_error(form, error)
        else:
            messages.success(request, _("Zone created."))
            return see_other(zone_page(made))
    rows = Zone.objects.for_client(request.acting.client).live().select_related("domain")
    services = Service.objects.for_client(request.acting.client)
    context = {
        "zones": [
            (zone, is_used_elsewhere(zone)) for zone in rows.order_by("name", "pk")[:MAX_ZONES]
        ],
        "form": form,
        "may_add": request.acting.is_active
        and services.filter(status=ServiceStatus.ACTIVE).exists(),
        "our_nameservers": our_nameservers(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "portal/domains/zones.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@client_page(MANAGE_RIGHT)
@for_zone
def zone(request: ClientRequest, zone: Zone) -> HttpResponse:
    """The records of one zone in a form, with its versions, DNSSEC and delegation."""
    newest = zone.newest
    if request.method != "POST":
        return _page(request, zone, RecordsForm.of_records(newest.record_list(), newest.number))
    form = RecordsForm.of_post(request.POST)
    if "more" in request.POST:
        return _page(request, zone, form)
    return (
        see_other(zone_page(zone))
        if _saved(request, zone, form)
        else _page(request, zone, form, status=422)
    )


def _saved(request: ClientRequest, zone: Zone, form: RecordsForm) -> bool:
    records = form.read(zone.name, takes_alias=required_dns_server().takes_alias)
    if records is None:
        return False
    try:
        made = change_records(
            zone=zone, records=records, seen_number=form.seen_number, ctx=member_context(request)
        )
    except RecordError as problem:
        form.add_problem(problem)
        return False
    except (
        StateConflict
    ) as conflict:  # what was seen stays: a second press would undo the changes of others
        form.problems.append(str(conflict))
        return False
    if made:
        messages.success(request, _("Saved. The records are being published."))
    else:
        messages.info(request, _("Nothing was changed."))
    return True


def _page(request: ClientRequest, zone: Zone, form: RecordsForm, status: int = 200) -> HttpResponse:
    versions = list(zone.versions.order_by("-number"))
    newest = versions[0]
    ds_records = zone.ds_records
    context: dict[str, Any] = {
        "zone": zone,
        "form": form,
        "newest": newest,
        "versions": [(each, CAUSE_LABELS[each.cause]) for each in versions],
        "is_refused": _is_refused(zone),
        "warnings": warning_texts(newest.record_list()),
        "is_used_elsewhere": is_used_elsewhere(zone),
        "delegation": delegation_texts(zone),
        "our_nameservers": our_nameservers(),
        "may_change": request.acting.is_active,
        "takes_ds": takes_ds(zone.domain),
        "ds_sent": bool(ds_records) and ds_records == zone.ds_at_registrar,
        "is_demo": settings.COMMERCE_DEMO,
    }
    return render(request, "portal/domains/zone.html", context, status=status)


def _is_refused(zone: Zone) -> bool:
    """Whether the server refused what is newest, so that staff look at it."""
    jobs = Job.objects.of(zone_job_subject(zone)).filter(action=PUBLISH_ZONE)
    newest = jobs.order_by("-pk").first()
    return newest is not None and newest.status == JobStatus.PARKED


@require_safe
@client_page(MANAGE_RIGHT)
@makes_a_file
@for_zone
def zone_export(request: ClientRequest, zone: Zone) -> HttpResponse:
    """`/client/zones/{id}/export`: the zone file of the newest version."""
    from commerce.dns.zone_files import write_zone_file

    newest = zone.newest
    text = write_zone_file(zone.name, newest.record_list(), soa=newest.soa_value())
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{zone.name}.txt"'
    return answer
