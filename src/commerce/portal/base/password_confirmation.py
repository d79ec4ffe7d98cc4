"""Asking for the person's own password (README conventions: "asks for the password", "confirmed")."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commerce.accounts.models import User
from commerce.kit import clock
from commerce.portal.base import throttles
from commerce.portal.base.form_fields import PlainTextField

PASSWORD_GIVEN_KEY = "password_given_at"
"""Where a session keeps when its person last gave the password, in seconds since 1970."""

CONFIRMATION_LASTS = timedelta(minutes=10)


def note_password_given(request: HttpRequest) -> None:
    """The person of this session has just given the right password."""
    request.session[PASSWORD_GIVEN_KEY] = int(clock.now().timestamp())


def is_recently_confirmed(request: HttpRequest) -> bool:
    """Whether the password was given in this session within the last 10 minutes."""
    given = request.session.get(PASSWORD_GIVEN_KEY)
    if not isinstance(given, int):
        return False
    return 0 <= clock.now().timestamp() - given < CONFIRMATION_LASTS.total_seconds()


def check_own_password(request: HttpRequest, password: str) -> None:
    """Raise ``ValidationError`` unless this is the person's own password.

    Wrong ones count like failed sign-ins: after too many the page answers 429 (``throttles.TooManyAttempts``).
    """
    user = request.user
    assert isinstance(user, User)
    attempt = throttles.count_guess(request, "password", user.email)
    if not user.check_password(password):
        raise forms.ValidationError(_("Incorrect password. Try again."), code="wrong")
    attempt.succeeded()
    note_password_given(request)


class PasswordForm(forms.Form):
    """A form that asks for the person's own password every time (``check_own_password``). Derive from it, or use it
    alone.
    """

    password = PlainTextField(
        label=_("Your password"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.fields["password"] = self.fields.pop("password")  # it stands last

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        check_own_password(self.request, password)
        return password


class ConfirmedForm(PasswordForm):
    """A form for what destroys or reveals something: it asks for the password, unless this session gave it lately."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        if is_recently_confirmed(request):
            del self.fields["password"]
