"""Rejects what no browser sends for our pages before anything reads it: control characters (400), long URLs (414).

PostgreSQL raises on NUL and SQLite stores it; so neither gets to see one, whatever a view does with what it was sent.
Other control characters in the fields of a form are the form's own to refuse (``typed_fields``), with what was typed
kept: people paste them, from a table or a text processor.
"""

from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from commerce.kit import proxy_headers
from commerce.kit.text import has_control_characters
from commerce.portal.base import errors
from commerce.portal.base.middleware.requests import GetResponse


class RequestChecksMiddleware:
    """414 for an address that is too long, 400 for control characters in a path, a query or a form."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return _refusal(request) or self.get_response(request)


def _refusal(request: HttpRequest) -> HttpResponse | None:
    if len(request.get_full_path()) > proxy_headers.LONGEST_ADDRESS:
        return errors.too_long(request)
    unclean = has_control_characters(
        request.path, also_forbidden="\t\n\r"
    ) or has_control_characters(_query(request))
    if unclean or any("\0" in text for text in _sent(request)):
        return errors.bad_request(request)
    return None


def _query(request: HttpRequest) -> str:
    raw = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
    return unquote_to_bytes(raw).decode("utf-8", "replace")


def _sent(request: HttpRequest) -> list[str]:
    """Names and values of a form."""
    return [text for name, values in request.POST.lists() for text in (name, *values)]
