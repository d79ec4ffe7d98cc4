"""Colors of client groups and tags: typed like ``#3366cc``, and shown as a dot before the name."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from commerce.portal.base.form_fields import LineField


class ColourField(LineField):
    """A color such as ``#3366cc``, or none."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Color"),
            required=False,
            max_length=7,
            help_text=_("Such as #3366cc. Leave empty for none."),
        )


def colour_swatch(colour: str, name: str) -> SafeString | str:
    """The name behind a dot in its color; a presentation attribute, since styles within a page are refused."""
    if not colour:
        return name
    dot = (
        '<svg class="mr-1 inline" width="12" height="12" aria-hidden="true">'
        '<circle cx="6" cy="6" r="6" fill="{}"/></svg>{}'
    )
    return format_html(dot, colour, name)
