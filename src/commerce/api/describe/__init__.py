"""The description of the API, made from the routes that serve it, and its page (client-api.md 9)."""

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
from django.conf import settings

from commerce.api.describe.document import NEUTRAL, PATH, document
from commerce.api.docs_page import page
from commerce.api.public import Public
from commerce.api.replies import JSON, Reply


def copy() -> str:
    """The text of ``docs/openapi.json``: the description without what belongs to one installation."""
    return msgspec.json.format(msgspec.json.encode(document(NEUTRAL)), indent=2).decode() + "\n"


@cache
def _description() -> Public:
    return Public(msgspec.json.encode(document(settings.COMMERCE_URL)), [JSON])


@cache
def _page() -> Public:
    return page(document(settings.COMMERCE_URL))


def _show_description(environ: dict[str, Any]) -> Reply:
    return _description()(environ)


def _show_page(environ: dict[str, Any]) -> Reply:
    return _page()(environ)


PUBLIC: dict[str, Callable[[dict[str, Any]], Reply]] = {
    PATH: _show_description,
    "/api/docs": _show_page,
}
"""Paths that need no token, and what answers there; each is made at its first request."""
