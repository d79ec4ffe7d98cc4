"""What is translated says its text's values, is whole, and is written as its readers write it.

What is not translated yet fails no test: it is shown in English, and `make release-check` lists it.
"""

import re
from collections import Counter
from collections.abc import Set
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest
from babel.messages.catalog import Message
from babel.messages.mofile import write_mo
from django.conf import settings

from tools import messages

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%(%)|%([sd])")
TAG = re.compile(r"</?\w+")
MAIL_PART = re.compile(r"\{[#/^]?\w+\}")


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
        for message in messages.kept_catalog(language)
        if message.id
        for form in (message.string if isinstance(message.string, tuple) else [message.string])
    ]
    texts += [path.read_text() for path in (messages.MAILS_FOLDER / language).glob("*.txt")]
    assert [text for text in texts if WRITTEN_OTHERWISE[language].search(str(text))] == []


@pytest.mark.parametrize("language", messages.languages())
def test_each_translation_has_the_values_of_its_text(language: str) -> None:
    unfaithful = [
        str(message.id)
        for message in messages.kept_catalog(language)
        if message.id and not is_faithful(message)
    ]
    assert unfaithful == []


def is_whole(message: Message, forms: int) -> bool:
    """Whether nothing of it waits for its translator: all of its plural forms are there, or none is."""
    given = message.string if isinstance(message.string, tuple) else (message.string,)
    wanted = forms if isinstance(message.id, tuple | list) else 1
    return not message.fuzzy and (not any(given) or (all(given) and len(given) == wanted))


@pytest.mark.parametrize("language", messages.languages())
def test_no_translation_is_begun_only(language: str) -> None:
    catalog = messages.kept_catalog(language)
    begun = [str(one.id) for one in catalog if one.id and not is_whole(one, catalog.num_plurals)]
    assert begun == []


@pytest.mark.parametrize(
    ("translated", "flags"),
    [("Bezahlen", ["fuzzy"]), (("%(n)s Tag", ""), []), (("%(n)s Tage",), [])],
)
def test_a_half_translation_is_found(translated: str | tuple[str, ...], flags: list[str]) -> None:
    text = "Pay" if isinstance(translated, str) else ("%(n)s day", "%(n)s days")
    assert not is_whole(Message(text, translated, flags=flags), forms=2)


@pytest.mark.parametrize("translated", ["", ("", "")])
def test_what_is_not_translated_is_no_half(translated: str | tuple[str, ...]) -> None:
    text = "Pay" if isinstance(translated, str) else ("%(n)s day", "%(n)s days")
    assert is_whole(Message(text, translated), forms=2)


@pytest.mark.parametrize("language", messages.languages())
def test_what_is_shown_is_what_was_translated(language: str) -> None:
    """The program reads django.mo, people write django.po: `make messages` makes one of the other."""
    made = BytesIO()
    write_mo(made, messages.kept_catalog(language))
    with (messages.LOCALE_FOLDER / language / "LC_MESSAGES" / "django.mo").open("rb") as kept:
        assert texts_of(kept) == texts_of(BytesIO(made.getvalue()))


def texts_of(file: BinaryIO) -> dict[object, str]:
    return {key: text for key, text in vars(GNUTranslations(file))["_catalog"].items() if key}


def test_each_language_that_is_translated_can_be_offered() -> None:
    """And no other one; that each is complete is asked at a release."""
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
