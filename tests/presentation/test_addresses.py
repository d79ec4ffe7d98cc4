"""Where the postal code of a country stands."""

import pytest

from commerce.presentation.addresses import town_lines


@pytest.mark.parametrize(
    ("country", "where", "lines"),
    [
        ("US", ("San Francisco", "CA", "94107"), ["San Francisco, CA 94107"]),
        ("US", ("San Francisco", "", "94107"), ["San Francisco, 94107"]),
        ("CA", ("Toronto", "ON", "M5V 2T6"), ["Toronto ON M5V 2T6"]),
        ("GB", ("Bristol", "", "BS1 4DJ"), ["Bristol", "BS1 4DJ"]),
        ("DE", ("Berlin", "", "10115"), ["10115 Berlin"]),
        ("ES", ("Getafe", "Madrid", "28901"), ["28901 Getafe", "Madrid"]),
        ("BR", ("São Paulo", "", "01310-100"), ["São Paulo", "01310-100"]),
        ("HK", ("Central {state}", "", ""), ["Central {state}"]),
        ("", ("", "", ""), []),
    ],
)
def test_a_town_is_written_as_its_country_does(
    country: str, where: tuple[str, str, str], lines: list[str]
) -> None:
    city, state, postcode = where
    assert town_lines(country, city=city, state=state, postcode=postcode) == lines
