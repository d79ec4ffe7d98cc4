"""The settings about the rights of consumers (backoffice.md 5, support-and-content.md 9)."""

import re
from typing import Any

from django.utils.translation import gettext_lazy as _

from commerce.kit.errors import BusinessError
from commerce.site_settings.definition import SettingDefinition
from commerce.site_settings.parsers import integer_between, parse_switch

EU_AND_EEA = (
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
).split()

ALL_OTHERS = "*"
"""In place of a country: whoever has no row of their own."""

MAX_NOTICE_MONTHS = 3

NOTICE = [
    {"country": "BE", "months": 1, "source": "Art. VI.91 § 1 CDE/WER (at most 2 months)"},
    {"country": "DE", "months": 1, "source": "§ 309 Nr. 9 lit. b BGB (at most 1 month)"},
    {"country": "FR", "months": 0, "source": "Art. L215-1 Code de la consommation (at any time)"},
    {"country": "NL", "months": 1, "source": "Art. 6:236 sub j BW (at most 1 month)"},
    {"country": ALL_OTHERS, "months": 1, "source": "As in Germany"},
]
"""How long a contract that renewed itself runs on after it was ended, and by which law."""


def parse_countries(value: str) -> list[str]:
    """Codes of countries, separated by commas or blanks, each once."""
    found = list(dict.fromkeys(part for part in re.split(r"[,\s]+", value.strip()) if part))
    if not found or not all(re.fullmatch("[A-Z]{2}", part) for part in found):
        raise BusinessError("setting.countries_not_valid")
    return found


def parse_notice(value: str) -> list[dict[str, Any]]:
    """Rows such as ``DE | 1 | § 309 Nr. 9 BGB``, on lines or with semicolons between; one is for all others: ``*``."""
    parts = [part for part in re.split(r"\s*\n\s*|\s+;(?:\s+|$)", value.strip()) if part]
    found = [_notice_row(part) for part in parts]
    countries = [row["country"] for row in found]
    if ALL_OTHERS not in countries or len(set(countries)) < len(countries):
        raise BusinessError("setting.notice_not_valid", maximum=MAX_NOTICE_MONTHS)
    return found


def _notice_row(typed: str) -> dict[str, Any]:
    row = re.fullmatch(
        rf"([A-Z]{{2}}|\*) *\| *([0-{MAX_NOTICE_MONTHS}]) *\| *(\S.{{0,199}})", typed
    )
    if row is None:
        raise BusinessError("setting.notice_not_valid", maximum=MAX_NOTICE_MONTHS)
    return {"country": row[1], "months": int(row[2]), "source": row[3].strip()}


def format_notice(value: list[dict[str, Any]]) -> str:
    """``DE | 1 | § 309 Nr. 9 BGB ; * | 1 | As in Germany``."""
    return " ; ".join(f"{row['country']} | {row['months']} | {row['source']}" for row in value)


CONSUMER_DEFINITIONS: dict[str, SettingDefinition] = {
    "consumer.enabled": SettingDefinition(
        parse_switch,
        False,
        _(
            "Let consumers withdraw from contracts and cancel them at /cancel; have a lawyer read these settings and"
            " the texts first"
        ),
    ),
    "consumer.countries": SettingDefinition(
        parse_countries,
        EU_AND_EEA,
        _("Countries whose private clients count as consumers"),
    ),
    "consumer.withdrawal_days": SettingDefinition(
        integer_between(14, 100), 14, _("Days in which consumers can withdraw from a contract")
    ),
    "consumer.renewal_notice_days": SettingDefinition(
        integer_between(1, 120),
        45,
        _(
            "Days before the last day to object when consumers are told of a yearly or longer renewal"
        ),
    ),
    "consumer.notice": SettingDefinition(
        parse_notice,
        NOTICE,
        _(
            "Months until a renewed contract ends after its cancellation, by country and with its source, such as"
            " DE | 1 | § 309 Nr. 9 BGB; * is every other country"
        ),
        format_notice,
    ),
}
