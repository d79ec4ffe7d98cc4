"""`/api/docs` as bytes: complete, without anything inline, without an address elsewhere (client-api.md 9)."""

import re
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings

from commerce.api.docs.description import describe_api
from commerce.api.docs.page import highlight_json, inline_code_html
from commerce.api.v2.docs import description as v2
from tests.make.api import call_api


class DocsPageParser(HTMLParser):
    """What a browser would look at."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def values(self, *names: str) -> list[str]:
        return [str(attrs[name]) for _, attrs in self.tags for name in names if name in attrs]


@cache
def page(target: str = "/api/docs") -> DocsPageParser:
    return DocsPageParser(call_api(target).body.decode())


each = pytest.mark.parametrize(
    "target",
    ["/api/docs", "/api/docs/v2", "/api/docs/errors", "/api/docs/errors/rate_limit.exceeded"],
)


@each
def test_its_headers_let_nothing_in(target: str) -> None:
    headers = call_api(target).headers
    assert headers["content-type"] == "text/html; charset=utf-8"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"


@each
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(target: str) -> None:
    for tag, attrs in page(target).tags:
        assert not [name for name in attrs if name.startswith("on") or name == "style"]
        assert tag != "style"
        assert tag != "script" or attrs.get("src")
    for address in page(target).values("href", "src", "action"):
        assert re.match(r"[/#]", address), address
    for address in page(target).values("href", "src"):
        if address.startswith("/api/"):
            assert call_api(address).status == 200, address
        if address.startswith("/static/"):
            name = address.removeprefix("/static/").partition("#")[0]
            assert (settings.STATIC_ROOT / name).is_file(), address


@each
def test_its_own_links_lead_somewhere_and_ids_are_unique(target: str) -> None:
    ids = page(target).values("id")
    assert len(ids) == len(set(ids))
    targets = {address[1:] for address in page(target).values("href") if address.startswith("#")}
    targets |= set(
        page(target).values("for", "data-copy", "list", "popovertarget", "aria-controls")
    )
    for labels in page(target).values("aria-labelledby", "aria-describedby"):
        targets |= set(labels.split())
    assert targets <= set(ids)


@pytest.mark.parametrize(
    ("target", "describe"), [("/api/docs", describe_api), ("/api/docs/v2", v2.describe_api)]
)
def test_everything_described_is_on_it(target: str, describe: Callable[[str], Any]) -> None:
    description = describe("https://localhost:8443")
    for path, item in description["paths"].items():
        assert path in page(target).words
        for get in [item[one] for one in item if one in ("get", "patch", "put", "post", "delete")]:
            assert get["operationId"] in page(target).values("id")
            for need in get["security"]:
                assert all(scope in page(target).words for scope in need["token"])
    codes = set(re.findall(r"\w+", page(target).words))
    for name, schema in description["components"]["schemas"].items():
        if not name.endswith(("Reply", "List", "Fields")):
            assert set(schema["properties"]) <= codes, name
            for part in schema["properties"].values():
                assert set(part.get("enum", [])) - {None} <= codes


def test_what_holds_for_all_endpoints_is_on_it() -> None:
    for sentence in (
        "Unauthenticated.",
        "Too Many Requests.",
        "The per page must be between 1 and 100.",
        "HTTPS is required.",
        "60 requests in 60 seconds",
        'curl -H "Authorization: Bearer $TOKEN" https://localhost:8443/api/v1/services',
    ):
        assert sentence in page().words


def test_hostile_text_stays_text() -> None:
    assert inline_code_html("a `<b>` & <i>") == "a <code>&lt;b&gt;</code> &amp; &lt;i&gt;"
    shown = highlight_json({"<k>": '</span> "x" \\', "n": [1.5, None, True]})
    assert (
        DocsPageParser(shown).words
        == '{\n  "<k>": "</span> \\"x\\" \\\\",\n  "n": [\n    1.5,\n    null,\n    true\n  ]\n}'
    )
    assert {tag for tag, _ in DocsPageParser(shown).tags} == {"span"}
    assert DocsPageParser(shown).values("class") == [
        "j-key",
        "j-text",
        "j-key",
        "j-number",
        "j-word",
        "j-word",
    ]


@pytest.mark.parametrize(
    "path", ["/api/docs/", "/api/docs/v1", "/api/docs/v2/", "/api/v1/docs", "/api/v1/openapi.json/"]
)
def test_no_other_path_leads_to_it(path: str) -> None:
    assert call_api(path).status == 404
