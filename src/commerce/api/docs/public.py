"""What the API shows without a token: the descriptions, made from the routes that serve, and their pages
(client-api.md 9, client-api-v2.md 10)."""

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
from django.conf import settings

from commerce.api.core.replies import JSON_HEADER, ApiReply
from commerce.api.docs import description as v1
from commerce.api.docs.page import docs_page
from commerce.api.docs.static_reply import StaticReply
from commerce.api.v2.docs import description as v2
from commerce.api.v2.docs import page as v2_page
from commerce.api.v2.problem_words import PROBLEMS
from commerce.api.v2.problems import PAGES
from commerce.kit.errors import error_texts

type PublicPath = Callable[[dict[str, Any]], ApiReply]

DESCRIPTIONS = {"v1": v1.describe_api, "v2": v2.describe_api}
"""What describes each version, for the address of an installation."""


def neutral_description_text(version: str) -> str:
    """The text of the committed copy: the description without what belongs to one installation."""
    described = DESCRIPTIONS[version](v1.NEUTRAL_SERVER)
    return msgspec.json.format(msgspec.json.encode(described), indent=2).decode() + "\n"


def _made_once(make: Callable[[], StaticReply]) -> PublicPath:
    """Answers with a reply that is made at its first request."""
    made = cache(make)

    def show(environ: dict[str, Any]) -> ApiReply:
        return made()(environ)

    return show


def _description(version: str) -> PublicPath:
    def make() -> StaticReply:
        described = DESCRIPTIONS[version](settings.COMMERCE_URL)
        return StaticReply(msgspec.json.encode(described), [JSON_HEADER])

    return _made_once(make)


@cache
def _problem(code: str) -> PublicPath:
    return _made_once(lambda: v2_page.problem_page(code))


def public_path(path: str) -> PublicPath | None:
    """What answers at a path without a token, if something does: also the pages of codes of acts, which are many."""
    found = PUBLIC_PATHS.get(path)
    if found is None and path.startswith(PAGES) and path.removeprefix(PAGES) in error_texts():
        return _problem(path.removeprefix(PAGES))
    return found


PUBLIC_PATHS: dict[str, PublicPath] = {
    v1.DESCRIPTION_PATH: _description("v1"),
    v2.DESCRIPTION_PATH: _description("v2"),
    "/api/docs": _made_once(lambda: docs_page(v1.describe_api(settings.COMMERCE_URL))),
    "/api/docs/v2": _made_once(lambda: v2_page.docs_page(v2.describe_api(settings.COMMERCE_URL))),
    PAGES.rstrip("/"): _made_once(v2_page.problems_page),
    **{f"{PAGES}{code}": _problem(code) for code in PROBLEMS},
}
"""Paths that need no token, and what answers there."""
