"""What staff fill in about a client: details, custom fields, tags."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commerce.accounts.labels import CLIENT_FIELD_LABELS
from commerce.accounts.locale import enabled_languages
from commerce.accounts.models import (
    Client,
    ClientTag,
    CustomField,
    CustomValue,
)
from commerce.accounts.rules import custom_field_key
from commerce.backoffice.base.forms import StaffForm
from commerce.catalog.models import Currency
from commerce.portal.base.custom_fields import CustomFieldsForm
from commerce.portal.base.form_fields import (
    CountryField,
    LineField,
    PlainEmailField,
    field_text,
)
from commerce.site_settings.current import get_setting

LABELS: dict[str, Any] = {**CLIENT_FIELD_LABELS}


def _text(name: str, length: int, *, required: bool = False) -> LineField:
    return LineField(label=LABELS[name], max_length=length, required=required)


class ClientForm(StaffForm):
    """The details of a client; the rules of each field are those of accounts.md 1."""

    first_name = _text("first_name", 100, required=True)
    last_name = _text("last_name", 100, required=True)
    company = _text("company", 200)
    email = PlainEmailField(label=LABELS["email"], max_length=254)
    phone = _text("phone", 50)
    address1 = _text("address1", 200)
    address2 = _text("address2", 200)
    postcode = _text("postcode", 20)
    city = _text("city", 100)
    state = _text("state", 100)
    country = CountryField(label=LABELS["country"])
    tax_id = _text("tax_id", 50)
    currency_code = forms.ChoiceField(
        label=LABELS["currency_code"],
        help_text=_("For new orders only. Services, invoices, and credit keep theirs."),
    )
    locale = forms.ChoiceField(label=LABELS["locale"])

    def prepare(self) -> None:
        currencies, languages = _currencies(), dict(enabled_languages())
        client: Client | None = self.record
        if client is not None:
            self.initial.update({name: getattr(client, name) for name in ClientForm.base_fields})
            currencies = {client.currency_code: client.currency_code} | currencies
            languages = {client.locale: client.locale} | languages
        self._choose_from("currency_code", currencies)
        self._choose_from("locale", languages)

    def _choose_from(self, name: str, choices: dict[str, str]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices.items())


def _currencies() -> dict[str, str]:
    """Those in which new orders are taken, the default one first."""
    rows = Currency.objects.filter(is_active=True).order_by("-is_default", "code")
    return {row.code: f"{row.code} · {row.name}" for row in rows}


class NewClientForm(ClientForm):
    """A client and who signs in for it."""

    owner_email = PlainEmailField(
        label=_("Owner's sign-in email"),
        max_length=254,
        help_text=_(
            "We'll send a welcome email there. A new owner chooses a password with a link."
        ),
    )
    field_order = ("owner_email",)

    def prepare(self) -> None:
        super().prepare()
        self.initial.update(
            {
                "locale": get_setting("locale.default"),
                "country": get_setting("company.country"),
                "currency_code": next(iter(_currencies()), ""),
            }
        )
        self.fields["email"].required = False
        self.fields["email"].help_text = _("Leave empty to use the owner's email.")


class CustomValuesForm(StaffForm, CustomFieldsForm):
    """All custom fields of a client, those for staff alone too."""

    def prepare(self) -> None:
        self.add_custom_fields(CustomField.objects.in_order(), self.record)
        for field in self.fields.values():  # staff correct one answer without knowing the others
            field.required = False


def changed_custom_values(client: Client, data: Mapping[str, Any]) -> dict[CustomField, str]:
    """What was typed into the form above, where it differs from what the record says."""
    stored = dict(CustomValue.objects.for_client(client).values_list("field_id", "value"))
    typed = {
        field: field_text(data[custom_field_key(field.pk)])
        for field in CustomField.objects.in_order()
        if custom_field_key(field.pk) in data
    }
    return {field: text for field, text in typed.items() if text != stored.get(field.pk, "")}


def custom_values_of(client: Client) -> list[tuple[int, str]]:
    """What is stored of a client, to see whether another person changes it meanwhile."""
    rows = CustomValue.objects.for_client(client).order_by("field_id")
    return list(rows.values_list("field_id", "value"))


def tags_of(client: Client) -> list[int]:
    """The same of its tags."""
    return sorted(ClientTag.objects.for_client(client).values_list("pk", flat=True))


class TagsForm(StaffForm):
    """The tags of a client, ticked."""

    tags = forms.ModelMultipleChoiceField(
        ClientTag.objects.order_by("name", "pk"),
        label=_("Tags"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def prepare(self) -> None:
        self.initial["tags"] = list(ClientTag.objects.for_client(self.record))
