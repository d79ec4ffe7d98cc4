"""What a setting is."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from commerce.kit.pictures import PictureBounds
from commerce.site_settings.parsers import SettingFormatter, SettingParser, format_plain


@dataclass(frozen=True, slots=True)
class SettingDefinition:
    """One setting: how a typed value is parsed (raises ``BusinessError`` with the reason), its default, and what it is.

    ``format`` turns a value into the text of which ``parse`` makes it. A ``secret`` is a text that is kept encrypted,
    and never shown again. With ``picture`` the value is the name of a kept picture, which was drawn to fit.
    ``directs`` are the keys of the secrets that are sent to where this setting says: they do not outlive its change.
    """

    parse: SettingParser
    default: Any
    description: str | Promise
    format: SettingFormatter = format_plain
    secret: bool = False
    picture: PictureBounds | None = None
    directs: tuple[str, ...] = ()

    def display(self, value: Any) -> str:
        """A value for people to read; a secret only as "set"."""
        if self.secret:
            return "set" if value else ""
        return self.format(value)
