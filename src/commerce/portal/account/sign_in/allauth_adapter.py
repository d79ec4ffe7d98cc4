"""What django-allauth asks of us when somebody signs in. Its own pages, mails, messages and limits are not used."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import (
    clear_authentication_records,
    get_authentication_records,
)
from django.http import HttpRequest, HttpResponse

from commerce.accounts.models import User
from commerce.portal.base.redirects import path_on_this_site
from commerce.portal.base.sign_in import login as entrance
from commerce.portal.base.sign_in.areas import sign_in_area_of
from commerce.portal.shop import shopper


class AllauthAdapter(DefaultAccountAdapter):
    """Leads a sign-in through the second factor, and opens the session as the last step."""

    def get_login_stages(self) -> list[str]:
        return ["allauth.mfa.stages.AuthenticateStage"]

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> None:
        """Who may not sign in was sent away before; see ``login.proceed_with_sign_in``."""

    def login(self, request: HttpRequest, user: Any) -> None:
        """All steps are done: a session with a new id."""
        assert isinstance(user, User)
        records = get_authentication_records(request, user)
        methods = [str(record.get("type") or record["method"]) for record in records]
        super().login(request, user)
        clear_authentication_records(request)
        entrance.begin_session(request, user, methods)
        if not sign_in_area_of(request).is_staff:
            shopper.merge_guest_cart(request)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        return entrance.redirect_after_sign_in(request, user, str(kwargs.get("redirect_url") or ""))

    def is_safe_url(self, url: str) -> bool:
        return path_on_this_site(url) == url

    def get_client_ip(self, request: HttpRequest) -> str:
        return str(request.META.get("REMOTE_ADDR", ""))

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Our pages say what happened."""

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """Our actions send the mails."""
