"""What the tests of a domain's acts share."""

import re
from html import unescape
from typing import Any

from commerce.domains.actions.changes import finish_change
from commerce.domains.models import Domain, DomainChange
from commerce.kit.context import SYSTEM, Context
from tests.make.browser import HttpsTestClient
from tests.make.html_forms import form_values
from tests.make.people import AT

CTX = Context(AT, SYSTEM)


def read(web: HttpsTestClient, path: str) -> str:
    """A page as it is read: its text without tags, blanks collapsed."""
    return text_of(web.get(path).content.decode())


def text_of(page: str) -> str:
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def form_of(web: HttpsTestClient, path: str) -> dict[str, Any]:
    """What the page's own form would send untouched."""
    page = web.get(path).content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    return form_values(main)


def open_change(domain: Domain) -> DomainChange:
    """The one change of a name that is under way."""
    return domain.changes.open().get()


def finish(domain: Domain) -> None:
    """The registrar did what is under way."""
    finish_change(change=open_change(domain), ctx=CTX)
    domain.refresh_from_db()
