"""Colors of client groups and tags: shown as a dot before the name."""

from django.utils.html import format_html
from django.utils.safestring import SafeString


def color_swatch(color: str, name: str) -> SafeString | str:
    """The name behind a dot in its color; a presentation attribute, since styles within a page are refused."""
    if not color:
        return name
    dot = (
        '<svg class="mr-1 inline" width="12" height="12" aria-hidden="true">'
        '<circle cx="6" cy="6" r="6" fill="{}"/></svg>{}'
    )
    return format_html(dot, color, name)
