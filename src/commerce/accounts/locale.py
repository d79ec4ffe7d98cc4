"""In which language and time zone a person reads: what they chose, or else the installation's."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import override

from commerce.accounts.models import Client, User
from commerce.site_settings.current import get_setting

ZONE_REGIONS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)
"""Parts of the world by which zones are named; other names are old ones of the same zones."""


def enabled_languages() -> Mapping[str, str]:
    """Code and name of each language that can be chosen: those that staff enabled and this release has."""
    enabled = get_setting("locale.enabled")
    return {code: str(name) for code, name in settings.LANGUAGES if code in enabled}


def effective_language(code: str) -> str:
    """The language for somebody who chose this one: the installation's, once theirs is not enabled any more."""
    return code if code in enabled_languages() else str(get_setting("locale.default"))


def client_language(client: Client) -> AbstractContextManager[None]:
    """What is written for a client in here is in their language, whoever acts: lines, and reasons that they read."""
    return override(effective_language(client.locale))


def client_text(client: Client, text: str | Promise, **values: object) -> str:
    """A text that is kept for a client to read, in their language; what was typed stays as it is."""
    with client_language(client):
        return str(text) % values if values else str(text)


@cache
def selectable_zones() -> frozenset[str]:
    """The names of all zones that can be chosen."""
    return frozenset(
        name for name in available_timezones() if name == "UTC" or name.startswith(ZONE_REGIONS)
    )


def zone_of_user(user: User | None) -> ZoneInfo:
    """The zone in which a person reads instants; a guest reads in ``locale.display_zone``."""
    chosen = user.time_zone if user is not None else ""
    try:
        return ZoneInfo(chosen or get_setting("locale.display_zone"))
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
