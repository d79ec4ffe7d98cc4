"""A language is offered when it has every text and every mail, and each says its values (issue 10, point 2)."""

import re
from collections import Counter
from collections.abc import Set
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings

from tools import messages

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%(%)|%([sd])")
TAG = re.compile(r"</?\w+")
MAIL_PART = re.compile(r"\{[#/^]?\w+\}")


def catalog_of(language: str) -> Catalog:
    path = messages.LOCALE_FOLDER / language / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="django")


def placeholders(text: str) -> Counter[str]:
    return Counter("".join(place) for place in PLACEHOLDER.findall(text))


def says_the_same(original: str, translated: str, *, optional: Set[str] = frozenset()) -> bool:
    """Whether a translation has the values and tags of its text; a plural form may leave its number out."""
    wanted, given = placeholders(original), placeholders(translated)
    return (
        given.keys() <= wanted.keys()
        and wanted.keys() - given.keys() <= optional
        and Counter(TAG.findall(original)) == Counter(TAG.findall(translated))
        and original[:1].isspace() == translated[:1].isspace()
        and original[-1:].isspace() == translated[-1:].isspace()
    )


def is_faithful(message: Message) -> bool:
    """Whether what is translated so far can stand in its text's place."""
    if isinstance(message.id, tuple | list):
        plural = message.id[1]
        numbers = placeholders(plural).keys()
        forms = [form for form in message.string or () if form]
        return all(says_the_same(plural, form, optional=numbers) for form in forms)
    return not message.string or says_the_same(str(message.id), str(message.string))


WRITTEN_OTHERWISE = {
    "fr": re.compile(r"(?<=\S) [:;?!»]|« |[A-Za-zÀ-ÿ]'[A-Za-zÀ-ÿ]"),
    "es": re.compile("[“”]"),
    "ar": re.compile("[“”]"),
    "de": re.compile(r"\bGutschriften?\b"),
    "nl": re.compile(r"\b[Uu]w?\b|(?<!\w)‘"),
}
"""Blanks that break, marks of other languages, the word of German law for another paper, and the other address."""


@pytest.mark.parametrize("language", WRITTEN_OTHERWISE)
def test_each_language_is_written_as_its_readers_write_it(language: str) -> None:
    texts = [
        form
        for message in catalog_of(language)
        if message.id
        for form in (message.string if isinstance(message.string, tuple) else [message.string])
    ]
    texts += [path.read_text() for path in (messages.MAILS_FOLDER / language).glob("*.txt")]
    assert [text for text in texts if WRITTEN_OTHERWISE[language].search(str(text))] == []


@pytest.mark.parametrize("language", messages.languages())
def test_each_translation_has_the_values_of_its_text(language: str) -> None:
    unfaithful = [
        str(message.id)
        for message in catalog_of(language)
        if message.id and not is_faithful(message)
    ]
    assert unfaithful == []


@pytest.mark.parametrize("language", messages.languages())
def test_what_is_shown_is_what_was_translated(language: str) -> None:
    """The program reads django.mo, people write django.po: `make messages` makes one of the other."""
    made = BytesIO()
    write_mo(made, catalog_of(language))
    with (messages.LOCALE_FOLDER / language / "LC_MESSAGES" / "django.mo").open("rb") as kept:
        assert texts_of(kept) == texts_of(BytesIO(made.getvalue()))


def texts_of(file: BinaryIO) -> dict[object, str]:
    return {key: text for key, text in vars(GNUTranslations(file))["_catalog"].items() if key}


def test_each_language_that_is_translated_can_be_offered() -> None:
    """And no other one; that each is complete is held beside the texts themselves."""
    assert {code for code, _ in settings.LANGUAGES} == {"en", *messages.languages()}


@pytest.mark.parametrize(
    "path",
    sorted(messages.MAILS_FOLDER.glob("*/*.txt")),
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_a_translated_mail_has_the_values_of_the_english_one(path: Path) -> None:
    english = (messages.MAILS_FOLDER / "en" / path.name).read_text("utf-8")
    translated = path.read_text("utf-8")
    assert set(MAIL_PART.findall(translated)) == set(MAIL_PART.findall(english))
    assert translated.partition("\n")[0].strip()
