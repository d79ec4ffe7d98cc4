"""The forms of the checkout: billing details, and the holder of the domain names (catalog-and-orders.md 7)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.models import Client, CustomField
from commerce.accounts.rules import required_address_fields
from commerce.billing.tax.queries import taxes_by_state
from commerce.domains.models import Tld
from commerce.domains.rules import possible_tlds, tld_of
from commerce.orders.models import CartItem
from commerce.payments.gateways.contract import Gateway
from commerce.portal.account.profile import ProfileForm
from commerce.portal.base.form_fields import LineField, PlainEmailField, field_of_type, field_text
from commerce.presentation import countries

BILLING_DETAILS_FIELDS = (
    "first_name last_name company address1 address2 postcode city state country tax_id".split()
)
INTERNATIONAL_PHONE = re.compile(r"\+(\d{1,3})[ .]\s*(\d[\d ()/-]{2,24})")


def lacks_registrant(names: Sequence[CartItem]) -> bool:
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
    ends = {end for item in names for end in possible_tlds(item.domain)}
    rows = Tld.objects.filter(tld__in=ends).values_list("tld", "extra_fields")
    asked = dict(rows) if ends else {}
    return {item.pk: asked.get(tld_of(item.domain, asked.keys()), []) for item in names}


class BillingDetailsForm(ProfileForm):
    """Billing address, tax number and custom fields for orders; the rest of the profile stays as it is."""

    field_order = BILLING_DETAILS_FIELDS

    def __init__(self, client: Client, data: QueryDict | None = None) -> None:
        asked = CustomField.objects.for_clients().filter(show_on_order=True)
        super().__init__(client, data, asked=asked)
        for name in self.base_fields.keys() - set(BILLING_DETAILS_FIELDS):
            del self.fields[name]
        country = data.get("country", "") if data is not None else client.country
        for name in required_address_fields(country, uses_states=taxes_by_state(country)):
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

    gateway = forms.ChoiceField(label=_lazy("How do you want to pay?"), widget=forms.RadioSelect)

    def __init__(self, gateways: Sequence[Gateway], chosen: str) -> None:
        super().__init__(initial={"gateway": chosen or gateways[0].slug})
        field = self.fields["gateway"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(gateway.slug, gateway.name) for gateway in gateways]


class RegistrantForm(forms.Form):
    """The holder of the names in the cart (domains.md 3), and for each name what its registry asks for besides."""

    restored_fields: ClassVar[tuple[str, ...]] = ("registrant-*",)

    prefix = "registrant"

    first_name = LineField(label=_lazy("First name"), max_length=100)
    last_name = LineField(label=_lazy("Last name"), max_length=100)
    company = LineField(label=_lazy("Company"), max_length=200, required=False)
    email = PlainEmailField(label=_lazy("E-mail"), max_length=254)
    phone = LineField(
        label=_lazy("Phone"),
        max_length=30,
        help_text=_lazy("With the code of its country, such as +49 301234"),
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    address1 = LineField(label=_lazy("Address"), max_length=200)
    address2 = LineField(label=_lazy("Address, second line"), max_length=200, required=False)
    postcode = LineField(label=_lazy("Postcode"), max_length=20)
    city = LineField(label=_lazy("City"), max_length=100)
    state = LineField(label=_lazy("State or region"), max_length=100, required=False)
    country = forms.ChoiceField(label=_lazy("Country"), choices=countries.country_choices)

    def __init__(
        self, data: QueryDict | None = None, *, client: Client, names: Sequence[CartItem]
    ) -> None:
        """As typed before; at first it is the client."""
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
        found = INTERNATIONAL_PHONE.fullmatch(str(self.cleaned_data["phone"]))
        if not found:
            raise forms.ValidationError(
                _("Write it with the code of its country and a space, such as +49 301234.")
            )
        return f"+{found[1]}.{re.sub(r'[^0-9]', '', found[2])}"

    def registrant_values(self) -> dict[str, str]:
        """The contact as it is kept."""
        return {name: str(self.cleaned_data[name]) for name in self.base_fields}

    def extra_field_values(self) -> Mapping[int, Mapping[str, str]]:
        """By item: what its registry asked for."""
        found: dict[int, dict[str, str]] = {}
        for field, (pk, name) in self.extra_names.items():
            value = self.cleaned_data[field]
            found.setdefault(pk, {})[name] = field_text(value)
        return found


def _extra(domain: str, asked: Mapping[str, Any]) -> forms.Field:
    """One named, typed field of a registry: text, a date, a tick, or one of its options."""
    label = _("%(what)s, for %(name)s") % {
        "what": asked.get("label", asked["name"]),
        "name": domain,
    }
    options = [str(one) for one in asked.get("options") or ()]
    needed = bool(asked.get("required"))
    return field_of_type(asked.get("type", ""), label=label, required=needed, options=options)
