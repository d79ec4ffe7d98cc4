"""Signing in through the page, for tests of what stands before and behind it."""

from typing import Any

from commerce.accounts.models import User
from tests.make.mails import MailingBrowser
from tests.make.people import PASSWORD, make_client

ALICE = "Alice@example.com"


def make_alice() -> User:
    """Alice, who owns a client."""
    make_client(owner=ALICE, company="Acme Hosting Ltd")
    return User.objects.with_email(ALICE).get()


def new_browser(address: str = "127.0.0.1", agent: str = "") -> MailingBrowser:
    """A browser without cookies, at an address."""
    return MailingBrowser(headers={"host": "localhost", "user-agent": agent}, REMOTE_ADDR=address)


def send_sign_in_form(web: MailingBrowser, **over: Any) -> Any:
    """The sign-in form as Alice, but for what is given."""
    return web.post("/client/login", {"email": ALICE, "password": PASSWORD} | over)
