"""In which language and time zone a person reads: what he chose, or what the installation shows to who chose none."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.conf import settings

from commerce.accounts.models import User
from commerce.preferences.current import get

REGIONS = (
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


def languages() -> Mapping[str, str]:
    """Code and name of each language that can be chosen: those that staff enabled and this release has."""
    enabled = get("locale.enabled")
    return {code: str(name) for code, name in settings.LANGUAGES if code in enabled}


def language_of(chosen: str) -> str:
    """The language for somebody who chose this one: the installation's, once his is not enabled any more."""
    return chosen if chosen in languages() else str(get("locale.default"))


@cache
def zones() -> frozenset[str]:
    """The names of all zones that can be chosen."""
    return frozenset(
        name for name in available_timezones() if name == "UTC" or name.startswith(REGIONS)
    )


def zone_of(user: User | None) -> ZoneInfo:
    """The zone in which a person reads instants; a guest reads in ``locale.display_zone``."""
    chosen = user.time_zone if user is not None else ""
    try:
        return ZoneInfo(chosen or get("locale.display_zone"))
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def zone_name(local: datetime) -> str:
    """Name of the zone of a local instant: ``CEST``, or ``UTC+03`` where the zone has no letters of its own."""
    name = local.tzname() or ""
    if name.isalpha():
        return name
    offset = f"{local:%z}"
    return f"UTC{offset[:-2]}" if offset.endswith("00") else f"UTC{offset}"


def instant(user: User, at: datetime) -> str:
    """An instant for a mail: ``2026-04-08 16:33 CEST``, in the zone of its reader."""
    local = at.astimezone(zone_of(user))
    return f"{local:%Y-%m-%d %H:%M} {zone_name(local)}"
