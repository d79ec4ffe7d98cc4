"""What staff write in Markdown, as HTML that holds nothing dangerous (support-and-content.md 6)."""

from functools import cache, lru_cache
from typing import Any

from django.utils.safestring import SafeString, mark_safe

_TAGS = set(
    "p br strong em a ul ol li h3 h4 code pre blockquote hr table thead tbody tr th td".split()
)


@lru_cache(maxsize=128)
def markdown(text: str) -> SafeString:
    """The HTML of a text of staff, without scripts, pictures and other addresses than those of links.

    Kept for the next page: a store shows the same texts to everyone.
    """
    import nh3

    html = nh3.clean(_renderer().render(text), tags=_TAGS, attributes={"a": {"href"}})
    return mark_safe(html)  # noqa: S308 - sanitized in the line above


@cache
def _renderer() -> Any:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table")
