"""What staff fill in about a domain."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from commerce.backoffice.base.forms import StaffForm
from commerce.billing.periods.domain_offers import (
    term_offers,
)
from commerce.domains.labels import CONTACT_ROLE_LABELS
from commerce.domains.models import Domain
from commerce.domains.registrants import MAX_LENGTHS
from commerce.portal.base.form_fields import (
    ContactFields,
    LineField,
)
from commerce.presentation.amounts import format_money
from commerce.presentation.idn import readable_name, stored_name

HOST_FIELDS = ("ns1", "ns2", "ns3", "ns4")


def _host_field(label: Any, *, required: bool = False) -> LineField:
    attrs = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
    widget = forms.TextInput(attrs=attrs)
    return LineField(label=label, max_length=255, required=required, widget=widget)


class NameserversForm(StaffForm):
    """Two to four nameservers, in place of those that the name has."""

    ns1 = _host_field(_lazy("Nameserver 1"), required=True)
    ns2 = _host_field(_lazy("Nameserver 2"), required=True)
    ns3 = _host_field(_lazy("Nameserver 3"))
    ns4 = _host_field(_lazy("Nameserver 4"))

    def prepare(self) -> None:
        for name in HOST_FIELDS:
            self.initial[name] = readable_name(getattr(self.record, name))

    def hosts(self) -> list[str]:
        """Those that were typed, as they are sent."""
        typed = [self.cleaned_data[name] for name in HOST_FIELDS if self.cleaned_data.get(name)]
        return [stored_name(one) for one in typed]

    def clean(self) -> dict[str, Any]:
        return {**self.cleaned_data, "nameservers": self.hosts()}


class ContactsForm(StaffForm, ContactFields):
    """Another contact for the roles that are ticked."""

    roles = forms.MultipleChoiceField(
        label=_lazy("Contacts to replace"),
        choices=list(CONTACT_ROLE_LABELS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=_lazy(
            "For a new registrant, the registry may ask the old and new one to confirm."
        ),
    )

    def prepare(self) -> None:
        kept = self.record.contacts.get("registrant") or {
            name: str(getattr(self.record.client, name) or "") for name in MAX_LENGTHS
        }
        self.initial.update({**kept, "phone": kept.get("phone", "").replace(".", " ", 1)})
        self.initial["roles"] = list(CONTACT_ROLE_LABELS)
        self.order_fields(["roles"])

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        contact = {name: str(values.get(name, "")) for name in MAX_LENGTHS}
        return {**values, "contacts": dict.fromkeys(values.get("roles", ()), contact)}


class TermForm(StaffForm):
    """By how many years a name renews from now on, with the price of each term."""

    years = forms.TypedChoiceField(label=_lazy("Renews for"), coerce=int)

    def prepare(self) -> None:
        domain: Domain = self.record
        offers = term_offers(domain)
        shown = [
            (years, f"{_years(years)}: {format_money(amount, domain.currency_id)}")
            for years, amount in offers
        ]
        self.set_choices("years", shown)
        self.initial["years"] = domain.term_years


def _years(number: int) -> str:
    return ngettext("%(years)s year", "%(years)s years", number) % {"years": number}
