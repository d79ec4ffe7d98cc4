"""Who the company is, where, and in which time zone it counts its days."""

from collections.abc import Mapping

from babel.core import get_global

from commerce.first_setup.answers import is_company_known, save_settings
from commerce.kit.context import Context

COUNTRIES_WITH_STATES = frozenset("AU BR CA IN MX US".split())


def proposed_time_zone(country: str) -> str:
    """That of a country which has one, or one beside a place where few people live; else UTC."""
    zones = get_global("territory_zones").get(country, ())
    return zones[0] if 0 < len(zones) < 3 else "UTC"


def save_company(answers: Mapping[str, str], ctx: Context) -> list[str]:
    """What changed, in a line each. At first, readers who chose no time zone get the company's."""
    zone = answers["billing.time_zone"]
    display = {} if is_company_known() else {"locale.display_zone": zone}
    return save_settings({**answers, **display}, ctx)
