"""VAT in the EU: its area, with dates, and the numbers of its members (billing.md 5.2 and 5.4).

Form and check digits of a number are looked at here, without asking anybody.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

# Member: first day, and the last one of a member that left (the United Kingdom's is the end of its transition).
_MEMBERS: dict[str, tuple[str, str]] = {
    **dict.fromkeys("BE DE FR IT LU NL".split(), ("1958-01-01", "")),
    **dict.fromkeys("DK IE".split(), ("1973-01-01", "")),
    "GB": ("1973-01-01", "2020-12-31"),
    "GR": ("1981-01-01", ""),
    **dict.fromkeys("ES PT".split(), ("1986-01-01", "")),
    **dict.fromkeys("AT FI SE".split(), ("1995-01-01", "")),
    **dict.fromkeys("CY CZ EE HU LT LV MT PL SI SK".split(), ("2004-05-01", "")),
    **dict.fromkeys("BG RO".split(), ("2007-01-01", "")),
    "HR": ("2013-07-01", ""),
}

VAT_PREFIXES = {"GR": "EL"}
"""Members whose VAT numbers start with other letters than their country code."""

# Countries whose VAT is that of a member, with an end where it was a member's that left.
_TREATED_AS: dict[str, tuple[str, str]] = {"MC": ("FR", ""), "IM": ("GB", "2020-12-31")}

# Parts of members to which EU VAT does not apply, by the names and codes under which an address may give them. Those
# with a country code of their own (AX, GP, RE, GL, FO …) need no row: they are not members.
_OUTSIDE: dict[str, tuple[str, ...]] = {
    "DE": ("büsingen", "büsingen am hochrhein", "helgoland", "heligoland"),
    "ES": (
        *("canarias", "islas canarias", "canary islands", "las palmas", "santa cruz de tenerife"),
        *("ceuta", "melilla", "cn", "gc", "tf", "ce", "ml"),
    ),
    "FI": ("åland", "aland", "åland islands", "ahvenanmaa"),
    "FR": ("guadeloupe", "martinique", "guyane", "french guiana", "réunion", "reunion", "mayotte"),
    "GR": ("mount athos", "agion oros", "άγιον όρος"),
    "IT": ("livigno",),
}


def is_in_vat_area(country: str, on: date) -> bool:
    """Whether the country itself belongs to the VAT area on a day."""
    if country not in _MEMBERS:
        return False
    since, until = _MEMBERS[country]
    return date.fromisoformat(since) <= on and (not until or on <= date.fromisoformat(until))


def vat_area_countries(on: date) -> Iterator[str]:
    """The countries of the VAT area on a day."""
    return (country for country in _MEMBERS if is_in_vat_area(country, on))


@dataclass(frozen=True, slots=True)
class VatPlace:
    """Where somebody is, as VAT sees it. ``vat_territory`` is the country whose VAT counts, or a part of one outside
    it.
    """

    vat_territory: str
    in_eu: bool
    apart: bool = False


def vat_place(country: str, state: str, on: date) -> VatPlace:
    """The place of an address. Northern Ireland does not count as EU for services, and neither does its prefix XI."""
    named, until = _TREATED_AS.get(country, (country, ""))
    if until and on > date.fromisoformat(until):
        named = country
    part = " ".join(state.casefold().split())
    if part in _OUTSIDE.get(named, ()):
        return VatPlace(f"{named}:{part}", in_eu=False, apart=True)
    return VatPlace(named, in_eu=is_in_vat_area(named, on))


# One number for each member, right in form and check digits: what a person is shown after a mistake.
EXAMPLE_VAT_NUMBERS = {
    "AT": "ATU13585627",
    "BE": "BE0403019261",
    "BG": "BG175074752",
    "CY": "CY10259033P",
    "CZ": "CZ25123891",
    "DE": "DE136695976",
    "DK": "DK13585628",
    "EE": "EE100931558",
    "ES": "ESB58378431",
    "FI": "FI20774740",
    "FR": "FR40303265045",
    "GR": "EL094259216",
    "HR": "HR33392005961",
    "HU": "HU12892312",
    "IE": "IE6433435F",
    "IT": "IT00743110157",
    "LT": "LT119511515",
    "LU": "LU15027442",
    "LV": "LV40003521600",
    "MT": "MT11679112",
    "NL": "NL004495445B01",
    "PL": "PL8567346215",
    "PT": "PT501964843",
    "RO": "RO18547290",
    "SE": "SE123456789701",
    "SI": "SI50223054",
    "SK": "SK2022749619",
}


def vat_form_country(tax_id: str) -> str:
    """The country in whose form a VAT number is written, whatever its check digits; ``''`` for every other number."""
    text = re.sub(r"[\s.\-/]", "", tax_id).upper()
    by_prefix = {VAT_PREFIXES.get(country, country): country for country in _MEMBERS} | {"XI": "GB"}
    written = re.fullmatch(r"(?=.*[0-9])([A-Z]{2})[A-Z0-9+*]{5,13}", text)
    return by_prefix.get(written[1], "") if written else ""


@dataclass(frozen=True, slots=True)
class VatNumber:
    """A VAT number of an EU member whose check digits are right: ``country`` is the member, ``text`` has its prefix."""

    country: str
    text: str

    @property
    def prefix(self) -> str:
        """The two letters in front, ``EL`` for Greece."""
        return self.text[:2]

    @property
    def digits(self) -> str:
        """What follows the prefix."""
        return self.text[2:]


def parse_vat_number(tax_id: str, on: date) -> VatNumber | None:
    """The VAT number of an EU member that a stored tax number is; None for every other number.

    Northern Ireland's ``XI`` is none: it does not count as EU for services.
    """
    text = re.sub(r"[\s.\-]", "", tax_id).upper()
    by_prefix = {VAT_PREFIXES.get(country, country): country for country in vat_area_countries(on)}
    country = by_prefix.get(text[:2])
    if country is None or not re.fullmatch(r"[A-Z0-9+*]{4,15}", text):
        return None
    return VatNumber(country, text) if _is_right(country, text[2:]) else None


def _is_right(country: str, digits: str) -> bool:
    from stdnum import get_cc_module
    from stdnum.exceptions import ValidationError

    module = get_cc_module(country.lower(), "vat")
    assert module is not None
    try:
        return bool(module.compact(digits) == digits and module.validate(digits))
    except ValidationError:
        return False


def normalize_tax_id(tax_id: str, country: str, on: date) -> str | None:
    """A typed tax number as it is kept. In the EU it must be a VAT number of some member, with its letters or, for
    the client's own country, without; None if it is not. Elsewhere any number is kept.
    """
    home = vat_place(country, "", on)
    if not tax_id or not home.in_eu:
        return tax_id
    prefix = VAT_PREFIXES.get(home.vat_territory, home.vat_territory)
    found = parse_vat_number(tax_id, on) or parse_vat_number(prefix + tax_id, on)
    return found.text if found else None


def example_vat_number(country: str, on: date) -> str:
    """A number in the form that clients of an EU country give."""
    return EXAMPLE_VAT_NUMBERS[vat_place(country, "", on).vat_territory]
