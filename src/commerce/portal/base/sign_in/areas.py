"""The two areas that people sign in to: clients under `/client`, staff under `/admin`, each with sessions of its own.

A session belongs to the area in which it began, and opens nothing at the other (accounts.md 1). Pages that both have
are one view with two addresses, of which the staff's has the same name behind ``admin:``.
"""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

STAFF_SESSION_KEY = "is_staff_session"
"""Set in the sessions that began in the staff area."""

_ALLAUTH_PAGES = frozenset(
    (
        "account_login",
        "mfa_login_webauthn",
        "mfa_authenticate",
        "challenge_passkey",
        "account_logout",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "reset_passkey",
    )
)
"""Pages at which a sign-in goes on: django-allauth looks for these names without a namespace."""


@dataclass(frozen=True, slots=True)
class SignInArea:
    """What differs between the two."""

    is_staff: bool
    home: str
    """The path to go to when none was asked for."""
    own_page_layout: str
    """The template of the frame around the pages of a person's own security."""
    two_factor_setting: str
    """The setting that says whether a second factor is required."""

    def page(self, name: str) -> str:
        """The URL name of a page that both areas have, in this one."""
        if self.is_staff:
            return f"admin:{name}"
        return name if name in _ALLAUTH_PAGES else f"portal:{name}"

    def url(self, name: str, *args: object) -> str:
        """Its address."""
        return reverse(self.page(name), args=args)


CLIENT_AREA = SignInArea(
    is_staff=False,
    home="/client/dashboard",
    own_page_layout="portal/base/base.html",
    two_factor_setting="security.client_2fa_required",
)
STAFF_AREA = SignInArea(
    is_staff=True,
    home="/admin/dashboard",
    own_page_layout="portal/base/staff.html",
    two_factor_setting="security.staff_2fa_required",
)


def is_staff_path(path: str) -> bool:
    """Whether a path lies in the staff area."""
    return path == "/admin" or path.startswith("/admin/")


def sign_in_area_of(request: HttpRequest) -> SignInArea:
    """The area that a request is made in."""
    return STAFF_AREA if is_staff_path(request.path) else CLIENT_AREA
