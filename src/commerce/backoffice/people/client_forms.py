"""What staff fill in about a client: details, custom fields, tags, group, state, tax, API rate."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_flags import MAX_API_RATE
from commerce.accounts.labels import CLIENT_FIELD_LABELS
from commerce.accounts.locale import enabled_languages
from commerce.accounts.models import (
    Client,
    ClientGroup,
    ClientNote,
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
    MultilineField,
    PlainEmailField,
    WholeNumberField,
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


class GroupChoiceForm(StaffForm):
    """The group whose prices a client pays, or none."""

    group = forms.ModelChoiceField(
        ClientGroup.objects.order_by("name"),
        label=_("Client group"),
        required=False,
        empty_label=_("No group"),
        help_text=_("Existing services keep their price."),
    )

    def prepare(self) -> None:
        self.initial["group"] = self.record.group_id


class NoteForm(StaffForm):
    """What staff want to remember; of a note that exists, its text."""

    body = MultilineField(
        label=_("Note"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("You can use Markdown. Clients never see notes."),
    )
    is_sticky = forms.BooleanField(label=_("Keep this note on top"), required=False)

    def prepare(self) -> None:
        if isinstance(self.record, ClientNote):
            self.initial.update({"body": self.record.body, "is_sticky": self.record.is_sticky})


class CloseForm(StaffForm):
    """Whether an account that still has something is closed."""

    end_everything = forms.BooleanField(
        label=_("Cancel pending orders, services, and domains, and void open invoices"),
        required=False,
    )


class ExemptionForm(StaffForm):
    """Until when a client pays no tax."""

    until = forms.DateField(
        label=_("Last day of the exemption"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=_("Leave empty for no end."),
    )

    def prepare(self) -> None:
        self.initial["until"] = self.record.tax_exempt_until


class ApiRateForm(StaffForm):
    """How much of the API each token of a client may use."""

    rate = WholeNumberField(
        label=_("Requests per minute for each API token"),
        required=False,
        min_value=1,
        max_value=MAX_API_RATE,
        help_text=_("Leave empty to use the installation's limit."),
    )

    def prepare(self) -> None:
        self.initial["rate"] = self.record.api_rate
