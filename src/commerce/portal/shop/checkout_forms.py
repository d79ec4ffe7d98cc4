"""The forms of the checkout: a guest's account, billing details, the domain contact, payment method and terms.

All of them stand in one page and are sent as one (catalog-and-orders.md 7).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.labels import ADDRESS_LABELS
from commerce.accounts.models import Client, CustomField
from commerce.accounts.rules import CustomFieldType, custom_field_key, required_address_fields
from commerce.billing.tax.queries import taxes_by_state
from commerce.domains.models import Tld
from commerce.domains.registrants import (
    check_contact_fits,
    missing_registrant_fields,
    registry_phone,
)
from commerce.domains.registrars.registry import contact_limits_of, registrar_name_for_tld
from commerce.domains.registrars.registry_fields import (
    RegistryFieldType,
    is_asked,
    known_text,
    options_of_field,
    refusals,
    type_of_field,
)
from commerce.domains.rules import possible_tlds, tld_of
from commerce.kit.errors import BusinessError
from commerce.orders.models import CartItem
from commerce.payments.gateways.contract import Gateway
from commerce.portal.account.profile import ProfileForm
from commerce.portal.account.sign_in.forms import RegisterForm, terms_label
from commerce.portal.base.form_fields import (
    CountryField,
    LineField,
    PlainEmailField,
    field_of_type,
    field_text,
)
from commerce.portal.base.merging import SHOWN_VALUES, shown_values
from commerce.presentation import countries
from commerce.support.consumers.actions import BEGIN_AT_ONCE

BILLING_DETAILS_FIELDS = (
    "first_name last_name company address1 address2 postcode city state country tax_id".split()
)
PRICE_FIELDS = ("company", "state", "country", "tax_id")
"""Billing details on which tax depends: with scripts the summary follows them at once."""

CONTACT_FIELDS = (
    "first_name last_name company email phone address1 address2 postcode city state country".split()
)


def show_again(form: forms.Form, typed: QueryDict | None) -> None:
    """Fill a fresh form with what was typed before, unjudged; secrets are left out."""
    if typed is None:
        return
    for name, field in form.fields.items():
        key, widget = form.add_prefix(name), field.widget
        was_there = key in typed or isinstance(widget, forms.CheckboxInput)
        if was_there and not isinstance(widget, forms.PasswordInput):
            form.initial[name] = widget.value_from_datadict(typed, {}, key)


def _wanted(names: Sequence[CartItem]) -> dict[int, list[dict[str, Any]]]:
    """By item: the fields that the registry of its TLD asks for (domains.md 2)."""
    ends = {end for item in names for end in possible_tlds(item.domain)}
    rows = Tld.objects.filter(tld__in=ends).values_list("tld", "extra_fields")
    asked = dict(rows) if ends else {}
    return {
        item.pk: [one for one in asked.get(tld_of(item.domain, asked.keys()), []) if is_asked(one)]
        for item in names
    }


class AccountForm(RegisterForm):
    """The account of a guest: email and password; names and address are those of the billing details."""

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        for name in ("first_name", "last_name", "company", "country", "terms"):
            self.fields.pop(name, None)
        self.custom_fields = [one for one in self.custom_fields if not one.show_on_order]
        kept = {custom_field_key(one.pk) for one in self.custom_fields}
        for name in self.fields.keys() - kept - {"email", "password", "website", "began"}:
            del self.fields[name]


class BillingDetailsForm(ProfileForm):
    """Billing address, tax number and custom fields for orders; the rest of the profile stays as it is."""

    field_order = BILLING_DETAILS_FIELDS

    def __init__(
        self, client: Client, data: QueryDict | None = None, *, typed: QueryDict | None = None
    ) -> None:
        asked = CustomField.objects.for_clients().filter(show_on_order=True)
        super().__init__(client, data, asked=asked)
        for name in self.base_fields.keys() - set(BILLING_DETAILS_FIELDS):
            del self.fields[name]
        self.stored = {name: self.initial[name] for name in self.fields}
        if client.pk:
            self.remember_shown(self.stored)
            typed = self._followed(typed)
            self.data = self._followed(data) or self.data
        show_again(self, typed)
        country = str(self["country"].value() or "")
        for name in required_address_fields(country, uses_states=taxes_by_state(country)):
            self.fields[name].required = True
        self.fields["tax_id"].help_text = _("With its country code, such as DE123456788.")
        for name in PRICE_FIELDS:
            self.fields[name].widget.attrs["hx-post"] = "/checkout"

    def _followed(self, sent: QueryDict | None) -> QueryDict | None:
        """What was sent, where another tab's newer values take the place of those that were left alone here."""
        if sent is None:
            return None
        found, shown = sent.copy(), shown_values(sent)
        for name in BILLING_DETAILS_FIELDS:
            if name in shown and found.get(name) == shown[name] != self.stored[name]:
                found[name] = shown[name] = self.stored[name]
        found[SHOWN_VALUES] = json.dumps(shown)
        return found

    @property
    def lacks_something(self) -> bool:
        """Whether the client's record, as it was before this form, is not complete enough for an order."""
        return any(self.fields[name].required and not self.stored[name] for name in self.stored)

    @property
    def is_changed(self) -> bool:
        """Whether something else stands in the form than in the client's record."""
        return any(str(self[name].value() or "") != str(self.stored[name]) for name in self.stored)

    def controls(self) -> list[tuple[forms.BoundField, bool]]:
        """The fields, each with whether it takes the whole row."""
        wide = {"company", "address1", "address2", "tax_id"}
        own = [(self[name], name in wide) for name in BILLING_DETAILS_FIELDS]
        return own + self.custom_controls()

    def contact(self) -> dict[str, str]:
        """Name and address as they were typed, or as they are kept, for a contact of domain names."""
        values = self.cleaned_data if self.is_bound else self.stored
        return {name: str(values[name]) for name in CONTACT_FIELDS if name in values}

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        """Currency and language are not asked for here."""


