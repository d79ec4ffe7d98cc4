"""The VAT area of the EU, with dates: its members, and the places where borders and VAT differ (billing.md 5.2)."""

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
