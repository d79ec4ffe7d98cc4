"""A browser of a person, for tests of pages."""

import re
from typing import Any

from django.test import Client as DjangoClient

from commerce.accounts.models import Client, User
from commerce.kit import clock
from commerce.portal.access import ACTING_KEY
from commerce.portal.confirm import GIVEN_KEY


class Browser(DjangoClient):
    """Django's test client over HTTPS, as most pages need it."""

    def request(self, **request: Any) -> Any:
        return super().request(**request | {"wsgi.url_scheme": "https", "SERVER_PORT": "443"})


def browser(
    user: User | None = None, *, acting: Client | None = None, confirmed: bool = True
) -> Browser:
    """A browser; signed in as ``user``, who gave his password just now unless not ``confirmed``."""
    made = Browser(headers={"host": "localhost"})
    if user is not None:
        made.force_login(user)
        session = made.session
        if acting is not None:
            session[ACTING_KEY] = acting.pk
        if confirmed:
            session[GIVEN_KEY] = int(clock.now().timestamp())
        session.save()
    return made


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of a page."""
    (value,) = re.findall(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    return str(value)
