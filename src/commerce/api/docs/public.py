"""The description of the API, made from the routes that serve it, and its page (client-api.md 9)."""

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
from django.conf import settings

from commerce.api.core.replies import JSON_HEADER, ApiReply
from commerce.api.docs.description import DESCRIPTION_PATH, NEUTRAL_SERVER, describe_api
from commerce.api.docs.page import docs_page
from commerce.api.docs.static_reply import StaticReply


def neutral_description_text() -> str:
    """The text of ``docs/openapi.json``: the description without what belongs to one installation."""
    return (
        msgspec.json.format(msgspec.json.encode(describe_api(NEUTRAL_SERVER)), indent=2).decode()
        + "\n"
    )


@cache
def _description() -> StaticReply:
    return StaticReply(msgspec.json.encode(describe_api(settings.COMMERCE_URL)), [JSON_HEADER])


@cache
def _page() -> StaticReply:
    return docs_page(describe_api(settings.COMMERCE_URL))


def _show_description(environ: dict[str, Any]) -> ApiReply:
    return _description()(environ)


def _show_page(environ: dict[str, Any]) -> ApiReply:
    return _page()(environ)


PUBLIC_PATHS: dict[str, Callable[[dict[str, Any]], ApiReply]] = {
    DESCRIPTION_PATH: _show_description,
    "/api/docs": _show_page,
}
"""Paths that need no token, and what answers there; each is made at its first request."""
