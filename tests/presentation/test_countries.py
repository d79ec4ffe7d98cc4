"""Countries: which there are, what they are called, and in which order they stand."""

import pytest
from django.utils import translation

from commerce.kit.errors import BusinessError
from commerce.presentation.countries import (
    COUNTRY_CODES,
    check_country,
    country_choices,
    country_name,
)

LANGUAGES = ["en", "de", "fr", "es", "nl", "ar"]


def test_there_are_the_249_countries_of_iso_3166() -> None:
    assert len(COUNTRY_CODES) == 249
    assert {"AX", "BQ", "GB", "SS", "TW", "UM"} <= COUNTRY_CODES
    assert not {"EU", "XK", "UK", "AN", "ZZ", "de"} & COUNTRY_CODES


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_country_has_a_name_of_its_own(language: str) -> None:
    with translation.override(language):
        names = dict(country_choices())
    assert names.keys() == COUNTRY_CODES
    assert len(set(names.values())) == 249
    assert not set(names.values()) & COUNTRY_CODES


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("en", "Germany|Türkiye|Côte d’Ivoire|Hong Kong|Congo (Democratic Republic)"),
        ("de", "Deutschland|Türkei|Côte d’Ivoire"),
        ("fr", "Allemagne|Turquie|Côte d’Ivoire"),
        ("es", "Alemania|Turquía|Côte d’Ivoire"),
        ("nl", "Duitsland|Turkije|Ivoorkust"),
        ("ar", "ألمانيا|تركيا|ساحل العاج"),
    ],
)
def test_names_are_those_of_the_reader_s_language(language: str, names: str) -> None:
    with translation.override(language):
        for code, name in zip(("DE", "TR", "CI", "HK", "CD"), names.split("|"), strict=False):
            assert country_name(code) == name


@pytest.mark.parametrize("code", ["", "EU", "XK", "Wonderland"])
def test_what_is_no_country_keeps_its_text(code: str) -> None:
    assert country_name(code) == code


def test_letters_with_accents_stand_beside_those_without() -> None:
    names = [name for _, name in country_choices()]
    assert names[:3] == ["Afghanistan", "Åland Islands", "Albania"]
    with translation.override("de"):
        german = [name for _, name in country_choices()]
    assert german.index("Österreich") < german.index("Pakistan")
    assert german[:2] == ["Afghanistan", "Ägypten"]


def test_only_a_country_can_be_set() -> None:
    check_country("NL")
    with pytest.raises(BusinessError, match="Use a code such as DE"):
        check_country("EU")