class GatewayForm(forms.Form):
    """How the buyer wants to pay. It binds nobody: the invoice can be paid by any other way too."""

    gateway = forms.ChoiceField(label=_lazy("Payment method"), widget=forms.RadioSelect)

    def __init__(self, gateways: Sequence[Gateway], chosen: str) -> None:
        slugs = [gateway.slug for gateway in gateways]
        super().__init__(initial={"gateway": chosen if chosen in slugs else slugs[0]})
        field = self.fields["gateway"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(gateway.slug, gateway.name) for gateway in gateways]


class TermsForm(forms.Form):
    """The tick that accepts the terms of ``orders.terms_url``."""

    terms = forms.BooleanField(
        error_messages={"required": _lazy("Accept the terms to place your order.")}
    )

    def __init__(self, url: str, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.fields["terms"].label = terms_label(url)


class BeginForm(forms.Form):
    """The tick by which a consumer asks us to begin at once."""

    begin_at_once = forms.BooleanField(
        label=BEGIN_AT_ONCE,
        error_messages={"required": _lazy("Check this box so that we can begin right away.")},
    )


class RegistrantForm(forms.Form):
    """The contact of the domain names in the cart (domains.md 3): the billing details with a phone number, or somebody
    else; and for each name what its registry asks for besides.
    """

    restored_fields: ClassVar[tuple[str, ...]] = ("registrant-*",)

    prefix = "registrant"

    phone = LineField(
        label=_lazy("Phone"),
        max_length=30,
        help_text=_lazy("With the country code, such as +49 301234"),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    differs = forms.BooleanField(label=_lazy("Use a different domain contact"), required=False)
    first_name = LineField(label=_lazy("First name"), max_length=100)
    last_name = LineField(label=_lazy("Last name"), max_length=100)
    company = LineField(label=_lazy("Company"), max_length=200, required=False)
    email = PlainEmailField(label=_lazy("Email"), max_length=254)
    address1 = LineField(label=ADDRESS_LABELS["address1"], max_length=200)
    address2 = LineField(label=_lazy("Address line 2"), max_length=200, required=False)
    postcode = LineField(label=ADDRESS_LABELS["postcode"], max_length=20)
    city = LineField(label=ADDRESS_LABELS["city"], max_length=100)
    state = LineField(label=ADDRESS_LABELS["state"], max_length=100, required=False)
    country = CountryField()

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        client: Client,
        names: Sequence[CartItem],
        typed: QueryDict | None = None,
    ) -> None:
        """As typed before; at first it is the client."""
        known = {name: getattr(client, name) for name in CONTACT_FIELDS}
        kept: dict[str, str] = next((item.registrant for item in names if item.registrant), {})
        others = {name: value for name, value in kept.items() if name != "phone"}
        differs = any(known.get(name) != value for name, value in others.items())
        super().__init__(data, initial=known | kept | {"differs": differs})
        self.registrars = _registrars_of(names)
        self.extra_names: dict[str, tuple[int, str]] = {}
        self.asked = _wanted(names)
        for pk, asked in self.asked.items():
            item = next(one for one in names if one.pk == pk)
            for number, one in enumerate(asked):
                field = f"extra-{pk}-{number}"
                self.fields[field] = made = _extra(item.domain, one)
                made.depends = bool(one.get("required"))  # type: ignore[attr-defined]
                made.help_text = _only_for(one, asked)
                self.initial[field] = item.extra_fields.get(one["name"], "")
                self.extra_names[field] = (pk, one["name"])
        show_again(self, typed)
        if not self["differs"].value():
            for name in set(CONTACT_FIELDS) - {"phone"}:
                self.fields[name].depends = self.fields[name].required  # type: ignore[attr-defined]
                self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """What only other answers make needed is told at its field, too."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not any(name in self.errors for name in self.extra_names):
            told = self.extra_field_values()
            wrong = {
                (pk, name): refused
                for pk, asked in self.asked.items()
                for name, refused in refusals(asked, told.get(pk, {}))
            }
            for field, of in self.extra_names.items():
                if of in wrong:
                    self.add_error(field, str(wrong[of]))
        return values

    @property
    def is_needed(self) -> bool:
        """Whether it asks for what nobody has told yet, or says what is wrong; otherwise it can stay folded."""
        untold = any(not self[name].value() for name in self.extra_names)
        phone = registry_phone(str(self["phone"].value() or ""))
        return bool(self.errors or untold or not phone or self["differs"].value())

    @property
    def client_phone(self) -> str:
        """The number that was typed for the client, to be kept with them; none of somebody else."""
        phone = "" if self.cleaned_data["differs"] else str(self.cleaned_data["phone"])
        return phone.replace(".", " ")

    def bound_contact(self) -> list[forms.BoundField]:
        """The fields of a contact of their own."""
        return [self[name] for name in CONTACT_FIELDS if name != "phone"]

    def bound_extras(self) -> list[forms.BoundField]:
        """What the registries ask for besides."""
        return [self[name] for name in self.extra_names]

    def clean_phone(self) -> str:
        """`+CC.number`, as registries take it."""
        phone = registry_phone(str(self.cleaned_data["phone"]))
        if not phone:
            raise forms.ValidationError(
                _("Enter the country code, a space and the number, such as +49 301234.")
            )
        return phone

    def registrant_values(self, billing: Mapping[str, str]) -> dict[str, str] | None:
        """The contact as it is kept; ``billing`` are the billing details with the email. None if the registry would
        not take it, which the form then says.
        """
        own = self.cleaned_data
        source = own if own["differs"] else {**billing, "phone": own["phone"]}
        found = {name: str(source.get(name, "")) for name in CONTACT_FIELDS}
        if missing := missing_registrant_fields(found):
            fields = ", ".join(str(self.fields[name].label) for name in missing)
            self.add_error(
                "differs",
                _("The registry also needs this from the domain contact: %(fields)s.")
                % {"fields": fields},
            )
            return None
        return found if self._fits(found) else None

    def _fits(self, contact: Mapping[str, str]) -> bool:
        """Whether the registrars of all these names take so much; otherwise the form says which field is too long."""
        for slug in self.registrars:
            try:
                check_contact_fits(contact, contact_limits_of(slug))
            except BusinessError as refused:
                is_shown = self.cleaned_data["differs"] or refused.field == "phone"
                self.add_error(refused.field if is_shown else "differs", str(refused))
                return False
        return True

    def extra_field_values(self) -> Mapping[int, Mapping[str, str]]:
        """By item: what its registry asked for."""
        found: dict[int, dict[str, str]] = {}
        for field, (pk, name) in self.extra_names.items():
            value = self.cleaned_data[field]
            found.setdefault(pk, {})[name] = field_text(value)
        return found


def _registrars_of(names: Sequence[CartItem]) -> list[str]:
    """Through whom these names are registered."""
    known = Tld.objects.among({end for item in names for end in possible_tlds(item.domain)})
    return sorted({registrar_name_for_tld(tld_of(item.domain, known)) for item in names})


def _extra(domain: str, asked: Mapping[str, Any]) -> forms.Field:
    """One named, typed field of a registry; what is needed with some answers only may stay blank here."""
    label = _("%(field)s for %(name)s") % {
        "field": known_text(asked.get("label", asked["name"])),
        "name": domain,
    }
    needed, kind = bool(asked.get("required")) and not asked.get("needed_if"), type_of_field(asked)
    if kind in (RegistryFieldType.CHOICE, RegistryFieldType.COUNTRY):
        options = [(value, known_text(text)) for value, text in options_of_field(asked)]
        if kind is RegistryFieldType.COUNTRY:
            options = list(countries.country_choices())
        kind_of_field = CountryField if kind is RegistryFieldType.COUNTRY else forms.ChoiceField
        return kind_of_field(label=label, required=needed, choices=[("", "–"), *options])
    type_of_control = {
        RegistryFieldType.TICK: CustomFieldType.CHECKBOX,
        RegistryFieldType.DATE: CustomFieldType.DATE,
    }.get(kind, CustomFieldType.TEXT)
    return field_of_type(type_of_control, label=label, required=needed)


def _only_for(asked: Mapping[str, Any], fields: Sequence[Mapping[str, Any]]) -> str:
    """With which answers to another field this one is needed, in words."""
    name, values = asked.get("needed_if") or ("", ())
    other = next((one for one in fields if one["name"] == name), {})
    texts = [known_text(text) for value, text in options_of_field(other) if value in values]
    return _("Only for: %(answers)s") % {"answers": ", ".join(texts)} if texts else ""
