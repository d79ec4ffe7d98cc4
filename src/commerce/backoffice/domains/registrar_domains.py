"""`/admin/registrars/<id>/domains`: what a registrar does not have, what ended by that, and jobs that failed there."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may, staff_context
from commerce.backoffice.base.context import staff_page
from commerce.backoffice.domains.domains import registrar_labels
from commerce.backoffice.reports.tables import list_url
from commerce.backoffice.system.remotes import trouble_of
from commerce.domains.actions.losses import end_missing_names, request_domains_back
from commerce.domains.actions.sync_requests import request_syncs
from commerce.domains.models import Domain
from commerce.domains.registrars.brakes import (
    lost_names,
    missing_names,
    open_brake,
    registered_names,
)
from commerce.domains.registrars.registry import (
    REGISTRAR_CLASSES,
    remote_name_of,
    test_registrar,
)
from commerce.jobs.manual import parked_jobs_of, resume_remote, retry_parked_jobs
from commerce.jobs.models import RemoteCall
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.kit.remote.page_limits import page_limits
from commerce.portal.base.redirects import see_other
from commerce.presentation.formats import format_instant
from commerce.presentation.idn import readable_name
from commerce.site_settings.current import business_date

_MOST = 1000
"""Rows that are listed, and that one press is for."""


def registrar_domains(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The lists, with a button for each."""
    if slug not in REGISTRAR_CLASSES:
        raise Http404
    if request.method == "POST":
        act = _ACTS.get(request.POST.get("act", ""))
        if act is None:
            raise Http404
        _told(request, lambda: act(request, slug))
        return see_other(request.path)
    now = clock.now()
    brake = open_brake(slug)
    context = {
        "title": _("Domains at %(registrar)s") % {"registrar": registrar_labels()[slug]},
        "registrar_url": reverse("admin:registrar", args=[slug]),
        "registrar": registrar_labels()[slug],
        "trouble": trouble_of(remote_name_of(slug)),
        "brake_since": brake and format_instant(brake.raised_at),
        "missing": [_row(one) for one in missing_names(slug, business_date(now))[:_MOST]],
        "names": registered_names(slug).count(),
        "lost": [
            _row(one.domain, format_instant(one.ended_at)) for one in lost_names(slug, now)[:_MOST]
        ],
        "parked": len(parked_jobs_of(remote_name_of(slug))),
        "jobs_url": reverse("admin:jobs_job_changelist") + "?status=parked",
        "calls_url": list_url(RemoteCall, remote=remote_name_of(slug)),
        "may_act": may(request, StaffPermission.DOMAINS_MANAGE),
    }
    return staff_page(request, "backoffice/domains/registrar_domains.html", context)


def _row(domain: Domain, when: str = "") -> dict[str, Any]:
    url = reverse("admin:domains_domain_change", args=[domain.pk])
    return {"pk": domain.pk, "name": readable_name(domain.domain_name), "url": url, "when": when}


def _told(request: HttpRequest, act: Callable[[], str]) -> None:
    try:
        messages.success(request, act())
    except BusinessError as refused:
        messages.error(request, refused.staff_text)


def _chosen(request: HttpRequest) -> Sequence[Domain]:
    """The names that were ticked, of those that the person saw."""
    keys = [one for one in request.POST.getlist("domain")[:_MOST] if one.isdecimal()]
    found = list(Domain.objects.filter(pk__in=keys).order_by("domain_name", "pk"))
    if not found:
        raise BusinessError("domain.none_chosen")
    return found


def _ask_again(request: HttpRequest, slug: str) -> str:
    ctx = staff_context(request)
    asked = request_syncs(domains=missing_names(slug, business_date(ctx.at)), ctx=ctx)
    words = ngettext(
        "The registrar is being asked about %(count)s domain. Reload the page in a moment.",
        "The registrar is being asked about %(count)s domains. Reload the page in a moment.",
        asked,
    )
    return words % {"count": asked}


def _end(request: HttpRequest, slug: str) -> str:
    ended = end_missing_names(
        registrar=slug,
        domains=_chosen(request),
        reason=request.POST.get("reason", ""),
        ctx=staff_context(request),
    )
    words = ngettext("%(count)s domain ended.", "%(count)s domains ended.", len(ended))
    return words % {"count": len(ended)}


def _bring_back(request: HttpRequest, slug: str) -> str:
    asked = request_domains_back(
        domains=_chosen(request),
        reason=request.POST.get("reason", ""),
        ctx=staff_context(request),
    )
    words = ngettext(
        "%(count)s domain comes back as soon as the registrar confirms it.",
        "%(count)s domains come back as soon as the registrar confirms them.",
        asked,
    )
    return words % {"count": asked}


def _try_now(request: HttpRequest, slug: str) -> str:
    name = registrar_labels()[slug]
    try:
        with page_limits():
            test_registrar(slug)
    except OSError as silent:
        raise BusinessError(
            "registrar.test_failed", registrar=name, problem=_("No answer in time.")
        ) from silent
    resume_remote(remote=remote_name_of(slug), ctx=staff_context(request))
    return _("%(name)s answers. What was waiting continues now.") % {"name": name}


def _retry(request: HttpRequest, slug: str) -> str:
    retried = retry_parked_jobs(remote=remote_name_of(slug), ctx=staff_context(request))
    words = ngettext("%(count)s job is queued.", "%(count)s jobs are queued.", retried)
    return words % {"count": retried}


_ACTS: dict[str, Callable[[HttpRequest, str], str]] = {
    "ask": _ask_again,
    "end": _end,
    "back": _bring_back,
    "retry": _retry,
    "try": _try_now,
}
