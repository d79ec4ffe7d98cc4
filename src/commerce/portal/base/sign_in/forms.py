"""The forms of sign-in, second factor and resets, in either area (accounts.md 5 and 6)."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.passwords import MAX_PASSWORD_LENGTH, min_password_length
from commerce.portal.base.form_fields import KnownEmailField, PlainTextField


def new_password_field(label: Any) -> PlainTextField:
    """A field for a password that is to be set; what it must be is checked by the action."""
    return PlainTextField(
        label=label,
        max_length=MAX_PASSWORD_LENGTH,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def password_length_help(*, is_staff: bool = False) -> str:
    """What a new password must be, beside its field."""
    return _("At least %(number)d characters. A passphrase works well.") % {
        "number": min_password_length(is_staff=is_staff)
    }


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


class ForgotPasswordForm(forms.Form):
    """Whose password is to be chosen anew."""

    email = KnownEmailField(
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
        self,
        *args: Any,
        has_factor: bool,
        has_passkey: bool,
        has_tokens: bool,
        is_staff: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = password_length_help(is_staff=is_staff)
        self.fields["password"].widget.attrs["autofocus"] = True
        self.fields["code"].widget.attrs.pop("autofocus", None)
        self.fields["code"].required = not has_passkey
        if not has_factor:
            del self.fields["code"]
        if not has_tokens:
            del self.fields["revoke_tokens"]
