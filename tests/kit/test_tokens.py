"""The form of an API token (client-api.md 3)."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerce.kit import tokens

BODY = "opt_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd"
GOOD = BODY + "1nV5QB"


def test_the_vector_of_the_contract() -> None:
    assert tokens.token_checksum(BODY) == "1nV5QB"
    assert tokens.is_token_well_formed(GOOD)


def test_made_tokens_have_the_form_and_differ() -> None:
    made = {tokens.generate_token() for _ in range(200)}
    assert len(made) == 200
    assert all(tokens.is_token_well_formed(token) and len(token) == 55 for token in made)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        BODY,
        GOOD + "0",
        GOOD + "\n",
        " " + GOOD,
        GOOD[:-1] + "A",
        GOOD.lower(),
        GOOD.replace("opt_live_", "opt_test_"),
        BODY[:-1] + "é" + "1nV5QB",
        GOOD.replace("0", "０", 1),
    ],
)
def test_anything_else_is_none_of_ours(wrong: str) -> None:
    assert not tokens.is_token_well_formed(wrong)


@given(st.integers(0, len(GOOD) - 1), st.characters(min_codepoint=33, max_codepoint=126))
def test_one_wrong_character_is_always_found(place: int, character: str) -> None:
    changed = GOOD[:place] + character + GOOD[place + 1 :]
    assert tokens.is_token_well_formed(changed) == (changed == GOOD)


@given(st.text())
def test_a_checksum_is_six_characters(text: str) -> None:
    assert len(tokens.token_checksum(text)) == 6


def test_a_digest_is_sha_256_in_hex() -> None:
    assert tokens.token_digest(GOOD) == hashlib.sha256(GOOD.encode()).hexdigest()


def test_tokens_are_found_in_any_text() -> None:
    said = f"curl -H 'Authorization: Bearer {GOOD}' and cut {GOOD[:20]}"
    assert tokens.TOKEN_IN_TEXT.findall(said) == [GOOD, GOOD[:20]]


@pytest.mark.parametrize(
    "body", ["opt_test_" + BODY[9:], BODY[:-1], BODY + "a", BODY.replace("0", "_"), "", "a" * 49]
)
def test_a_right_checksum_makes_no_token_of_another_form(body: str) -> None:
    assert not tokens.is_token_well_formed(body + tokens.token_checksum(body))
