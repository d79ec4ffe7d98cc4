"""The forms of the security pages (accounts.md 5 and 6)."""

import secrets
from base64 import b32encode
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.actions import passwords
from commerce.accounts.models import User
from commerce.kit.crypto import DecryptionError
from commerce.portal.base.form_fields import (
    LineField,
    PlainEmailField,
    PlainTextField,
    WholeNumberField,
)
from commerce.portal.base.password_confirmation import ConfirmedForm, PasswordForm
from commerce.portal.base.sign_in.forms import (
    OneTimeCodeInput,
    new_password_field,
    password_length_help,
)
from commerce.site_settings.encryption import key_ring

TOTP_DRAFT_SECONDS = 3600
"""How long a TOTP secret that was shown waits for its first code."""


class ChangePasswordForm(PasswordForm):
    """A new password in the place of the old one."""

    new = new_password_field(_lazy("New password"))
    revoke_tokens = forms.BooleanField(
        label=_lazy("Also revoke my API tokens"),
        required=False,
        help_text=_lazy("Programs that use them stop working right away."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["password", "new", "revoke_tokens"])
        self.fields["password"].label = _("Current password")
        user = self.request.user
        is_staff = isinstance(user, User) and passwords.is_staff(user)
        self.fields["new"].help_text = password_length_help(is_staff=is_staff)


class ChangeEmailForm(PasswordForm):
    """Another address to sign in with."""

    restored_fields: ClassVar[tuple[str, ...]] = ("email",)

    email = PlainEmailField(
        label=_lazy("New email"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class TotpForm(ConfirmedForm):
    """The first code of an authenticator app. ``draft`` is the secret, sealed for this user: nothing is kept before."""

    draft = PlainTextField(widget=forms.HiddenInput)
    code = PlainTextField(
        label=_lazy("Code"),
        max_length=50,
        help_text=_lazy("The 6-digit code in your authenticator app"),
        widget=OneTimeCodeInput(inputmode="numeric"),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        opened = self._opened()
        self.is_stale = self.is_bound and not opened
        self.secret = opened or b32encode(secrets.token_bytes(20)).decode()
        if self.is_stale:
            self.data = dict(self.data.items()) | {"draft": self._sealed()}
        self.initial["draft"] = self._sealed()

    def _sealed(self) -> str:
        return key_ring().encrypt(f"totp {self.request.user.pk} {self.secret}")

    def _opened(self) -> str:
        try:
            text = key_ring().decrypt(
                self.data.get("draft", ""), max_age_seconds=TOTP_DRAFT_SECONDS
            )
        except DecryptionError:
            return ""
        kind, user, secret = text.split(" ")
        return secret if (kind, user) == ("totp", str(self.request.user.pk)) else ""

    def clean(self) -> dict[str, Any]:
        if self.is_stale:
            raise forms.ValidationError(
                _("This page was open for too long. Scan the new QR code and try again.")
            )
        return self.cleaned_data


class PasskeyForm(ConfirmedForm):
    """A name for a passkey that is to be made, and the browser's answer."""

    restored_fields: ClassVar[tuple[str, ...]] = ("name",)

    name = LineField(
        label=_lazy("Name"),
        max_length=100,
        help_text=_lazy("The device or password manager it's on, such as “Work laptop”"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    credential = PlainTextField(widget=forms.HiddenInput, required=False)


class RenamePasskeyForm(forms.Form):
    """Another name for a passkey."""

    restored_fields: ClassVar[tuple[str, ...]] = ("name",)

    name = LineField(
        label=_lazy("Name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class RecoveryCodesForm(PasswordForm):
    """New recovery codes in the place of those with id ``instead_of``."""

    instead_of = WholeNumberField(min_value=0, max_value=2**62, widget=forms.HiddenInput)


class RemoveFactorForm(ConfirmedForm):
    """Taking away a factor of several."""


class RemoveLastFactorForm(PasswordForm):
    """Taking away the last factor."""

    code = PlainTextField(
        label=_lazy("Code"),
        max_length=50,
        help_text=_lazy("The code from your authenticator app, or a recovery code"),
        widget=OneTimeCodeInput(),
    )
