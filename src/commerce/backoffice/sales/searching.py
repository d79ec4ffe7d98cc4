"""What a search of orders and services finds: by number, by the client, and by texts of which there is an index.

Clients are looked up by themselves, not joined: a condition over two tables would read both as a whole.
"""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from commerce.backoffice.base.clients import clients_found


def records_found(
    request: HttpRequest, rows: "QuerySet[Any]", text: str, *, number: str, own: Q | None = None
) -> "QuerySet[Any]":
    """Rows with this ``number`` as their key, those that ``own`` finds, and those of clients whom the text names; all
    without a text.
    """
    if not text.strip():
        return rows
    found = Q(client_id__in=clients_found(request, text))
    if own is not None:
        found |= own
    if number.isascii() and number.isdecimal() and len(number) < 19:
        found |= Q(pk=int(number))
    return rows.filter(found)
