"""`/admin/domains/<id>/registrar`: a domain as we have it, beside what its registrar and its registry say now."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from commerce.backoffice.base.context import staff_page
from commerce.backoffice.domains.domains import registrar_labels
from commerce.domains.models import Domain
from commerce.domains.rdap.lookup import RdapDomain, RdapUnknown, look_up
from commerce.domains.registrars.registry import domain_name_of, registrar_name_of, registrar_of
from commerce.kit.remote.page_limits import page_limits
from commerce.presentation.formats import format_day
from commerce.presentation.idn import readable_name
from commerce.presentation.labels import status_labels


@require_safe
def at_registrar(request: HttpRequest, pk: int) -> HttpResponse:
    """Nothing is taken over: that is what a sync does."""
    domain = Domain.objects.select_related("client").filter(pk=pk).first()
    if domain is None:
        raise Http404
    theirs, problem = _asked(domain)
    public, public_problem = _looked_up(domain)
    slug = registrar_name_of(domain)
    context = {
        "title": _("Compare with the registrar"),
        "domain": domain,
        "shown_name": readable_name(domain.domain_name),
        "record_url": reverse("admin:domains_domain_change", args=[domain.pk]),
        "list_url": reverse("admin:domains_domain_changelist"),
        "registrar": registrar_labels().get(slug, slug),
        "rows": _rows(domain, theirs, public),
        "problem": problem,
        "public_problem": public_problem,
    }
    return staff_page(request, "backoffice/domains/registrar_comparison.html", context)


def _asked(domain: Domain) -> tuple[Any, str]:
    """What the registrar says, or why it says nothing."""
    registrar = registrar_of(domain)
    if not registrar.capabilities.is_connected:
        return None, _("This registrar is managed by hand, so it can't be asked.")
    try:
        with page_limits():
            answer = registrar.info(domain_name_of(domain))
    except OSError as silent:
        return None, str(silent)
    return answer.data, answer.message if answer.data is None else ""


def _looked_up(domain: Domain) -> tuple[RdapDomain | None, str]:
    """What the registry shows to everybody, or why that is not known."""
    try:
        with page_limits():
            found = look_up(domain.domain_name)
    except RdapUnknown:
        return None, _("No public lookup service is known for this TLD.")
    except OSError as silent:
        return None, str(silent)
    return found, "" if found else _("The registry says that this domain isn't registered.")


def _rows(domain: Domain, theirs: Any, public: RdapDomain | None) -> list[dict[str, Any]]:
    """Each value: ours, the registrar's, and the registry's."""
    words = status_labels("domain")
    statuses = ", ".join(public.statuses) if public else ""
    return [
        _row(_("Status"), words[domain.status], theirs and theirs.state, statuses),
        _row(
            _("Registered"),
            _day(domain.registration_date),
            theirs and _day(theirs.registration_date),
            _day(public.registered) if public else "",
        ),
        _row(
            _("Expires"),
            _day(domain.expiry_date),
            theirs and _day(theirs.expiry),
            _day(public.expiry) if public else "",
        ),
        _row(
            _("Transfer lock"),
            _switch(domain.is_locked),
            theirs and _switch(theirs.is_locked),
            _switch(public.is_locked) if public else "",
        ),
        _row(
            _("WHOIS privacy"),
            _switch(domain.whois_privacy),
            theirs and _switch(theirs.whois_privacy),
            "",
        ),
        _row(
            _("Nameservers"),
            ", ".join(domain.nameservers),
            theirs and ", ".join(theirs.nameservers),
            ", ".join(public.nameservers) if public else "",
        ),
        _row(_("Registrar"), "", "", public.registrar if public else ""),
    ]


def _row(label: str, ours: Any, theirs: Any, public: Any) -> dict[str, Any]:
    return {"label": label, "values": [ours or "–", theirs or "–", public or "–"]}


def _day(value: Any) -> str:
    return format_day(getattr(value, "date", lambda: value)()) if value else ""


def _switch(value: Any) -> str:
    return "" if value is None else _("On") if value else _("Off")
