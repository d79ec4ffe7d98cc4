"""What rooms share about clients: those whom a search names, and the panel that shows some of them."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from commerce.accounts.client_search import client_ids_matching
from commerce.accounts.models import Client
from commerce.accounts.records.clients import CLIENT_FIELDS
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.pages import Text
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.lists.columns import columns_of

_ATTRIBUTE = "commerce_clients_found"


def clients_found(request: HttpRequest, words: str) -> list[int]:
    """The keys of those who have the words in their name, company or email.

    Looked for once in a request: the search of everything asks for each kind of record.
    """
    kept: dict[str, list[int]] = request.__dict__.setdefault(_ATTRIBUTE, {})
    if words not in kept:
        kept[words] = client_ids_matching(words)
    return kept[words]


def clients_panel(
    title: Text,
    rows: "Callable[[Any], QuerySet[Client]]",
    all_url: Callable[[Any], str] | None = None,
) -> Panel:
    """Clients of a record, or the one whose it is."""
    return Panel(
        title=title,
        permission=StaffPermission.CLIENTS_VIEW,
        columns=columns_of(CLIENT_FIELDS, "title email status"),
        rows=rows,
        all_url=all_url,
    )
