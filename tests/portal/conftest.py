"""What the tests of pages share: a clock that stands, Alice with her client, and names that templates may ask for."""

import logging
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.forms import BaseForm, Field
from django.template import VariableDoesNotExist
from django.template.context import BaseContext
from django.utils.functional import LazyObject

from commerce.accounts.models import Client, User
from commerce.kit import clock
from tests.make.browser import HttpsTestClient, make_browser
from tests.make.mails import MailingBrowser
from tests.make.people import AT, make_client, make_member, make_user
from tests.make.sign_in import make_alice, new_browser


@dataclass(frozen=True, slots=True)
class PortalCast:
    """Alice owns the client; Bob keeps its books; Tess looks after its machines; Charlie has a client of his own."""

    alice: User
    bob: User
    tess: User
    charlie: User
    client: Client
    foreign: Client

    def browse(self, user: User, acting: Client | None = None) -> HttpsTestClient:
        """A browser of a member, whose session has begun, for their client if no other is named."""
        own = self.foreign if user == self.charlie else self.client
        return make_browser(user, acting=acting or own, begun=True)


@pytest.fixture
def _still() -> Iterator[None]:
    """Pages tell how many days are left: the day stands."""
    with clock.freeze_time(AT):
        yield


@pytest.fixture
def alice(db: None) -> User:
    """Alice, who owns a client; of a test that signs in through the page."""
    return make_alice()


@pytest.fixture
def web() -> MailingBrowser:
    """A browser in which nobody has signed in."""
    return new_browser()


def make_cast() -> PortalCast:
    """All of them, with what they own."""
    alice = make_user("alice@example.com")
    nowhere = {"address1": "", "postcode": "", "city": ""}
    client = make_client(owner=alice, company="Acme Hosting Ltd", **nowhere)
    bob = make_member(client, "bob@example.com", "billing").user
    tess = make_member(client, "tess@example.com", "technical").user
    charlie = make_user("charlie@example.com")
    foreign = make_client(owner=charlie, company="Charlie & Sons")
    return PortalCast(alice, bob, tess, charlie, client, foreign)


@pytest.fixture
def cast(db: None, _still: None) -> PortalCast:
    return make_cast()


@pytest.fixture(autouse=True)
def _templates_ask_for_what_there_is() -> Iterator[None]:
    """What an object has not, Django leaves out and tells this log alone: a renamed attribute would go unseen."""
    missing: set[str] = set()
    # Contexts, mappings and forms may lack a name, and a value may be missing; what else is ours has all of it.
    may_lack = (BaseContext, Mapping, BaseForm, Field, LazyObject, str, type(None))

    def look(*_said: object, **_options: object) -> None:
        error = sys.exception()
        if isinstance(error, VariableDoesNotExist):
            name, owner = error.params
            if not issubclass(type(owner), may_lack):
                missing.add(f"{type(owner).__name__}.{name}")

    log: Any = logging.getLogger("django.template")
    log.debug = look  # a record of each for a filter to look at was a hundredth of a page
    yield
    del log.debug
    assert missing == set()
