"""The words of pages, mails, commands and guides are those of `docs/terms.md`: what it forbids is found here."""

import re
from collections.abc import Iterable

import pytest

from tests.house.source import ROOT
from tests.house.texts import (
    Text,
    command_texts,
    guide_texts,
    mail_texts,
    marked_texts,
    setting_texts,
)

FORBIDDEN = {
    r"e-mails?": "email",
    r"(?:a|an|the|this|each|every|no|your|another|our) mails?(?! (?:server|template|program|event))": "email",
    r"authoris\w+|organis\w+|recognis\w+|customis\w+|cancell(?:ed|ing)|catalogues?|colours?|cheques?|favourites?|"
    r"behaviou?rs?(?<=our)|licences?|postcodes?|programmes?|whilst|centres?": "American spelling",
    r"second factors?|(?:a|another|no|the) factors?": "two-factor authentication, or its method",
    r"ways? to pay": "payment method",
    r"ending is|endings?(?= (?:of|such))": "TLD",
    r"holders? of the (?:domain|name)|whois holder": "registrant, WHOIS privacy",
    r"user names?": "username",
    r"look(?:s|ed)? into": "check",
    r"put (?:it )?into|putting into": "add to",
    r"(?:go|goes|going|went) on(?! (?:sale|to))": "continue",
    r"any ?more": "no longer",
    r"meanwhile": "in the meantime",
    r"taken back|takes? back|taking back": "void, withdraw or reverse",
    r"made anew|anew": "again",
    r"somebody|anybody|everybody": "someone, anyone, everyone",
    r"shall": "will or should",
    r"he|him|his": "they",
    r"at present": "right now",
    r"not right": "wrong",
    r"what became of|what it costs|made of|what came and went": "a noun",
    r"sentence of your own|that was too much|there are more": "what the guide has",
    r"what (?:this|it) may read|what you may do": "scopes, permissions",
    r"say why|say what|say how|say who|say when": "enter a reason",
    r"no longer than|not before": "a positive form",
    r"cannot": "can't",
    r"does not|do not|is not|are not|was not|were not|has not|have not|will not|would not": "a contraction",
    r"mistyped": "check the spelling",
    r"tick(?:ed|s)?": "select",
    r"void of|are void|is void": "no longer works",
}
"""What no text says, and what it says instead. Guides are written in full, without contractions."""

ONLY_AS_A_LABEL = {
    r"\w+ it(?: now)?": "a verb and its object",
    r"(?:what|why|how|who|which|whose) [^?]*": "a noun",
}
"""What a button, a link or a heading is not: a clause, or an act on ``it``."""

FROM_HERE_ON_SENTENCES = 4
"""Words of a text that may be a sentence rather than a label."""

INNER_WORDS = r"parked|settlement|revision|claims?|billed period|idempotency|next due date|anchor"
"""Words of the code, which mean nothing to a client."""

MAILS_TO_STAFF = re.compile(
    r"(?:jobs?_parked|run_\w+|proof_failed|renewals_waiting|tax_rule_missing|vat_service_down)\.txt"
)

IN_CODE = re.compile(r"`[^`]*`|\{[#/]?\w+\}|%\(\w+\)[sd]|<[^>]*>|https?://\S+")
"""What a program reads, within a text."""


def found_in(texts: Iterable[Text], patterns: dict[str, str]) -> list[str]:
    searched = {
        re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE): instead
        for pattern, instead in patterns.items()
    }
    return [
        f"{one.position} → {instead}"
        for one in texts
        for pattern, instead in searched.items()
        if pattern.search(IN_CODE.sub(" ", one.words))
    ]


def labels(texts: Iterable[Text]) -> list[Text]:
    return [one for one in texts if len(one.words.split()) <= FROM_HERE_ON_SENTENCES]


def test_pages_and_errors_have_the_words_of_the_guide() -> None:
    assert found_in(marked_texts(), FORBIDDEN) == []


def test_mails_have_the_words_of_the_guide() -> None:
    assert found_in(mail_texts(), FORBIDDEN) == []


def test_commands_and_settings_have_the_words_of_the_guide() -> None:
    assert found_in([*command_texts(), *setting_texts()], FORBIDDEN) == []


def test_guides_have_the_words_of_the_guide() -> None:
    full = {
        words: one
        for words, one in FORBIDDEN.items()
        if "cannot" not in words and "is not" not in words
    }
    assert found_in(guide_texts(), full) == []


def test_no_inner_word_reaches_a_client() -> None:
    pages = [one for one in marked_texts() if "templates" in one.path.parts]
    mails = [one for one in mail_texts() if not MAILS_TO_STAFF.fullmatch(one.path.name)]
    assert found_in([*pages, *mails], {INNER_WORDS: "what it means"}) == []


def test_a_label_is_a_noun_or_a_verb_with_its_object() -> None:
    whole = {rf"\A(?:{pattern})\Z": instead for pattern, instead in ONLY_AS_A_LABEL.items()}
    assert found_in(labels(marked_texts()), whole) == []


@pytest.mark.parametrize(
    "words",
    [
        "Pay it",
        "Look into your mail",
        "Your sign-in has no second factor",
        "Put into the cart",
        "Go on choosing",
        "What became of it",
        "Present e-mail",
        "The authorisation code is not right",
        "This client has his own price",
    ],
)
def test_what_the_guide_forbids_is_found(words: str) -> None:
    one = [Text(ROOT / "README.md", 1, words)]
    whole = {rf"\A(?:{pattern})\Z": instead for pattern, instead in ONLY_AS_A_LABEL.items()}
    assert found_in(one, FORBIDDEN | whole)


@pytest.mark.parametrize(
    "words",
    [
        "Pay now",
        "Check your inbox",
        "`cancelled`",
        "%(mails)s sent",
        "Add to cart",
        "History",
        "The mail server",
    ],
)
def test_what_it_wants_is_not(words: str) -> None:
    assert found_in([Text(ROOT / "README.md", 1, words)], FORBIDDEN) == []
