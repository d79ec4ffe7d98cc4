"""The forms of the security pages (accounts.md 5 and 6)."""

import secrets
from base64 import b32encode
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from commerce.kit.crypto import Unreadable
from commerce.portal.confirm import ConfirmedForm, PasswordForm
from commerce.portal.signing_forms import OneTimeCode, new_password
from commerce.portal.typed_fields import Email, Line, Text, WholeNumber
from commerce.preferences.current import get
from commerce.preferences.secrets import ring

DRAFT_SECONDS = 3600
"""How long a TOTP secret that was shown waits for its first code."""


class ChangePasswordForm(PasswordForm):
    """A new password in the place of the old one."""

    new = new_password(later("New password"))
    revoke_tokens = forms.BooleanField(
        label=later("Also revoke my API tokens"),
        required=False,
        help_text=later("Programs that use them stop working at once."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["password", "new", "revoke_tokens"])
        self.fields["password"].label = _("Present password")
        self.fields["new"].help_text = _("At least %(number)d characters.") % {
            "number": get("security.password_min_length")
        }


class ChangeEmailForm(PasswordForm):
    """Another address to sign in with."""

    email = Email(
        label=later("New e-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class TotpForm(ConfirmedForm):
    """The first code of an authenticator app. ``draft`` is the secret, sealed for this user: nothing is kept before."""

    draft = Text(widget=forms.HiddenInput)
    code = Text(
        label=later("Code"),
        max_length=50,
        help_text=later("The six digits that the app shows now."),
        widget=OneTimeCode(inputmode="numeric"),
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
        return ring().encrypt(f"totp {self.request.user.pk} {self.secret}")

    def _opened(self) -> str:
        try:
            text = ring().decrypt(self.data.get("draft", ""), within=DRAFT_SECONDS)
        except Unreadable:
            return ""
        kind, user, secret = text.split(" ")
        return secret if (kind, user) == ("totp", str(self.request.user.pk)) else ""

    def clean(self) -> dict[str, Any]:
        if self.is_stale:
            raise forms.ValidationError(_("This page was open for too long. Scan the code anew."))
        return self.cleaned_data


class PasskeyForm(ConfirmedForm):
    """A name for a passkey that is to be made, and the browser's answer."""

    name = Line(
        label=later("Name"),
        max_length=100,
        help_text=later("Where it is kept, such as “Work laptop”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    credential = Text(widget=forms.HiddenInput, required=False)


class RenameForm(forms.Form):
    """Another name for a passkey."""

    name = Line(
        label=later("Name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class CodesForm(PasswordForm):
    """New recovery codes in the place of those with id ``instead_of``."""

    instead_of = WholeNumber(min_value=0, max_value=2**62, widget=forms.HiddenInput)


class RemoveFactorForm(ConfirmedForm):
    """Taking away a factor of several."""


class RemoveLastFactorForm(PasswordForm):
    """Taking away the last factor."""

    code = Text(
        label=later("Code"),
        max_length=50,
        help_text=later("Of your authenticator app, or a recovery code."),
        widget=OneTimeCode(),
    )
