"""`/client/domains/{id}/nameservers`: two to four, sent to the registrar as a whole (domains.md 5)."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from commerce.db.acts import do_act
from commerce.domains.actions.changes import request_nameservers
from commerce.domains.models import Domain
from commerce.domains.rules import normalize_name
from commerce.domains.sale_conditions import default_nameservers
from commerce.kit.errors import BusinessError, StateConflict
from commerce.portal.base import restored_forms
from commerce.portal.base.access import ClientRequest, member_context
from commerce.portal.base.acts.views import act_page
from commerce.portal.base.form_fields import LineField, add_business_error
from commerce.portal.domains.domain_access import (
    to_domain,
)
from commerce.presentation.idn import readable_name, stored_name

OURS, OTHERS = "ours", "others"
FIELDS = ("ns1", "ns2", "ns3", "ns4")


def _host_field(label: Any, *, required: bool = True) -> LineField:
    attrs = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
    widget = forms.TextInput(attrs={**attrs, "inputmode": "url"})
    return LineField(label=label, max_length=255, required=required, widget=widget)


class NameserversForm(forms.Form):
    """Our nameservers, or two to four others.

    Of two open pages the later one asks again: each sends what it was made with (``shown``).
    """

    restored_fields: ClassVar[tuple[str, ...]] = ("use", *FIELDS)

    use = forms.ChoiceField(label=_lazy("Nameservers"), widget=forms.RadioSelect)
    ns1 = _host_field(_lazy("Nameserver 1"))
    ns2 = _host_field(_lazy("Nameserver 2"))
    ns3 = _host_field(_lazy("Nameserver 3"), required=False)
    ns4 = _host_field(_lazy("Nameserver 4"), required=False)

    def __init__(self, data: QueryDict | None = None, *, present: Sequence[str] = ()) -> None:
        self.ours, self.present = default_nameservers(), list(present)
        hosts = {
            name: readable_name(host)
            for name, host in zip(FIELDS, self.present, strict=False)
            if self.present != self.ours
        }
        uses_ours = self.ours and self.present in (self.ours, [])
        super().__init__(data, initial={**hosts, "use": OURS if uses_ours else OTHERS})
        field = self.fields["use"]
        assert isinstance(field, forms.ChoiceField)
        if self.ours:
            ours = _("Our nameservers (%(names)s)") % {"names": ", ".join(self.ours)}
            field.choices = [(OURS, ours), (OTHERS, _("Other nameservers"))]
        else:
            del self.fields["use"]
        if self.ours and self["use"].value() == OURS:
            for name in FIELDS:
                self.fields[name].depends = self.fields[name].required  # type: ignore[attr-defined]
                self.fields[name].required = False

    @property
    def shown(self) -> str:
        """What the page is made with, for its hidden field."""
        return " ".join(self.present)

    def bound_hosts(self) -> list[forms.BoundField]:
        """The fields of other nameservers."""
        return [self[name] for name in FIELDS]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not self._uses_ours(values):
            self._judge_hosts(values)
        if self.data.get("shown", "") not in (self.shown, ""):
            text = _(
                "The nameservers were changed to %(names)s after you opened the page. Save again to replace them."
            )
            self.add_error(None, text % {"names": ", ".join(self.present)})
        return values

    def _uses_ours(self, values: dict[str, Any]) -> bool:
        return bool(self.ours) and values.get("use") == OURS

    def _judge_hosts(self, values: dict[str, Any]) -> None:
        """Each in the form in which it is sent; what is no host name, or there twice, is said beside its field."""
        seen: set[str] = set()
        for name in FIELDS:
            typed = values.get(name)
            if not typed:
                continue
            try:
                host = normalize_name(stored_name(typed), field=name)
            except BusinessError as error:
                self.add_error(name, str(error))
                continue
            if host in seen:
                self.add_error(name, _("This nameserver is listed twice."))
            seen.add(host)
            values[name] = host

    def nameservers(self) -> list[str]:
        """Those that were chosen."""
        values = self.cleaned_data
        if self._uses_ours(values):
            return self.ours
        return [values[name] for name in FIELDS if values[name]]


@require_http_methods(["GET", "HEAD", "POST"])
@restored_forms.restores(NameserversForm)
@act_page(request_nameservers, Domain.objects.for_client, "portal:domain")
def domain_nameservers(request: ClientRequest, domain: Domain) -> HttpResponse:
    """The form, made with the present nameservers."""
    if request.method != "POST":
        fresh = restored_forms.restore_form(NameserversForm(present=domain.nameservers), request)
        return _page(request, domain, fresh)
    form = NameserversForm(request.POST, present=domain.nameservers)
    if form.is_valid():
        if form.nameservers() == domain.nameservers:
            messages.info(request, _("The domain already uses these nameservers."))
            return to_domain(domain)
        if _requested(request, domain, form):
            return to_domain(domain)
    return _page(request, domain, form, status=422)


def _page(
    request: ClientRequest, domain: Domain, form: NameserversForm, status: int = 200
) -> HttpResponse:
    context = {"domain": domain, "form": form}
    return render(request, "portal/domains/nameservers.html", context, status=status)


def _requested(request: ClientRequest, domain: Domain, form: NameserversForm) -> bool:
    try:
        values = {"nameservers": form.nameservers()}
        do_act(request_nameservers, domain, values, member_context(request))
    except StateConflict as conflict:
        messages.info(request, str(conflict))
    except BusinessError as error:
        add_business_error(form, error)
        return False
    else:
        messages.success(request, _("We're changing the nameservers."))
    return True
