"""Clients whom a search names, looked for once in a request: the search of everything asks for each kind of record."""

from django.http import HttpRequest

from commerce.accounts.client_search import client_ids_matching

_ATTRIBUTE = "commerce_clients_found"


def clients_found(request: HttpRequest, words: str) -> list[int]:
    """The keys of those who have the words in their name, company or email."""
    kept: dict[str, list[int]] = request.__dict__.setdefault(_ATTRIBUTE, {})
    if words not in kept:
        kept[words] = client_ids_matching(words)
    return kept[words]
