"""How long a session lives, and what it may open before a required second factor is set up (accounts.md 5 and 6)."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from commerce.accounts.actions.sessions import forget_session, record_session_use
from commerce.accounts.impersonation.actions import end_impersonation
from commerce.accounts.mfa import has_factor
from commerce.accounts.models import User
from commerce.accounts.rules import REMEMBERED_DAYS
from commerce.kit import clock
from commerce.portal.base import restored_forms
from commerce.portal.base.access import member_context
from commerce.portal.base.impersonating.impersonation import impersonation_of
from commerce.portal.base.middleware.requests import GetResponse
from commerce.portal.base.sign_in.areas import sign_in_area_of
from commerce.portal.base.sign_in.session_clock import (
    SESSION_BEGAN_KEY,
    SESSION_SEEN_KEY,
    session_is_over,
    start_session_clock,
)
from commerce.site_settings.current import get_setting

REMEMBERED_SESSION_LASTS = timedelta(days=REMEMBERED_DAYS)

SEEN_NOTE_SECONDS = 60
"""Seconds between two notes of a session's use: not every request shall write."""

PAGES_OPEN_WITHOUT_FACTOR = frozenset(
    (
        # Setting one up, and what that needs.
        "portal:two_factor",
        "portal:passkeys",
        "portal:passkey_options",
        "portal:switch",
        # How these pages look.
        "portal:choose_language",
        "portal:theme",
        "portal:brand_style",
        "portal:brand_icon",
        "portal:brand_picture",
        # What watches the installation, also from a browser.
        "portal:up",
        # The way out.
        "account_logout",
        # Links from mails, which count without a session.
        "account_confirm_email",
        "keep_email",
        "portal:billing_email",
        "account_reset_password_from_key",
        "reset_passkey",
    )
)
"""The pages, by name, that a person may open while a second factor is required and they have none: no other."""

STAFF_PAGES_OPEN_WITHOUT_FACTOR = frozenset(
    (
        "admin:two_factor",
        "admin:passkeys",
        "admin:passkey_options",
        "admin:style",
        "admin:account_logout",
        "admin:verify_email",
        "admin:keep_email",
        "admin:account_reset_password_from_key",
        "admin:reset_passkey",
    )
)
"""The same for staff. How their pages look is the portal's own: those pages are not in the staff area."""


class SessionLimitsMiddleware:
    """Ends sessions that were idle or on for too long, notes that the others are used, and asks for a second factor."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if isinstance(request.user, User):
            self._look_at(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponseBase | None:
        """Whatever page a session asks for, now or in a later release: only those listed open without the factor."""
        area = sign_in_area_of(request)
        if not isinstance(request.user, User) or not get_setting(area.two_factor_setting):
            return None
        if impersonation_of(request) is not None:  # the staff area has asked
            return None
        page = request.resolver_match.view_name if request.resolver_match else ""
        open_pages = STAFF_PAGES_OPEN_WITHOUT_FACTOR if area.is_staff else PAGES_OPEN_WITHOUT_FACTOR
        if page in open_pages or has_factor(request.user):
            return None
        messages.info(
            request, _("Two-factor authentication is required here. Set it up to continue.")
        )
        return redirect(area.url("two_factor"))

    def _look_at(self, request: HttpRequest) -> None:
        session, now = request.session, int(clock.now().timestamp())
        if not isinstance(session.get(SESSION_BEGAN_KEY), int):
            start_session_clock(session, remember=False)
        # Of staff who act for a client, their own session has been asked.
        if impersonation_of(request) is None and session_is_over(session):
            end_impersonation(staff_session=session, ctx=member_context(request))
            forget_session(session_key=session.session_key or "")
            session.flush()
            setattr(request, restored_forms.ENDED_SESSION_USER, request.user.pk)
            request.user = AnonymousUser()
        elif now - session[SESSION_SEEN_KEY] >= SEEN_NOTE_SECONDS:
            session[SESSION_SEEN_KEY] = now
            address = request.META.get("REMOTE_ADDR") or None
            record_session_use(
                session_key=session.session_key or "", address=address, at=clock.now()
            )
