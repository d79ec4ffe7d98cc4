"""The forms of registration, sign-in, second factor and resets (accounts.md 4 to 6)."""

from typing import Any

from django import forms
from django.core import signing
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts import labels
from commerce.accounts.models import CustomField
from commerce.accounts.passwords import MAX_PASSWORD_LENGTH
from commerce.kit import clock
from commerce.portal.base.custom_fields import CustomFieldsForm
from commerce.portal.base.form_fields import LineField, PlainEmailField, PlainTextField
from commerce.presentation import countries
from commerce.site_settings.current import get_setting

MIN_FILL_SECONDS = 2
"""Seconds that a person needs at least to fill in the registration."""


def _text(label: Any, length: int, autocomplete: str, *, required: bool = True) -> LineField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    return LineField(label=label, max_length=length, required=required, widget=widget)


def new_password_field(label: Any) -> PlainTextField:
    """A field for a password that is to be set; what it must be is checked by the action."""
    return PlainTextField(
        label=label,
        max_length=MAX_PASSWORD_LENGTH,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def password_length_help() -> str:
    """What a new password must be, beside its field."""
    return _("At least %(number)d characters. A passphrase works well.") % {
        "number": get_setting("security.password_min_length")
    }


def terms_label(url: str) -> str:
    """The words beside the tick that accepts the terms at this address."""
    return format_html(
        _('I accept the <a href="{url}" target="_blank" rel="noopener">terms</a>'), url=url
    )


class OneTimeCodeInput(forms.TextInput):
    """A field for a code, which is not shown again after an error."""

    def __init__(self, **attrs: Any) -> None:
        always = {"autocomplete": "one-time-code", "class": "code-input", "spellcheck": "false"}
        super().__init__(attrs=always | attrs)

    def format_value(self, value: Any) -> None:
        return None


class SignInForm(forms.Form):
    """E-mail and password. Whatever is wrong with them, the person reads one text."""

    email = PlainTextField(
        label=_lazy("Email"),
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = PlainTextField(
        label=_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    remember = forms.BooleanField(
        label=_lazy("Stay signed in on this device for 30 days"), required=False
    )


class CodeForm(forms.Form):
    """A code of the authenticator app, or a recovery code."""

    code = PlainTextField(
        label=_lazy("Code"),
        max_length=50,
        help_text=_lazy("The 6-digit code from your authenticator app, or a recovery code"),
        widget=OneTimeCodeInput(autofocus=True),
    )


class RegisterForm(CustomFieldsForm):
    """A new client. ``website`` is a trap for robots, and ``began`` says when the form was shown."""

    first_name = _text(_lazy("First name"), 100, "given-name")
    last_name = _text(_lazy("Last name"), 100, "family-name")
    company = _text(_lazy("Company"), 200, "organization", required=False)
    country = forms.ChoiceField(
        label=labels.ADDRESS_LABELS["country"],
        choices=lambda: [("", _("Select a country")), *countries.country_choices()],
        widget=forms.Select(attrs={"autocomplete": "country"}),
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


class ForgotPasswordForm(forms.Form):
    """Whose password is to be chosen anew."""

    email = PlainEmailField(
        label=_lazy("Email"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )


class ResetPasswordForm(forms.Form):
    """A new password; with a second factor set up, a code or a passkey too. ``has_live_tokens``: live API tokens."""

    password = new_password_field(_lazy("New password"))
    revoke_tokens = forms.BooleanField(
        label=_lazy("Also revoke my API tokens"),
        required=False,
        help_text=_lazy("Choose this if someone else may have used your account."),
    )
    code = CodeForm.base_fields["code"]

    def __init__(
        self, *args: Any, has_factor: bool, has_passkey: bool, has_tokens: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = password_length_help()
        self.fields["password"].widget.attrs["autofocus"] = True
        self.fields["code"].widget.attrs.pop("autofocus", None)
        self.fields["code"].required = not has_passkey
        if not has_factor:
            del self.fields["code"]
        if not has_tokens:
            del self.fields["revoke_tokens"]
