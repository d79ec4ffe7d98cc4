"""X9: hostile text in every column that a person fills, and every page of the portal: it stays text, nothing runs."""

from contextlib import suppress
from html.parser import HTMLParser
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from commerce.billing.documents.actions import make_documents
from commerce.db import triggers
from commerce.kit.context import SYSTEM, Context
from tests.house.test_strangers import routes
from tests.make.mails import commit_and_deliver
from tests.make.people import AT
from tests.portal.base.test_foreign_ids import PARAMETER, TwoClients, address, everything
from tests.portal.base.test_tenancy import filled
from tests.portal.conftest import PortalCast

HOSTILE = '<script>alert(1)</script><b onclick=alert(2)>\'" onclick=alert(3) x="<a href=javascript:alert(4)>'
SHORTEST = 28
"""Columns that are shorter have no room for a script."""

CODES = {
    *("password", "locale", "time_zone", "slug", "username", "hostname", "gateway", "registrar"),
    *(
        "session_key",
        "token_hash",
        "form_key",
        "key",
        "once",
        "event",
        "product_template",
        "action",
    ),
    *(
        "source",
        "picture",
        "auth_code",
        "cause",
        "subject_kind",
        "record_kind",
        "about_kind",
        "claim",
    ),
}
"""Columns whose text the installation chooses, or looks up."""


def poisoned() -> set[str]:
    """Put it wherever a person's text may stand, behind the back of the actions; the columns where it stands now."""
    found = set()
    with triggers.allow_retention():
        for model in apps.get_models():
            if model.__module__.startswith("commerce."):
                columns = [field for field in model._meta.concrete_fields if takes_text(field)]
                found |= {str(field) for field in columns if fills(model, field)}
    return found


def takes_text(field: Any) -> bool:
    free = isinstance(field, models.CharField | models.TextField) and not field.choices
    named = field.name in CODES or field.unique or isinstance(field, models.EmailField)
    return free and not named and (field.max_length or SHORTEST) >= SHORTEST


def fills(model: type[models.Model], field: Any) -> bool:
    text = HOSTILE[: field.max_length]
    with suppress(IntegrityError), transaction.atomic():  # some must be unique, or have a form
        return bool(model._default_manager.update(**{field.name: text}))
    return False


class LivePage(HTMLParser):
    """What of a page would run: scripts in it, handlers of events, addresses that are scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and not given.get("src"):
            self.found.append("script")
        for name, value in given.items():
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"{tag} {name}={value}")


@pytest.fixture
def world(cast: PortalCast) -> TwoClients:
    with commit_and_deliver():
        return TwoClients(cast, everything(cast.client, cast.alice), {}, {})


def path_of(route: str, world: TwoClients) -> str:
    return address(route, world.own) if PARAMETER.search(route) else filled(route)


def test_what_would_run_is_seen() -> None:
    page = '<a onclick="x">1</a><script>2</script><a href=" JavaScript:x"><script src="/a.js">'
    assert len(LivePage(page).found) == 3


def test_x9_hostile_text_in_every_column_is_text_on_every_page(world: TwoClients) -> None:
    columns = poisoned()
    assert columns >= {"accounts.Client.company", "hosting.Service.label", "catalog.Product.name"}
    assert len(columns) > 50
    make_documents(invoice_id=world.own["invoices"], ctx=Context(AT, SYSTEM))
    web, live, seen, silent = world.cast.browse(world.cast.alice), [], set(), set()
    for route in sorted(routes()):
        answer = web.get(path_of(route, world))
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        page = answer.content.decode()
        live += [(route, what) for what in LivePage(page).found]
        (seen if "&lt;script&gt;alert(1)" in page else silent).add(route)
    assert live == []
    assert [route for route in silent if PARAMETER.search(route)] == []
    assert seen > {"client/services", "client/invoices", "client/orders", "client/members", "cart"}
    assert web.get(f"/client/invoices/{world.own['invoices']}/pdf").content.startswith(b"%PDF-")
