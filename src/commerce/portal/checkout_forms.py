"""The forms of the checkout: billing details, and the holder of the domain names (catalog-and-orders.md 7)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from commerce.accounts.models import Client, CustomField
from commerce.accounts.rules import address_needed
from commerce.billing.tax import uses_states
from commerce.domains.models import Tld
from commerce.domains.rules import endings, tld_of
from commerce.orders.models import CartItem
from commerce.payments.gateways.contract import Gateway
from commerce.portal import countries
from commerce.portal.profile import ProfileForm
from commerce.portal.typed_fields import Email, Line, typed_field, typed_text

DETAILS = (
    "first_name last_name company address1 address2 postcode city state country tax_id".split()
)
PHONE = re.compile(r"\+(\d{1,3})[ .]\s*(\d[\d ()/-]{2,24})")


def lacks_holder(names: Sequence[CartItem]) -> bool:
    """Whether a name has no holder yet, or its registry wants to know more."""
    if any(not item.registrant for item in names):
        return True
    wanted = _wanted(names)
    return any(
        one.get("required") and not item.extra_fields.get(one["name"])
        for item in names
        for one in wanted[item.pk]
    )


def _wanted(names: Sequence[CartItem]) -> dict[int, list[dict[str, Any]]]:
    """By item: the fields that the registry of its TLD asks for (domains.md 2)."""
    ends = {end for item in names for end in endings(item.domain)}
    rows = Tld.objects.filter(tld__in=ends).values_list("tld", "extra_fields")
    asked = dict(rows) if ends else {}
    return {item.pk: asked.get(tld_of(item.domain, asked.keys()), []) for item in names}


class DetailsForm(ProfileForm):
    """Billing address, tax number and custom fields for orders; the rest of the profile stays as it is."""

    field_order = DETAILS

    def __init__(self, client: Client, data: QueryDict | None = None) -> None:
        asked = CustomField.objects.for_clients().filter(show_on_order=True)
        super().__init__(client, data, asked=asked)
        for name in self.base_fields.keys() - set(DETAILS):
            del self.fields[name]
        country = data.get("country", "") if data is not None else client.country
        for name in address_needed(country, uses_states=uses_states(country)):
            self.fields[name].required = True

    @property
    def lacks_something(self) -> bool:
        """Whether the client's record, as it was before this form, is not complete enough for an order."""
        return any(
            field.required and not self.initial.get(name) for name, field in self.fields.items()
        )

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        """Currency and language are not asked for here."""


class GatewayForm(forms.Form):
    """How the buyer wants to pay. It binds nobody: the invoice can be paid by any other way too."""

    gateway = forms.ChoiceField(label=later("How do you want to pay?"), widget=forms.RadioSelect)

    def __init__(self, ways: Sequence[Gateway], chosen: str) -> None:
        super().__init__(initial={"gateway": chosen or ways[0].slug})
        field = self.fields["gateway"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(way.slug, way.name) for way in ways]


class RegistrantForm(forms.Form):
    """The holder of the names in the cart (domains.md 3), and for each name what its registry asks for besides."""

    prefix = "registrant"

    first_name = Line(label=later("First name"), max_length=100)
    last_name = Line(label=later("Last name"), max_length=100)
    company = Line(label=later("Company"), max_length=200, required=False)
    email = Email(label=later("E-mail"), max_length=254)
    phone = Line(
        label=later("Phone"),
        max_length=30,
        help_text=later("With the code of its country, such as +49 301234"),
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    address1 = Line(label=later("Address"), max_length=200)
    address2 = Line(label=later("Address, second line"), max_length=200, required=False)
    postcode = Line(label=later("Postcode"), max_length=20)
    city = Line(label=later("City"), max_length=100)
    state = Line(label=later("State or region"), max_length=100, required=False)
    country = forms.ChoiceField(label=later("Country"), choices=countries.choices)

    def __init__(
        self, data: QueryDict | None = None, *, client: Client, names: Sequence[CartItem]
    ) -> None:
        """As typed before; at first it is the client himself."""
        kept = next((item.registrant for item in names if item.registrant), None)
        known = dict(kept) if kept else {name: getattr(client, name) for name in self.base_fields}
        super().__init__(data, initial=known)
        self.extra_names: dict[str, tuple[int, str]] = {}
        for pk, asked in _wanted(names).items():
            item = next(one for one in names if one.pk == pk)
            for number, one in enumerate(asked):
                field = f"extra-{pk}-{number}"
                self.fields[field] = _extra(item.domain, one)
                self.initial[field] = item.extra_fields.get(one["name"], "")
                self.extra_names[field] = (pk, one["name"])

    def clean_phone(self) -> str:
        """`+CC.number`, as registries take it."""
        found = PHONE.fullmatch(str(self.cleaned_data["phone"]))
        if not found:
            raise forms.ValidationError(
                _("Write it with the code of its country and a space, such as +49 301234.")
            )
        return f"+{found[1]}.{re.sub(r'[^0-9]', '', found[2])}"

    def holder(self) -> dict[str, str]:
        """The contact as it is kept."""
        return {name: str(self.cleaned_data[name]) for name in self.base_fields}

    def extra(self) -> Mapping[int, Mapping[str, str]]:
        """By item: what its registry asked for."""
        found: dict[int, dict[str, str]] = {}
        for field, (pk, name) in self.extra_names.items():
            value = self.cleaned_data[field]
            found.setdefault(pk, {})[name] = typed_text(value)
        return found


def _extra(domain: str, asked: Mapping[str, Any]) -> forms.Field:
    """One named, typed field of a registry: text, a date, a tick, or one of its options."""
    label = _("%(what)s, for %(name)s") % {
        "what": asked.get("label", asked["name"]),
        "name": domain,
    }
    options = [str(one) for one in asked.get("options") or ()]
    needed = bool(asked.get("required"))
    return typed_field(asked.get("type", ""), label=label, required=needed, options=options)
