"""The lines of a town, as letters to its country have them; else postal code and city, and below them the state."""

_CITY_ABOVE = "{city}\n{state}\n{postcode}"
_CITY_FIRST = "{city} {postcode}\n{state}"

_TOWNS = {
    "US": "{city}, {state} {postcode}",
    "PR": "{city}, {state} {postcode}",
    "AU": "{city} {state} {postcode}",
    "CA": "{city} {state} {postcode}",
    "BR": "{city} - {state}\n{postcode}",
    "IT": "{postcode} {city} {state}",
    "MX": "{postcode} {city}, {state}",
    **dict.fromkeys(("GB", "GG", "IE", "IM", "JE", "ZA"), _CITY_ABOVE),
    **dict.fromkeys(("IN", "NZ", "SG", "TH"), _CITY_FIRST),
}
"""Forms by country: of the Universal Postal Union, of those countries that most foreign clients come from."""


def town_lines(country: str, *, city: str, state: str = "", postcode: str = "") -> list[str]:
    """What stands between street and country, line by line; without what is not known."""
    form = _TOWNS.get(country, "{postcode} {city}\n{state}")
    lines = form.format(city=city, state=state, postcode=postcode).split("\n")
    return [text for line in lines if (text := " ".join(line.split()).strip(" ,-"))]
