"""A browser of a person, for tests of pages."""

import re
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client as DjangoClient
from django.test.client import ClientHandler

from commerce.accounts.models import Client, User
from commerce.accounts.session_store import SessionStore
from commerce.kit import clock
from commerce.portal.base.access import ACTING_CLIENT_KEY
from commerce.portal.base.password_confirmation import PASSWORD_GIVEN_KEY
from commerce.portal.base.sign_in.session_clock import start_session_clock


@cache
def _middleware() -> Any:
    """All that a request passes, made once: to load it for each browser was a twentieth of their time."""
    handler = ClientHandler()
    handler.load_middleware()
    return handler._middleware_chain


class HttpsTestClient(DjangoClient):
    """Django's test client over HTTPS, as most pages need it."""

    def __init__(self, **defaults: Any) -> None:
        super().__init__(**defaults)
        self.handler._middleware_chain = _middleware()

    def request(self, **request: Any) -> Any:
        return super().request(**request | {"wsgi.url_scheme": "https", "SERVER_PORT": "443"})


def make_browser(
    user: User | None = None,
    *,
    acting: Client | None = None,
    confirmed: bool = True,
    begun: bool = False,
) -> HttpsTestClient:
    """A browser; signed in as ``user``, who gave his password just now unless not ``confirmed``.

    The first request of a session notes when it began; not of one that has ``begun``. What ``force_login`` writes in
    four statements, and saves again for each key beside it, is one row here.
    """
    made = HttpsTestClient(headers={"host": "localhost"})
    if user is not None:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        if acting is not None:
            session[ACTING_CLIENT_KEY] = acting.pk
        if begun:
            start_session_clock(session, remember=False)
        if confirmed:
            session[PASSWORD_GIVEN_KEY] = int(clock.now().timestamp())
        session.save()
        made.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return made


def hidden_field(page: str, name: str) -> str:
    """The value of a hidden field of a page."""
    (value,) = re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    return str(value)
