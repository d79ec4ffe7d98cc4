"""The form of registration (accounts.md 4)."""

from typing import Any

from django import forms
from django.core import signing
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.models import CustomField
from commerce.kit import clock
from commerce.portal.base.custom_fields import CustomFieldsForm
from commerce.portal.base.form_fields import (
    CountryField,
    CountrySelect,
    LineField,
    PlainEmailField,
    PlainTextField,
)
from commerce.portal.base.sign_in.forms import new_password_field, password_length_help
from commerce.presentation import countries
from commerce.site_settings.current import get_setting

MIN_FILL_SECONDS = 2
"""Seconds that a person needs at least to fill in the registration."""


def _text(label: Any, length: int, autocomplete: str, *, required: bool = True) -> LineField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    return LineField(label=label, max_length=length, required=required, widget=widget)


def terms_label(url: str) -> str:
    """The words beside the tick that accepts the terms at this address."""
    return format_html(
        _('I accept the <a href="{url}" target="_blank" rel="noopener">terms</a>'), url=url
    )


class RegisterForm(CustomFieldsForm):
    """A new client. ``website`` is a trap for robots, and ``began`` says when the form was shown."""

    first_name = _text(_lazy("First name"), 100, "given-name")
    last_name = _text(_lazy("Last name"), 100, "family-name")
    company = _text(_lazy("Company"), 200, "organization", required=False)
    country = CountryField(
        choices=lambda: [("", _("Select a country")), *countries.country_choices()],
        widget=CountrySelect(attrs={"autocomplete": "country"}),
    )
    email = PlainEmailField(
        label=_lazy("Email"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = new_password_field(_lazy("Password"))
    terms = forms.BooleanField(error_messages={"required": _lazy("Accept the terms to continue.")})
    website = PlainTextField(
        label=_lazy("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    began = PlainTextField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        now = int(clock.now().timestamp())
        super().__init__(*args, **kwargs)
        self.initial["began"] = signing.dumps(now, salt="register")
        self.fields["password"].help_text = password_length_help()
        terms_url = get_setting("orders.terms_url")
        if terms_url:
            self.fields["terms"].label = terms_label(terms_url)
        else:
            del self.fields["terms"]
        self.add_custom_fields(CustomField.objects.for_clients().filter(show_on_registration=True))

    def is_by_robot(self) -> bool:
        """Whether the trap was filled in, or the form sent faster than a person can."""
        began = self._began()
        if self.data.get("website") or began is None:
            return True
        return clock.now().timestamp() - began < MIN_FILL_SECONDS

    def ask_again(self) -> None:
        """Nothing was made, and the page says so: a person whom we took for a robot sends the form once more."""
        data = dict(self.data.items()) | {"website": ""}
        if self._began() is None:
            data["began"] = self.initial["began"]
        self.data = data
        self.add_error(None, _("Your account hasn't been created yet. Submit the form again."))

    def _began(self) -> int | None:
        try:
            return int(signing.loads(self.data.get("began", ""), salt="register"))
        except signing.BadSignature:
            return None
